"""Maps of the collection: their points, colours, and which image is where."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from likewise.core.progress import Progress
from likewise.errors import MismatchError
from likewise.maps.collection_map import available_maps, colour_map, compute_map, open_map
from likewise.server.app_state import AppState, TheAppState
from likewise.server.payloads import MEDIA_TYPE, encode_frame
from likewise.server.routes.colours import colour_by_answers, is_of_answers, legend_of
from likewise.server.routes.review import Filter

router = APIRouter(tags=["map"])

Kind = Literal["pca", "tsne", "umap"]
_VERDICTS = {"yes": 1, "no": -1, "unsure": 0}


class Positions(BaseModel):
    """Points of a map."""

    generation: int = Field(description="Of the collection, as the map's frame says it.")
    positions: list[int] = Field(max_length=1_000_000, examples=[[0, 7]])


@router.get("/api/map")
def maps(app_state: TheAppState) -> list[dict[str, Any]]:
    """Every kind of map: whether it is computed, and the seconds that it takes or took."""
    return available_maps(app_state.workspace)


@router.post("/api/map/ids")
def ids(app_state: TheAppState, body: Positions) -> dict[str, list[str]]:
    """The images at some points."""
    collection = app_state.workspace.collection
    if body.generation != collection.version:
        raise MismatchError("images came or went since this map was shown; load it again")
    return {"ids": list(collection.at(np.array(body.positions, np.int64)))}


@router.get("/api/map/{kind}", response_class=Response)
def points(app_state: TheAppState, kind: Kind) -> Response:
    """A computed map as a frame: `points` (u2, x and y by turns); 404 where there is none."""
    found = open_map(app_state.workspace, kind)
    head = {"kind": kind, "generation": found.version, "seconds": found.seconds}
    return _frame(head, {"points": found.points.reshape(-1)})


@router.post("/api/map/{kind}")
def compute(app_state: TheAppState, kind: Kind) -> dict[str, Any]:
    """Begin to compute a map, or follow the one that is being computed; answers the job."""
    workspace = app_state.workspace

    def work(progress: Progress) -> dict[str, Any]:
        made = compute_map(workspace, kind, progress)
        return {"kind": kind, "generation": made.version, "seconds": made.seconds}

    key = f"{kind} {workspace.path} {workspace.collection.version}"
    return app_state.jobs.start("map", work, key).to_json()


@router.get("/api/map/{kind}/colour", response_class=Response)
def colour(
    app_state: TheAppState,
    kind: Kind,
    by: str = "cluster",
    concept: str | None = None,
    where: Filter = None,
) -> Response:
    """Colours of a map's points, as a frame.

    By "score" or "label" of a concept, by "cluster", by a column, by a key of the metadata with
    "metadata." before it, or as tiles are, by "basket:" and "set:". Head: `scale` ("ramp" or
    "categories"), `legend`, and of categories `counts`, `others` and `none` as for tiles. Arrays:
    `classes` (u1, of each point); with a concept also `marked` (u4, the answered points) and
    `verdicts` (i1: 1 yes, -1 no, 0 unsure); with a filter `shown` (u1, 1 for each point that passes
    it).
    """
    found = open_map(app_state.workspace, kind)
    rule = None if concept is None or by != "score" else app_state.session(concept).learned.rule
    if is_of_answers(by):
        colouring = colour_by_answers(app_state.workspace, by)
    else:
        colouring = colour_map(app_state.workspace, found, "score" if by == "label" else by, rule)
    arrays: dict[str, Any] = {"classes": colouring.classes}
    shown = app_state.workspace.collection.meeting(where) if where else None
    if shown is not None:
        arrays["shown"] = shown.astype(np.uint8)
    if concept is not None:
        arrays |= _marked(app_state, concept)
    head = {"by": by, **legend_of(colouring, shown), "generation": found.version}
    return _frame(head, arrays)


def _marked(app_state: AppState, concept: str) -> dict[str, Any]:
    """Where the answered images are, and what was said of them."""
    answered = app_state.session(concept).known
    indices = app_state.workspace.collection.positions(list(answered))
    verdicts = np.array([_VERDICTS[verdict] for verdict in answered.values()], np.int8)
    present = indices >= 0
    return {"marked": indices[present].astype(np.uint32), "verdicts": verdicts[present]}


def _frame(head: dict[str, Any], arrays: dict[str, Any]) -> Response:
    body = encode_frame(head, arrays)
    return Response(body, media_type=MEDIA_TYPE, headers={"cache-control": "no-store"})
