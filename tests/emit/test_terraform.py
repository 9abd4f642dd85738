import json
import re
import shutil
import subprocess

import pytest

from mlopsgen import names
from mlopsgen.emit import helm, terraform
from mlopsgen.resources import TEMPLATES
from mlopsgen.serialize import to_json
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.conformance.reference import OTHER
from tests.infrastructure.reading import CONTRACTS, OF_ROOTS

SHAPES = Shapes(TEMPLATES)
POOL = {"kind": "managed", "instanceTypes": ["t3.large"], "min": 1, "max": 2}


LEFT_OUT = {"elbv2.k8s.aws/IngressClassParams"}
"""Kinds that a chart could make, and with our values doesn't."""


def _variables(plan):
    [artifact] = terraform.emit(plan, SHAPES)
    assert artifact.path == "terraform/platform.tfvars.json"
    return artifact.body


def _leaves(value, place=()):
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*place, key))]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item, place)]
    return [(place, value)]


def _without_nulls(value):
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("sections", [{}, OTHER], ids=["reference", "other"])
def test_terraform_reads_every_variable_as_it_was_written(tmp_path, sections):
    command = shutil.which("terraform")
    if command is None:
        pytest.skip("terraform isn't installed")
    body = _variables(reference_plan(**sections))
    declarations = [path.read_text(encoding="utf-8") for path in CONTRACTS]
    text = "\n".join((*declarations, *(f'variable "{name}" {{}}\n' for name in OF_ROOTS)))
    declared = re.findall(r'^variable "(\w+)"', text, re.MULTILINE)
    outputs = "".join(f'output "{name}" {{ value = var.{name} }}\n' for name in declared)
    (tmp_path / "main.tf").write_text(text + outputs, encoding="utf-8")
    (tmp_path / "platform.tfvars.json").write_text(to_json(body), encoding="utf-8")
    apply = [command, "apply", "-auto-approve", "-input=false", "-var-file=platform.tfvars.json"]

    applied = subprocess.run(apply, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert applied.returncode == 0, applied.stderr
    assert "undeclared" not in applied.stdout + applied.stderr
    shown = subprocess.check_output([command, "output", "-json"], cwd=tmp_path, text=True)
    read = {name: _without_nulls(each["value"]) for name, each in json.loads(shown).items()}
    assert read == body


def test_nothing_is_null_and_versions_and_account_ids_are_texts():
    body = _variables(reference_plan())

    assert [place for place, value in _leaves(body) if value is None] == []
    assert body["cluster_version"] == "1.33"
    assert body["account_id"] == "111122223333"


def test_what_the_platform_lacks_is_left_out():
    body = _variables(a_plan())

    assert {"karpenter", "database", "bootstrap_manifest"} & body.keys() == set()
    assert body["helm_releases"] == {}
    assert "artifacts" in body
    assert "artifacts" not in _variables(a_plan(storage=None))


def test_network_policies_are_enforced_by_a_setting_in_a_string():
    addon = _variables(a_plan())["cluster_addons"]["vpc-cni"]

    assert json.loads(addon["configuration_values"]) == {"enableNetworkPolicy": "true"}
    assert addon["before_compute"] is True


def test_the_api_server_reaches_what_autoscaling_asks():
    rules = _variables(a_plan())["node_security_group_additional_rules"]

    assert [(rule["from_port"], rule["type"]) for rule in rules.values()] == [(10251, "ingress")]


def test_nodes_reach_each_other_by_the_udp_that_components_talk():
    """The module opens UDP for DNS alone between nodes."""
    rules = _variables(a_plan(components={"prometheus": {}}))
    rule = rules["node_security_group_additional_rules"]["ingress_self_9094_udp"]

    assert rule == {
        "description": "Node to node 9094/udp",
        "protocol": "udp",
        "from_port": 9094,
        "to_port": 9094,
        "type": "ingress",
        "self": True,
    }


def test_a_pinned_addon_takes_that_version_and_no_other():
    pinned = _variables(a_plan(components={"vpc-cni": {"version": "1.20.4-eksbuild.2"}}))

    addon = pinned["cluster_addons"]["vpc-cni"]
    assert addon["addon_version"] == "v1.20.4-eksbuild.2"
    assert "most_recent" not in addon


def test_the_api_is_public_only_for_the_networks_that_are_named():
    closed = _variables(a_plan())
    opened = _variables(a_plan(cluster={"endpoint": {"publicCidrs": ["203.0.113.0/24"]}}))

    assert closed["cluster_endpoint_public_access"] is False
    assert opened["cluster_endpoint_public_access"] is True
    assert opened["cluster_endpoint_public_access_cidrs"] == ["203.0.113.0/24"]


def test_admins_become_access_entries():
    arn = "arn:aws:iam::111122223333:role/admin"

    entry = _variables(a_plan(cluster={"admins": [arn]}))["access_entries"][arn]

    assert entry["principal_arn"] == arn
    assert entry["policy_associations"]["admin"]["access_scope"] == {"type": "cluster"}


def test_a_node_group_speaks_the_language_of_eks():
    pool = {
        **POOL,
        "instanceTypes": ["g4dn.xlarge"],
        "capacity": "spot",
        "disk": "100Gi",
        "taints": ["nvidia.com/gpu=true:NoSchedule"],
    }

    group = _variables(a_plan(nodePools={"gpu": pool}))["eks_managed_node_groups"]["gpu"]

    assert (group["ami_type"], group["capacity_type"]) == ("AL2023_x86_64_NVIDIA", "SPOT")
    assert [*group["taints"].values()] == [
        {"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}
    ]
    assert group["block_device_mappings"]["root"]["ebs"]["volume_size"] == 100
    assert group["labels"] == {names.POOL_LABEL: "gpu", names.GPU_LABEL: "true"}


def test_pods_never_reach_the_credentials_of_their_node():
    groups = _variables(reference_plan())["eks_managed_node_groups"]

    hops = {group["metadata_options"]["http_put_response_hop_limit"] for group in groups.values()}
    assert hops == {1}


def test_nodes_of_karpenter_are_no_node_groups():
    pool = {"kind": "karpenter", "instanceFamilies": ["g5"]}

    body = _variables(a_plan(nodePools={"gpu": pool, "general": POOL}))

    assert [*body["eks_managed_node_groups"]] == ["general"]


def test_every_role_that_an_object_names_is_made():
    plan = reference_plan()

    roles = _variables(plan)["irsa_roles"]

    prefix = "arn:aws:iam::111122223333:role/"
    text = "".join(to_json(artifact.body) for artifact in helm.emit(plan, SHAPES))
    named = set(re.findall(rf"{prefix}([\w-]+)", text))
    assert named <= {*roles}
    assert {identity.role for identity in plan.identities} <= {*roles}
    addon = _variables(plan)["cluster_addons"]["aws-ebs-csi-driver"]
    assert addon["service_account_role_arn"].removeprefix(prefix) in roles


def test_a_role_grants_by_statements_or_by_a_published_policy():
    roles = _variables(reference_plan())["irsa_roles"]

    assert [
        name for name, role in roles.items() if bool(role["statements"]) == bool(role["policy"])
    ] == []


def test_no_statement_of_a_role_repeats_the_sid_of_another():
    for role in _variables(reference_plan())["irsa_roles"].values():
        sids = [statement["sid"] for statement in role["statements"]]
        assert len(sids) == len(set(sids))


def test_folders_whose_names_differ_in_signs_only_have_statements_of_their_own():
    folders = ["labels.v2/", "labelsv2/", "labelsv22/"]
    triggers = {f"t{n}": {"s3": {"prefix": folder}} for n, folder in enumerate(folders)}
    step = {"image": "acme/train:1", "command": ["train"]}
    plan = a_plan(pipelines={"train": {"triggers": triggers, "steps": {"fit": step}}})
    [role] = [one for key, one in _variables(plan)["irsa_roles"].items() if "pipeline-" in key]
    sids = [statement["sid"] for statement in role["statements"]]

    assert len([sid for sid in sids if sid.startswith("ReadLabels")]) == 3
    assert len(set(sids)) == len(sids)


def test_karpenter_may_list_the_instance_profiles_that_it_made():
    karpenter = _variables(a_plan(components={"karpenter": {}}))["karpenter"]

    [statement] = karpenter["iam_policy_statements"]
    assert statement["actions"] == ["iam:ListInstanceProfiles"]


def test_charts_that_argo_cd_owns_are_no_releases_of_terraform():
    plan = reference_plan()

    releases = _variables(plan)["helm_releases"]

    owned = {name for name, part in plan.parts.items() if part.owner == "argocd"}
    assert owned & {*releases} == set()
    assert {"argocd", "karpenter"} <= {*releases}


def test_crds_come_before_the_chart_that_needs_them():
    releases = _variables(reference_plan())["helm_releases"]

    assert releases["karpenter-crd"]["wave"] < releases["karpenter"]["wave"]
    assert releases["karpenter"]["skip_crds"] is True
    assert releases["karpenter-crd"]["values_files"] == []
    waves = [release["wave"] for release in releases.values()]
    assert waves == sorted(waves)


def test_no_release_brings_objects_that_its_own_webhook_has_to_let_in_first():
    """Helm applies them before a pod answers the webhook, fails, and Terraform starts anew."""
    plan = reference_plan()

    for name in _variables(plan)["helm_releases"].keys() & plan.parts.keys():
        facts = plan.parts[name].facts
        if facts.webhooks and facts.crds:
            own = {f"{each.group}/{each.kind}" for each in facts.crds.kinds} - LEFT_OUT
            assert own & {*facts.objects.cluster, *facts.objects.namespaced} == set(), name


def test_a_release_whose_secret_argo_cd_brings_is_not_waited_for():
    components = {"mlflow": {"owner": "terraform"}, "cert-manager": {}}

    releases = _variables(a_plan(components=components))["helm_releases"]

    assert {name: release["wait"] for name, release in releases.items()} == {
        "cert-manager": True,
        "mlflow": False,
    }


def test_the_database_has_a_name_before_it_has_an_endpoint():
    plan = reference_plan()

    body = _variables(plan)

    [mlflow] = [a.body for a in helm.emit(plan, SHAPES) if a.path == "helm/mlflow.yaml"]
    postgres = mlflow["backendStore"]["postgres"]
    assert body["database"]["host"] == postgres["host"]
    assert body["database"]["name"] == postgres["database"]
    assert postgres["host"].endswith(f".{body['private_zone']}")
    [secret] = [each for each in plan.secrets if each.namespace == "mlflow"]
    assert {key.remote for key in secret.keys} == {body["database"]["secret_name"]}
