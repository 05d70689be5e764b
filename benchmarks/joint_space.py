"""Words and an example in a small joint space: alone, added, multiplied, in several templates.

Run: python benchmarks/joint_space.py --data FOLDER_OF_CLASS_FOLDERS --json OUT

Each photo is shown as it is, grey, dark, blue or blurred. On half of the photos a joint space is
trained with captions such as "a photo of a grey starfish"; the other half is searched. In the
first kind of query the words name the class of the example; in the second they name the look
that is wanted of the example's class ("grey"), as in composed retrieval (i-CIR, NeurIPS 2025).
Figures are mean average precision over the queries, with a 95 % interval by bootstrap over them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _joint_space import JointSpace, train
from _needs import announce
from _records import Figure, publish
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from likewise.core.evidence import Evidence
from likewise.core.space import Space, centred_space
from likewise.core.vectors import Scores, Vectors
from likewise.encoders._templates import TEMPLATES, encode_in_templates
from likewise.encoders.efficientnet_lite0 import EfficientnetLite0
from likewise.rules.base import learn
from likewise.rules.methods.product import product_of
from likewise.rules.retrieval import average_precision

CAPTIONS = ("{}", "a photo of a {}", "a picture of the {}", "my {}", "an image with one {} in it")
_BACKGROUND = 2000
_DRAWS = 2000


def _blue(image: Image.Image) -> Image.Image:
    return Image.blend(image, Image.new("RGB", image.size, (30, 60, 220)), 0.5)


def _grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


def _dark(image: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(0.25)


def _blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(max(image.size) / 60))


LOOKS: Mapping[str, Callable[[Image.Image], Image.Image]] = {
    "": lambda image: image,
    "grey": _grey,
    "dark": _dark,
    "blue": _blue,
    "blurred": _blurred,
}
"""Words for how a photo is shown, and what is done to it."""


@dataclass(frozen=True, eq=False)
class Photos:
    """Photos as vectors, with their class and their look.

    Attributes:
        vectors: (n, dim).
        classes, looks: (n,).
    """

    vectors: Vectors
    classes: NDArray[np.str_]
    looks: NDArray[np.str_]

    def take(self, index: NDArray[np.int64]) -> Photos:
        """Some of them."""
        return Photos(self.vectors[index], self.classes[index], self.looks[index])


def read(data: Path, each: int, without: Sequence[str]) -> Photos:
    """Encode up to `each` photos of a class, each with a look drawn at random."""
    random, encoder = np.random.default_rng(0), EfficientnetLite0()
    files = [
        (file, folder.name.replace("_", " ").lower())
        for folder in sorted(data.iterdir())
        if folder.is_dir() and folder.name not in without
        for file in sorted(x for x in folder.iterdir() if x.is_file())[:each]
    ]
    looks = random.choice(list(LOOKS), len(files))

    def encoded(task: tuple[Path, str]) -> Vectors:
        file, look = task
        with Image.open(file) as image:
            return encoder.encode(encoder.prepare(LOOKS[look](image.convert("RGB")))[None])

    with ThreadPoolExecutor() as workers:
        rows = list(workers.map(encoded, zip([file for file, _ in files], looks, strict=True)))
    return Photos(np.concatenate(rows), np.array([name for _, name in files]), looks)


def halves(photos: Photos) -> tuple[Photos, Photos]:
    """Half of the photos of each class to train on, and the other half to search."""
    number = np.zeros(len(photos.classes), np.int64)
    for name in np.unique(photos.classes):
        members = np.flatnonzero(photos.classes == name)
        number[members] = np.arange(len(members))
    return tuple(photos.take(np.flatnonzero(number % 2 == half)) for half in (0, 1))  # type: ignore[return-value]


def trained(photos: Photos, dim: int, steps: int) -> JointSpace:
    """A joint space of photos and captions made of class and look."""
    phrases = [f"{x} {y}".strip() for x, y in zip(photos.looks, photos.classes, strict=True)]
    captions = [[caption.format(phrase) for caption in CAPTIONS] for phrase in phrases]
    groups = np.unique(phrases, return_inverse=True)[1]
    return train(photos.vectors, captions, groups, dim, steps)


def queries(photos: Photos, count: int) -> list[tuple[str, int, str, NDArray[np.bool_]]]:
    """Kind, example, words and the wanted photos of up to `count` queries of each kind."""
    random = np.random.default_rng(1)
    found: dict[str, list[tuple[str, int, str, NDArray[np.bool_]]]] = {"class": [], "look": []}
    for example in random.permutation(np.flatnonzero(photos.looks == "")).tolist():
        member = photos.classes == photos.classes[example]
        options = [("class", str(photos.classes[example]), member)]
        for look in random.permutation([look for look in LOOKS if look])[:1].tolist():
            options.append(("look", look, member & (photos.looks == look)))
        for kind, words, wanted in options:
            others = wanted & (np.arange(len(member)) != example)
            if others.any() and len(found[kind]) < count:
                found[kind].append((kind, example, words, others))
    return found["class"] + found["look"]


def rankings(
    space: Space, rows: Vectors, example: int, words: Mapping[str, Vectors]
) -> dict[str, Scores]:
    """Scores of every photo by each way to use words and the example.

    Args:
        space: centred on the photos that are searched.
        rows: their vectors in the joint space.
        example: index of one of them.
        words: a row for the words by "one template" and by "templates".
    """
    background = rows[np.random.default_rng(0).permutation(len(rows))[:_BACKGROUND]]
    found = {}
    of_example = learn(
        Evidence(space, rows[example][None], background=background), "mean", calibrate=False
    ).score(rows)
    found["example"] = of_example
    for name, row in words.items():
        evidence = Evidence(space, hints=row[None], background=background)
        of_words = learn(evidence, "text", calibrate=False).score(rows)
        found[f"words, {name}"] = of_words
        found[f"sum, {name}"] = of_words + of_example
        found[f"sum of equal spread, {name}"] = (
            of_words / of_words.std() + of_example / of_example.std()
        )
        found[f"product, {name}"] = product_of(of_words, of_example)
        both = Evidence(space, rows[example][None], background=background, hints=row[None])
        for rule in ("anchored", "product"):
            scores = learn(both, rule, calibrate=False).score(rows)
            found[f"rule {rule}, {name}"] = scores
    return found


def measure(joint: JointSpace, photos: Photos, count: int) -> dict[str, dict[str, list[float]]]:
    """Average precision of every query, by its kind and by the way it is ranked."""
    rows = joint.images(photos.vectors)
    space = centred_space("joint", rows)
    found: dict[str, dict[str, list[float]]] = {}
    for kind, example, phrase, wanted in queries(photos, count):
        first = TEMPLATES["clip"][0].replace("{}", phrase)
        words = {
            "one template": joint.words([first])[0],
            "templates": encode_in_templates([phrase], "clip", joint.words)[0],
        }
        rest = np.arange(len(rows)) != example
        for name, scores in rankings(space, rows, example, words).items():
            precision = average_precision(scores[rest], wanted[rest])
            found.setdefault(kind, {}).setdefault(name, []).append(precision)
    return found


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """A 95 % interval of the mean by bootstrap over the queries."""
    random = np.random.default_rng(0)
    means = values[random.integers(0, len(values), (_DRAWS, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def figures(found: Mapping[str, Mapping[str, Sequence[float]]], setting: str) -> list[Figure]:
    """What is published; every way is compared with the plain sum of the same words."""
    made = []
    for kind, ways in found.items():
        for name, precisions in ways.items():
            values = np.array(precisions)
            low, high = interval(values)
            where = f"{setting}, {len(values)} queries, 95 % {low:.3f}-{high:.3f}"
            made.append(Figure(f"{kind}: {name}", float(values.mean()), "mean AP", "", where))
        for one, other in (
            ("product, templates", "sum, templates"),
            ("product, templates", "sum of equal spread, templates"),
            ("rule product, templates", "rule anchored, templates"),
            ("words, templates", "words, one template"),
            ("product, templates", "product, one template"),
        ):
            gain = np.array(ways[one]) - np.array(ways[other])
            low, high = interval(gain)
            what = f"{kind}: {one} less {other}"
            where = f"{setting}, 95 % {low:+.3f} to {high:+.3f}"
            made.append(Figure(what, float(gain.mean()), "mean AP", "", where))
    return made


def main() -> None:
    """Measure and publish."""
    announce("sklearn")
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="a folder of class folders")
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    parser.add_argument("--each", type=int, default=40, help="photos of a class at most")
    parser.add_argument("--queries", type=int, default=300, help="of each kind at most")
    parser.add_argument("--dim", type=int, default=128, help="columns of the joint space")
    parser.add_argument("--steps", type=int, default=800, help="of the training")
    parser.add_argument("--no-class", action="append", default=["BACKGROUND_Google"],
                        help="a folder whose photos belong to no class (repeatable)")  # fmt: skip
    options = parser.parse_args()
    photos = read(options.data, options.each, options.no_class)
    known, searched = halves(photos)
    joint = trained(known, options.dim, options.steps)
    found = measure(joint, searched, options.queries)
    if not found:
        raise SystemExit("no photo has another one of its class to look for")
    setting = f"{len(searched.classes)} photos, {len(np.unique(searched.classes))} classes"
    publish(figures(found, setting), options.json)


if __name__ == "__main__":
    main()
