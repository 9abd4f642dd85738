"""`mlopsgen build --stdout`: the objects of one environment, as Argo CD would apply them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from mlopsgen.artifact import Rendered
from mlopsgen.cli import main
from mlopsgen.serialize import to_yaml
from mlopsgen.write.stream import stream
from tests.build import ROOT


def _run(*arguments):
    return CliRunner().invoke(main, ["build", str(ROOT / "platform.yaml"), "--stdout", *arguments])


def _named(each):
    metadata = each["metadata"]
    return (each["kind"], metadata.get("namespace", ""), metadata["name"])


@pytest.fixture(scope="module")
def printed():
    done = _run("--env", "dev")
    assert (done.exit_code, done.stderr) == (0, "")
    return list(yaml.safe_load_all(done.stdout))


def _written():
    for folder in ("apps/*", "argocd"):
        for file in (ROOT / "generated/dev").glob(f"{folder}/*.yaml"):
            yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def test_every_object_that_argocd_applies_is_printed_once(printed):
    assert sorted(printed, key=_named) == sorted(_written(), key=_named)


def test_what_is_for_the_hub_is_printed_only_when_asked_for():
    platform = str(ROOT / "tests/golden/hub/platform.yaml")
    asked = ["build", platform, "--stdout", "--env", "prod"]
    whole = CliRunner().invoke(main, asked)
    hub = CliRunner().invoke(main, [*asked, "--application", "hub"])

    def kinds(done):
        assert done.exit_code == 0
        return [each["kind"] for each in yaml.safe_load_all(done.stdout)]

    assert {*kinds(hub)} == {"AppProject", "Application"}
    assert not {"AppProject", "Application"} & {*kinds(whole)}
    # Its waves are those of its Applications all the same.
    assert kinds(whole).index("NetworkPolicy") < kinds(whole).index("InferenceService")


def test_what_others_need_comes_before_them(printed):
    order = [_named(each) for each in printed]
    kinds = [kind for kind, _, _ in order]

    assert kinds[:2] == ["AppProject", "AppProject"]
    assert order.index(("Application", "argocd", "prometheus")) < kinds.index("PodMonitor")
    assert order.index(("Application", "argocd", "kserve")) < kinds.index("InferenceService")
    first = {}
    for place, (kind, namespace, name) in enumerate(order):
        if kind == "Namespace":
            assert name not in first
        elif kind not in {"AppProject", "Application"}:
            first.setdefault(namespace, place)
    assert order.index(("Namespace", "", "mlops")) < first["mlops"]


def test_one_application_is_what_its_folder_holds():
    done = _run("--env", "prod", "--application", "models-mlops")

    folder = ROOT / "generated/prod/apps/models-mlops"
    assert {_named(each) for each in yaml.safe_load_all(done.stdout)} == {
        _named(each)
        for file in folder.iterdir()
        for each in yaml.safe_load_all(file.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "`dev`, `prod`"),
        (("--env", "dev", "--check"), "leave out --check"),
        (("--env", "dev", "--format", "json"), "leave out --check, --force and --format"),
        (("--env", "dev", "--application", "model-mlops"), "`models-mlops`"),
        (("--env", "dev", "--application", "../argocd"), "is no folder of objects"),
    ],
)
def test_wrong_usage_prints_no_object(arguments, said):
    done = _run(*arguments)

    assert done.exit_code == 2
    assert done.stdout == ""
    assert said in done.stderr


def test_without_stdout_there_is_no_choice_of_applications():
    done = CliRunner().invoke(main, ["build", "--application", "secrets"])

    assert done.exit_code == 2


def test_a_platform_with_errors_prints_nothing_to_apply(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "platform.yaml").read_text(encoding="utf-8") + "modles: {}\n"
    Path("platform.yaml").write_text(text, encoding="utf-8")

    done = CliRunner().invoke(main, ["build", "--stdout", "--env", "dev"])

    assert done.exit_code == 1
    assert done.stdout == ""
    assert "modles" in done.stderr


def test_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    _run("--env", "dev")

    assert list(tmp_path.iterdir()) == []


def _file(path, kind, name, wave=None):
    metadata = {"name": name}
    if wave is not None:
        metadata["annotations"] = {"argocd.argoproj.io/sync-wave": wave}
    text = to_yaml([{"apiVersion": "v1", "kind": kind, "metadata": metadata}])
    return Rendered(path, text.encode(), "tests", ())


def _order(*files):
    return [each["metadata"]["name"] for each in yaml.safe_load_all(stream(files))]


def test_waves_count_before_kinds_and_kinds_before_names():
    assert _order(
        _file("apps/late/a.yaml", "Namespace", "late"),
        _file("argocd/b.yaml", "Application", "late", "2"),
        _file("apps/early/c.yaml", "Ingress", "b-ingress"),
        _file("apps/early/d.yaml", "ConfigMap", "z-settings"),
        _file("apps/early/e.yaml", "ConfigMap", "a-settings"),
        _file("apps/early/f.yaml", "NodePool", "a-pool"),
        _file("apps/early/g.yaml", "NodePool", "first", "-1"),
        _file("argocd/bootstrap/h.yaml", "Application", "root"),
        _file("helm/i.yaml", "ConfigMap", "values"),
    ) == ["first", "a-settings", "z-settings", "b-ingress", "a-pool", "late", "late"]


@pytest.mark.parametrize("wave", ["soon", "", "1.5", "9" * 5000])
def test_a_wave_that_is_no_number_is_none(wave):
    assert _order(
        _file("apps/a/a.yaml", "ConfigMap", "second", "1"),
        _file("apps/a/b.yaml", "ConfigMap", "first", wave),
    ) == ["first", "second"]
