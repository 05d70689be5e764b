"""What a replay over class folders is to do, and what came of it: tables, files, plots."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from likewise.core.output_files import complete_folder
from likewise.errors import BadInputError
from likewise.images.drawing import line_plot
from likewise.rules.base import make
from likewise.simulate.replay import BUDGETS, Outcome
from likewise.simulate.simulation import SimulatedSession
from likewise.simulate.summary import (
    Summary,
    called,
    found_curves,
    markdown,
    precision_curves,
    summarise,
)

LEARNERS = ("mean", "anchored", "best")

_SCHEMA = pa.schema(
    [
        ("concept", pa.string()),
        ("learner", pa.string()),
        ("budget", pa.int32()),
        ("words", pa.bool_()),
        ("repeat", pa.int32()),
        ("average_precision", pa.float64()),
        ("precision_on_page", pa.float64()),
        ("looks_until_ten", pa.int32()),
        ("calibration_error", pa.float64()),
        ("promised", pa.float64()),
        ("hits", pa.int32()),
        ("right", pa.int32()),
        ("seconds", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Setting:
    """What is replayed; the same setting on the same collection answers the same figures.

    Attributes:
        learners: names of learners.
        budgets: numbers of examples, with as many counter-examples (none at 1).
        page_size: images on a page.
        looks: images that a reviewer looks at in a session; 0 for no sessions.
        text: also give the classes' names as hints, where the encoder reads words.
        error_rate: share of the reviewer's answers that are wrong.
        draws: draws of examples for each class.
        classes: replay this many classes, drawn at random; 0 for all.
        no_class: a class folder whose images belong to no class; may be repeated.
        seed: of all random draws.
    """

    learners: tuple[str, ...] = LEARNERS
    budgets: tuple[int, ...] = BUDGETS
    page_size: int = 20
    looks: int = 100
    text: bool = True
    error_rate: float = 0.0
    draws: int = 1
    classes: int = 0
    no_class: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("page_size", 1), ("looks", 0), ("draws", 1), ("classes", 0)):
            if getattr(self, name) < least:
                raise BadInputError(f"{name} is {getattr(self, name)}; give {least} or more")
        if not self.learners or not self.budgets or min(self.budgets) < 1:
            raise BadInputError(
                f"learners {self.learners} with budgets {self.budgets} leave nothing to replay; "
                "give one learner and a budget of 1 or more at least"
            )
        if not 0 <= self.error_rate < 0.5:
            raise BadInputError(
                f"the error rate {self.error_rate} is not from 0 to below .5; give .1, for example"
            )
        for learner in self.learners:
            make(learner)


@dataclass
class ReplayReport:
    """What was replayed.

    Attributes:
        setting: as it was given.
        images: how many there are.
        encoder: fingerprint.
        words: classes whose name was given as a hint.
        outcomes: one for each query and learner.
        sessions: one for each class, draw and learner.
        concepts: classes that were finished.
        interrupted: whether it was stopped; then the rest holds what was finished.
    """

    setting: Setting
    images: int
    encoder: str
    words: tuple[str, ...]
    outcomes: list[Outcome] = field(default_factory=list)
    sessions: list[SimulatedSession] = field(default_factory=list)
    concepts: list[str] = field(default_factory=list)
    interrupted: bool = False

    def summary(self) -> list[Summary]:
        """Means over concepts and draws, by learner and budget."""
        return summarise(self.outcomes)

    def markdown(self) -> str:
        """The figures as tables, under a line that says what they are of."""
        setting = self.setting
        lines = [
            f"{self.images} images, {len(self.concepts)} concepts, {setting.draws} draw(s), "
            f"pages of {setting.page_size}, {100 * setting.error_rate:g} % wrong answers, "
            f"seed {setting.seed}, encoder {self.encoder}.",
            f"A budget of n is n examples and n counter-examples, the nearest misses; 1 is one "
            f"example alone. Words were given for {len(self.words)} concepts.",
            "",
            markdown(self.summary()),
        ]
        if self.sessions:
            lines += ["Sessions from one example:", "", self._sessions()]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The means, and the setting they are of, as JSON."""
        return {
            "images": self.images,
            "encoder": self.encoder,
            "concepts": self.concepts,
            "words": list(self.words),
            "interrupted": self.interrupted,
            "setting": asdict(self.setting),
            "summary": [asdict(row) for row in self.summary()],
            "found": {name: [y for _, y in c] for name, c in found_curves(self.sessions).items()},
        }

    def save(self, folder: Path) -> list[Path]:
        """Write tables, every single outcome, and plots; answers the files.

        Raises:
            StorageError: the folder cannot be written.
        """
        rows = [asdict(outcome) for outcome in self.outcomes]
        with complete_folder(folder):
            files = [folder / "replay.md", folder / "replay.parquet"]
            files[0].write_text(self.markdown(), encoding="utf-8")
            pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), files[1])
            if self.outcomes:
                files.append(folder / "precision.png")
                line_plot(
                    precision_curves(self.summary()), "How good after so many examples",
                    "examples, and as many counter-examples", "mean average precision",
                    logarithmic=True,
                ).save(files[-1])  # fmt: skip
            if self.sessions:
                files += [folder / "sessions.parquet", folder / "found.png"]
                pq.write_table(pa.Table.from_pylist(self._session_rows()), files[-2])
                line_plot(
                    found_curves(self.sessions), "Found so far, from one example",
                    "images looked at", "share of all there are",
                ).save(files[-1])  # fmt: skip
        return files

    def _sessions(self) -> str:
        lines = ["| learner | sessions | found of all | looks until 10 |", "|---|---|---|---|"]
        for name, curve in found_curves(self.sessions).items():
            mine = [session for session in self.sessions if called(session) == name]
            ten = np.median([session.inspected_until(10) or np.inf for session in mine])
            ten_text = f"{ten:.0f}" if np.isfinite(ten) else "-"
            lines.append(f"| {name} | {len(mine)} | {100 * curve[-1][1]:.0f} % | {ten_text} |")
        return "\n".join(lines) + "\n"

    def _session_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "concept": session.concept,
                "learner": session.learner,
                "words": session.words,
                "repeat": session.repeat,
                "to_find": session.to_find,
                "found": session.found.tolist(),
            }
            for session in self.sessions
        ]
