"""Datasets: what one would hold, and the writing of it."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from likewise.core.progress import Progress
from likewise.curate.workspace import splits
from likewise.export.concept import export_concept, plan_concept
from likewise.registry import names, part
from likewise.review.session import Session
from likewise.server.app_state import TheAppState
from likewise.server.roles import TheCaller, for_caller

router = APIRouter(tags=["export"])

_SHOWN = 48


class ExportSelection(BaseModel):
    """Which images of a concept a dataset is to hold."""

    concept: str = Field(examples=["barn"])
    min_probability: Annotated[float | None, Field(gt=0, lt=1)] = None
    include_no: bool = False
    where: str | None = Field(None, max_length=1000, examples=["width >= 800"])
    split: str | None = Field(None, max_length=200, description="A kept split, for its parts.")


class Dataset(ExportSelection):
    """A dataset to write."""

    to: str = Field(max_length=4096, description="A folder to make, under a start-up root.")
    format: str = Field("folder", max_length=100)
    overwrite: bool = False


@router.get("/api/export")
def formats(app_state: TheAppState, caller: TheCaller) -> dict[str, Any]:
    """The forms a dataset can have, what each is, kept splits, and the folders it may be under.

    Only owners, who may write one, are told the folders.
    """
    return {
        "formats": list(names("export")),
        "about": {name: _first_line(part("export", name)) for name in names("export")},
        "splits": splits(app_state.workspace),
        "roots": [str(root) for root in app_state.roots] if caller.may("owner") else [],
    }


@router.post("/api/export/preview")
def preview(app_state: TheAppState, body: ExportSelection) -> dict[str, Any]:
    """The manifest as it would be: counts by label and by who decided, and its first lines."""
    _keep_validated_rule(app_state.session(body.concept))
    plan = plan_concept(
        app_state.workspace,
        body.concept,
        body.min_probability,
        body.include_no,
        body.where,
        split=body.split,
    )
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
    """Begin to write a dataset by the newest rule; answers the job."""
    target, workspace = app_state.allowed(body.to), app_state.workspace
    session = app_state.session(body.concept)

    def work(progress: Progress) -> dict[str, Any]:
        progress(0, 0)
        app_state.allowed(str(target))  # a link may have been put there while this waited
        _keep_validated_rule(session)
        report = export_concept(
            workspace,
            body.concept,
            target,
            body.format,
            min_probability=body.min_probability,
            include_no=body.include_no,
            where=body.where,
            split=body.split,
            overwrite=body.overwrite,
            progress=lambda done, total: progress(done, total or 0),
        )
        return report.to_json()

    return app_state.jobs.start("export", work).to_json()


@router.get("/api/export/{job}")
def exported(app_state: TheAppState, caller: TheCaller, job: int) -> dict[str, Any]:
    """One export: whether it is done, and what it wrote."""
    found: dict[str, Any] = for_caller(app_state.jobs.get(job).to_json(), app_state, caller)
    return found


def _keep_validated_rule(session: Session) -> None:
    """Wait for the validated rule and keep it: a preview and its export go by the same one."""
    session.follow()
    _ = session.rule
    session.shelve()


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0].replace("``", "")
