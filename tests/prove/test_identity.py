import json

import pytest

from mlopsgen.prove.emitted import Emitted
from mlopsgen.prove.grants import Grant, granted
from mlopsgen.prove.identity import RULES, proved
from tests.build import a_plan
from tests.prove.emitting import (
    TFVARS,
    emit,
    golden,
    reference,
    set_to,
    spoiled,
    taken,
    without,
)

PIPELINE = "mlops-dev-pipeline-iris-training"
MLFLOW = "mlops-dev-mlflow"
READER = "mlops-dev-secrets-mlops"
IRIS = "apps/models-mlops/inferenceservice-iris.yaml"
ACCOUNT = "apps/models-mlops/serviceaccount-model-iris.yaml"
CASES = (
    "events",
    "features",
    "gateway",
    "kserve-0.20",
    "pipelines",
    "runtimes",
    "scaling",
    "training",
)


def _found(emitted):
    return [(finding.code, finding.message) for finding in proved(emitted)]


def _role(name, *route, value=None):
    place = ("irsa_roles", name, *route)
    return taken(*place) if value is None else set_to(*place, value=value)


def test_the_reference_platform_has_exactly_the_grants_it_needs():
    assert _found(Emitted.of(*reference())) == []


@pytest.mark.parametrize("case", CASES)
def test_no_platform_that_is_right_is_accused(case):
    assert _found(Emitted.of(*golden(case))) == []


def _reference_roles():
    [variables] = [each.body for each in reference()[1] if each.path == TFVARS]
    return variables["irsa_roles"]


EVERY_GRANT = [
    (name, index)
    for name, role in _reference_roles().items()
    for index, _ in enumerate(role["statements"])
]


@pytest.mark.parametrize(("name", "index"), EVERY_GRANT)
def test_every_grant_that_is_taken_away_is_missed(name, index):
    statement = _reference_roles()[name]["statements"][index]

    found = _found(spoiled(reference(), TFVARS, _role(name, "statements", index)))

    assert {code for code, _ in found} == {"IDENT002"}
    for action in statement["actions"]:
        assert any(
            f"its role `{name}` lacks" in text and f"`{action}`" in text for _, text in found
        )


FILE = "s3://acme-models/iris.v2/model.joblib"


def _sklearn(source):
    models = {"iris": {"runtime": "sklearn", "source": source}}
    plan = a_plan(models=models, components={"kserve": {}, "cert-manager": {}})
    return plan, emit(plan)


def test_a_model_in_one_file_gets_that_file_and_no_other():
    plan, artifacts = _sklearn(FILE)
    [role] = [
        role
        for name, role in Emitted.of(plan, artifacts).terraform["irsa_roles"].items()
        if "model-iris" in name
    ]

    read, listed = role["statements"]
    assert read["resources"] == ["arn:aws:s3:::acme-models/iris.v2/model.joblib"]
    assert listed["conditions"] == [
        {"test": "StringEquals", "variable": "s3:prefix", "values": ["iris.v2/model.joblib"]}
    ]
    assert _found(Emitted.of(plan, artifacts)) == []


@pytest.mark.parametrize("other", [FILE.rpartition("/")[0], f"{FILE}x"])
def test_a_grant_on_what_lies_beside_a_file_is_found(other):
    [theirs] = [each for each in _sklearn(other)[1] if each.path == TFVARS]
    plan, artifacts = _sklearn(FILE)
    artifacts = [theirs if each.path == TFVARS else each for each in artifacts]

    assert {code for code, _ in _found(Emitted.of(plan, artifacts))} == {"IDENT002"}


EVERY_ACTION = [
    (name, index, at)
    for name, role in _reference_roles().items()
    for index, statement in enumerate(role["statements"])
    for at, _ in enumerate(statement["actions"])
]


@pytest.mark.parametrize(("name", "index", "at"), EVERY_ACTION)
def test_every_single_action_that_is_taken_away_is_missed(name, index, at):
    edit = _role(name, "statements", index, "actions", at)

    assert {code for code, _ in _found(spoiled(reference(), TFVARS, edit))} == {"IDENT002"}


@pytest.mark.parametrize(
    "name", [name for name, role in _reference_roles().items() if role["key_actions"]]
)
def test_files_in_the_bucket_need_its_key(name):
    found = _found(spoiled(reference(), TFVARS, _role(name, "key_actions", value=[])))

    assert {code for code, _ in found} == {"IDENT002"}
    assert all("`kms:Decrypt`" in text and "the key of the artifact bucket" in text
               for _, text in found)  # fmt: skip


@pytest.mark.parametrize("name", list(_reference_roles()))
def test_a_role_that_is_gone_is_missed_by_who_takes_it(name):
    found = _found(spoiled(reference(), TFVARS, _role(name)))

    assert found[0][0] == "IDENT001"
    assert f"role/{name}`, which isn't one of Terraform's" in found[0][1]


@pytest.mark.parametrize("key", ["namespace", "service_account"])
@pytest.mark.parametrize("name", list(_reference_roles()))
def test_a_role_trusts_one_service_account_by_name(name, key):
    found = _found(spoiled(reference(), TFVARS, _role(name, key, value="other")))

    assert ("IDENT001", True) in {(code, "the role trusts" in text) for code, text in found}


def test_a_renamed_service_account_is_not_the_one_that_is_trusted():
    edit = set_to("metadata", "name", value="model-iris-2")

    found = _found(spoiled(reference(), ACCOUNT, edit))

    assert [code for code, _ in found] == ["IDENT001", "IDENT002", "IDENT002"]
    assert "as `mlops/model-iris-2`; the role trusts `mlops/model-iris`" in found[0][1]
    assert "its service account `mlops/model-iris` takes no role" in found[1][1]


def test_a_service_account_without_its_annotation_leaves_the_role_to_nobody():
    found = _found(spoiled(reference(), ACCOUNT, taken("metadata", "annotations")))

    assert "reads `s3://" in found[1][1]
    assert [code for code, _ in found] == ["IDENT001", "IDENT002", "IDENT002"]
    assert "trusts `mlops/model-iris`, which doesn't take it" in found[0][1]


def test_a_role_of_another_account_is_not_ours():
    arn = "arn:aws:iam::999999999999:role/mlops-dev-model-iris"
    edit = set_to("metadata", "annotations", "eks.amazonaws.com/role-arn", value=arn)

    assert f"takes the role `{arn}`" in _found(spoiled(reference(), ACCOUNT, edit))[0][1]


def test_pods_run_under_the_service_account_that_has_the_role():
    edit = taken("spec", "predictor", "serviceAccountName")

    [(code, message), *others] = _found(spoiled(reference(), IRIS, edit))

    assert code == "IDENT002"
    assert {other for other, _ in others} == {"IDENT003"}
    assert "its service account `mlops/default` takes no role" in message


def test_a_model_that_is_elsewhere_needs_other_grants():
    edit = set_to("spec", "predictor", "model", "storageUri", value="s3://acme-models/iris/")

    found = _found(spoiled(reference(), IRIS, edit))

    assert {code for code, _ in found} == {"IDENT002"}
    assert "`s3:GetObject` on `arn:aws:s3:::acme-models/iris/*`" in found[0][1]


@pytest.mark.parametrize(
    ("path", "edit"),
    [
        ("helm/mlflow.yaml", set_to("artifactRoot", "s3", "path", value="elsewhere")),
        ("helm/mlflow.yaml", set_to("artifactRoot", "s3", "bucket", value="elsewhere")),
    ],
)
def test_mlflow_and_its_clients_go_where_its_values_say(path, edit):
    found = _found(spoiled(reference(), path, edit))

    roles = {text.partition("its role `")[2].partition("`")[0] for _, text in found}
    assert {code for code, _ in found} == {"IDENT002"}
    assert roles == {MLFLOW, PIPELINE}


def test_a_chart_without_the_annotation_has_no_role():
    edit = taken("serviceAccount", "annotations")

    codes = [code for code, _ in _found(spoiled(reference(), "helm/mlflow.yaml", edit))]

    assert codes == ["IDENT001", "IDENT002"]


def test_a_controller_has_the_policy_that_is_published_for_it():
    name = "mlops-dev-aws-load-balancer-controller"

    [(code, message)] = _found(spoiled(reference(), TFVARS, _role(name, "policy", value="ebs_csi")))

    assert code == "IDENT002"
    assert "lacks `policy published by AWS`" in message


DNS = "acme-dev-external-dns"


def _two_zones():
    plan = a_plan(components={"external-dns": {"zones": ["Z1EXAMPLE", "Z2EXAMPLE"]}})
    return plan, emit(plan)


def test_external_dns_may_change_its_own_zones_and_no_others():
    plan, artifacts = _two_zones()
    statements = Emitted.of(plan, artifacts).terraform["irsa_roles"][DNS]["statements"]

    assert {tuple(each["actions"]): each["resources"] for each in statements} == {
        ("route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"): [
            "arn:aws:route53:::hostedzone/Z1EXAMPLE",
            "arn:aws:route53:::hostedzone/Z2EXAMPLE",
        ],
        ("route53:ListHostedZones",): ["*"],
    }
    assert _found(Emitted.of(plan, artifacts)) == []


def test_a_zone_that_the_role_has_not_is_missed():
    edit = taken("irsa_roles", DNS, "statements", 0, "resources", 1)

    [(code, message)] = _found(spoiled(_two_zones(), TFVARS, edit))

    assert code == "IDENT002"
    assert "keeps the records of its hosted zones" in message
    assert "on `arn:aws:route53:::hostedzone/Z2EXAMPLE`" in message


def test_a_zone_that_external_dns_is_not_held_to_is_too_much():
    edit = set_to("extraArgs", value=["--aws-zone-match-parent", "--zone-id-filter=Z1EXAMPLE"])

    [(code, message)] = _found(spoiled(_two_zones(), "helm/external-dns.yaml", edit))

    assert code == "IDENT003"
    assert "on `arn:aws:route53:::hostedzone/Z2EXAMPLE`" in message


def test_every_zone_of_the_account_is_a_wildcard():
    wide = "arn:aws:route53:::hostedzone/*"
    edit = _role(DNS, "statements", 0, "resources", value=[wide])

    found = _found(spoiled(_two_zones(), TFVARS, edit))

    assert ("IDENT004", f"`{TFVARS}`: the role `{DNS}` grants `{wide}` in `ChangeRecords`") in found


def test_a_secret_that_the_reader_may_not_read_is_named():
    path = "apps/models-mlops/externalsecret-model-mistral-7b-secrets.yaml"
    edit = set_to("spec", "data", 0, "remoteRef", "key", value="mlops/other")

    [(code, message)] = _found(spoiled(reference(), path, edit))

    assert code == "IDENT002"
    assert "asks Secrets Manager for `mlops/other`" in message
    assert READER in message


def test_a_grant_that_nothing_asks_for_is_too_much():
    def edit(variables):
        statements = variables["irsa_roles"]["mlops-dev-model-iris"]["statements"]
        statements[0]["actions"].append("s3:DeleteObject")

    [(code, message), *_] = _found(spoiled(reference(), TFVARS, edit))

    assert code == "IDENT003"
    assert "`mlops/model-iris`" in message
    assert "`s3:DeleteObject`" in message


def test_a_role_for_nothing_is_too_much():
    found = _found(without(reference(), IRIS))

    assert {code for code, _ in found} == {"IDENT003"}
    assert "nothing of `mlops/model-iris` needs" in found[0][1]


def test_a_role_of_a_chart_that_is_gone_is_taken_by_nobody():
    found = _found(without(reference(), "helm/argo-workflows.yaml"))

    assert [code for code, _ in found] == ["IDENT001"]


@pytest.mark.parametrize(
    ("index", "key", "wide"),
    [
        (0, "actions", "s3:*"),
        (0, "actions", "*"),
        (0, "resources", "*"),
        (0, "resources", "arn:aws:s3:::*"),
        (0, "resources", "arn:aws:s3:::*/*"),
        (0, "resources", "arn:aws:s3:::acme-*/mlflow/*"),
        (1, "resources", "arn:aws:s3:::acme*"),
    ],
)
def test_a_wildcard_is_found_whatever_it_stands_for(index, key, wide):
    edit = _role(PIPELINE, "statements", index, key, value=[wide])

    assert ("IDENT004", True) in {
        (code, f"grants `{wide}`" in text)
        for code, text in _found(spoiled(reference(), TFVARS, edit))
    }


def test_only_actions_without_resources_may_have_all_of_them():
    place = ("karpenter", "iam_policy_statements", 0, "actions")
    edit = set_to(*place, value=["iam:ListInstanceProfiles", "iam:PassRole"])

    [(code, message)] = _found(spoiled(reference(), TFVARS, edit))

    assert code == "IDENT004"
    assert "the role of Karpenter grants `*`" in message


@pytest.mark.parametrize("key", ["apiGroups", "resources", "verbs"])
def test_a_role_of_kubernetes_has_no_wildcards_either(key):
    path = "apps/namespaces/role-mlops.owners.yaml"

    found = _found(spoiled(reference(), path, set_to("rules", 0, key, value=["*"])))

    assert found == [("IDENT004", f"`{path}`: Role `mlops/owners` has the wildcard `*` in `{key}`")]


def test_a_policy_that_iam_refuses_is_measured():
    secrets = {f"TOKEN_{number}": f"aws-sm:acme/models/{number:03}#token" for number in range(80)}
    model = {"runtime": "sklearn", "source": "oci://ghcr.io/acme/iris:1.0.0", "secrets": secrets}
    planned = a_plan(models={"iris": {**model, "namespace": "mlops"}})

    [(code, message)] = _found(Emitted.of(planned, emit(planned)))

    assert code == "IDENT005"
    assert "the policy of the role `acme-dev-secrets-mlops` has 6" in message
    assert message.endswith("IAM takes 6144")


def test_a_role_name_that_iam_refuses_is_counted():
    def edit(variables):
        roles = variables["irsa_roles"]
        roles["x" * 65] = roles.pop(MLFLOW)

    found = _found(spoiled(reference(), TFVARS, edit))

    assert (
        "IDENT005",
        f"`{TFVARS}`: the role `{'x' * 65}` has 65 characters; IAM takes 64",
    ) in found


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (TFVARS, ("eks_managed_node_groups", "general", "metadata_options")),
        ("apps/node-pools/ec2nodeclass-gpu-workloads.yaml", ("spec", "metadataOptions")),
    ],
)
def test_pods_get_no_credentials_of_their_node(path, place):
    keys = {
        TFVARS: ("http_tokens", "http_put_response_hop_limit"),
    }.get(path, ("httpTokens", "httpPutResponseHopLimit"))
    for key, value in zip(keys, ("optional", 2), strict=True):
        [(code, _)] = _found(spoiled(reference(), path, set_to(*place, key, value=value)))
        assert code == "IDENT006"
    [(code, _)] = _found(spoiled(reference(), path, taken(*place)))
    assert code == "IDENT006"


@pytest.mark.parametrize(
    ("path", "edit", "told"),
    [
        (TFVARS, set_to("karpenter", "service_account", value="x"), "its role trusts"),
        (TFVARS, set_to("karpenter", "namespace", value="x"), "its role trusts"),
        (TFVARS, set_to("karpenter", "queue_name", value="x"), "listens to the queue"),
        (TFVARS, set_to("karpenter", "node_iam_role_name", value="x"), "gives its nodes"),
        ("helm/karpenter.yaml", set_to("serviceAccount", "name", value="x"), "runs as"),
        (
            "apps/node-pools/ec2nodeclass-gpu-workloads.yaml",
            set_to("spec", "role", value="x"),
            "gives its nodes the role `x`",
        ),
    ],
)
def test_karpenter_has_what_terraform_makes_for_it(path, edit, told):
    found = _found(spoiled(reference(), path, edit))

    assert {code for code, _ in found} == {"IDENT001"}
    assert told in found[0][1]


EVENTS = golden("events")
FEATURES = golden("features")


def _roles_of(source):
    [variables] = [each.body for each in source[1] if each.path == TFVARS]
    return [
        (name, index, at)
        for name, role in variables["irsa_roles"].items()
        for index, statement in enumerate(role["statements"])
        for at, _ in enumerate(statement["actions"])
        # What Feast asks for holds it: the whole bucket.
        if not statement["sid"].startswith("List")
    ]


@pytest.mark.parametrize("source", [EVENTS, FEATURES], ids=["events", "features"])
def test_queues_keys_and_tables_are_granted_action_by_action(source):
    for name, index, at in _roles_of(source):
        edit = _role(name, "statements", index, "actions", at)
        codes = {code for code, _ in _found(spoiled(source, TFVARS, edit))}
        assert codes == {"IDENT002"}, (name, index, at)


def test_an_event_source_takes_messages_of_its_own_queues_only():
    [path] = [each.path for each in EVENTS[1] if "eventsource" in each.path][:1]
    [source] = [each.body[0] for each in EVENTS[1] if each.path == path]
    event = next(iter(source["spec"]["sqs"]))

    edit = set_to("spec", "sqs", event, "queue", value="other")

    found = _found(spoiled(EVENTS, path, edit))
    assert any(
        code == "IDENT002" and "takes messages from the queue `other`" in text
        for code, text in found
    )


def test_every_finding_says_where_in_platform_yaml_and_why():
    edit = _role(PIPELINE, "statements", 0)

    for finding in proved(spoiled(reference(), TFVARS, edit)):
        assert finding.at == ("pipelines", "iris-training")
        assert finding.why
        assert finding.fix


def test_a_wider_grant_covers_what_is_under_it():
    role = {
        "policy": "",
        "key_actions": [],
        "statements": [
            {
                "sid": "A",
                "actions": ["s3:GetObject"],
                "resources": ["arn:aws:s3:::b/x/*"],
                "conditions": [],
            }
        ],
    }

    assert granted(role) == {Grant("s3:GetObject", "arn:aws:s3:::b/x/*")}


def test_a_whole_bucket_is_read_as_a_whole():
    models = {"iris": {"runtime": "sklearn", "source": "s3://acme-models", "namespace": "mlops"}}
    planned = a_plan(models=models)
    artifacts = emit(planned)

    assert _found(Emitted.of(planned, artifacts)) == []
    [variables] = [each.body for each in artifacts if each.path == TFVARS]
    statements = json.dumps(variables["irsa_roles"]["acme-dev-model-iris"]["statements"])
    assert '"arn:aws:s3:::acme-models/*"' in statements
    assert "//" not in statements


def test_codes_are_unique_and_in_order():
    codes = [rule.code for rule in RULES]

    assert codes == sorted(set(codes))
