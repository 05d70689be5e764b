"""What comes out of a label set: rounds of machine labels, and datasets."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from likewise.core.progress import Progress
from likewise.label_sets.exporting import export_label_set, plan_label_set
from likewise.label_sets.learning import learn_again, record_model
from likewise.label_sets.rounds import rounds_of
from likewise.server.app_state import AppState, TheAppState
from likewise.server.roles import TheCaller

router = APIRouter(tags=["label sets"])

_SHOWN = 24
_Share = Annotated[float, Field(gt=0, le=1)]


class NewRound(BaseModel):
    """How sure a machine label is to be."""

    min_confidence: Annotated[float | None, Field(ge=0, le=1)] = None


class SetSelection(BaseModel):
    """Which images of a label set a dataset is to hold."""

    min_confidence: Annotated[float | None, Field(ge=0, le=1)] = None
    where: str | None = Field(None, max_length=1000, examples=["width >= 800"])
    per_class: Annotated[int | None, Field(ge=1)] = Field(
        None, description="At most so many images of each class, people's first."
    )
    balance: bool = Field(False, description="As many of each class as the smallest has.")


class SetDataset(SetSelection):
    """A dataset of a label set to write."""

    to: str = Field(max_length=4096, description="A folder to make, under a start-up root.")
    format: str = Field("folder", max_length=100)
    parts: dict[str, _Share] | None = Field(
        None, max_length=20, description="Shares by part.", examples=[{"train": 0.8, "test": 0.2}]
    )
    split: str | None = Field(None, max_length=200, description="A kept split, for its parts.")
    overwrite: bool = False


@router.post("/api/label-sets/{name}/rounds")
def learn(app_state: TheAppState, caller: TheCaller, name: str, body: NewRound) -> dict[str, Any]:
    """Label what a model of the answers so far is sure of, as one round of machine labels.

    It takes the place of the set's earlier round. People's answers never change.
    """
    workspace = app_state.workspace
    model = learn_again(
        workspace, name, body.min_confidence, graph=app_state.set_models.graph_of(name)
    )
    number = record_model(workspace, model, caller.name)
    _tell(app_state, name)
    return {"round": number, "accepted": sum(1 for _ in model.accepted)}


@router.delete("/api/label-sets/{name}/rounds/{number}")
def take_back(app_state: TheAppState, caller: TheCaller, name: str, number: int) -> dict[str, Any]:
    """Take a round of the set's machine labels back; `undone` is false where none of it stands."""
    workspace = app_state.workspace
    workspace.label_sets.get(name)
    standing = {found.round for found in rounds_of(workspace, name)}
    undone = number in standing and workspace.machine_labels.undo(number, caller.name)
    _tell(app_state, name)
    return {"undone": undone}


@router.post("/api/label-sets/{name}/export/preview")
def preview(app_state: TheAppState, name: str, body: SetSelection) -> dict[str, Any]:
    """What a dataset of the set would hold: images by class and who decided, and why others not."""
    plan = plan_label_set(
        app_state.workspace, name, body.min_confidence, body.where, body.per_class, body.balance
    )
    counts = Counter((row.label, row.decided_by) for row in plan.chosen)
    return {
        "images": len({row.id for row in plan.chosen}),
        "counts": [
            {
                "class": label,
                "person": counts[label, "person"],
                "machine": counts[label, "round"],
            }
            for label in plan.label_set.classes
        ],
        "not_chosen": dict(plan.not_chosen),
        "round": plan.about.get("round"),
        "rows": [
            {"id": row.id, "label": row.label, "decided_by": row.decided_by, **row.columns}
            for row in islice(plan.chosen, _SHOWN)
        ],
    }


@router.post("/api/label-sets/{name}/export")
def export(app_state: TheAppState, name: str, body: SetDataset) -> dict[str, Any]:
    """Begin to write a label set as one dataset; answers the job."""
    workspace, target = app_state.workspace, app_state.allowed(body.to)
    workspace.label_sets.get(name)

    def work(progress: Progress) -> dict[str, Any]:
        progress(0, 0)
        app_state.allowed(str(target))  # a link may have been put there while this waited
        report = export_label_set(
            workspace,
            name,
            target,
            body.format,
            min_confidence=body.min_confidence,
            where=body.where,
            per_class=body.per_class,
            balance=body.balance,
            split=body.split,
            parts=body.parts,
            overwrite=body.overwrite,
            progress=lambda done, total: progress(done, total or 0),
        )
        return report.to_json()

    return app_state.jobs.start("export", work).to_json()


def _tell(app_state: AppState, name: str) -> None:
    upto = app_state.workspace.labels.position()
    app_state.events.publish("label_set", {"label_set": name, "upto": upto})
