"""A small joint space of images and words, trained here: words, examples, and both."""

from __future__ import annotations

from itertools import product as pairs
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from likewise.core.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Iterator

_BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
CLASSES = ("barn", "zebra", "teapot", "violin", "cactus", "lorry", "walrus", "mushroom")
LOOKS = ("", "grey", "dark")


@pytest.fixture(scope="module")
def script() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(_BENCHMARKS))
        import joint_space

        yield joint_space


@pytest.fixture(scope="module")
def found(script: Any) -> dict[str, dict[str, float]]:
    """Mean average precision by kind of query and way to rank, of drawn vectors."""
    random = np.random.default_rng(0)
    names = [pair for pair in pairs(CLASSES, LOOKS) for _ in range(16)]
    classes, looks = (np.array(column) for column in zip(*names, strict=True))
    centres = {name: unit(random.standard_normal(64)) for name in (*CLASSES, *LOOKS)}
    noise = unit(random.standard_normal((len(names), 64)))
    rows = [centres[kind] + 0.6 * centres[look] for kind, look in names]
    photos = script.Photos(unit(np.stack(rows) + 0.7 * noise + 0.5), classes, looks)
    known, searched = script.halves(photos)
    joint = script.trained(known, dim=32, steps=200)
    ways = script.measure(joint, searched, 40)
    return {kind: {x: float(np.mean(y)) for x, y in of.items()} for kind, of in ways.items()}


def test_words_find_images_that_were_not_trained_on(found: dict[str, dict[str, float]]) -> None:
    assert found["class"]["words, templates"] > 0.8
    assert found["class"]["words, templates"] > found["class"]["example"]


def test_several_templates_are_no_worse_than_one(found: dict[str, dict[str, float]]) -> None:
    for kind, way in pairs(("class", "look"), ("words", "product")):
        assert found[kind][f"{way}, templates"] > found[kind][f"{way}, one template"] - 0.03


def test_a_product_finds_what_answers_to_both(found: dict[str, dict[str, float]]) -> None:
    ways = found["look"]
    assert ways["product, templates"] > max(ways["words, templates"], ways["example"]) + 0.1
