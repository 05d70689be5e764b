"""What was indexed, and the images of it that cannot be used."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter

from likewise.errors import LikewiseError
from likewise.server.app_state import AppState, TheAppState
from likewise.server.roles import TheCaller, for_caller

router = APIRouter(tags=["sources"])

_SHOWN = 500
_STATES = ("failed", "missing")


@router.get("/api/sources")
def sources(app_state: TheAppState) -> list[dict[str, Any]]:
    """What was indexed; `again` says whether the page may look at it once more, else `because`."""
    found = []
    for source in app_state.workspace.sources.all().values():
        because = _why_not_again(app_state, source.kind, source.root)
        found.append(
            {
                "root": source.root,
                "kind": source.kind,
                "prefix": source.prefix,
                "again": because is None,
                "because": because,
            }
        )
    return found


@router.get("/api/unusable")
def unusable(app_state: TheAppState, caller: TheCaller) -> dict[str, Any]:
    """Images that could not be read, with the reason, and those whose files are gone.

    `counts` has all of them; `images` the first 500 of each kind.
    """
    states = app_state.workspace.states.all().values()
    shown = []
    for kind in _STATES:
        of_kind = sorted(
            (entry for entry in states if entry.state == kind), key=lambda entry: entry.item
        )
        shown += [
            {"id": entry.item, "state": entry.state, "reason": entry.reason, "since": entry.since}
            for entry in of_kind[:_SHOWN]
        ]
    counts = Counter(str(entry.state) for entry in states)
    answer: dict[str, Any] = for_caller(
        {"counts": {kind: counts[kind] for kind in _STATES}, "images": shown}, app_state, caller
    )
    return answer


def _why_not_again(app_state: AppState, kind: str, root: str) -> str | None:
    """What keeps the page from looking at a source again; None where nothing does."""
    if kind != "folder":
        return "it is no folder; it is brought up to date where it was indexed first"
    try:
        app_state.under_a_root(root)
    except LikewiseError:
        return "the folder is gone, or is not under one that this page may read"
    return None
