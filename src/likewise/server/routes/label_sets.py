"""Label sets: their classes, what people answered of each, and contradictions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from likewise.core.label_set import LabelSet
from likewise.label_sets.answers import answers_of, contradictions, record_classes, undo_classes
from likewise.label_sets.queues import next_images
from likewise.label_sets.status import status_of
from likewise.server.app_state import AppState, TheAppState
from likewise.server.roles import TheCaller

router = APIRouter(tags=["label sets"])

Queue = Literal["teaching", "class", "between", "suspects", "new"]


class Classes(BaseModel):
    """The classes of images, answered as one action."""

    classes: dict[str, str] = Field(
        max_length=10_000,
        description="The class, or none of these, by item id.",
        examples=[{"barn/01.jpg": "barn"}],
    )
    action: str = Field("", max_length=100, description="By it all of it is taken back.")
    source: str = Field("key", max_length=20, examples=["key", "page", "lasso"])


@router.get("/api/label-sets")
def label_sets(app_state: TheAppState) -> list[dict[str, Any]]:
    """Every label set with its classes and how many images people gave each."""
    workspace = app_state.workspace
    return [answers_of(workspace, found).to_json() for found in workspace.label_sets.all()]


@router.get("/api/label-sets/{name}")
def label_set(app_state: TheAppState, name: str) -> dict[str, Any]:
    """One label set; `contradictions` are images with several classes of an exclusive set."""
    workspace = app_state.workspace
    answers = answers_of(workspace, workspace.label_sets.get(name))
    rows = [
        {"id": found.item, "classes": {x: list(found.who[x]) for x in found.classes}}
        for found in contradictions(workspace, answers)
    ]
    return {**answers.to_json(), "contradictions": rows}


@router.get("/api/label-sets/{name}/status")
def status(app_state: TheAppState, name: str) -> dict[str, Any]:
    """What a model of the answers so far finds, class by class; it records nothing."""
    return status_of(app_state.set_models.get(name)).to_json()


@router.get("/api/label-sets/{name}/next")
def next_(
    app_state: TheAppState,
    name: str,
    queue: Queue = "teaching",
    k: Annotated[int, Query(ge=1, le=1000)] = 20,
    of: Annotated[list[str] | None, Query(max_length=100)] = None,
) -> list[dict[str, Any]]:
    """Images to look at next: teaching, of one class, between two, suspects, or new kinds.

    `of` names classes: one for the queue "class", two for "between".
    """
    model = None if queue == "new" else app_state.set_models.get(name)
    found = next_images(app_state.workspace, model, name, queue, k, of or ())
    return [one.to_json() for one in found]


@router.post("/api/label-sets/{name}/labels")
def answer(app_state: TheAppState, caller: TheCaller, name: str, body: Classes) -> dict[str, Any]:
    """Keep the classes that a person gave; when this answers, they are on the disk.

    What is known already is not recorded again.
    """
    label_set = app_state.workspace.label_sets.get(name)
    new = record_classes(
        app_state.workspace, label_set, body.classes, caller.name, body.source, body.action
    )
    _tell(app_state, label_set)
    return {"new": new, "upto": app_state.workspace.labels.position()}


@router.post("/api/label-sets/{name}/undo")
def undo(app_state: TheAppState, caller: TheCaller, name: str) -> dict[str, Any]:
    """Take back the caller's newest action on the set, in every class that it spoke of."""
    label_set = app_state.workspace.label_sets.get(name)
    undone = undo_classes(app_state.workspace, label_set, caller.name)
    _tell(app_state, label_set)
    labels = [label for one in undone for label in one.labels]
    return {"undone": [{"id": x.item, "class": x.concept, "verdict": x.verdict} for x in labels]}


def _tell(app_state: AppState, label_set: LabelSet) -> None:
    """Tell every page that answers about the classes came or went."""
    upto = app_state.workspace.labels.position()
    for name in label_set.classes:
        app_state.events.publish("labels", {"concept": name, "upto": upto, "client": ""})
