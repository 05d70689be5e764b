"""Curation: curators over the collection, as jobs; what they keep can be kept under a name."""

from __future__ import annotations

from typing import Any

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, Field

from likewise.core.selection import Selection
from likewise.curate.base import make
from likewise.curate.workspace import curate_workspace, save_tag, tags
from likewise.errors import BadInputError
from likewise.search.store.base import ITEM_SCHEMA
from likewise.server.desk import TheDesk
from likewise.server.jobs import Progress

router = APIRouter(tags=["curate"])

_SHOWN = 600


class Curation(BaseModel):
    """What to look at, and how."""

    options: dict[str, Any] = Field({}, description="Fields of the curator.", examples=[{"k": 50}])
    where: str | None = Field(None, max_length=1000, examples=["width >= 800"])
    labels: str = Field("folder", description="folder, none, or a column that holds labels.")
    tag: str | None = Field(None, max_length=100, description="Keep the selection by this name.")


@router.get("/api/curate")
def selections(desk: TheDesk) -> dict[str, Any]:
    """The selections that are kept, by name."""
    return tags(desk.workspace)


@router.post("/api/curate/{part}")
def curate(desk: TheDesk, part: str, wanted: Curation) -> dict[str, Any]:
    """Begin to run one curator; answers the job, whose result is the selection.

    `kept` and `dropped` count; `keeps` are the first that stay, `drops` those with the strongest
    reasons, with `because` for the one that each goes for.
    """
    make(part, **wanted.options)  # refuses what it does not know
    known = ("folder", "none", *ITEM_SCHEMA.names)
    store = desk.workspace.collection.store
    if wanted.labels not in known and wanted.labels not in store.metadata_keys():
        raise BadInputError(
            f"labels cannot be taken from '{wanted.labels}' here; give folder, none, or a column"
        )
    place = desk.workspace

    def work(progress: Progress) -> dict[str, Any]:
        found = curate_workspace(
            place,
            [(part, wanted.options)],
            wanted.where,
            labels=wanted.labels,
            progress=lambda done, total: progress(done, total or 0),
        )
        if wanted.tag:
            save_tag(place, found, wanted.tag)
        return {"part": part, "tag": wanted.tag, **_shown(found)}

    return desk.jobs.start("curate", work).to_json()


def _shown(found: Selection) -> dict[str, Any]:
    order = np.argsort(-found.scores, kind="stable")[:_SHOWN].tolist()
    scores = found.kept_scores
    has_scores = scores is not None and len(scores) > 0
    keeps = [
        {"id": item, "score": float(scores[n]) if scores is not None and has_scores else None}
        for n, item in enumerate(found.kept[:_SHOWN])
    ]
    drops = [
        {
            "id": found.dropped[n],
            "reason": found.reasons[n],
            "because": found.because[n],
            "score": float(found.scores[n]),
        }
        for n in order
    ]
    return {
        "kept": len(found.kept),
        "dropped": len(found.dropped),
        "keeps": keeps,
        "drops": drops,
        "notes": list(found.notes),
    }
