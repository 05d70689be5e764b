"""A selection as the page shows it: counts, the strongest reasons, and groups of copies."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from likewise.core.selection import Selection
from likewise.workspace import Workspace

_SHOWN = 600
_COUNTS = 50


def shown_selection(found: Selection) -> dict[str, Any]:
    """Counts, notes, the first that stay and the strongest that go, in JSON's types."""
    scores = [] if found.kept_scores is None else found.kept_scores[:_SHOWN].tolist()
    keeps = zip_longest(found.kept[:_SHOWN], scores, found.parts[:_SHOWN])
    return {
        "kept": len(found.kept),
        "dropped": len(found.dropped),
        "counts": dict(list(found.counts().items())[:_COUNTS]),
        "keeps": [{"id": item, "score": score, "part": part or ""} for item, score, part in keeps],
        "drops": found.strongest_drops(_SHOWN),
        "notes": list(found.notes),
    }


def shown_groups(workspace: Workspace, found: Selection) -> dict[str, Any]:
    """Groups of copies, the largest first, and how many there are in all.

    A group is a keeper and what goes for it, the least alike last; each with its size. About 600
    images are shown.
    """
    members: dict[str, list[dict[str, Any]]] = {}
    columns = (found.dropped, found.because, found.reasons, found.scores.tolist())
    for item, because, reason, score in zip(*columns, strict=True):
        members.setdefault(because, []).append({"id": item, "score": score, "reason": reason})
    groups: list[dict[str, Any]] = []
    room = _SHOWN
    for keeper in sorted(members, key=lambda keeper: (-len(members[keeper]), keeper)):
        copies = sorted(members[keeper], key=lambda copy: (-copy["score"], copy["id"]))
        if groups and len(copies) > room:
            break
        groups.append({"keeper": {"id": keeper}, "copies": copies[:_SHOWN], "count": len(copies)})
        room -= len(copies)
    shown = [image for group in groups for image in (group["keeper"], *group["copies"])]
    sizes = workspace.collection.facts([image["id"] for image in shown], ["width", "height"])
    for image, size in zip(shown, sizes, strict=True):
        image |= {"width": size["width"], "height": size["height"]}
    return {"groups": groups, "group_count": len(members)}
