"""``likewise basket`` and ``likewise explain``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from commands import Run
from PIL import Image


@pytest.fixture
def disc(run: Run) -> None:
    likes = [part for n in range(5) for part in ("--like", f"disc/{n:02d}.png")]
    run("concept", "create", "disc", *likes, "--unlike", "square/00.png", "--hint", "disc")


@pytest.mark.usefixtures("disc")
def test_explain(run: Run, home: Path) -> None:
    ran = run("explain", "disc", "disc/07.png", "square/01.png", "-n", "2")
    assert ran.code == 0, ran.err
    first = ran.out.splitlines()[0].split("\t")
    assert first[0] == "disc/07.png"
    assert "threshold" in first[3]
    assert ran.out.count("  + ") == 2 * (2 + 1)  # two examples and one hint for each
    assert ran.out.count(" like square/00.png") == 2

    shutil.copy(home / "shapes" / "disc" / "06.png", home / "elsewhere.png")
    rows = json.loads(run("explain", "disc", "elsewhere.png", "--json").out)
    assert rows[0]["positives"][0]["cosine"] > 0.1
    assert rows[0]["terms"][0]["words"] == "disc"


def test_an_example_from_outside_is_named_by_its_path(run: Run, home: Path) -> None:
    Image.effect_noise((64, 64), 90).convert("RGB").save(home / "mine.png")
    assert run("concept", "create", "noise", "--like", "mine.png").code == 0
    ran = run("explain", "noise", "disc/00.png")
    assert " like mine.png" in ran.out
    assert "exemplar:" not in ran.out


@pytest.mark.usefixtures("disc")
def test_basket(run: Run, home: Path) -> None:
    shutil.copy(home / "shapes" / "disc" / "00.png", home / "shapes" / "disc" / "copy.png")
    run("index", "shapes")
    run("concept", "add", "disc", "--unlike", "disc/copy.png")
    ran = run("basket", "disc", "--picture", "basket.png")
    assert ran.code == 0, ran.err
    assert "disc: 5 example(s), 2 counter-example(s)" in ran.out
    assert "near-copies that disagree: disc/00.png and disc/copy.png (1.000)" in ran.out
    with Image.open(home / "basket.png") as picture:
        assert picture.size == (1000, 1030)
    report = json.loads(run("basket", "disc", "--json").out)
    assert report["pairs"][0]["disagree"] is True
    assert len(report["members"]) == 5


@pytest.mark.usefixtures("disc")
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["explain", "dosc", "disc/07.png"], 3, "dosc"),
        (["explain", "disc", "disc/99.png"], 3, "'disc/99.png' is neither an item"),
        (["basket", "dosc"], 3, "dosc"),
        (["basket", "disc", "--picture", "basket.what"], 2, "ending in .png or .jpg"),
        (["basket", "disc", "--picture", "no/where.png"], 8, "cannot be written"),
    ],
)
def test_one_sentence(run: Run, arguments: list[str], code: int, told: str) -> None:
    ran = run(*arguments)
    assert ran.code == code, ran.err
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_words_alone_have_no_basket_to_examine(run: Run) -> None:
    run("concept", "create", "words", "--hint", "disc")
    ran = run("basket", "words")
    assert ran.code == 2
    assert "has no example to examine" in ran.err
