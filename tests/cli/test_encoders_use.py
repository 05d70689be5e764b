"""`likewise encoders use`: a plan first, then the move."""

from __future__ import annotations

import json
from pathlib import Path

from commands import Run
from tiny_clip import tiny_clip

from likewise.encoders._measure import Speed
from likewise.encoders.base import Encoder
from likewise.indexing.reindexing.plan import plan_reindex
from likewise.workspace import Workspace

QUICK = ("--seconds", "0.01")


def taught(run: Run, home: Path) -> None:
    """A tiny model, and two concepts with a rule: one of images, one of words."""
    tiny_clip(home / "tiny")
    run("concept", "create", "disc", "--like", "disc/00.png", "--like", "disc/01.png")
    run("learn", "disc")
    run("concept", "create", "zebra", "--hint", "zebra", "--like", "square/00.png")
    run("learn", "zebra")


def test_the_plan_is_shown_and_nothing_is_done(run: Run, home: Path) -> None:
    taught(run, home)
    before = sorted(str(path) for path in (home / "shapes.likewise").rglob("*.lance"))
    done = run("encoders", "use", "onnx:tiny", "--dry-run", *QUICK)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].startswith("shapes.likewise: from efficientnet_lite0 to onnx:")
    assert lines[0].endswith(", 24 columns")
    assert lines[1].startswith("to encode: 24 of 24 images, about ")
    assert lines[2].startswith("room: about ")
    assert lines[2].endswith("until: likewise reindex --drop-old")
    assert lines[3] == "kept: 0 answers, and the examples and words of every concept"
    assert lines[4] == "learned again: disc, zebra"
    assert sorted(str(path) for path in (home / "shapes.likewise").rglob("*.lance")) == before
    with Workspace(home / "shapes.likewise") as workspace:
        assert workspace.encoder_name == "efficientnet_lite0"


def test_the_plan_comes_before_the_move_and_the_way_back_reads_no_image(
    run: Run, home: Path
) -> None:
    taught(run, home)
    done = run("encoders", "use", "onnx:tiny", *QUICK)
    assert done.code == 0, done.err
    assert "to encode: 24 of 24 images" in done.err
    assert "switched to onnx:" in done.out
    assert "disc: average precision" in done.out
    back = json.loads(run("encoders", "use", "efficientnet_lite0", "--json").out)
    plan, report = back["plan"], back["report"]
    assert (plan["to_encode"], plan["ready"], plan["images_a_second"]) == (0, 24, None)
    assert (report["encoded"], report["kept"], report["switched"]) == (0, 24, True)
    again = run("encoders", "use", "efficientnet_lite0", "--dry-run")
    assert again.out == "shapes.likewise has the encoder efficientnet_lite0 already\n"


def test_words_that_the_new_encoder_cannot_read_are_in_the_plan(run: Run, home: Path) -> None:
    tiny_clip(home / "tiny")
    run("encoders", "use", "onnx:tiny", *QUICK)
    assert run("concept", "create", "odd", "--hint", "qqx", "--like", "disc/00.png").code == 0
    run("learn", "odd")
    done = run("encoders", "use", "efficientnet_lite0", "--dry-run", *QUICK)
    assert "not learned again: odd, which keeps its old rule: 'qqx' is not among" in done.out


def test_what_cannot_be_used_is_one_sentence(run: Run) -> None:
    for name, code, text in (
        ("onnx:none", 3, "there is no folder none"),
        ("siglip2-base", 3, "likewise encoders get siglip2-base"),
        ("precomputed:x@4", 2, "were computed elsewhere"),
    ):
        done = run("encoders", "use", name, "--dry-run")
        assert (done.code, done.out) == (code, ""), name
        assert text in done.err
        assert done.err.count("\n") == 1


def test_time_is_that_of_every_vector_of_an_image(run: Run, home: Path) -> None:
    run("index", "shapes", "--patch-grid", "2")
    tiny_clip(home / "tiny")

    def measured(_: Encoder) -> Speed:
        return Speed(images_a_second=3.0, seconds_to_start=1.0, memory=0)

    plan = plan_reindex(home / "shapes.likewise", "onnx:tiny", measured)
    assert (plan.to_encode, plan.vectors_an_image) == (24, 3)
    assert plan.seconds == 1.0 + 24 * 3 / 3.0
    assert plan.new_bytes < plan.old_bytes
