"""What unlabelled images add to a classifier from a few images a class.

Classes of a workspace are drawn at random, each with a few references. Of their other images one
half is given without labels, the other half is the test, which tunes nothing. A linear head, which
`best` takes in nearly every draw, is fitted with and without the unlabelled images on the same
draws; intervals are 95 %, over the draws. With --foreign, the unlabelled images are those of
another workspace instead: there they should not be used.

    likewise index FOLDER_OF_CLASS_FOLDERS -w images.likewise
    python benchmarks/unlabelled_images.py images.likewise other_images.likewise
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from _needs import announce
from _workspace_folders import LEAST_TESTED, Folders, interval, options_of, read_folders

from likewise.classify.base import make
from likewise.classify.smoothing import ImageGraph, SmoothedHead
from likewise.core.classifier import Classifier
from likewise.core.vectors import Vectors

COUNTS = (2, 4, 8, 16)


def main() -> None:
    """Draw classes, train twice, and print both accuracies."""
    announce()
    parser = options_of(__doc__, draws=10)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS, metavar="N",
                        help="references a class")  # fmt: skip
    parser.add_argument("--foreign", type=Path, help="workspace of the unlabelled images")
    asked = parser.parse_args()
    if asked.classes < 2:
        raise SystemExit(f"--classes is {asked.classes}; 2 or more are needed")
    foreign = None if asked.foreign is None else read_folders(asked.foreign, asked.leave_out)
    print("accuracy, mean +- half of the 95 % interval; in parentheses the worst draw\n")
    print(
        "| set | references a class | without | with | gain | used in |\n|---|---|---|---|---|---|"
    )
    for path in asked.workspaces:
        folders = read_folders(path, asked.leave_out)
        for count in asked.counts:
            print(_row(folders, foreign, count, asked), flush=True)


def _row(folders: Folders, foreign: Folders | None, count: int, asked: argparse.Namespace) -> str:
    large, rng = folders.able(count), random.Random(count)
    drawn = min(asked.classes, len(large))
    if drawn < 2:
        return (
            f"| {folders.name} | left out: {len(large)} folders of {count + LEAST_TESTED} images |"
        )
    without, with_them, used = [], [], 0
    for _ in range(asked.draws):
        references, others = folders.draw(rng, rng.sample(large, drawn), count)
        test = {name: rows[::2] for name, rows in others.items()}
        unlabelled = np.concatenate([rows[1::2] for rows in others.values()])
        if foreign is not None:
            unlabelled = foreign.images(rng, len(unlabelled))
        head = make("linear_head")
        without.append(_accuracy(head.fit(references), test))
        choice = SmoothedHead(head, ImageGraph(references, unlabelled), head).choose(references)
        with_them.append(_accuracy(choice.method.fit(references), test))
        used += choice.validation["unlabelled"]["share"] > 0
    gain = [after - before for before, after in zip(without, with_them, strict=True)]
    cells = " | ".join((_cell(without), _cell(with_them), f"{_cell(gain)} ({min(gain):+.3f})"))
    return f"| {folders.name}, {drawn} | {count} | {cells} | {used} of {asked.draws} |"


def _accuracy(classifier: Classifier, test: dict[str, Vectors]) -> float:
    said = [classifier.predict(rows) == name for name, rows in test.items()]
    return float(np.concatenate(said).mean())


def _cell(values: Sequence[float]) -> str:
    return f"{np.mean(values):.3f} +-{interval(values):.3f}"


if __name__ == "__main__":
    main()
