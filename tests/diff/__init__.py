"""Sides of a comparison for tests: the reference platform, and what was changed in it."""

from __future__ import annotations

from pathlib import Path

from mlopsgen.diff import Comparison, compared, compiled
from tests.build import ROOT

REFERENCE = (ROOT / "platform.yaml").read_text(encoding="utf-8")
LOCK = (ROOT / "platform.lock").read_text(encoding="utf-8")

SMALL = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
components: {cert-manager: {}, karpenter: {}, kserve: {}}
nodePools:
  general: {kind: managed, instanceTypes: [m5.large], min: 2, max: 4}
  wide: {kind: karpenter, instanceFamilies: [m5], sizes: [4xlarge]}
namespaces: {mlops: {}}
families:
  tabular: {runtime: sklearn, source: "s3://acme-models/{model}/1", pool: wide, scale: {max: 2}}
models:
  churn: {family: tabular}
  fraud: {family: tabular, scale: {max: 3}}
environments:
  dev: {}
  prod: {}
"""


def side(folder: Path, text: str, name: str, *, lock: str = LOCK):
    """Return *text* as a side called *name*; the second is proved."""
    folder = folder / name
    folder.mkdir()
    (folder / "platform.yaml").write_text(text, encoding="utf-8")
    (folder / "platform.lock").write_text(lock, encoding="utf-8")
    return compiled(folder / "platform.yaml", name, proved=name == "after")


def change(folder: Path, before: str, *swaps: tuple[str, str]) -> Comparison:
    """Return what becomes of *before* with the first of each pair in the place of the second."""
    after = before
    for old, new in swaps:
        assert after.count(old) == 1, f"{old} stands there {after.count(old)} times"
        after = after.replace(old, new)
    found = compared(side(folder, before, "before"), side(folder, after, "after"))
    assert isinstance(found, Comparison), [item.finding.message for item in found.findings]
    return found
