"""Datasets: what one would hold, and the writing of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from likewise.exporting import dataset_rows, export_concept
from likewise.registry import names
from likewise.server.desk import TheDesk
from likewise.server.jobs import Progress

router = APIRouter(tags=["export"])

_SHOWN = 48


class Wanted(BaseModel):
    """Which images of a concept a dataset is to hold."""

    concept: str = Field(examples=["barn"])
    min_probability: Annotated[float | None, Field(gt=0, lt=1)] = None
    include_no: bool = False
    where: str | None = Field(None, max_length=1000, examples=["width >= 800"])


class Dataset(Wanted):
    """A dataset to write."""

    to: str = Field(max_length=4096, description="A folder to make, under a start-up root.")
    format: str = Field("folder", max_length=100)
    overwrite: bool = False


@router.get("/api/export")
def formats(desk: TheDesk) -> dict[str, Any]:
    """The forms a dataset can have, and the folders it may be made under."""
    return {"formats": list(names("export")), "roots": [str(root) for root in desk.roots]}


@router.post("/api/export/preview")
def preview(desk: TheDesk, wanted: Wanted) -> dict[str, Any]:
    """The manifest as it would be: counts by label and by who decided, and its first lines."""
    desk.session(wanted.concept).shelve()
    rows = dataset_rows(
        desk.workspace, wanted.concept, wanted.min_probability, wanted.include_no, wanted.where
    )
    counts: dict[str, int] = {}
    for row in rows:
        key = f"{row.label} ({row.decided_by})"
        counts[key] = counts.get(key, 0) + 1
    shown = [row.to_json() for row in rows[:_SHOWN]]
    return {"images": len(rows), "counts": counts, "rows": shown}


@router.post("/api/export")
def export(desk: TheDesk, wanted: Dataset) -> dict[str, Any]:
    """Begin to write a dataset by the newest rule; answers the job."""
    target, place = desk.allowed(wanted.to), desk.workspace
    session = desk.session(wanted.concept)

    def work(progress: Progress) -> dict[str, Any]:
        progress(0, 0)
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
            overwrite=wanted.overwrite,
        )
        return report.to_json()

    return desk.jobs.start("export", work).to_json()


@router.get("/api/export/{job}")
def exported(desk: TheDesk, job: int) -> dict[str, Any]:
    """One export: whether it is done, and what it wrote."""
    return desk.jobs.get(job).to_json()
