"""Patches as a person at the keyboard meets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from commands import Run
from PIL import Image, ImageDraw


@pytest.fixture
def planted(cut: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a new picture that has a disc in its right half."""
    monkeypatch.chdir(cut)
    image = Image.new("RGB", (400, 300), (240, 240, 240))
    ImageDraw.Draw(image).rectangle((20, 20, 160, 280), fill=(30, 30, 200))
    ImageDraw.Draw(image).ellipse((300, 20, 380, 100), fill=(200, 30, 30))
    image.save(cut / "shapes" / "planted.png")
    return cut


def test_hits_say_which_part_they_are_found_by(planted: Path, run: Run) -> None:
    told = run("index", "shapes")
    assert (told.code, told.out.split(": ")[1].split(" in ")[0]) == (
        0, "1 added, 24 unchanged, 1 patched",
    )  # fmt: skip
    like = ("--like", "disc/00.png", "--like", "disc/01.png")
    lines = dict(line.split("\t", 1) for line in run("search", *like, "-k", "25").out.splitlines())
    assert lines["planted.png"].split("\t")[2] == "100,0,300,300"
    assert {line.split("\t")[2] for line in lines.values()} > {"whole"}
    answer = run("search", *like, "-k", "25", "--sheet", "page.png", "--json")
    boxes = {hit["id"]: hit["box"] for hit in json.loads(answer.out)["results"]}
    assert boxes["planted.png"] == [100, 0, 300, 300]
    assert None in boxes.values()
    assert (planted / "page.png").stat().st_size > 1000


def test_a_rule_takes_patches_with_it_to_new_files(planted: Path, run: Run) -> None:
    assert run("index").code == 0
    assert (
        run("concept", "create", "disc", "--like", "disc/00.png", "--like", "disc/01.png").code == 0
    )
    assert run("learn", "disc", "--rule", "contrast", "--out", "disc.rule").code == 0
    shutil.copy("shapes/planted.png", "new.png")
    (new,) = run("classify", "new.png", "--rule", "disc.rule", "--json").out.splitlines()
    assert json.loads(new)["box"] == [100, 0, 300, 300]
    (known,) = json.loads(run("explain", "disc", "planted.png", "--json").out)
    assert known["box"] == [100, 0, 300, 300]
    assert known["score"] == pytest.approx(json.loads(new)["score"], abs=0.01)
    assert "by its part at 100,0, 300 x 300 pixels" in run("explain", "disc", "planted.png").out
    out = run("classify", "new.png", "--rule", "disc.rule").out.splitlines()
    assert out[0] == "id,path,score,probability,yes,error,box"
    assert out[1].endswith('"[100, 0, 300, 300]"')
    told = run("index", "--no-patches")
    assert told.code == 0
    search = run("search", "--concept", "disc")
    assert "taught with patches and there are none here now" in search.err
    assert "likewise learn disc" in search.err


def test_a_rule_from_before_the_patches_says_so(run: Run) -> None:
    assert run("concept", "create", "disc", "--like", "disc/00.png").code == 0
    assert run("learn", "disc").code == 0
    assert "patches" not in run("search", "--concept", "disc").err
    assert run("index", "--patch-grid", "1").code == 0
    search = run("search", "--concept", "disc", "--json")
    assert "taught whole images" in search.err
    assert "box" not in json.loads(search.out)["results"][0]
    assert run("learn", "disc").code == 0
    search = run("search", "--concept", "disc", "--json")
    assert "whole images" not in search.err
    assert "box" in json.loads(search.out)["results"][0]


def test_what_there_is_and_what_would_be(planted: Path, run: Run) -> None:
    info = json.loads(run("info", "--json").out)
    assert info["patches"] == "2 of each of 24 images"
    assert info["images"] == 24
    told = run("index", "--dry-run").out
    assert "1 added, 24 unchanged, 1 patched" in told
    told = run("index", "--patches", "--patch-grid", "12+24", "--dry-run").out
    assert "1 added, 24 unchanged, 25 patched" in told
    assert json.loads(run("info", "--json").out)["patches"] == "2 of each of 24 images"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--patch-grid", "x"), "'x' is no grid of patches; give numbers of patches such as 12"),
        (("--patch-grid", "0"), "'0' is no grid of patches"),
        (("--patch-grid", "150+60"), "200 or less are wanted, such as 12 or 12+24"),
        (("--no-patches", "--patch-grid", "12"), "leave one out"),
    ],
)
def test_one_sentence(planted: Path, run: Run, options: tuple[str, ...], said: str) -> None:
    told = run("index", "shapes", *options)
    assert told.code == 2
    assert said in told.err
    assert "Traceback" not in told.err
    assert json.loads(run("info", "--json").out)["patches"] == "2 of each of 24 images"
