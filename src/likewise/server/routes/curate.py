"""Curation: curators over the collection, as jobs; what they keep can be kept under a name."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from likewise.core.progress import Progress
from likewise.core.selection import Selection
from likewise.curate.base import make
from likewise.curate.workspace import curate_workspace, save_tag, tagged, tags
from likewise.errors import BadInputError
from likewise.search.store.base import ITEM_SCHEMA
from likewise.server.app_state import TheAppState
from likewise.server.routes.review import LONGEST

router = APIRouter(tags=["curate"])

_SHOWN = 600


class Curation(BaseModel):
    """What to look at, and how."""

    options: dict[str, Any] = Field({}, description="Fields of the curator.", examples=[{"k": 50}])
    where: str | None = Field(None, max_length=1000, examples=["width >= 800"])
    labels: str = Field("folder", description="folder, none, or a column that holds labels.")
    tag: str | None = Field(None, max_length=100, description="Keep the selection by this name.")


@router.get("/api/curate")
def selections(app_state: TheAppState) -> dict[str, Any]:
    """The selections that are kept, by name."""
    return tags(app_state.workspace)


@router.get("/api/curate/{name}")
def kept(app_state: TheAppState, name: str) -> dict[str, Any]:
    """What a kept selection keeps, in its order: as many ids as a list can have."""
    selection = tagged(app_state.workspace, name)
    return {"name": name, "kept": len(selection.kept), "ids": list(selection.kept[:LONGEST])}


@router.post("/api/curate/{part}")
def curate(app_state: TheAppState, part: str, body: Curation) -> dict[str, Any]:
    """Begin to run one curator; answers the job, whose result is the selection.

    `kept` and `dropped` count; `keeps` are the first that stay, `drops` those with the strongest
    reasons, with `because` for the one that each goes for.
    """
    make(part, **body.options)  # refuses what it does not know
    columns = ("folder", "none", *ITEM_SCHEMA.names)
    store = app_state.workspace.collection.store
    if body.labels not in columns and body.labels not in store.metadata_keys():
        raise BadInputError(
            f"labels cannot be taken from '{body.labels}' here; give folder, none, or a column"
        )
    workspace = app_state.workspace

    def work(progress: Progress) -> dict[str, Any]:
        found = curate_workspace(
            workspace,
            [(part, body.options)],
            body.where,
            labels=body.labels,
            progress=progress,
        )
        if body.tag:
            save_tag(workspace, found, body.tag)
        return {"part": part, "tag": body.tag, **_shown(found)}

    return app_state.jobs.start("curate", work).to_json()


def _shown(found: Selection) -> dict[str, Any]:
    scores = [] if found.kept_scores is None else found.kept_scores[:_SHOWN].tolist()
    keeps = zip_longest(found.kept[:_SHOWN], scores)
    return {
        "kept": len(found.kept),
        "dropped": len(found.dropped),
        "keeps": [{"id": item, "score": score} for item, score in keeps],
        "drops": found.strongest_drops(_SHOWN),
        "notes": list(found.notes),
    }
