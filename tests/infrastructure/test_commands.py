"""`make deploy` and its kin: which tools they call, in which order, and when they refuse."""

import json
import os
import re
import shutil
import subprocess

import pytest

from tests.build import ROOT
from tests.infrastructure.reading import HERE, blocks, text

SCRIPT = "infrastructure/platform.sh"
KINDS = {"nodepools.karpenter.sh", "workflows.argoproj.io", "eventbus.argoproj.io"}
TOOL = """#!/bin/bash
echo "$(basename "$0") $*" >>"$CALLS"
case "$*" in
  *describe-cluster*) [ -z "${SAID:-}" ] || { echo "$SAID" >&2; exit 254; } ;;
  *"state list"*) printf '%s\\n' "$STATE" ;;
  *customresourcedefinitions*) [[ " $KINDS " == *" ${@: -1} "* ]] ;;
  *"get services"*) echo "web front" ;;
  *"get persistentvolumeclaims"*) printf 'monitoring\\nargo\\nmonitoring\\n' ;;
esac
"""

EKS = "module.platform.module.eks"
STATE = (
    f'{EKS}.aws_s3_bucket.artifacts["acme"]',
    f'{EKS}.aws_s3_bucket_policy.artifacts["acme"]',
    f"{EKS}.aws_s3_bucket.audit",
    f'{EKS}.aws_secretsmanager_secret.database["mlflow"]',
    f"{EKS}.module.vpc.aws_vpc.this[0]",
)


@pytest.fixture(name="project")
def a_project(tmp_path):
    """Return a copy of the project with what the script reads, and tools that write down calls."""
    (tmp_path / "infrastructure").mkdir()
    shutil.copy(ROOT / SCRIPT, tmp_path / SCRIPT)
    roots = "infrastructure/terraform/environments"
    shutil.copytree(ROOT / roots, tmp_path / roots, ignore=shutil.ignore_patterns(".terraform"))
    for name in ("dev", "prod"):
        file = f"generated/{name}/terraform/platform.tfvars.json"
        (tmp_path / file).parent.mkdir(parents=True)
        shutil.copy(ROOT / file, tmp_path / file)
    (tmp_path / "bin").mkdir()
    for name in ("terraform", "kubectl", "aws"):
        (tmp_path / "bin" / name).write_text(TOOL, encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def _run(project, *arguments, **environment):
    calls = project / "calls"
    calls.unlink(missing_ok=True)
    path = f"{project / 'bin'}:{os.environ['PATH']}"
    given = {"PATH": path, "CALLS": str(calls), "KINDS": " ".join(KINDS), **environment}
    given.setdefault("STATE", "\n".join(STATE))
    ran = subprocess.run(
        ["bash", str(project / SCRIPT), *arguments],
        env=given,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = calls.read_text(encoding="utf-8") if calls.exists() else ""
    return ran, [re.sub(r" --kubeconfig[= ]\S+", "", line) for line in said.splitlines()]


def _unprotected(project):
    file = project / "generated/dev/terraform/platform.tfvars.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    values["database"]["deletion_protection"] = False
    file.write_text(json.dumps(values), encoding="utf-8")


def _with_a_hub(project):
    """Have dev reconciled from another cluster."""
    file = project / "generated/dev/terraform/platform.tfvars.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    values["argocd_access"] = {"role_name": "mlops-dev-argocd"}
    file.write_text(json.dumps(values), encoding="utf-8")
    (project / "bin/sleep").write_text(TOOL, encoding="utf-8")
    (project / "bin/sleep").chmod(0o755)


def _position(calls, part):
    [found] = [number for number, call in enumerate(calls) if part in call]
    return found


def test_the_state_is_looked_for_where_bootstrap_puts_it(project):
    ran, [call] = _run(project, "init", "prod")

    assert ran.returncode == 0, ran.stderr
    root = "infrastructure/terraform/environments/prod"
    assert call.startswith(f"terraform -chdir={root} init")
    assert (project / root / "backend.hcl").read_text(encoding="utf-8").splitlines() == [
        'bucket = "mlops-terraform-111122223333"',
        'region = "eu-west-1"',
    ]
    assert '"${local.platform}-terraform-${local.account_id}"' in text(HERE / "bootstrap")


def test_deploying_applies_once_and_asks_before_it(project):
    ran, calls = _run(project, "deploy", "dev")

    assert ran.returncode == 0, ran.stderr
    applied = [call for call in calls if " apply" in call]
    assert applied == ["terraform -chdir=infrastructure/terraform/environments/dev apply"]
    assert calls[2] == "aws eks update-kubeconfig --name mlops-dev --region eu-west-1"


def test_a_kubeconfig_is_not_left_behind(project):
    _run(project, "status", "dev", TMPDIR=str(project / "bin"))

    assert {path.name for path in (project / "bin").iterdir()} == {"terraform", "kubectl", "aws"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("deploy", "staging"), "ENV=staging names no folder"),
        (("deploy", ""), "it has: dev prod"),
        (("explode", "dev"), "explode is none of: init plan apply deploy"),
    ],
    ids=["environment", "none", "command"],
)
def test_what_it_does_not_know_it_says(project, arguments, says):
    ran, calls = _run(project, *arguments)

    assert (ran.returncode, calls) == (2, [])
    assert says in ran.stderr


def test_missing_tools_are_named_together(project):
    for name in ("kubectl", "aws"):
        (project / "bin" / name).unlink()
    for name in ("bash", "dirname", "python3"):
        (project / "bin" / name).symlink_to(shutil.which(name))

    ran, _ = _run(project, "deploy", "dev", PATH=str(project / "bin"))

    assert ran.returncode == 2
    assert ran.stderr == "deploy needs what isn't installed: aws kubectl\n"


def test_variables_that_were_never_built_are_asked_for(project):
    shutil.rmtree(project / "generated/dev")

    ran, calls = _run(project, "plan", "dev")

    assert (ran.returncode, calls) == (2, [])
    assert "make build writes it" in ran.stderr


@pytest.mark.parametrize(
    ("environment", "given", "says"),
    [
        ("prod", {"CONFIRM": "mlops-prod", "DELETE_DATA": "yes"}, "is protected"),
        ("dev", {"CONFIRM": "mlops-dev"}, "set DELETE_DATA=yes"),
        ("dev", {"DELETE_DATA": "yes"}, "write mlops-dev, or set CONFIRM=mlops-dev"),
        ("dev", {"DELETE_DATA": "yes", "CONFIRM": "mlops-prod"}, "nothing is deleted"),
    ],
    ids=["protected", "data", "unconfirmed", "another"],
)
def test_nothing_is_deleted_by_accident(project, environment, given, says):
    if environment == "dev":
        _unprotected(project)

    ran, calls = _run(project, "destroy", environment, **given)

    assert (ran.returncode, calls) == (2, [])
    assert says in ran.stderr


def test_controllers_delete_what_they_made_before_terraform_deletes_them(project):
    _unprotected(project)

    ran, calls = _run(project, "destroy", "dev", DELETE_DATA="yes", CONFIRM="mlops-dev")

    assert ran.returncode == 0, ran.stderr
    order = [
        "scale statefulset --all --replicas=0 --namespace argocd",
        "delete ingresses",
        "delete service --namespace web front",
        "delete eventbus.argoproj.io",
        "delete workflows.argoproj.io",
        "delete poddisruptionbudgets",
        "delete nodepools.karpenter.sh",
        "delete persistentvolumeclaims --all --namespace argo ",
        "delete persistentvolumeclaims --all --namespace monitoring",
        " apply ",
        "destroy -input=false -auto-approve -var=delete_data=true",
    ]
    positions = [_position(calls, part) for part in order]
    assert positions == sorted(positions)
    assert positions[-1] == len(calls) - 1
    # A kind that the cluster doesn't have is no reason to stop.
    assert not [call for call in calls if "delete sensors" in call]


def test_the_argo_cd_of_a_hub_is_locked_out_before_anything_is_deleted(project):
    _unprotected(project)
    _with_a_hub(project)

    ran, calls = _run(project, "destroy", "dev", DELETE_DATA="yes", CONFIRM="mlops-dev")

    assert ran.returncode == 0, ran.stderr
    entry = "--principal-arn arn:aws:iam::111122223333:role/mlops-dev-argocd"
    [locked] = [call for call in calls if "delete-access-entry" in call]
    assert locked.endswith(entry)
    order = ["delete-access-entry", "sleep 120", "delete ingresses"]
    positions = [_position(calls, part) for part in order]
    assert positions == sorted(positions)


def test_a_cluster_with_a_hub_is_asked_for_no_applications(project):
    _with_a_hub(project)

    ran, calls = _run(project, "status", "dev")
    refused, _ = _run(project, "port-forward-argocd", "dev")

    assert ran.returncode == 0, ran.stderr
    assert [call for call in calls if "applications.argoproj.io" in call] == []
    assert any("get ingresses" in call for call in calls)
    assert (refused.returncode, refused.stderr) == (
        2,
        "dev has no Argo CD: that of its hub reconciles it\n",
    )


def test_what_has_to_be_told_before_it_is_deleted_is_told(project):
    _unprotected(project)

    _, calls = _run(project, "destroy", "dev", DELETE_DATA="yes", CONFIRM="mlops-dev")

    made = {".".join(each.labels): each for each in blocks("resource", (HERE / "modules/eks",))}
    depend = {name for name, each in made.items() if "var.delete_data" in json.dumps(each.body)}
    [apply] = [call for call in calls if " apply " in call]
    told = re.findall(rf"-target={re.escape(EKS)}\.(\w+\.\w+)", apply)
    assert set(told) == depend
    assert "-var=delete_data=true" in apply


def test_a_destroy_that_failed_half_way_goes_on_without_a_cluster(project):
    _unprotected(project)
    gone = "An error occurred (ResourceNotFoundException): No cluster found for name: mlops-dev."

    ran, calls = _run(
        project, "destroy", "dev", DELETE_DATA="yes", CONFIRM="mlops-dev", SAID=gone, STATE=""
    )

    assert ran.returncode == 0, ran.stderr
    assert [call for call in calls if call.startswith("kubectl") or " apply " in call] == []
    assert calls[-1].endswith("destroy -input=false -auto-approve -var=delete_data=true")


def test_who_may_not_look_for_the_cluster_deletes_nothing(project):
    _unprotected(project)
    said = "An error occurred (AccessDeniedException)"

    ran, calls = _run(project, "destroy", "dev", DELETE_DATA="yes", CONFIRM="mlops-dev", SAID=said)

    assert ran.returncode == 2
    assert said in ran.stderr
    assert "describe-cluster" in calls[-1]


def test_ports_are_those_of_services_that_charts_make():
    forwarded = re.findall(
        r"forward (\S+) (\S+) (\d+) (\d+)\n", (ROOT / SCRIPT).read_text(encoding="utf-8")
    )

    for namespace, service, _, port in forwarded:
        files = [ROOT / "generated/dev/apps/network", ROOT / "generated/dev/apps/entrances"]
        entrance = "".join(
            path.read_text(encoding="utf-8") for path in files[1].glob(f"*-{namespace}.*.yaml")
        )
        assert re.search(rf"name: {service}\n\s+port:\n\s+number: {port}\n", entrance), service


def test_make_knows_every_command():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    script = (ROOT / SCRIPT).read_text(encoding="utf-8")

    called = set(re.findall(r'\$\(PLATFORM\) (\S+) "\$\(ENV\)"', makefile))
    [listed] = re.findall(r'is none of: (.*?)"', script)
    assert called == set(listed.split())


@pytest.mark.parametrize("target", ["deploy", "terraform-plan", "port-forward-argocd"])
def test_make_shows_its_targets(target):
    shown = subprocess.run(
        ["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True
    )

    assert re.search(rf"^{target} +\S", shown.stdout, re.MULTILINE)
