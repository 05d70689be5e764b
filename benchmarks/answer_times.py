"""How long a person waits after an answer: kept on the disk, learned from, ranked anew.

python benchmarks/answer_times.py --rows 20000 1000000 --json OUT

A workspace of synthetic vectors, as `benchmarks/search.py` makes them, with 200 answers given;
then single answers, as keys make them, each followed by the quick rule and the best 100 of what
is unanswered. A validated rule follows in the background, as in life.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from _needs import announce
from _records import Figure, publish
from numpy.typing import NDArray
from PIL import Image
from search import blocks

from likewise.core.concept import Concept
from likewise.core.rule import Rule
from likewise.core.vectors import Vectors
from likewise.review.session import Session
from likewise.workspace import Workspace

DIM = 512
_ANSWERED = 200
_TIMED = 60
_A_SECOND = 4  # answers, as a quick person gives them


class Stand:
    """An encoder's name and width for vectors that come from nowhere."""

    name = "synthetic"
    fingerprint = f"synthetic-{DIM}"
    dim = DIM
    input_size = 8
    batch_size = 8

    def prepare(self, image: Image.Image) -> NDArray[np.float32]:
        """Any image is as good as any other."""
        del image
        return np.zeros(1, np.float32)

    def encode(self, batch: NDArray[np.float32]) -> Vectors:
        """The same vector for every image."""
        return np.full((len(batch), DIM), DIM**-0.5, np.float32)


def fill(workspace: Workspace, rows: int) -> None:
    """Index synthetic vectors."""
    store = workspace.collection.store
    for number, vectors in enumerate(blocks(rows, DIM, spread=1.0)):
        ids = [f"{number:06d}/{row:04d}.jpg" for row in range(len(vectors))]
        store.append(pa.table({"item_id": ids, "digest": [f"{i:0>64}" for i in ids]}), vectors)
    workspace.collection.refresh()
    workspace.collection.write_codes()


def answer_times(rows: int, folder: Path, timed: int = _TIMED) -> list[Figure]:
    """Milliseconds from an answer to the new ranking."""
    with Workspace.create(folder / "synthetic.likewise", Stand()) as workspace:
        fill(workspace, rows)
        collection = workspace.collection
        space = collection.space()
        first = space.apply(collection.vectors(collection.sample(1, seed=1)))
        near = collection.search(Rule("nearest", space, first), _ANSWERED + timed + 5).ids
        workspace.concepts.save(Concept("like the first", examples=near[:5]), new=True)
        with Session(workspace, "like the first", picker="most_alike") as session:
            said = {item: "yes" if n % 2 else "no" for n, item in enumerate(near[5:205])}
            session.answer(said, source="page")
            session.rule  # noqa: B018 - waited for
            session.ranking(100, answered=False)
            parts = [_one(session, item) for item in near[205:]]
    spent = 1e3 * np.array(parts)
    goal = "<= 60" if rows <= 20_000 else "<= 150"
    setting = f"{rows:,} x {DIM}, {_ANSWERED} answers, {len(parts)} more at {_A_SECOND} a second"
    names = ("kept on the disk", "quick rule", "100 best", "answer to new ranking")
    return [
        Figure(f"{name}, median", float(np.median(times)), "ms", goal if last else "", setting)
        for name, times, last in zip(names, spent.T, (False, False, False, True), strict=True)
    ] + [Figure(f"{names[-1]}, 95th percentile", float(np.percentile(spent[:, 3], 95)), "ms")]


def _one(session: Session, item: str) -> tuple[float, float, float, float]:
    marks = [time.perf_counter()]
    session.answer({item: "no"})
    marks.append(time.perf_counter())
    rule = session.learned.rule
    marks.append(time.perf_counter())
    session.workspace.collection.search(rule, 100, exclude=session.known)
    marks.append(time.perf_counter())
    time.sleep(max(0.0, 1 / _A_SECOND - (marks[-1] - marks[0])))
    steps: Sequence[float] = np.diff(marks).tolist()
    return steps[0], steps[1], steps[2], marks[-1] - marks[0]


def main() -> None:
    """Run it."""
    announce()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 1_000_000])
    parser.add_argument("--answers", type=int, default=_TIMED, help="that are timed")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = []
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            figures += answer_times(rows, Path(folder), options.answers)
    publish(figures, options.json)


if __name__ == "__main__":
    main()
