"""Names that are made from the names users write: not too long, and no two the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from mlopsgen import names
from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.spec import Model, hub_of
from mlopsgen.spec.fleet import within
from mlopsgen.spec.said import named


@dataclass(frozen=True, slots=True)
class Made:
    """A name that is made: what bears it, and how long it may be."""

    kind: str
    name: str
    limit: int = 0
    namespace: str = ""


@rule("NAME001")
def made_names_are_short_enough(checked: Checked) -> Iterator[Finding]:
    """A name is short enough for all names that are made from it.

    KServe, Argo Workflows and IAM put words before and behind it. What grows too long is refused,
    or worse: the controller fails on it and starts over for ever.
    """
    if len(checked.environment) > names.ENVIRONMENT_LIMIT:
        return
    for at, made in made_names(checked):
        longest = max(made, key=lambda each: len(each.name) - each.limit, default=None)
        if longest is None or len(longest.name) <= longest.limit:
            continue
        over = len(longest.name) - longest.limit
        yield Finding(
            at=at,
            message=f"{named(at)} becomes the {longest.kind} `{longest.name}` with"
            f" {len(longest.name)} characters; {longest.limit} are allowed",
            fix=f"shorten `{at[-1]}` by {over} character{'s' if over > 1 else ''}",
            on_key=True,
        )


def made_names(checked: Checked) -> Iterator[tuple[SpecPath, list[Made]]]:
    """Yield what is made from each name."""
    scope = names.Scope(checked.platform.name, checked.environment)
    for name, model in checked.platform.models.items():
        yield ("models", name), list(_of_model(scope, name, model))
    reading: dict[str, None] = {
        model.namespace: None for model in checked.platform.models.values() if model.secrets
    }
    for _, pipeline, step in checked.works():
        if step.secrets:
            reading[pipeline.namespace] = None
    for name, pipeline in checked.platform.pipelines.items():
        made = [_role(scope, names.pipeline_account(name))]
        if pipeline.schedule:
            made.append(Made("CronWorkflow", name, names.CRON_WORKFLOW_LIMIT))
        if pipeline.triggers:
            made.append(_role(scope, names.event_source_account(name)))
        yield ("pipelines", name), made
    for name in reading:
        yield ("namespaces", name), [_role(scope, names.secrets_account(name))]
    for at, queue in _queues(checked):
        yield at, [Made("SQS queue", names.dead_letters(queue), names.QUEUE_LIMIT)]
    yield from _of_pools_and_namespaces(checked)


def _queues(checked: Checked) -> Iterator[tuple[SpecPath, str]]:
    """Yield the queues that are made for triggers."""
    scope = names.Scope(checked.platform.name, checked.environment)
    for name, pipeline in checked.platform.pipelines.items():
        for key, trigger in pipeline.triggers.items():
            if trigger.s3:
                yield ("pipelines", name, "triggers", key), scope.event_queue(name, key)


def _of_pools_and_namespaces(checked: Checked) -> Iterator[tuple[SpecPath, list[Made]]]:
    for name, pool in checked.platform.node_pools.items():
        if pool.kind == "managed":
            prefix = Made(
                "prefix of an IAM role", names.node_role_prefix(name), names.NODE_ROLE_PREFIX_LIMIT
            )
            yield ("nodePools", name), [prefix]
    homes: dict[Callable[[str], str], set[str]] = {
        names.pipelines_application: {
            each.namespace for each in checked.platform.pipelines.values()
        },
        partial(_last, checked): {each.namespace for each in checked.platform.models.values()},
    }
    away = hub_of(checked.platform, checked.environment) is not None
    scope = names.Scope(checked.platform.name, checked.environment)
    for application, namespaces in homes.items():
        for name in sorted(namespaces):
            called = within(scope.cluster, application(name)) if away else application(name)
            made = Made("Argo CD Application", called, names.APPLICATION_LIMIT)
            yield ("namespaces", name), [made]


def _last(checked: Checked, namespace: str) -> str:
    """Return the Application of the models of *namespace* that has the longest name."""
    spec = checked.platform.namespaces.get(namespace)
    return names.models_application(namespace, spec.applications - 1 if spec else 0)


def _of_model(scope: names.Scope, name: str, model: Model) -> Iterator[Made]:
    service = names.canary(name) if model.canary else name
    made = [(names.predictor_app(service), names.predictor(service))]
    if model.transformer:
        made.append((names.transformer_app(service), names.transformer(service)))
    for app, deployment in made:
        yield Made("label value", app, names.LABEL_LIMIT)
        yield Made("host label", f"{deployment}-{model.namespace}", names.HOST_LABEL_LIMIT)
    if any(source.startswith(("models:/", "s3://")) for source in model.sources().values()):
        yield _role(scope, names.model_account(name))


def _role(scope: names.Scope, account: str) -> Made:
    return Made("IAM role", scope.role(account), names.ROLE_LIMIT)


@rule("NAME002")
def made_names_are_unique(checked: Checked) -> Iterator[Finding]:
    """No two names become one.

    Two objects of one kind, name and namespace are one object to Kubernetes. Whichever is applied
    last replaces the other, and Argo CD goes on replacing them in turn.
    """
    first: dict[Made, SpecPath] = {}
    for at, made in _objects(checked):
        if made not in first:
            first[made] = at
            continue
        other = first[made]
        where = f" in `{made.namespace}`" if made.namespace else ""
        yield Finding(
            at=at,
            message=f"{named(at)} and {named(other)} both become the {made.kind} `{made.name}`"
            f"{where}",
            fix="rename one of the two",
            related=(Related(other, "the other one is here"),),
            on_key=True,
        )


def _objects(checked: Checked) -> Iterator[tuple[SpecPath, Made]]:
    """Yield the objects whose names are put together, or are made beside those users write."""
    for at, queue in _queues(checked):
        yield at, Made("SQS queue", queue)
        yield at, Made("SQS queue", names.dead_letters(queue))
    seen: set[tuple[str, str]] = set()
    for at, service, namespace in _services(checked):
        yield at, Made("InferenceService", service, namespace=namespace)
        if (service, namespace) not in seen:
            yield at, Made("host label", f"{service}-{namespace}")
        seen.add((service, namespace))
    for name, model in checked.platform.models.items():
        if model.exposure:
            yield ("models", name), Made("way in", name, namespace=model.namespace)
    for name, endpoint in checked.platform.endpoints.items():
        first = checked.platform.models.get(endpoint.models[0])
        if first:
            yield ("endpoints", name), Made("way in", name, namespace=first.namespace)
    for at, pipeline, step in checked.works():
        yield at, Made(f"template of `{at[1]}`", str(at[-1]))
        if step.secrets:
            owner = f"{names.pipeline_account(str(at[1]))}-{at[-1]}"
            yield at, Made("Secret", names.secret(owner), namespace=pipeline.namespace)


def _services(checked: Checked) -> Iterator[tuple[SpecPath, str, str]]:
    """Yield every InferenceService with its namespace: models, and then canaries."""
    models = checked.platform.models.items()
    for name, model in models:
        yield ("models", name), name, model.namespace
    for name, model in models:
        if model.canary:
            yield ("models", name, "canary"), names.canary(name), model.namespace


@rule("NAME003")
def hosts_are_unique(checked: Checked) -> Iterator[Finding]:
    """A host name leads to one place.

    Two load balancers can't share a DNS name: ExternalDNS would point it at either, and requests
    for one of them would reach the other. Of two models behind one gateway, the older would get
    them all.
    """
    first: dict[str, SpecPath] = {}
    for at, host in checked.hosts():
        if host in first:
            yield Finding(
                at=at,
                message=f"{named(at)} is `{host}`, and so is {named(first[host])}",
                fix="give one of the two another host",
                related=(Related(first[host], "the first is here"),),
            )
        first.setdefault(host, at)


@rule("NAME004")
def environments_have_short_names(checked: Checked) -> Iterator[Finding]:
    """The name of an environment is short.

    It is a part of every name in AWS: clusters, roles, buckets, keys. What is left of their
    limits is shared by the names of models and pipelines.
    """
    name, limit = checked.environment, names.ENVIRONMENT_LIMIT
    if len(name) > limit:
        yield Finding(
            at=("environments", name),
            message=f"the environment `{name}` has {len(name)} characters; {limit} are allowed",
            fix=f"rename it, for example to `{name[:limit].rstrip('-')}`",
            on_key=True,
        )


@rule("NAME005")
def namespaces_are_not_the_clusters(checked: Checked) -> Iterator[Finding]:
    """A namespace for models and pipelines isn't one of the cluster's own.

    Pod Security and quotas would hold for what is there already. In kube-system they would keep
    the pods out that every node needs for its network.
    """
    for name in checked.platform.namespaces:
        if name == "default" or name.startswith("kube-"):
            at = ("namespaces", name)
            yield Finding(
                at=at,
                message=f"{named(at)} is a namespace of the cluster's own",
                fix="name it after a team or a product, like `mlops`",
                on_key=True,
            )


RULES = (
    made_names_are_short_enough,
    made_names_are_unique,
    hosts_are_unique,
    environments_have_short_names,
    namespaces_are_not_the_clusters,
)
