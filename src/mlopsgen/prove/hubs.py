"""Hubs: what an Argo CD is told of other clusters is what these are."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.diagnostics import Finding, rule
from mlopsgen.plan import Spoke
from mlopsgen.plan.applications import CLUSTERS
from mlopsgen.plan.fleet import ADDRESS, TAUGHT
from mlopsgen.plan.teams import quoted
from mlopsgen.prove.applications import folder_of
from mlopsgen.prove.emitted import OUR_FAULT, Emitted, Named
from mlopsgen.spec import Platform

_HEALTH = "resource.customizations.health."
_POLICIES = "policy.owners.csv"
_BELOW = {("argoproj.io", "AppProject"), ("argoproj.io", "Application")}


@rule("HUB010")
def clusters_are_told_as_they_are(emitted: Emitted) -> Iterator[Finding]:
    """What the Argo CD of a hub is told of a cluster is what the cluster's environment says.

    It applies an environment to the cluster whose address it was given, as the role that it was
    given. A folder, an address and a role of three different clusters make a platform of none.
    """
    spokes = {each.scope.cluster: each for each in emitted.plan.spokes}
    known = {name for name, each in spokes.items() if each.platform.cluster.address}
    yield from _secrets(emitted, spokes, known)
    yield from _roots(emitted, spokes, known)
    yield from _taught(emitted)
    yield from _owners(emitted)


def _secrets(emitted: Emitted, spokes: Mapping[str, Spoke], known: set[str]) -> Iterator[Finding]:
    """Yield the clusters that are told wrongly, or not at all."""
    told = set[str]()
    for found in emitted.objects.of("Secret"):
        if folder_of(found) != CLUSTERS:
            continue
        data = {key: base64.b64decode(text) for key, text in found.body["data"].items()}
        name = data["name"].decode()
        told.add(name)
        if name not in known:
            yield _finding(found, f"tells of the cluster `{name}`, which isn't one of the hub's")
            continue
        platform = spokes[name].platform
        config = json.loads(data["config"])
        signed, trusted = config.get("awsAuthConfig", {}), config.get("tlsClientConfig", {})
        rows = {
            "its address": (data["server"].decode(), platform.cluster.address),
            "its certificate": (trusted.get("caData"), platform.cluster.certificate_authority),
            "whether anybody is believed": (trusted.get("insecure"), False),
            "its name in AWS": (signed.get("clusterName"), name),
            "its role": (signed.get("roleARN"), _role(platform, name)),
        }
        yield from _differs(found, rows)
    for name in sorted(known - told):
        yield _unsaid(emitted, f"the address of `{name}` isn't told to Argo CD")


def _role(platform: Platform, cluster: str) -> str:
    return f"arn:aws:iam::{platform.aws.account_id}:role/{cluster}-argocd"


def _roots(emitted: Emitted, spokes: Mapping[str, Spoke], known: set[str]) -> Iterator[Finding]:
    """Yield the root Applications that read anything else, or may do more."""
    listed = set[str]()
    for found in emitted.objects.of("ApplicationSet"):
        for element in found.spec["generators"][0]["list"]["elements"]:
            name = element["cluster"]
            listed.add(name)
            gitops = spokes[name].platform.gitops if name in known else None
            if gitops is None:
                yield _finding(found, f"lists `{name}`, which isn't one of the hub's clusters")
                continue
            folder = f"{gitops.path}/{spokes[name].scope.environment}/hub"
            read = (element["repository"], element["revision"], element["path"])
            wanted = (gitops.repository, gitops.revision, folder)
            rows = {
                f"what it reads for `{name}`": (read, wanted),
                f"the project for `{name}`": (element["root"], f"{name}.root"),
            }
            yield from _differs(found, rows)
            yield from _root(emitted, found, element["root"])
    for name in sorted(known - listed):
        yield _unsaid(emitted, f"no Application is made for the cluster `{name}`")


def _root(emitted: Emitted, owner: Named, name: str) -> Iterator[Finding]:
    """Yield what the project of a root permits besides projects and Applications of the hub."""
    project = emitted.objects.find("AppProject", owner.namespace, name)
    if project is None:
        yield _finding(owner, f"names the project `{name}`, which isn't there")
        return
    spec = project.spec
    kinds = {(row["group"], row["kind"]) for row in spec.get("namespaceResourceWhitelist", ())}
    places = [(row.get("server"), row.get("namespace")) for row in spec["destinations"]]
    rows: dict[str, tuple[Any, Any]] = {
        "the kinds that it permits": (kinds, _BELOW),
        "where it permits them": (places, [(ADDRESS, owner.namespace)]),
        "what it permits outside of namespaces": (spec["clusterResourceWhitelist"], []),
    }
    yield from _differs(project, rows)


def _taught(emitted: Emitted) -> Iterator[Finding]:
    """Yield the kinds of other clusters whose health Argo CD isn't taught."""
    settings = emitted.value("argocd", "configs.cm") or {}
    theirs = emitted.theirs("argocd", "configs.cm") or {}
    for spoke in emitted.plan.spokes:
        for component in spoke.platform.components.declared():
            for kind in TAUGHT.get(component, ()):
                key = f"{_HEALTH}{kind}"
                if key not in settings and key not in theirs:
                    told = f"`helm/argocd.yaml` lacks `{key}`, of which `{spoke.scope.cluster}`"
                    yield _unsaid(emitted, f"{told} has objects")


def _owners(emitted: Emitted) -> Iterator[Finding]:
    """Yield the groups that see the project of a namespace which isn't theirs, and the missing."""
    if _POLICIES in (emitted.theirs("argocd", "configs.rbac") or {}):
        return
    settings = emitted.value("argocd", "configs.rbac") or {}
    lines = set(settings.get(_POLICIES, "").splitlines())
    for spoke in emitted.plan.spokes:
        for name, space in spoke.platform.namespaces.items():
            role = f"role:{spoke.scope.cluster}.namespace-{name}"
            wanted = {f"g, {quoted(group)}, {role}" for group in space.owners}
            given = {
                line for line in lines if line.startswith("g, ") and line.endswith(f", {role}")
            }
            for line in sorted(wanted ^ given):
                told = "lacks" if line in wanted else "has"
                yield _unsaid(emitted, f"`helm/argocd.yaml` {told} the policy `{line}`")


def _differs(found: Named, rows: Mapping[str, tuple[Any, Any]]) -> Iterator[Finding]:
    for what, (is_, wanted) in rows.items():
        if is_ != wanted:
            yield _finding(found, f"{what} is `{is_}`; the environment says `{wanted}`")


def _finding(found: Named, told: str) -> Finding:
    return Finding(at=found.origin, message=f"{found.subject}: {told}", fix=OUR_FAULT)


def _unsaid(emitted: Emitted, told: str) -> Finding:
    return Finding(at=emitted.plan.spokes[0].origin, message=told, fix=OUR_FAULT)


RULES = (clusters_are_told_as_they_are.rule,)
