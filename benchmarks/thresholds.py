"""Where a rule says yes, judged on images that it has never met.

A random half of a workspace is a collection of its own: a reviewer who knows the truth starts with
three examples of a class and answers pages of ten. The other half is new images: F1, precision and
recall of the rule's threshold there, after 10, 30 and 100 answers, beside the F1 of the best
threshold, which nobody knows. Rules without probabilities are counted apart.

    likewise index FOLDER_OF_CLASS_FOLDERS -w images.likewise
    python benchmarks/thresholds.py images.likewise
    python benchmarks/thresholds.py images.likewise --precision .9     # that aim, not the best F1
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from _needs import announce
from _workspace_folders import Folders, interval, options_of, read_folders
from numpy.typing import NDArray

from likewise.core.rule import Rule
from likewise.core.space import centred_space
from likewise.simulate.simulation import Simulation

ANSWERS = (10, 30, 100)
_EXAMPLES = 3
_PAGE = 10
_FEWEST_IMAGES = 16  # of a class, in both halves together


@dataclass(frozen=True)
class Judged:
    """A rule's threshold on new images.

    Attributes:
        f1, precision, recall: of the threshold; precision is nan where nothing is a hit.
        best_f1: of the best threshold.
    """

    f1: float
    precision: float
    recall: float
    best_f1: float


def judge(rule: Rule, vectors: NDArray[np.float32], is_member: NDArray[np.bool_]) -> Judged:
    """Compare what the rule says of new images with the truth."""
    scores = rule.score(vectors)
    hits, members = scores >= rule.threshold, int(is_member.sum())
    right, count = int((hits & is_member).sum()), int(hits.sum())
    found = np.cumsum(is_member[np.argsort(-scores, kind="stable")])
    f1 = 2 * found / (np.arange(1, len(found) + 1) + members)
    return Judged(
        2 * right / (count + members),
        right / count if count else float("nan"),
        right / members,
        float(f1.max()),
    )


def session(
    folders: Folders, name: str, draw: int, precision: float | None
) -> dict[tuple[int, bool], Judged]:
    """One reviewer; answers by number of answers and whether the rule has probabilities."""
    labels = np.repeat(list(folders.vectors), [len(rows) for rows in folders.vectors.values()])
    vectors = np.concatenate(list(folders.vectors.values()))
    drawn = np.random.default_rng([draw, *name.encode()])
    is_new = drawn.permutation(len(labels)) % 2 > 0
    is_member = labels == name
    judged: dict[tuple[int, bool], Judged] = {}
    if is_member[~is_new].sum() <= _EXAMPLES or not is_member[is_new].any():
        return judged
    simulation = Simulation(
        vectors[~is_new], is_member[~is_new], "best",
        centred_space(folders.encoder, vectors[~is_new]), picker="mixed", examples=_EXAMPLES,
        page_size=_PAGE, calibrate=True, precision=precision, concept=name, repeat=draw,
    )  # fmt: skip
    for turn in simulation.turns():
        answers = int((turn.verdicts != 0).sum()) - _EXAMPLES
        if answers in ANSWERS:
            found = judge(turn.rule, vectors[is_new], is_member[is_new])
            judged[answers, turn.rule.calibration is not None] = found
        if answers >= max(ANSWERS):
            break
    return judged


def main() -> None:
    """Replay reviewers over every workspace, and print a row for each number of answers."""
    announce()
    parser = options_of(__doc__, draws=1)
    parser.add_argument("--precision", type=float, help="the aim; the best F1 unless given")
    asked = parser.parse_args()
    print("mean +- half of the 95 % interval\n")
    print("| set | answers | rules | F1 | precision | recall | F1 of the best threshold |")
    print("|---|---|---|---|---|---|---|")
    for path in asked.workspaces:
        folders = read_folders(path, asked.leave_out)
        for row in _rows(folders, asked):
            print(row, flush=True)


def _rows(folders: Folders, asked: argparse.Namespace) -> list[str]:
    large = [name for name, rows in folders.vectors.items() if len(rows) >= _FEWEST_IMAGES]
    chosen = random.Random(0).sample(large, min(asked.classes, len(large)))
    sessions = [
        session(folders, name, draw, asked.precision)
        for name in sorted(chosen)
        for draw in range(asked.draws)
    ]
    rows = []
    for answers in ANSWERS:
        for is_probable in (True, False):
            judged = [s[answers, is_probable] for s in sessions if (answers, is_probable) in s]
            if judged:
                figures = ("f1", "precision", "recall", "best_f1")
                cells = [_cell([getattr(one, figure) for one in judged]) for figure in figures]
                kind = "" if is_probable else " without probabilities"
                rows.append(
                    f"| {folders.name} | {answers} | {len(judged)}{kind} | {' | '.join(cells)} |"
                )
    return rows or [f"| {folders.name} | left out: no folder of {_FEWEST_IMAGES} images |"]


def _cell(values: Sequence[float]) -> str:
    known = [value for value in values if not np.isnan(value)]
    return f"{np.mean(known):.3f} +-{interval(known):.3f}" if known else "-"


if __name__ == "__main__":
    main()
