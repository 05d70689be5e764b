"""How well the built-in encoder's words find photos, alone and beside one example.

Run: python benchmarks/text_and_example.py --data FOLDER_OF_CLASS_FOLDERS --json OUT

Every class folder whose name the encoder reads in full is looked for in the whole collection:
with its name, with one example (the average of several, each left out of its own ranking), and
with both, by the plain sum of the two unit directions. The figure is the mean over the classes
of average precision.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _needs import announce
from _records import Figure, publish
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit
from likewise.encoders._encode_files import Encoded, encode_files
from likewise.encoders.efficientnet_lite0 import EfficientnetLite0
from likewise.errors import BadInputError
from likewise.rules.retrieval import average_precision
from likewise.sources.base import Item
from likewise.sources.folder import Folder

_WORDS_WEIGHTS = (1.0, 2.0)


@dataclass(frozen=True)
class Outcome:
    """Average precision of one class, by what was known of it."""

    name: str
    text: float
    example: float
    both: tuple[float, ...]


def photos(data: Path, encoder: EfficientnetLite0) -> tuple[Vectors, NDArray[np.str_]]:
    """Centred vectors of all photos, and the name of the folder each is in."""
    items = (item for item in Folder(data).items() if isinstance(item, Item))
    rows, labels = [], []
    for item, read in encode_files(items, encoder):
        if isinstance(read, Encoded) and read.vector is not None:
            rows.append(read.vector)
            labels.append(Path(item.id).parent.name)
    vectors = np.stack(rows)
    return unit(vectors - vectors.mean(axis=0)), np.array(labels)


def understood(names: list[str], encoder: EfficientnetLite0) -> list[str]:
    """The names that the encoder reads without passing over a word."""
    known = []
    for name in names:
        try:
            reading = encoder.understood(name)
        except BadInputError:
            continue
        if not reading.ignored:
            known.append(name)
    return known


def look_for(
    vectors: Vectors, member: NDArray[np.bool_], name: str, word: Vectors, examples: list[int]
) -> Outcome:
    """One class: by its name, by each example in turn, and by both."""
    by_text = vectors @ word
    single: list[float] = []
    both: list[list[float]] = []
    for example in examples:
        rest = np.arange(len(vectors)) != example
        by_example = vectors @ vectors[example]
        single.append(average_precision(by_example[rest], member[rest]))
        sums = [by_example + weight * by_text for weight in _WORDS_WEIGHTS]
        both.append([average_precision(scores[rest], member[rest]) for scores in sums])
    together = tuple(float(mean) for mean in np.mean(both, axis=0))
    return Outcome(name, average_precision(by_text, member), float(np.mean(single)), together)


def figures(outcomes: list[Outcome], classes: int, images: int, examples: int) -> list[Figure]:
    """What is published of the outcomes."""
    setting = f"{images} photos, {len(outcomes)} of {classes} classes, {examples} examples each"
    text = float(np.mean([outcome.text for outcome in outcomes]))
    example = float(np.mean([outcome.example for outcome in outcomes]))
    found = [
        Figure("classes whose name is read in full", len(outcomes), "classes", "", setting),
        Figure("text alone", text, "mean AP", ">= .70", setting),
        Figure("one example alone", example, "mean AP", "", setting),
    ]
    for place, weight in enumerate(_WORDS_WEIGHTS):
        both = float(np.mean([outcome.both[place] for outcome in outcomes]))
        what = "example + text" if weight == 1 else f"example + {weight:g} x text"
        found += [
            Figure(what, both, "mean AP", "", setting),
            Figure(f"{what}, over text alone", both - text, "mean AP", ">= .05", setting),
            Figure(f"{what}, over the example alone", both - example, "mean AP", ">= .05", setting),
        ]
    return found


def main() -> None:
    """Measure and publish."""
    announce()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="a folder of class folders")
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    parser.add_argument("--examples", type=int, default=20, help="examples tried for each class")
    parser.add_argument(
        "--no-class",
        action="append",
        default=["BACKGROUND_Google"],
        help="a folder whose photos belong to no class (repeatable)",
    )
    options = parser.parse_args()
    encoder, random = EfficientnetLite0(), np.random.default_rng(0)
    vectors, labels = photos(options.data, encoder)
    names = sorted(set(labels.tolist()) - set(options.no_class))
    known = understood(names, encoder)
    if not known:
        raise SystemExit(f"none of the {len(names)} folder names is a word this encoder knows")
    outcomes = []
    for name, word in zip(known, encoder.encode_text(known), strict=True):
        member = labels == name
        examples = random.permutation(np.flatnonzero(member))[: options.examples].tolist()
        outcomes.append(look_for(vectors, member, name, word, examples))
    print("| class | text | example | both |\n|---|---|---|---|")
    for one in outcomes:
        print(f"| {one.name} | {one.text:.3f} | {one.example:.3f} | {one.both[0]:.3f} |")
    print()
    publish(figures(outcomes, len(names), len(labels), options.examples), options.json)


if __name__ == "__main__":
    main()
