"""Contracts against the schemas of the real kinds: never laxer, and stricter where it matters."""

from copy import deepcopy

import pytest

from mlopsgen.prove import schemas
from tests.conformance.corrupt import corruptions
from tests.conformance.reference import by_kind
from tests.conformance.schemas import KUBERNETES, crd, faults

OPERATORS = sorted(
    f"{path.parent.name}/{path.stem}"
    for path in schemas.CONTRACTS.glob("*/*.json")
    if path.parent.name not in {"helm", "terraform"}
    and '"apiVersion"' in path.read_text(encoding="utf-8")
)


def _contracts():
    """Return API version, kind and contract of each kind of an operator in the reference."""
    return [
        (api_version, kind)
        for api_version, kind in sorted(by_kind())
        if schemas.core(api_version, kind, KUBERNETES) is None
    ]


def _real(api_version, kind):
    group, _, version = api_version.rpartition("/")
    return crd(group, kind, version)


@pytest.mark.parametrize(("api_version", "kind"), _contracts())
def test_what_the_real_schema_refuses_the_contract_refuses(api_version, kind):
    real, ours = _real(api_version, kind), schemas.contract(api_version, kind)
    tried, laxer = 0, []

    for document in by_kind()[api_version, kind][:12]:
        for done, spoilt in corruptions(document):
            tried += 1
            if not real.is_valid(spoilt) and ours.is_valid(spoilt):
                laxer.append(done)

    assert tried > 50
    assert laxer == []


OPEN = {"EventBus", "EventSource", "Sensor"}
"""Their CRDs take any field, and the controller drops those that it doesn't know."""


@pytest.mark.parametrize(("api_version", "kind"), _contracts())
def test_a_field_that_nobody_knows_is_refused_by_both(api_version, kind):
    document = deepcopy(by_kind()[api_version, kind][0])
    document["spec"]["unknownField"] = "x"

    assert _real(api_version, kind).is_valid(document) == (kind in OPEN)
    assert not schemas.contract(api_version, kind).is_valid(document)


def test_every_contract_of_an_operator_has_an_object_in_the_reference():
    with_objects = {
        f"{api_version.rpartition('/')[0]}/{kind.lower()}_{api_version.rpartition('/')[2]}"
        for api_version, kind in by_kind()
    }

    assert [name for name in OPERATORS if name not in with_objects] == []


def _set(document, route, value):
    *way, last = route.split("/")
    node = document
    for step in way:
        node = node[int(step)] if isinstance(node, list) else node[step]
    if value is ...:
        del node[last]
    else:
        node[last] = value


BOTH_REFUSE = [
    ("karpenter.sh/v1", "NodePool", "spec/template/spec/expireAfter", "30d"),
    ("karpenter.sh/v1", "NodePool", "spec/disruption/consolidateAfter", ...),
    ("karpenter.sh/v1", "NodePool", "spec/disruption/consolidationPolicy", "WhenUnderutilized"),
    ("karpenter.sh/v1", "NodePool", "spec/template/spec/requirements/0/values", [8]),
    ("karpenter.sh/v1", "NodePool", "spec/template/spec/taints/0/effect", "NoSchedul"),
    ("karpenter.sh/v1", "NodePool", "spec/weight", 101),
    ("karpenter.k8s.aws/v1", "EC2NodeClass", "spec/amiSelectorTerms", []),
    ("karpenter.k8s.aws/v1", "EC2NodeClass", "spec/subnetSelectorTerms", ...),
    ("karpenter.k8s.aws/v1", "EC2NodeClass", "spec/metadataOptions/httpTokens", "maybe"),
    ("argoproj.io/v1alpha1", "CronWorkflow", "spec/workflowSpec", ...),
    ("argoproj.io/v1alpha1", "CronWorkflow", "spec/schedules", "0 4 * * *"),
    ("argoproj.io/v1alpha1", "WorkflowTemplate", "spec/activeDeadlineSeconds", "1h"),
    ("argoproj.io/v1alpha1", "Application", "spec/syncPolicy/automated/prune", "yes"),
    ("argoproj.io/v1alpha1", "Application", "spec/project", ...),
    ("argoproj.io/v1alpha1", "AppProject", "spec/destinations", {}),
    ("external-secrets.io/v1", "ExternalSecret", "spec/target/creationPolicy", "Maybe"),
    ("external-secrets.io/v1", "SecretStore", "spec/provider", ...),
    ("serving.kserve.io/v1beta1", "InferenceService", "spec/predictor/minReplicas", "1"),
    ("serving.kserve.io/v1beta1", "InferenceService", "spec/predictor/scaleMetric", "requests"),
    ("monitoring.coreos.com/v1", "PodMonitor", "spec/selector", ...),
    ("monitoring.coreos.com/v1", "ServiceMonitor", "spec/endpoints/0/scheme", "ftp"),
    ("monitoring.coreos.com/v1", "PrometheusRule", "spec/groups/0/rules/0/expr", ...),
    ("monitoring.coreos.com/v1", "PrometheusRule", "spec/groups/0/rules/0/for", "soon"),
]

_TRIGGER = "spec/triggers/0"
ONLY_WE_REFUSE = [
    # Of Argo Events the API server checks nothing below `spec`. No quorum with two:
    ("argoproj.io/v1alpha1", "EventBus", "spec/jetstream/replicas", 2),
    # A version that the controller isn't configured with.
    ("argoproj.io/v1alpha1", "EventBus", "spec/jetstream/version", "latest"),
    # Read as 0, which is no limit.
    ("argoproj.io/v1alpha1", "EventBus", "spec/jetstream/streamConfig", "maxBytes: 1GB\n"),
    ("argoproj.io/v1alpha1", "EventBus", "spec/jetstream/persistence", ...),
    ("argoproj.io/v1alpha1", "EventBus", "spec/jetstream/securityContext/runAsNonRoot", False),
    # What isn't JSON would be deleted.
    ("argoproj.io/v1alpha1", "EventSource", "spec/sqs/orders/dlq", False),
    ("argoproj.io/v1alpha1", "EventSource", "spec/sqs/orders/queue", "https://sqs/orders"),
    ("argoproj.io/v1alpha1", "EventSource", "spec/template/container/securityContext", ...),
    # Anything but the value of a parameter would let an event choose what runs.
    (
        "argoproj.io/v1alpha1",
        "Sensor",
        f"{_TRIGGER}/template/k8s/parameters/0/dest",
        "spec.workflowTemplateRef.name",
    ),
    ("argoproj.io/v1alpha1", "Sensor", f"{_TRIGGER}/template/k8s/operation", "delete"),
    ("argoproj.io/v1alpha1", "Sensor", f"{_TRIGGER}/atLeastOnce", False),
    ("argoproj.io/v1alpha1", "Sensor", f"{_TRIGGER}/rateLimit", ...),
    ("argoproj.io/v1alpha1", "Sensor", f"{_TRIGGER}/template/conditions", "in"),
    (
        "argoproj.io/v1alpha1",
        "Sensor",
        "spec/dependencies/0/filters/data/0/value",
        ["[^{}]*"],
    ),
    # Accepted, and every later update is refused by KServe's webhook.
    (
        "serving.kserve.io/v1beta1",
        "InferenceService",
        "metadata/annotations/serving.kserve.io~deploymentMode",
        "RawDeployment",
    ),
    # Made 1 without a word where an HPA scales.
    ("serving.kserve.io/v1beta1", "InferenceService", "spec/predictor/minReplicas", 0),
    # Ignored in Standard mode.
    ("serving.kserve.io/v1beta1", "InferenceService", "spec/predictor/canaryTrafficPercent", 10),
    # With -predictor behind it is no name of a Service any more.
    ("serving.kserve.io/v1beta1", "InferenceService", "metadata/name", "m" * 54),
    # Waits for pods that are never ready.
    ("argoproj.io/v1alpha1", "CronWorkflow", "metadata/name", "c" * 53),
    # Replaced by schedules.
    ("argoproj.io/v1alpha1", "CronWorkflow", "spec/schedule", "0 4 * * *"),
    # Labels that Karpenter sets itself.
    (
        "karpenter.sh/v1",
        "NodePool",
        "spec/template/metadata/labels",
        {"karpenter.sh/nodepool": "x"},
    ),
    # Pods would get the credentials of their node.
    ("karpenter.k8s.aws/v1", "EC2NodeClass", "spec/metadataOptions/httpPutResponseHopLimit", 2),
    # No Amazon Linux 2 for Kubernetes 1.33.
    ("karpenter.k8s.aws/v1", "EC2NodeClass", "spec/amiSelectorTerms", [{"alias": "al2@latest"}]),
    # Read by Argo CD as the name of an option that isn't there.
    ("argoproj.io/v1alpha1", "Application", "spec/syncPolicy/syncOptions", ["CreateNamespaces=x"]),
    # Permits every kind.
    (
        "argoproj.io/v1alpha1",
        "AppProject",
        "spec/clusterResourceWhitelist",
        [{"group": "*", "kind": "*"}],
    ),
    ("monitoring.coreos.com/v1", "PrometheusRule", "spec/groups/0/rules/0/labels", {}),
]


def _spoilt(api_version, kind, route, value):
    document = deepcopy(by_kind()[api_version, kind][0])
    if route.startswith("metadata/annotations/"):
        document["metadata"]["annotations"][route.split("/", 2)[2].replace("~", "/")] = value
    else:
        _set(document, route, value)
    return document


@pytest.mark.parametrize(("api_version", "kind", "route", "value"), BOTH_REFUSE)
def test_both_refuse(api_version, kind, route, value):
    document = _spoilt(api_version, kind, route, value)

    assert faults(document) != []
    assert not schemas.contract(api_version, kind).is_valid(document)


@pytest.mark.parametrize(("api_version", "kind", "route", "value"), ONLY_WE_REFUSE)
def test_what_is_accepted_and_then_goes_wrong_only_we_refuse(api_version, kind, route, value):
    document = _spoilt(api_version, kind, route, value)

    assert faults(document) == []
    assert not schemas.contract(api_version, kind).is_valid(document)
