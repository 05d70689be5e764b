"""Concepts: their baskets and words."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from likewise.concepts.duplicating import duplicate_concept
from likewise.concepts.labelling import change_basket, remarks_on_words
from likewise.concepts.overview import glance_at_concepts
from likewise.core.concept import Concept
from likewise.errors import BadInputError
from likewise.rules.learn import set_aim
from likewise.server.app_state import TheAppState
from likewise.server.roles import TheCaller

router = APIRouter(tags=["concepts"])

Combine = Literal["sum", "product"]
"""How words and examples count together: a sum lets one make up for the other."""


class Basket(BaseModel):
    """Parts to put into a concept's basket."""

    examples: list[str] = Field([], examples=[["barn/01.jpg"]])
    counter_examples: list[str] = Field([])
    hints: list[str] = Field([], examples=[["red barn"]])
    counter_hints: list[str] = Field([])

    def to_concept(self, name: str) -> Concept:
        """The same as the noun."""
        return Concept(
            name,
            tuple(self.examples),
            tuple(self.counter_examples),
            tuple(self.hints),
            tuple(self.counter_hints),
        )


class NewConcept(Basket):
    """A concept to make."""

    name: str = Field(examples=["barn"])
    combine: Combine = Field(
        "sum", description="product: what is like both the words and the examples comes first."
    )


class NewName(BaseModel):
    """Another name for a concept."""

    to: str = Field(examples=["red barn"])


class Change(BaseModel):
    """What to change about a concept's basket; each field may be left out."""

    add: Basket = Field(default_factory=lambda: Basket.model_validate({}))
    drop: list[str] = Field([], description="Ids and words to take out.", examples=[["red barn"]])
    weights: dict[str, float] = Field({}, description="0 switches a part off, 1 is usual.")
    combine: Combine | None = Field(None, description="How words and examples count together.")
    precision: float | None = Field(
        None, ge=0, lt=1, description="Share of hits that should be right; 0 for the best F1."
    )


@router.get("/api/concepts")
def concepts(app_state: TheAppState, removed: bool = False) -> list[dict[str, Any]]:
    """Every concept with its basket; or the name and answers of each that was removed."""
    workspace = app_state.workspace
    if removed:
        return [
            {"name": name, "answers": workspace.labels.count(name)}
            for name in workspace.concepts.removed()
        ]
    return [workspace.concepts.get(name).to_json() for name in workspace.concepts.names()]


@router.get("/api/overview")
def overview(app_state: TheAppState) -> list[dict[str, Any]]:
    """Every concept with counts and some images of each side; those that are hidden at the end."""
    return [glance.to_json() for glance in glance_at_concepts(app_state.workspace)]


@router.post("/api/concepts", status_code=201)
def create(app_state: TheAppState, caller: TheCaller, body: NewConcept) -> dict[str, Any]:
    """Make a concept from examples and words; it begins without answers.

    A removed concept of that name keeps its answers and rules under another: `removed_before`.
    """
    parts = body.to_concept(body.name)
    if not parts.examples and not parts.hints:
        raise BadInputError(
            f"'{body.name}' has neither an example nor a hint to start from; send examples or hints"
        )
    removed = app_state.workspace.concepts.removed()
    concept, remarks = change_basket(
        app_state.workspace, parts, new=True, who=caller.name, combine=body.combine
    )
    app_state.forget(body.name)
    app_state.publish_concept(body.name)
    before = set(app_state.workspace.concepts.removed()) - set(removed)
    return {**concept.to_json(), "remarks": remarks, "removed_before": min(before, default=None)}


@router.get("/api/concepts/{name}")
def concept(app_state: TheAppState, name: str) -> dict[str, Any]:
    """One concept's basket, and how its words are understood."""
    found = app_state.workspace.concepts.get(name)
    return {**found.to_json(), "remarks": remarks_on_words(app_state.workspace, found)}


@router.patch("/api/concepts/{name}")
def change(app_state: TheAppState, caller: TheCaller, name: str, body: Change) -> dict[str, Any]:
    """Add parts, take parts out, weigh them or switch them off; a new revision, none is lost.

    `combine` says how words and examples count together, `precision` what every rule aims at.
    """
    workspace, add = app_state.workspace, body.add.to_concept(name)
    if body.precision is not None:
        set_aim(workspace, name, body.precision or None, caller.name)
    if add.parts or body.drop or body.weights or body.combine or body.precision is None:
        change_basket(
            workspace, add, body.drop, body.weights, who=caller.name, combine=body.combine
        )
    concept = workspace.concepts.get(name)
    app_state.publish_concept(name)
    return {**concept.to_json(), "remarks": remarks_on_words(workspace, concept)}


@router.delete("/api/concepts/{name}")
def remove(app_state: TheAppState, caller: TheCaller, name: str) -> dict[str, str]:
    """Hide a concept; its revisions and answers stay in the log."""
    app_state.workspace.concepts.remove(name, caller.name)
    app_state.forget(name)
    app_state.publish_concept(name)
    return {"removed": name}


@router.post("/api/concepts/{name}/rename")
def rename(app_state: TheAppState, caller: TheCaller, name: str, body: NewName) -> dict[str, Any]:
    """Give a concept another name; its answers, rules, rounds and audits follow."""
    concept = app_state.workspace.concepts.rename(name, body.to, caller.name)
    app_state.publish_concept(name, renamed_to=body.to)
    return {**concept.to_json(), "renamed": name}


@router.post("/api/concepts/{name}/duplicate", status_code=201)
def duplicate(
    app_state: TheAppState, caller: TheCaller, name: str, body: NewName
) -> dict[str, Any]:
    """Make a concept with the basket and the answers of another; the two part from there."""
    concept, answers = duplicate_concept(app_state.workspace, name, body.to, caller.name)
    app_state.forget(body.to)
    app_state.publish_concept(body.to)
    return {**concept.to_json(), "answers": answers}


@router.post("/api/concepts/{name}/restore")
def restore(app_state: TheAppState, caller: TheCaller, name: str) -> dict[str, Any]:
    """Bring a removed concept back, with its basket, answers, rules and aim."""
    concept = app_state.workspace.concepts.restore(name, caller.name)
    app_state.forget(name)
    app_state.publish_concept(name)
    return {**concept.to_json(), "answers": app_state.workspace.labels.count(name)}
