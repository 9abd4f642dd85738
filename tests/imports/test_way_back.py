"""What mlopsgen wrote itself, imported and built again, is what it was."""

from collections import Counter
from pathlib import Path

import pytest

from mlopsgen.compiler import drafted, locked
from mlopsgen.imports.ground import Ground
from mlopsgen.imports.imported import Imported, imported
from mlopsgen.imports.losses import identity
from mlopsgen.load import load, overlaid
from mlopsgen.resources import TEMPLATES
from mlopsgen.serialize import to_yaml
from mlopsgen.shapes import Shapes
from tests.build import ROOT

PLATFORMS = [
    *sorted((ROOT / "tests" / "golden").glob("*/platform.yaml")),
    *sorted((ROOT / "examples").glob("*/platform.yaml")),
]
KINDS = {
    "CronWorkflow", "EC2NodeClass", "InferenceService", "Namespace", "NodePool", "PrometheusRule",
    "ResourceQuota", "WorkflowTemplate",
}  # fmt: skip


def written(platform, folder):
    """Write the objects of *platform*; return what is left of it without what they say."""
    loaded = load(platform)
    environment = next(iter(loaded.overlays), "default")
    lock, _ = locked(platform)
    draft = drafted(loaded, environment, lock, Shapes(TEMPLATES))
    assert draft.plan is not None
    for artifact in draft.artifacts:
        if artifact.objects and artifact.path.startswith("apps/"):
            path = folder / artifact.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(to_yaml(artifact.objects), encoding="utf-8")
    data = overlaid(loaded, environment)
    for section in ("endpoints", "families", "models", "pipelines"):
        data.pop(section, None)
    pools = data["nodePools"]
    data["nodePools"] = {name: one for name, one in pools.items() if one["kind"] == "managed"}
    data["namespaces"] = {}
    data["alerts"] = {k: v for k, v in data.get("alerts", {}).items() if k != "custom"}
    return data, environment, lock


def back(platform, folder):
    data, environment, lock = written(platform, folder)
    found = imported([folder], Ground(data, environment, lock))
    assert isinstance(found, Imported)
    return found


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda path: path.parent.name)
def test_an_object_of_which_nothing_is_lost_is_built_again_as_it_was(platform, tmp_path):
    found = back(platform, tmp_path)

    lossy = {loss.manifest for loss in found.losses}
    whole = [one for one in found.manifests if one not in lossy and one.kind in KINDS]
    assert whole
    for one in whole:
        assert found.built[identity(one, "mlops")] == one.body


def test_most_of_what_mlopsgen_writes_comes_back(tmp_path):
    count = Counter()
    for platform in PLATFORMS:
        found = back(platform, tmp_path / platform.parent.name)
        lossy = {loss.manifest for loss in found.losses}
        count.update((one.kind, one not in lossy) for one in found.manifests if one.kind in KINDS)

    assert count["InferenceService", True] >= 25
    assert count["WorkflowTemplate", True] >= 5
    assert count["NodePool", True] >= 6
    assert count["EC2NodeClass", False] == 0


def test_nothing_new_is_found_in_what_a_platform_has(tmp_path):
    platform = ROOT / "examples" / "iris" / "platform.yaml"
    loaded = load(platform)
    environment = next(iter(loaded.overlays), "default")
    lock, _ = locked(platform)
    written(platform, tmp_path)

    found = imported([Path(tmp_path)], Ground(overlaid(loaded, environment), environment, lock))

    assert isinstance(found, Imported)
    assert found.data == {}
    assert found.losses == ()
    assert found.findings == ()
