"""The other environments, as far as one of them is built with what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from mlopsgen.load.merge import overlay_onto
from mlopsgen.load.project import Loaded
from mlopsgen.spec import ALONE, Fleet, Platform
from mlopsgen.spec.fleet import SECTIONS


def fleet(loaded: Loaded) -> Fleet:
    """Return every environment as a cluster; nothing where none is reconciled by another.

    Then no environment is read but the one that is built.
    """
    if all(_hub(each) is None for each in (loaded.base, *loaded.overlays.values())):
        return ALONE
    base = _sections(loaded.base)
    clusters: dict[str, Platform] = {}
    unread: dict[str, object] = {}
    for name, overlay in loaded.overlays.items():
        data = overlay_onto(base, _sections(overlay))
        try:
            clusters[name] = Platform.model_validate(data)
        except ValidationError:
            unread[name] = _hub(data)
    return Fleet(clusters, unread)


def _sections(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: data[key] for key in SECTIONS if key in data}


def _hub(data: Mapping[str, Any]) -> object:
    """Return what *data* has for the hub, whether it is one or not; None for nothing."""
    gitops = data.get("gitops")
    return gitops.get("hub") if isinstance(gitops, Mapping) else None
