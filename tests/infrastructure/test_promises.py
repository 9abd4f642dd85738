"""What docs/how-to/deploy.md promises of the account stands in the Terraform."""

import json
import re
import shutil
import subprocess

import pytest

from mlopsgen import names
from tests.infrastructure.reading import FOLDERS, HERE, PROVIDERS, TFVARS, blocks, text

RESOURCES = blocks("resource")
BUCKETS = [each for each in RESOURCES if each.labels[0] == "aws_s3_bucket"]
LONGEST = 20 + 1 + names.ENVIRONMENT_LIMIT
"""Of a cluster's name: platform, dash, environment."""

PREFIX_LIMIT = names.NODE_ROLE_PREFIX_LIMIT
TERRAFORM = shutil.which("terraform")
needs_terraform = pytest.mark.skipif(TERRAFORM is None, reason="terraform isn't installed")


def _beside(bucket, kind):
    """Return what is said of *bucket* by the resource *kind*."""
    [found] = [
        each.body
        for each in RESOURCES
        if each.labels == (kind, bucket.labels[1]) and each.folder == bucket.folder
    ]
    return found


def _statements(folder, name):
    [document] = [
        each.body
        for each in blocks("data", (folder,))
        if each.labels == ("aws_iam_policy_document", name)
    ]
    return document["statement"]


@pytest.mark.parametrize("bucket", BUCKETS, ids=str)
def test_a_bucket_is_private_encrypted_versioned_and_asks_for_tls(bucket):
    block = _beside(bucket, "aws_s3_bucket_public_access_block")
    assert [value for key, value in block.items() if key not in {"bucket", "for_each"}] == [
        True
    ] * 4
    [rule] = _beside(bucket, "aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert rule["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "aws:kms"
    [versions] = _beside(bucket, "aws_s3_bucket_versioning")["versioning_configuration"]
    assert versions["status"] == "Enabled"
    [denied] = [
        each
        for each in _statements(bucket.folder, bucket.labels[1])
        if each.get("effect") == "Deny"
    ]
    assert denied["condition"][0]["variable"] == "aws:SecureTransport"
    assert denied["condition"][0]["values"] == ["false"]


def test_the_state_is_locked_beside_itself_and_never_deleted():
    [state] = [each for each in BUCKETS if each.folder.name == "bootstrap"]

    assert state.body["lifecycle"][0]["prevent_destroy"] is True
    for name in ("dev", "prod"):
        [terraform] = blocks("terraform", (HERE / "environments" / name,))
        [backend] = [each["s3"] for each in terraform.body["backend"]]
        assert (backend["use_lockfile"], backend["encrypt"]) == (True, True)
        assert backend["key"] == f"{name}/terraform.tfstate"


def test_anybody_is_only_ever_told_no():
    for each in blocks("data"):
        for statement in each.body.get("statement", []):
            if any("*" in who["identifiers"] for who in statement.get("principals", [])):
                assert statement["effect"] == "Deny", each


def test_only_the_bucket_of_this_account_sends_to_a_queue():
    [statement] = _statements(HERE / "modules/eks", "events")

    assert statement["actions"] == ["sqs:SendMessage"]
    assert {each["variable"]: each["test"] for each in statement["condition"]} == {
        "aws:SourceArn": "ArnEquals",
        "aws:SourceAccount": "StringEquals",
    }


def test_a_bucket_has_one_list_of_notifications():
    lists = [each for each in RESOURCES if each.labels[0] == "aws_s3_bucket_notification"]

    [notification] = lists
    [queue] = [each["queue"] for each in notification.body["dynamic"]]
    assert queue["for_each"] == "${var.event_queues}"


def test_workflows_are_taken_for_one_repository_and_nothing_like_it():
    [statement] = _statements(HERE / "bootstrap", "trust")
    subjects = re.findall(r'"repo:[^"]*"', text(HERE / "bootstrap"))

    assert {each["test"] for each in statement["condition"]} == {"StringEquals"}
    assert len(subjects) == 3
    assert [each for each in subjects if "*" in each] == []


def test_changing_is_for_jobs_that_people_approve():
    applies = re.search(
        r'-apply" = \{.*?subjects\s+= \[(.*?)\]', text(HERE / "bootstrap"), re.DOTALL
    )

    assert applies[1] == '"repo:${var.github_repository}:environment:${name}"'


def test_a_workflow_may_look_at_itself_and_not_change_itself():
    """Terraform looks up the role that it runs as, to know whom the cluster lets in."""
    [denied] = [each for each in _statements(HERE / "bootstrap", "apply") if "effect" in each]
    [looks] = re.findall(r"looks = \[(.*?)\]", text(HERE / "bootstrap"), re.DOTALL)

    assert '"iam:Get*"' in looks
    assert [each for each in denied["actions"] if "*" in each or "Get" in each] == []
    assert {"iam:UpdateAssumeRolePolicy", "iam:CreatePolicyVersion"} <= set(denied["actions"])


def test_the_cluster_lets_in_the_roles_that_bootstrap_makes():
    made = re.search(r'name\s+= "\$\{local\.platform\}(-github-)', text(HERE / "bootstrap"))
    for name in ("dev", "prod"):
        root = text(HERE / "environments" / name)
        assert f"{made[1]}{name}" in root
        assert set(re.findall(r'"\$\{local\.role\}-(\w+)"', root)) == {"plan", "apply"}


def test_only_the_callers_of_a_hub_take_its_role_and_it_is_there_before_its_entry():
    [document] = [
        each.body
        for each in blocks("data", (HERE / "modules/eks",))
        if each.labels == ("aws_iam_policy_document", "argocd")
    ]
    [statement] = document["statement"]
    [condition] = statement["condition"]
    entry = text(HERE / "modules/eks")

    assert statement["actions"] == ["sts:AssumeRole"]
    assert condition["test"] == "ArnEquals"
    assert condition["variable"] == "aws:PrincipalArn"
    assert condition["values"] == "${var.argocd_access.trusted_role_arns}"
    assert "principal_arn = role.arn" in entry
    assert "merge(local.access_entries, local.argocd_entry)" in entry


def test_no_password_is_in_a_state():
    for each in RESOURCES:
        assert {"password", "secret_string", "secret_binary"} & set(each.body) == set(), each
    [database] = [each.body for each in RESOURCES if each.labels[0] == "aws_db_instance"]
    assert "ephemeral." in database["password_wo"]
    assert [each for each in RESOURCES if each.labels[0] == "random_password"] == []


def test_the_database_is_private_and_leaves_a_snapshot_that_can_be_read():
    [database] = [each.body for each in RESOURCES if each.labels[0] == "aws_db_instance"]

    assert database["publicly_accessible"] is False
    assert database["storage_encrypted"] is True
    assert database["skip_final_snapshot"] is False
    assert database["deletion_protection"] == "${each.value.deletion_protection}"
    # A key of the environment would go with it.
    assert "kms_key_id" not in database


def test_there_is_a_stage_for_each_wave():
    stages = blocks("module", (HERE / "modules/releases",))
    chained = [each.body.get("depends_on", []) for each in stages]

    assert chained == [[], *([f"${{module.wave_{number}}}"] for number in range(1, len(stages)))]
    for path in TFVARS:
        releases = json.loads(path.read_text(encoding="utf-8"))["helm_releases"]
        waves = {release["wave"] for release in releases.values()}
        assert len(waves) <= len(stages)
        assert all(-50 <= wave <= 50 for wave in waves)


def test_every_published_policy_that_a_role_asks_for_is_attached():
    [irsa] = [
        each.body for each in blocks("module", (HERE / "modules/eks",)) if each.labels == ("irsa",)
    ]
    attached = {
        re.search(r'policy == "(\w+)"', value)[1]: name
        for name, value in irsa.items()
        if name.startswith("attach_")
    }

    roles = (HERE / "modules/eks/roles.tf").read_text(encoding="utf-8")
    kept = re.findall(r"^    (\w+) += .*:iam::aws:policy/", roles, re.MULTILINE)

    assert {f"attach_{policy}_policy" for policy in attached} == set(attached.values())
    assert not {*kept} & {*attached}
    for path in TFVARS:
        roles = json.loads(path.read_text(encoding="utf-8"))["irsa_roles"]
        assert {role["policy"] for role in roles.values()} - {""} <= {*attached, *kept}


def test_what_is_always_of_the_newest_version_has_a_policy_that_aws_keeps():
    """The driver of EBS will need ec2:DescribeInstanceTypes, which no copy of the module has
    (aws-ebs-csi-driver v1.64.0 CHANGELOG.md)."""
    roles = (HERE / "modules/eks/roles.tf").read_text(encoding="utf-8")
    for path in TFVARS:
        addons = json.loads(path.read_text(encoding="utf-8"))["cluster_addons"]
        assert addons["aws-ebs-csi-driver"]["most_recent"] is True
    assert "policy/service-role/AmazonEBSCSIDriverPolicyV2" in roles


def test_the_longest_name_of_a_cluster_fits_into_the_names_made_of_it():
    files = text(HERE / "modules/eks")
    for name in re.findall(
        r'^\s*(?:iam_role_)?name\s+= "\$\{var\.cluster_name\}([\w-]*)"', files, re.MULTILINE
    ):
        assert LONGEST + len(name) <= names.ROLE_LIMIT
    [group] = re.findall(r"^\s*iam_role_name\s+= var\.(\w+)$", files, re.MULTILINE)
    assert group == "cluster_name"
    assert LONGEST + len("-") <= PREFIX_LIMIT


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_a_scanner_is_told_to_skip_has_a_reason(folder):
    for path in folder.glob("*.tf"):
        for skip in re.findall(r"#checkov:skip=(.*)", path.read_text(encoding="utf-8")):
            assert re.fullmatch(r"CKV2?_\w+:\w.{15,}", skip), f"{path}: {skip}"


def test_what_is_known_of_providers_says_where_it_is_from():
    assert all(provider["source"] for provider in PROVIDERS.values())


def test_the_key_of_the_artifacts_is_used_through_s3_alone():
    """Grants on the key are actions only; the rest of their statement stands in Terraform."""
    [irsa] = [
        each.body
        for each in blocks("data", (HERE / "modules/eks",))
        if each.labels == ("aws_iam_policy_document", "irsa")
    ]
    [keyed] = [
        each["statement"]["content"][0]
        for each in irsa["dynamic"]
        if "key_actions" in each["statement"]["for_each"]
    ]

    assert keyed["actions"] == "${statement.value}"
    assert keyed["resources"] == "${[for key in aws_kms_key.artifacts : key.arn]}"
    [condition] = keyed["condition"]
    assert {key: value for key, value in condition.items() if not key.startswith("__")} == {
        "test": "StringEquals",
        "variable": "kms:ViaService",
        "values": ["s3.${var.region}.amazonaws.com"],
    }


@needs_terraform
@pytest.mark.parametrize(
    ("allocated", "most"),
    [(20, 80), (16384, 65536), (16385, 65536), (59000, 65536), (59001, 0), (65536, 0)],
)
def test_the_disk_of_the_database_grows_as_far_as_rds_lets_it(tmp_path, allocated, most):
    [database] = [each.body for each in RESOURCES if each.labels[0] == "aws_db_instance"]
    expression = database["max_allocated_storage"].removeprefix("${").removesuffix("}")
    given = expression.replace("each.value.allocated_storage", str(allocated))

    shown = subprocess.run(
        [TERRAFORM, f"-chdir={tmp_path}", "console"],
        input=given,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert shown.stdout.strip() == str(most)
    assert most == 0 or most >= 1.1 * allocated
