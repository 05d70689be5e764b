"""Curation: curators over the collection, as jobs; what they keep can be kept under a name."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from likewise.concepts.labelling import require_images
from likewise.core.option_fields import help_of, option_fields
from likewise.core.progress import Progress
from likewise.curate.base import make
from likewise.curate.keeper_choices import choices_of
from likewise.curate.workspace import curate_workspace, save_tag, tagged, tags
from likewise.errors import BadInputError
from likewise.registry import names, part
from likewise.search.store.base import ITEM_SCHEMA
from likewise.server.app_state import TheAppState
from likewise.server.roles import TheCaller
from likewise.server.routes.review import LONGEST
from likewise.server.shown_selection import shown_groups, shown_selection

router = APIRouter(tags=["curate"])


class Curation(BaseModel):
    """What to look at, and how."""

    options: dict[str, Any] = Field({}, description="Fields of the curator.", examples=[{"k": 50}])
    where: str | None = Field(None, max_length=1000, examples=["width >= 800"])
    labels: str = Field("folder", description="folder, none, or a column that holds labels.")
    tag: str | None = Field(None, max_length=100, description="Keep the selection by this name.")
    digest: str | None = Field(
        None, max_length=64, description="With a tag: keep it only if it is still this selection."
    )


class KeeperChoice(BaseModel):
    """Images that a person wants to stay among their copies, whatever a curator prefers."""

    stay: list[str] = Field([], max_length=1000, examples=[["barn/01.jpg"]])
    release: list[str] = Field([], max_length=1000, description="Left to the curator again.")


@router.get("/api/curators")
def curators() -> list[dict[str, Any]]:
    """Every curator with its options: name, kind, usual value, what it is."""
    found = []
    for name in names("curate"):
        kind = part("curate", name)
        options = [option.to_json() for option in option_fields(kind)]
        found.append({"name": name, "about": help_of(kind), "options": options})
    return found


@router.get("/api/curate")
def selections(app_state: TheAppState) -> dict[str, Any]:
    """The selections that are kept, by name."""
    return tags(app_state.workspace)


@router.get("/api/curate/{name}")
def kept(app_state: TheAppState, name: str) -> dict[str, Any]:
    """What a kept selection keeps, in its order: as many ids as a list can have."""
    selection = tagged(app_state.workspace, name)
    return {"name": name, "kept": len(selection.kept), "ids": list(selection.kept[:LONGEST])}


@router.get("/api/keepers")
def keepers(app_state: TheAppState) -> dict[str, Any]:
    """What people chose to stay among copies: the ids as they count now, and every choice."""
    chosen = app_state.workspace.keepers
    return {"stay": list(chosen.current()), "history": chosen.history()[-LONGEST:]}


@router.post("/api/keepers")
def choose_keepers(
    app_state: TheAppState, caller: TheCaller, body: KeeperChoice
) -> dict[str, list[str]]:
    """Record what stays among copies; all of it or nothing. Answers the ids that count now."""
    workspace = app_state.workspace
    require_images(workspace, body.stay)
    stay = list(dict.fromkeys(body.stay))
    digests = dict(zip(stay, workspace.collection.digests(stay), strict=True))
    workspace.keepers.choose(digests, body.release, caller.name)
    return {"stay": list(workspace.keepers.current())}


@router.post("/api/curate/{part}")
def curate(app_state: TheAppState, part: str, body: Curation) -> dict[str, Any]:
    """Begin to run one curator; answers the job, whose result is the selection.

    `kept` and `dropped` count; `keeps` are the first that stay, `drops` those with the strongest
    reasons, with `because` for the one that each goes for. Of copies, `groups` has each keeper
    with its copies, the largest groups first, and `choices` says which of the keepers that people
    chose decide something. `digest` names the selection.
    """
    curator = make(part, **body.options)  # refuses what it does not know
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
            pools=app_state.pools,
        )
        if body.tag:
            if body.digest not in (None, found.digest):
                raise BadInputError(
                    "the selection is another one by now, so it was not kept: images or choices "
                    "have changed since it was shown; look at it again"
                )
            save_tag(workspace, found, body.tag)
        answer = {"part": part, "tag": body.tag, "digest": found.digest, **shown_selection(found)}
        if getattr(curator, "heeds_keepers", False):
            answer |= shown_groups(workspace, found)
            answer["choices"] = choices_of(workspace, found).to_json()
        return answer

    return app_state.jobs.start("curate", work).to_json()
