"""Label sets: their classes, what people answered of each, and contradictions."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from likewise.label_sets.answers import answers_of, contradictions
from likewise.server.desk import TheAppState

router = APIRouter(tags=["label sets"])


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
