"""Label sets: their classes, what people answered of each, and contradictions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from likewise.core.classifier import NONE_OF_THESE
from likewise.core.label_set import LabelSet
from likewise.label_sets.answers import answers_of, contradictions, record_classes, undo_classes
from likewise.label_sets.confusion import confusion_of
from likewise.label_sets.making import add_classes, create_label_set
from likewise.label_sets.queues import next_images
from likewise.label_sets.status import status_of
from likewise.server.app_state import AppState, TheAppState
from likewise.server.roles import TheCaller

router = APIRouter(tags=["label sets"])

Queue = Literal["teaching", "class", "between", "suspects", "new", "judged"]


class Classes(BaseModel):
    """The classes of images, answered as one action."""

    classes: dict[str, str] = Field(
        default_factory=dict,
        max_length=10_000,
        description="The class, or none of these, by item id.",
        examples=[{"barn/01.jpg": "barn"}],
    )
    not_classes: dict[str, str] = Field(
        default_factory=dict, max_length=10_000, description="A class that each image is not."
    )
    action: str = Field("", max_length=100, description="By it all of it is taken back.")
    source: str = Field("key", max_length=20, examples=["key", "page", "lasso"])
    client: str = Field("", max_length=100, description="Names the sender in the events.")


class NewSet(BaseModel):
    """A label set to make."""

    name: str = Field(max_length=200, examples=["machines"])
    classes: list[str] = Field(default_factory=list, max_length=1000, examples=[["barn", "house"]])
    exclusive: bool = True
    column: str | None = Field(
        None, max_length=200, description="Metadata whose values are classes, such as folder."
    )


class MoreClasses(BaseModel):
    """Classes that a label set gets besides those that it has."""

    add: list[str] = Field(max_length=1000, examples=[["crane"]])


class Back(BaseModel):
    """What to take back; the caller's own newest action on the set where nothing is named."""

    action: str | None = Field(None, max_length=100)
    client: str = Field("", max_length=100, description="Names the sender in the events.")


@router.get("/api/label-sets")
def label_sets(app_state: TheAppState) -> list[dict[str, Any]]:
    """Every label set with its classes and how many images people gave each."""
    workspace = app_state.workspace
    return [answers_of(workspace, found).to_json() for found in workspace.label_sets.all()]


@router.post("/api/label-sets")
def create(app_state: TheAppState, caller: TheCaller, body: NewSet) -> dict[str, Any]:
    """Make a label set of these classes, or of the values of a metadata column.

    Images that have a value of the column get a yes for it.
    """
    made = create_label_set(
        app_state.workspace,
        body.name,
        body.classes,
        exclusive=body.exclusive,
        column=body.column,
        who=caller.name,
    )
    _tell_concepts(app_state, made.concepts)
    _tell(app_state, made.label_set)
    return made.to_json()


@router.patch("/api/label-sets/{name}")
def change(
    app_state: TheAppState, caller: TheCaller, name: str, body: MoreClasses
) -> dict[str, Any]:
    """Add classes; those that are no concepts yet become some, with empty baskets."""
    workspace = app_state.workspace
    wider = workspace.label_sets.get(name).adding(body.add)
    made = add_classes(workspace, wider, caller.name)
    after = workspace.label_sets.change(name, lambda found: found.adding(body.add))
    _tell_concepts(app_state, made)
    _tell(app_state, after)
    return answers_of(workspace, after).to_json()


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


@router.get("/api/label-sets/{name}/labels")
def labels(app_state: TheAppState, name: str) -> dict[str, list[str]]:
    """The classes of every image that people answered; none of these stands for none."""
    answers = answers_of(app_state.workspace, app_state.workspace.label_sets.get(name))
    none = {item: [NONE_OF_THESE] for item in sorted(answers.none_of_these)}
    return {item: list(classes) for item, classes in answers.yes.items()} | none


@router.get("/api/label-sets/{name}/status")
def status(app_state: TheAppState, name: str) -> dict[str, Any]:
    """What a model of the answers so far finds, class by class; it records nothing."""
    return status_of(app_state.set_models.get(name)).to_json()


@router.get("/api/label-sets/{name}/confusion")
def confusion(app_state: TheAppState, name: str) -> dict[str, Any]:
    """Images by the class that people gave and the one that they are taken for without it."""
    return confusion_of(app_state.set_models.get(name, validated=True)).to_json()


@router.get("/api/label-sets/{name}/next")
def next_(
    app_state: TheAppState,
    name: str,
    queue: Queue = "teaching",
    k: Annotated[int, Query(ge=1, le=1000)] = 20,
    of: Annotated[list[str] | None, Query(max_length=100)] = None,
    again: bool = False,
) -> list[dict[str, Any]]:
    """Images to look at next: teaching, of one class, between two, suspects, or new kinds.

    `of` names classes: one for the queue "class", two for "between". New kinds are those of the
    same clusters while these last; `again` makes others.
    """
    models = app_state.set_models
    model = None
    if queue not in ("new", "judged"):
        model = models.get(name, validated=queue == "suspects")
    found = next_images(app_state.workspace, model, name, queue, k, of or (), models.kinds(), again)
    return [entry.to_json() for entry in found]


@router.post("/api/label-sets/{name}/labels")
def answer(app_state: TheAppState, caller: TheCaller, name: str, body: Classes) -> dict[str, Any]:
    """Keep the classes that a person gave; when this answers, they are on the disk.

    What is known already is not recorded again.
    """
    label_set = app_state.workspace.label_sets.get(name)
    new = record_classes(
        app_state.workspace,
        label_set,
        body.classes,
        caller.name,
        body.source,
        body.action,
        refused=body.not_classes.items(),
    )
    _tell(app_state, label_set, body.client)
    return {"new": new, "upto": app_state.workspace.labels.position()}


@router.post("/api/label-sets/{name}/undo")
def undo(
    app_state: TheAppState, caller: TheCaller, name: str, body: Back | None = None
) -> dict[str, Any]:
    """Take back an action on the set, in every class that it spoke of.

    The caller's newest one unless one is named.
    """
    label_set = app_state.workspace.label_sets.get(name)
    body = body or Back(action=None, client="")
    undone = undo_classes(app_state.workspace, label_set, caller.name, body.action)
    _tell(app_state, label_set, body.client)
    labels = [label for action in undone for label in action.labels]
    return {"undone": [{"id": x.item, "class": x.concept, "verdict": x.verdict} for x in labels]}


def _tell(app_state: AppState, label_set: LabelSet, client: str = "") -> None:
    """Tell every page that the set has changed, and answers about its classes."""
    upto = app_state.workspace.labels.position()
    news = {"label_set": label_set.name, "upto": upto, "client": client}
    app_state.events.publish("label_set", news)
    for name in label_set.classes:
        app_state.events.publish("labels", {"concept": name, "upto": upto, "client": ""})


def _tell_concepts(app_state: AppState, names: Iterable[str]) -> None:
    for name in names:
        app_state.publish_concept(name)
