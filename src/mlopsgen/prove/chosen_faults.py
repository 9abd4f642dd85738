"""What can be wrong with a value of a chart, as what follows after its name; empty for nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mlopsgen.plan import Part, Plan


@dataclass(frozen=True, slots=True)
class Ground:
    """What the value of a chart is looked at against."""

    plan: Plan
    part: Part
    classes: frozenset[str]
    """The PriorityClasses that are known."""

    @property
    def level(self) -> str:
        """The level of Pod Security of its namespace; what is shared with EKS has none."""
        space = self.plan.namespaces.get(self.part.namespace)
        return space.pod_security if space else "privileged"

    @property
    def ports(self) -> frozenset[int]:
        """Every port that is known of it, of containers and of Services."""
        facts = self.part.facts
        found = {port for each in facts.workloads.values() for port in each.ports.values()}
        for service in facts.services.values():
            found |= {each.port for each in service.ports}
            found |= {each.target_port for each in service.ports}
        return frozenset(found | {each.port for each in facts.webhooks})


@dataclass(frozen=True, slots=True)
class Given:
    """A value of a chart that is looked at."""

    ground: Ground
    key: str
    """The last step of its path."""

    value: object


def on(given: Given) -> str:
    """Say that something is switched on."""
    return "is `true`" if given.value is True else ""


def off(given: Given) -> str:
    """Say that something is switched off."""
    return "is `false`" if given.value is False else ""


def filled(given: Given) -> str:
    """Say that there is something."""
    some = isinstance(given.value, str | list | tuple | Mapping) and len(given.value) > 0
    return "has something of your own in it" if some else ""


def renamed(given: Given) -> str:
    """Say that it gets a name of its own."""
    return f"gives it the name `{given.value}`" if given.value not in ("", None) else ""


def moved(given: Given) -> str:
    """Say that a port is none of those that are known."""
    ports, value = given.ground.ports, given.value
    if isinstance(value, bool) or not isinstance(value, int) or value in ports:
        return ""
    known = ", ".join(f"`{port}`" for port in sorted(ports)) or "none"
    return f"is {value}; the ports that are known of `{given.ground.part.name}` are {known}"


def opened(given: Given) -> str:
    """Say that a Service is open to more than the cluster."""
    wide = given.value in ("LoadBalancer", "NodePort")
    return f"is `{given.value}`; it has to be `ClusterIP`" if wide else ""


def unknown_class(given: Given) -> str:
    """Say that nobody knows a PriorityClass."""
    if not isinstance(given.value, str) or given.value in {"", *given.ground.classes}:
        return ""
    return f"is `{given.value}`, a PriorityClass that isn't known"


def another_image(given: Given) -> str:
    """Say that the image is of a version that nothing is known of."""
    images = given.ground.part.facts.images
    tags = {each.rpartition(":")[2] for each in images.images} if images else set()
    same = {form for tag in tags for form in (tag, tag.removeprefix("v"), f"v{tag}")}
    if given.value is None or str(given.value) in {"", *same}:
        return ""
    return (
        f"is `{given.value}`; what is known is of {', '.join(f'`{tag}`' for tag in sorted(tags))}"
    )


def labelled_otherwise(given: Given) -> str:
    """Say that a label by which pods are found is another."""
    for key, text in given.value.items() if isinstance(given.value, Mapping) else ():
        for workload in given.ground.part.facts.workloads.values():
            if key in workload.labels and workload.labels[key] != text:
                return f"has `{key}: {text}`; pods are found by `{key}: {workload.labels[key]}`"
    return ""


def unresolved(given: Given) -> str:
    """Say that names of the cluster are looked up nowhere."""
    return f"is `{given.value}`" if given.value in ("Default", "None") else ""


RIGHTS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "allowPrivilegeEscalation": (lambda value: value is not False, "`false`"),
    "capabilities": (
        lambda value: not _has(value, "drop", (["ALL"], ("ALL",))) or _has(value, "add", ()),
        "`{drop: [ALL]}`",
    ),
    "privileged": (lambda value: value is True, "`false`"),
    "runAsNonRoot": (lambda value: value is not True, "`true`"),
    "runAsUser": (lambda value: value == 0, "another than that of root"),
    "seccompProfile": (
        lambda value: not _has(value, "type", ("RuntimeDefault", "Localhost")),
        "`{type: RuntimeDefault}`",
    ),
}
"""What of a security context the level `restricted` refuses, and what it asks for (Kubernetes 1.33,
Pod Security Standards)."""


def _has(value: object, key: str, wanted: tuple[object, ...]) -> bool:
    """Say whether a map has one of the *wanted* values, or any at all where none is named."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found in wanted if wanted else bool(found)


def more_rights(given: Given) -> str:
    """Say that a security context gives more than the level `restricted` lets in."""
    much, wanted = RIGHTS.get(given.key, (None, ""))
    if much:
        return f"lets its pods do more; it has to be {wanted}" if much(given.value) else ""
    return "takes away what keeps its pods from doing more" if given.value is None else ""
