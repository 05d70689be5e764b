"""A folder of static files in which anyone can look at a workspace with nothing but a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from likewise.core.progress import Progress
from likewise.export.base import Dataset
from likewise.export.page.plan import PagePlan, PageReport
from likewise.export.writing import finish, write_dataset

_BLOCK = 500


def write_page(
    plan: PagePlan, *, overwrite: bool = False, progress: Progress = lambda done, total: None
) -> PageReport:
    """Write a page, all or nothing.

    Args:
        plan: of `plan_page`.
        overwrite: as given to `plan_page`.
        progress: told how many pictures are written.

    Raises:
        BadInputError: the folder holds something else by now.
        StorageError: the disk is full or refuses; the target is untouched.
    """
    target = plan.report.target
    if plan.report.complete:
        finish(target)
        return plan.report
    dataset = Dataset(plan.report.target.name, (), (), about=plan.about)
    write_dataset(_Writer(plan, progress), dataset, target, overwrite, plan.digest)
    return replace(plan.report, written=True)


class _Writer:
    """Writes the files of a page as an exporter does."""

    def __init__(self, plan: PagePlan, progress: Progress) -> None:
        self._plan, self._progress = plan, progress

    def __repr__(self) -> str:
        return "page"  # what an interrupted run of the same page is known by

    def write(self, dataset: Dataset, folder: Path) -> None:
        (folder / "index.html").write_text(self._plan.html, encoding="utf-8")
        (folder / "images").mkdir(exist_ok=True)
        ids = self._plan.ids
        for start in range(0, len(ids), _BLOCK):
            pictures = self._plan.workspace.pictures(ids[start : start + _BLOCK])
            for number, jpeg in enumerate(pictures, start + 1):
                (folder / "images" / f"{number:06d}.jpg").write_bytes(jpeg or b"")
            self._progress(min(start + _BLOCK, len(ids)), len(ids))
