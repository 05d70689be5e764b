"""Datasets: what one would hold, and the writing of it."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from likewise.curate.workspace import splits
from likewise.export.exporting import export_concept, plan_concept
from likewise.registry import names, part
from likewise.server.desk import TheDesk
from likewise.server.jobs import Progress
from likewise.server.redact import for_caller
from likewise.server.roles import TheCaller

router = APIRouter(tags=["export"])

_SHOWN = 48


class Wanted(BaseModel):
    """Which images of a concept a dataset is to hold."""

    concept: str = Field(examples=["barn"])
    min_probability: Annotated[float | None, Field(gt=0, lt=1)] = None
    include_no: bool = False
    where: str | None = Field(None, max_length=1000, examples=["width >= 800"])
    split: str | None = Field(None, max_length=200, description="A kept split, for its parts.")


class Dataset(Wanted):
    """A dataset to write."""

    to: str = Field(max_length=4096, description="A folder to make, under a start-up root.")
    format: str = Field("folder", max_length=100)
    overwrite: bool = False


@router.get("/api/export")
def formats(desk: TheDesk, caller: TheCaller) -> dict[str, Any]:
    """The forms a dataset can have, what each is, kept splits, and the folders it may be under.

    Only owners, who may write one, are told the folders.
    """
    return {
        "formats": list(names("export")),
        "about": {name: _first_line(part("export", name)) for name in names("export")},
        "splits": splits(desk.workspace),
        "roots": [str(root) for root in desk.roots] if caller.may("owner") else [],
    }


@router.post("/api/export/preview")
def preview(desk: TheDesk, wanted: Wanted) -> dict[str, Any]:
    """The manifest as it would be: counts by label and by who decided, and its first lines."""
    desk.session(wanted.concept).shelve()
    plan = plan_concept(
        desk.workspace,
        wanted.concept,
        wanted.min_probability,
        wanted.include_no,
        wanted.where,
        split=wanted.split,
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
def export(desk: TheDesk, wanted: Dataset) -> dict[str, Any]:
    """Begin to write a dataset by the newest rule; answers the job."""
    target, place = desk.allowed(wanted.to), desk.workspace
    session = desk.session(wanted.concept)

    def work(progress: Progress) -> dict[str, Any]:
        progress(0, 0)
        desk.allowed(str(target))  # a link may have been put there while this waited
        _ = session.rule  # validated
        session.shelve()
        report = export_concept(
            place,
            wanted.concept,
            target,
            wanted.format,
            min_probability=wanted.min_probability,
            include_no=wanted.include_no,
            where=wanted.where,
            split=wanted.split,
            overwrite=wanted.overwrite,
            progress=lambda done, total: progress(done, total or 0),
        )
        return report.to_json()

    return desk.jobs.start("export", work).to_json()


@router.get("/api/export/{job}")
def exported(desk: TheDesk, caller: TheCaller, job: int) -> dict[str, Any]:
    """One export: whether it is done, and what it wrote."""
    found: dict[str, Any] = for_caller(desk.jobs.get(job).to_json(), desk, caller)
    return found


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0].replace("``", "")
