"""How often a few-shot classifier answers for its own classes, and refuses foreign images.

Classes of a workspace are drawn at random, each with a few references, and a classifier is trained
on them with the default coverage. Answered: the share of other images of those classes that gets a
class. Refused: the share of foreign images, all drawn anew, that is "none of these": images of each
of the other workspaces, or of the other classes where there is one workspace. Intervals are 95 %,
over the draws. What is refused does not depend on the method that tells the classes apart, so the
quickest one is trained.

    likewise index FOLDER_OF_CLASS_FOLDERS -w images.likewise
    python benchmarks/none_of_these.py images.likewise other_images.likewise
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence

import numpy as np
from _needs import announce
from _workspace_folders import LEAST_TESTED, Folders, interval, options_of, read_folders

from likewise.classify.fewshot import COVERAGE, Gathered, train_classifier
from likewise.core.classifier import NONE_OF_THESE

COUNTS = (2, 5, 10, 20)
MOST_TESTED = 40


def main() -> None:
    """Draw classes, train, and print what is answered and refused."""
    announce()
    parser = options_of(__doc__, draws=20)
    parser.add_argument("--foreign", type=int, default=120, help="foreign images a draw")
    asked = parser.parse_args()
    if asked.classes < 2:
        raise SystemExit(f"--classes is {asked.classes}; 2 or more are needed")
    read = [read_folders(path, asked.leave_out) for path in asked.workspaces]
    print(f"coverage {COVERAGE}; mean +- half of the 95 % interval (worst draw)\n")
    print("| classes of | foreign images of | references a class | answered | foreign refused |")
    print("|---|---|---|---|---|")
    for own in read:
        for foreign in [each for each in read if each is not own] or [own]:
            for count in COUNTS:
                print(_row(own, foreign, count, asked))


def _row(own: Folders, foreign: Folders, count: int, asked: argparse.Namespace) -> str:
    large, rng = own.able(count), random.Random(0)
    drawn = min(asked.classes, len(large) - (own is foreign))
    if drawn < 2:
        return f"| {own.name} | left out: {len(large)} folders of {count + LEAST_TESTED} images | |"
    answered, refused = [], []
    for _ in range(asked.draws):
        chosen = rng.sample(large, drawn)
        references, others = own.draw(rng, chosen, count)
        trained = train_classifier(Gathered(references, "", "drawn"), "class_means")
        tested = np.concatenate([rows[:MOST_TESTED] for rows in others.values()])
        strange = foreign.images(rng, asked.foreign, chosen if foreign is own else ())
        answered.append(float((trained.predict(tested) != NONE_OF_THESE).mean()))
        refused.append(float((trained.predict(strange) == NONE_OF_THESE).mean()))
    of = f"other classes of {own.name}" if foreign is own else foreign.name
    return f"| {own.name}, {drawn} | {of} | {count} | {_cell(answered)} | {_cell(refused)} |"


def _cell(values: Sequence[float]) -> str:
    return f"{np.mean(values):.3f} +-{interval(values):.3f} ({min(values):.2f})"


if __name__ == "__main__":
    main()
