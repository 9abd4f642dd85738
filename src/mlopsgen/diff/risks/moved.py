"""What moves from one Argo CD Application to another, or from one Argo CD to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlopsgen.diff.documents import Key
from mlopsgen.diff.risks.pair import Pair, Risk

_APPS = "apps/"


def handed(pair: Pair) -> Iterator[Risk]:
    """Yield that another Argo CD reconciles the cluster from now on."""
    old, new = pair.variables
    was, now = (each.get("argocd_access", each.get("bootstrap_manifest")) for each in (old, new))
    if was and now and type(was) is not type(now):
        whose = "that of a hub" if isinstance(now, Mapping) else "its own"
        told = "neither touches what is the other's until its objects are handed over"
        yield pair.terraform(
            str(new.get("cluster_name")),
            "handed-over",
            "high",
            f"another Argo CD reconciles it, {whose}: {told} (docs/how-to/hub.md)",
        )


def moved(pair: Pair) -> Iterator[Risk]:
    """Yield between which folders objects move: the body of such an object may be the same."""
    found: dict[tuple[str, str], list[Key]] = {}
    for key in sorted(pair.before.keys() & pair.after.keys()):
        old, new = (side[key].path.rpartition("/")[0] for side in (pair.before, pair.after))
        if key.kind and old != new and old.startswith(_APPS) and new.startswith(_APPS):
            found.setdefault((old, new), []).append(key)
    for (old, new), keys in found.items():
        goes, comes = (each.removeprefix(_APPS) for each in (old, new))
        first = next((key for key in keys if key.kind == "InferenceService"), keys[0])
        what = first.title if len(keys) == 1 else f"{first.title} and {len(keys) - 1} more"
        told = f"Argo CD deletes {what} as `{goes}`, then makes it again as `{comes}`"
        yield Risk(
            kind="moved",
            level="high",
            subject=f"{goes} -> {comes}",
            path=new,
            reason=f"{told}, unless what is there is handed over (docs/how-to/gitops.md)",
        )
