"""What a change may do in the cluster, and what it doesn't."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.diff.compare import compared
from mlopsgen.diff.documents import Document, Key, of_files
from mlopsgen.diff.risks import KINDS, LEVELS, Pair, differing, risks
from mlopsgen.diff.risks.limits import amount
from mlopsgen.facts.changes import changes as facts
from mlopsgen.facts.changes import immutable
from mlopsgen.serialize import to_json, to_yaml
from tests.diff import LOCK, REFERENCE, SMALL, change, side

TFVARS = "terraform/platform.tfvars.json"


def _between(*bodies):
    """Return the risks between two lists of objects, or two mappings of variables."""
    sides = [_documents(body) for body in bodies]
    return risks(Pair(*sides, differing(*sides)))


def _documents(body):
    if isinstance(body, dict):
        return of_files({TFVARS: to_json(body).encode()})
    files = {f"apps/x/{n}.yaml": to_yaml((each,)).encode() for n, each in enumerate(body)}
    return of_files(files)


def _object(kind, group="v1", name="x", namespace="mlops", **rest):
    metadata = {"name": name, "namespace": namespace, **rest.pop("metadata", {})}
    return {"apiVersion": group, "kind": kind, "metadata": metadata, **rest}


def _told(found):
    return [(one.kind, one.level) for one in found]


TRIED = "iris-canary"
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/00000000-0000-0000-0000-000000000001"
PUBLIC = f'alb: internet-facing, inboundCidrs: [203.0.113.0/24], certificate: "{CERTIFICATE}", host'
TUNED = """builtin: all
  tune:
    HighInferenceLatency: {threshold: 1s, for: 5m, severity: warning}"""
NETWORKS = "publicCidrs: [203.0.113.0/24"
SWAPS = [
    ("instanceTypes: [g4dn.xlarge]", "instanceTypes: [g4dn.2xlarge]", "nodes-replaced", "high"),
    ("{cpu: 1, memory: 2Gi}", "{cpu: 1, memory: 3Gi}", "pods-restart", "medium"),
    ("threshold: 1s, for", "threshold: 2s, for", "alert-loosened", "medium"),
    ("threshold: 1s, for: 5m", "threshold: 1s, for: 9m", "alert-loosened", "medium"),
    (NETWORKS, f"{NETWORKS}, 198.51.100.0/24", "network-opened", "high"),
    ("quota: {cpu: 64", "quota: {cpu: 48", "limit-lowered", "medium"),
    ("bucket: acme-mlops-artifacts", "bucket: acme-mlops-artifact", "deleted", "high"),
    ("limits: {gpus: 8}", "limits: {gpus: 6}", "limit-lowered", "medium"),
    ("disk: 200Gi", "disk: 300Gi", "nodes-replaced", "medium"),
    ("alb: internal, host", PUBLIC, "network-opened", "high"),
    ("name: mlops\n", "name: mlopz\n", "replaced", "high"),
    (TUNED, "builtin: none", "alert-removed", "high"),
]


@pytest.mark.parametrize(("old", "new", "kind", "level"), SWAPS)
def test_a_change_of_the_reference_platform_is_marked(tmp_path, old, new, kind, level):
    found = change(tmp_path, REFERENCE, (old, new))

    told = {(one.kind, one.level) for each in found.environments for one in each.risks}
    assert (kind, level) in told, told


@pytest.mark.parametrize(
    ("old", "new"),
    [("region: eu-west-1", "region: eu-central-1"), ('"111122223333"', '"444455556666"')],
)
def test_another_region_or_account_is_another_cluster(tmp_path, old, new):
    found = change(tmp_path, SMALL, (old, new))

    for environment in found.environments:
        [risk] = [one for one in environment.risks if one.kind == "replaced"]
        assert risk.level == "high"
        assert f"made anew in {new.split()[-1].strip(chr(34))}; nothing in " in risk.reason


def test_more_replicas_are_no_risk(tmp_path):
    found = change(tmp_path, SMALL, ("scale: {max: 3}", "scale: {max: 4}"))

    assert [each.risks for each in found.environments] == [(), ()]


def test_fewer_replicas_than_two_are(tmp_path):
    before = SMALL.replace("scale: {max: 3}", "scale: {min: 2, max: 3}")

    found = change(tmp_path, before, ("scale: {min: 2, max: 3}", "scale: {max: 3}"))

    reasons = [one.reason for one in found.environments[0].risks if one.kind == "availability"]
    assert any("go from 2 to 1" in reason for reason in reasons), reasons


def test_a_model_that_moves_to_spot_alone_may_go_away(tmp_path):
    before = SMALL.replace("sizes: [4xlarge]}", "sizes: [4xlarge], capacity: on-demand}")

    found = change(tmp_path, before, ("capacity: on-demand", "capacity: spot"))

    kinds = {one.kind for one in found.environments[0].risks}
    assert "nodes-replaced" in kinds


def test_a_deployment_keeps_its_selector():
    one, other = (
        _object("Deployment", "apps/v1", spec={"selector": {"matchLabels": {"app": name}}})
        for name in "ab"
    )

    [risk] = _between([one], [other])

    assert (risk.kind, risk.level) == ("immutable", "high")
    assert "`spec.selector.matchLabels.app` can't be changed (a -> b)" in risk.reason


def test_a_claim_may_grow_and_nothing_else():
    def claim(size, kind):
        spec = {"resources": {"requests": {"storage": size}}, "storageClassName": kind}
        return [_object("PersistentVolumeClaim", spec=spec)]

    assert _between(claim("1Gi", "a"), claim("2Gi", "a")) == ()
    assert _told(_between(claim("1Gi", "a"), claim("1Gi", "b"))) == [("immutable", "high")]


@pytest.mark.parametrize("kind", ["CustomResourceDefinition", "PersistentVolumeClaim", "Namespace"])
def test_what_takes_data_along_is_told_when_it_goes(kind):
    assert _told(_between([_object(kind)], [])) == [("deleted", "high")]


def test_a_policy_that_lets_more_through_is_told():
    def policy(*cidrs):
        rules = [{"to": [{"ipBlock": {"cidr": cidr}} for cidr in cidrs], "ports": [{"port": 443}]}]
        spec = {"podSelector": {"a": 1}, "egress": rules}
        return [_object("NetworkPolicy", "networking.k8s.io/v1", spec=spec)]

    near, far = "10.0.0.0/8", "0.0.0.0/0"

    assert _between(policy(near, far), policy(near)) == ()
    [risk] = _between(policy(near), policy(near, far))
    assert (risk.kind, risk.level) == ("network-opened", "medium")
    assert risk.reason == "lets through to 0.0.0.0/0 on 443/TCP"


def test_a_selector_of_fewer_values_lets_nothing_new_through():
    def policy(*names):
        pods = {"matchExpressions": [{"key": "app", "operator": "In", "values": list(names)}]}
        space = {"matchLabels": {"kubernetes.io/metadata.name": "mlops"}}
        peer = {"podSelector": pods, "namespaceSelector": space}
        spec = {"podSelector": {}, "ingress": [{"from": [peer]}]}
        return [_object("NetworkPolicy", "networking.k8s.io/v1", spec=spec)]

    assert _between(policy("a", "b"), policy("b")) == ()
    [risk] = _between(policy("b"), policy("a", "b"))
    assert risk.reason == "lets through from pods with app=a of mlops on any port"


def test_a_default_deny_that_goes_is_told():
    deny = _object("NetworkPolicy", "networking.k8s.io/v1", spec={"podSelector": {}})

    assert _told(_between([deny], [])) == [("network-opened", "high")]


def _role(actions, resources=("arn:aws:s3:::a",), conditions=()):
    statement = {"sid": "A", "actions": actions, "resources": resources, "conditions": conditions}
    return {"irsa_roles": {"r": {"statements": [statement]}}}


def test_a_role_that_may_more_is_told_and_one_that_may_less_is_not():
    less, more = _role(["s3:GetObject"]), _role(["s3:GetObject", "s3:PutObject"])

    assert _between(more, less) == ()
    [risk] = _between(less, more)
    assert (risk.kind, risk.level, risk.subject) == ("iam-widened", "medium", "IAM role r")
    assert risk.reason == "it may s3:PutObject on arn:aws:s3:::a too"


def test_a_condition_that_goes_widens_a_role():
    bound = _role(["s3:ListBucket"], conditions=[{"test": "StringLike"}])

    assert _told(_between(bound, _role(["s3:ListBucket"]))) == [("iam-widened", "medium")]


def test_a_weaker_level_of_pod_security_is_told():
    def space(level):
        labels = {"pod-security.kubernetes.io/enforce": level}
        return [_object("Namespace", metadata={"labels": labels})]

    assert _between(space("baseline"), space("restricted")) == ()
    assert _told(_between(space("restricted"), space("baseline"))) == [
        ("security-weakened", "high")
    ]


def test_a_quota_below_what_models_could_ask_for_is_told():
    model = _object(
        "InferenceService",
        "serving.kserve.io/v1beta1",
        spec={"predictor": {"maxReplicas": 4, "model": {"resources": {"requests": {"cpu": "2"}}}}},
    )

    def quota(cpu):
        return [model, _object("ResourceQuota", spec={"hard": {"requests.cpu": cpu}})]

    [risk] = _between(quota("16"), quota("7"))
    assert (risk.kind, risk.level) == ("limit-lowered", "high")
    assert "its models could ask for 8 before" in risk.reason
    assert _told(_between(quota("16"), quota("8"))) == [("limit-lowered", "medium")]
    assert _between(quota("7"), quota("16")) == ()


def test_a_policy_that_only_warns_is_told():
    def binding(action):
        group = "admissionregistration.k8s.io/v1"
        spec = {"validationActions": [action]}
        return [_object("ValidatingAdmissionPolicyBinding", group, spec=spec)]

    assert _told(_between(binding("Deny"), binding("Warn"))) == [("guard-removed", "high")]
    assert _told(_between(binding("Deny"), [])) == [("guard-removed", "high")]


def test_a_lower_bound_loosens_the_other_way():
    def alert(expr):
        rules = [{"alert": "A", "expr": expr, "for": "1m", "labels": {"severity": "critical"}}]
        spec = {"groups": [{"name": "g", "rules": rules}]}
        return [_object("PrometheusRule", "monitoring.coreos.com/v1", spec=spec)]

    assert _told(_between(alert("a < 5"), alert("a < 3"))) == [("alert-loosened", "medium")]
    assert _between(alert("a < 3"), alert("a < 5")) == ()
    assert _told(_between(alert("a < 3"), alert("b < 3"))) == [("alert-changed", "low")]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500m", 0.5),
        ("2", 2),
        ("1Gi", 2**30),
        ("1.5", 1.5),
        ("x", None),
        (None, None),
        ("1.2.3", None),
        (".", None),
    ],
)
def test_quantities_are_numbers(text, number):
    assert amount(text) == number


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda below: (
        st.lists(below, max_size=2)
        | st.dictionaries(
            st.sampled_from(["spec", "metadata", "rules", "predictor", "name", "labels", "groups"]),
            below,
        )
    ),
    max_leaves=6,
)
KINDS_OF_OBJECTS = [
    "InferenceService", "Deployment", "NetworkPolicy", "Ingress", "Role", "RoleBinding",
    "ResourceQuota", "NodePool", "Namespace", "PrometheusRule", "AppProject",
    "PersistentVolumeClaim", "ValidatingAdmissionPolicyBinding", "PodDisruptionBudget",
]  # fmt: skip


@settings(max_examples=200)
@given(st.sampled_from(KINDS_OF_OBJECTS), SHAPES, SHAPES)
def test_no_object_is_too_odd_to_be_looked_at(kind, one, other):
    """A folder that is compared with may hold anything."""
    sides = []
    for spec in (one, other):
        key = Key("x", kind, "", "n")
        body = {"apiVersion": "x/v1", "kind": kind, "metadata": {"name": "n"}, "spec": spec}
        sides.append({key: Document(key, "apps/n.yaml", body, b"")})

    for risk in risks(Pair(*sides, differing(*sides))):
        assert risk.kind in KINDS
        assert risk.level in LEVELS


def test_every_fact_has_the_field_and_the_place_it_was_read_in():
    for each in facts().immutable:
        assert each.fields
        assert each.source.split()[0].count("/") == 1
    assert immutable("apps", "Deployment").holds("spec.selector.matchLabels.app")
    assert not immutable("apps", "StatefulSet").holds("spec.template.spec")
    assert immutable("apps", "StatefulSet").holds("spec.serviceName")
    assert immutable("", "ConfigMap") is None


MODEL = _object("InferenceService", "serving.kserve.io/v1beta1", name="iris")
ACCOUNT = _object("ServiceAccount", name="model-iris")


def _moved(before, after, *bodies):
    sides = [
        of_files({f"{folder}/{n}.yaml": to_yaml((each,)).encode() for n, each in enumerate(bodies)})
        for folder in (before, after)
    ]
    return risks(Pair(*sides, differing(*sides)))


def test_what_moves_to_another_application_is_deleted_before_it_is_made_again():
    [risk] = _moved("apps/models-mlops", "apps/models-mlops.1", MODEL, ACCOUNT)

    assert (risk.kind, risk.level, risk.subject) == (
        "moved",
        "high",
        "models-mlops -> models-mlops.1",
    )
    assert "deletes InferenceService mlops/iris and 1 more as `models-mlops`" in risk.reason
    assert risk.path == "apps/models-mlops.1"


@pytest.mark.parametrize(
    ("before", "after"),
    [("apps/models-mlops", "apps/models-mlops"), ("argocd", "argocd/bootstrap")],
)
def test_what_stays_with_its_application_or_is_one_moves_nowhere(before, after):
    assert _moved(before, after, MODEL) == ()


ITS_OWN = {"bootstrap_manifest": "../argocd/bootstrap/root.yaml", "cluster_name": "acme-prod"}
OF_A_HUB = {"argocd_access": {"role_name": "acme-prod-argocd"}, "cluster_name": "acme-prod"}


def test_a_cluster_that_another_argo_cd_reconciles_is_handed_over():
    [risk] = _between(ITS_OWN, OF_A_HUB)
    assert (risk.kind, risk.level, risk.subject) == ("handed-over", "high", "acme-prod")
    assert "that of a hub" in risk.reason
    [back] = _between(OF_A_HUB, ITS_OWN)
    assert "its own" in back.reason


def test_whoever_may_take_the_role_of_a_hub_may_do_everything():
    other = {**OF_A_HUB, "argocd_access": {"trusted_role_arns": ["arn:aws:iam::1:role/x"]}}

    [risk] = _between(OF_A_HUB, other)

    assert (risk.kind, risk.level, risk.subject) == ("iam-widened", "high", "arn:aws:iam::1:role/x")
    assert _between(other, OF_A_HUB) == ()


@pytest.mark.parametrize("kept", [ITS_OWN, OF_A_HUB])
def test_a_cluster_that_is_new_or_stays_where_it_is_is_not(kept):
    assert _between({}, kept) == ()
    assert _between(kept, {**kept, "zones": 3}) == ()


OLDER, NEWER = (
    '"version": "3",\n          "uri": "s3://acme-mlops-artifacts-dev/mlflow/1/models/m-6d',
    '"version": "7",\n          "uri": "s3://acme-mlops-artifacts-dev/mlflow/1/models/m-7d',
)
ROLLING = "new pods take over one after the other, each once it is ready"


def _relocked(tmp_path, lock):
    sides = side(tmp_path, REFERENCE, "before"), side(tmp_path, REFERENCE, "after", lock=lock)
    [dev, prod] = compared(*sides).environments
    return dev.risks, prod.risks


def test_another_version_of_a_model_is_told_with_how_it_comes(tmp_path):
    assert OLDER in LOCK

    dev, prod = _relocked(tmp_path, LOCK.replace(OLDER, NEWER))

    assert prod == ()
    [changed] = [one for one in dev if one.kind == "model-changed"]
    assert (changed.level, changed.subject) == ("medium", "InferenceService mlops/iris")
    assert changed.reason == (
        f"what is served changes at the next sync, iris-classifier version 3 -> 7: {ROLLING}"
    )


def test_another_place_of_the_same_version_is_told_by_its_address(tmp_path):
    dev, _ = _relocked(tmp_path, LOCK.replace("m-6d0e1c52", "m-7d0e1c52"))

    [changed] = [one for one in dev if one.kind == "model-changed"]
    assert "/m-6d0e1c52" in changed.reason
    assert "/m-7d0e1c52" in changed.reason
    assert "version" not in changed.reason


def _model(predictor, **spec):
    return _object("InferenceService", SERVING, spec={"predictor": predictor, **spec})


SERVING = "serving.kserve.io/v1beta1"
AT_ONCE = {"type": "Recreate"}
NO_SURGE = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}


def _reads(uri, **rest):
    env = [{"name": "STORAGE_URI", "value": uri}]
    return {"containers": [{"name": "kserve-container", "env": env}], **rest}


@pytest.mark.parametrize(
    ("strategy", "how"),
    [
        ({}, ROLLING),
        (AT_ONCE, "all its pods end before the new ones start"),
        (NO_SURGE, "each pod ends before the one that takes its place starts"),
    ],
)
def test_how_pods_are_replaced_is_said_of_a_new_source(strategy, how):
    models = [_model(_reads(uri, deploymentStrategy=strategy)) for uri in ("s3://a/1", "s3://a/2")]

    found = _between(*([each] for each in models))

    [changed] = [one for one in found if one.kind == "model-changed"]
    assert changed.reason == (
        f"what is served changes at the next sync, s3://a/1 -> s3://a/2: {how}"
    )


def test_a_canary_within_its_model_is_told_apart():
    models = [
        [_model(_reads("s3://a/1"), canary=[{"predictor": _reads(uri)}])]
        for uri in ("s3://a/2", "s3://a/3")
    ]

    [changed] = _between(*models)

    assert changed.kind == "model-changed"
    assert changed.reason.startswith("what its canary serves changes at the next sync, ")


@pytest.mark.parametrize(
    ("strategy", "replicas", "told"),
    [
        (NO_SURGE, 1, True),
        (NO_SURGE, 0, True),
        (NO_SURGE, 2, False),
        ({**NO_SURGE, "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}, 1, False),
        ({}, 1, False),
    ],
)
def test_one_replica_that_gives_way_before_the_next_is_an_outage(strategy, replicas, told):
    given = {"deploymentStrategy": strategy, "minReplicas": replicas}
    models = ([_model(_reads(uri, **given))] for uri in ("s3://a/1", "s3://a/2"))

    found = [one for one in _between(*models) if one.kind == "availability"]

    assert [one.level for one in found] == ["high"] * told
    assert all("ends before the new one starts (maxSurge 0)" in one.reason for one in found)


def test_a_transformer_that_is_replaced_leaves_the_predictor_alone():
    given = _reads("s3://a/1", deploymentStrategy=NO_SURGE)
    models = ([_model(given, transformer={"timeout": seconds})] for seconds in (1, 2))

    assert [one.kind for one in _between(*models)] == ["pods-restart"]


@pytest.mark.parametrize("spoilt", [None, 1, "x", [], {}, [None], {"env": 1}])
def test_sources_of_another_form_are_no_sources(spoilt):
    for predictor in (spoilt, {"model": spoilt}, {"containers": spoilt}):
        for rest in ({}, {"canary": spoilt}, {"canary": [{"predictor": spoilt}]}):
            models = ([_model(predictor, **rest)], [_model(_reads("s3://a/1"), **rest)])

            assert "model-changed" not in {one.kind for one in _between(*models)}


def test_a_canary_that_goes_is_no_outage():
    labels = {"labels": {"app.kubernetes.io/name": "iris"}}
    services = [_object("InferenceService", name=name, metadata=labels) for name in ("iris", TRIED)]
    budgets = [_object("PodDisruptionBudget", name=name) for name in ("iris", TRIED)]

    found = _between([*services, *budgets], [services[0], budgets[0]])

    assert _told(found) == [("availability", "low")]
    assert "its share of requests goes to the model" in found[0].reason


def test_a_model_that_goes_takes_its_budget_along():
    model = _object("InferenceService", name="iris")
    budget = _object("PodDisruptionBudget", name="iris")

    assert _told(_between([model, budget], [])) == [("availability", "high")]
    assert _told(_between([model, budget], [model])) == [("availability", "medium")]
