"""Datasets: what one would hold, and the writing of it."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from likewise.core.progress import Progress
from likewise.core.selection import Selection
from likewise.curate.workspace import labels_of, splits, tagged, tags
from likewise.export.concept import at_threshold, export_concept, plan_concept
from likewise.export.plan import Plan
from likewise.export.selection import export_selection, plan_selection
from likewise.registry import names, part
from likewise.review.session import Session
from likewise.server.app_state import AppState, TheAppState
from likewise.server.roles import TheCaller, for_caller

router = APIRouter(tags=["export"])

_SHOWN = 48


class ExportSelection(BaseModel):
    """Which images a dataset is to hold: those of a concept, or those that a selection keeps."""

    concept: str | None = Field(None, examples=["barn"])
    selection: str | None = Field(None, max_length=100, description="A kept selection.")
    min_probability: Annotated[float | None, Field(gt=0, lt=1)] = None
    threshold: Annotated[
        float | None,
        Field(allow_inf_nan=False, description="The score from which on images are accepted."),
    ] = None
    include_no: bool = False
    where: str | None = Field(None, max_length=1000, examples=["width >= 800"])
    split: str | None = Field(None, max_length=200, description="A kept split, for its parts.")

    @model_validator(mode="after")
    def _is_one(self) -> ExportSelection:
        if (self.concept is None) == (self.selection is None):
            raise ValueError("give either a concept or a selection")
        if self.threshold is not None and self.min_probability is not None:
            raise ValueError("give either a threshold or a min_probability")
        return self


class Dataset(ExportSelection):
    """A dataset to write."""

    to: str = Field(max_length=4096, description="A folder to make, under a start-up root.")
    format: str = Field("folder", max_length=100)
    overwrite: bool = False


@router.get("/api/export")
def formats(app_state: TheAppState, caller: TheCaller) -> dict[str, Any]:
    """The forms a dataset can have, what each is, kept splits and selections, and the folders.

    Only owners, who may write one, are told the folders that it may be under.
    """
    return {
        "formats": list(names("export")),
        "about": {name: _first_line(part("export", name)) for name in names("export")},
        "splits": splits(app_state.workspace),
        "selections": list(tags(app_state.workspace)),
        "roots": [str(root) for root in app_state.roots] if caller.may("owner") else [],
    }


@router.post("/api/export/preview")
def preview(app_state: TheAppState, body: ExportSelection) -> dict[str, Any]:
    """The manifest as it would be: counts by label and by who decided, and its first lines."""
    plan = _plan(app_state, body)
    shown = [row.to_json() for row in islice(plan, _SHOWN)]
    left_out = {"gone": len(plan.gone), "changed": len(plan.changed)}
    return {
        "images": len(plan),
        "counts": plan.counts,
        "rows": shown,
        "left_out": {**left_out, "unplaced": len(plan.unplaced)},
    }


@router.post("/api/export")
def export(app_state: TheAppState, body: Dataset) -> dict[str, Any]:
    """Begin to write a dataset by the newest rule, or of a selection; answers the job."""
    target, workspace = app_state.allowed(body.to), app_state.workspace
    session = None if body.concept is None else app_state.session(body.concept)

    def work(progress: Progress) -> dict[str, Any]:
        def follow(done: int, total: int | None) -> None:
            progress(done, total or 0)

        progress(0, 0)
        app_state.allowed(str(target))  # a link may have been put there while this waited
        if session is None or body.concept is None:
            chosen, labels = _selection(app_state, body)
            report = export_selection(
                workspace,
                chosen,
                target,
                labels,
                body.format,
                body.overwrite,
                name=str(body.selection),
                progress=follow,
                where=body.where,
            )
            return report.to_json()
        _keep_validated_rule(session)
        report = export_concept(
            workspace,
            body.concept,
            target,
            body.format,
            min_probability=body.min_probability,
            threshold=body.threshold,
            include_no=body.include_no,
            where=body.where,
            split=body.split,
            overwrite=body.overwrite,
            progress=follow,
        )
        return report.to_json()

    return app_state.jobs.start("export", work).to_json()


@router.get("/api/export/{job}")
def exported(app_state: TheAppState, caller: TheCaller, job: int) -> dict[str, Any]:
    """One export: whether it is done, and what it wrote."""
    found: dict[str, Any] = for_caller(app_state.jobs.get(job).to_json(), app_state, caller)
    return found


def _plan(app_state: AppState, body: ExportSelection) -> Plan:
    workspace = app_state.workspace
    if body.concept is None:
        chosen, labels = _selection(app_state, body)
        return plan_selection(workspace, chosen, labels, str(body.selection), body.where)
    _keep_validated_rule(app_state.session(body.concept))
    rule = workspace.rules.open(body.concept)
    if body.threshold is not None:
        rule = at_threshold(rule, body.threshold)
    return plan_concept(
        workspace,
        body.concept,
        body.min_probability,
        body.include_no,
        body.where,
        rule,
        body.split,
    )


def _selection(app_state: AppState, body: ExportSelection) -> tuple[Selection, dict[str, str]]:
    """A kept selection, and the labels of what it keeps."""
    workspace = app_state.workspace
    chosen = tagged(workspace, str(body.selection))
    labels = dict(zip(chosen.kept, chosen.labels, strict=True)) if chosen.labels else None
    return chosen, labels or labels_of(workspace, chosen.kept)


def _keep_validated_rule(session: Session) -> None:
    """Wait for the validated rule and keep it: a preview and its export go by the same one."""
    session.follow()
    _ = session.rule
    session.save_rule()


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0].replace("``", "")
