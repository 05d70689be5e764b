"""Label sets from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from commands import Ran, Run

from likewise.core.classifier import Classifier
from likewise.core.classifier_file import save_classifier
from likewise.core.space import plain_space
from likewise.workspace import Workspace


def ok(ran: Ran) -> Ran:
    assert ran.code == 0, ran.err
    return ran


def of_json(ran: Ran) -> dict[str, object]:
    found: dict[str, object] = json.loads(ok(ran).out)
    return found


@pytest.fixture
def shapes(run: Run, home: Path) -> Path:
    """A workspace with the set "shapes" and two images of each class but one."""
    ok(run("labels", "sets", "create", "shapes", "disc", "square", "stripes"))
    for name in ("disc", "square"):
        ok(run("labels", "sets", "label", "shapes", name, f"{name}/00.png", f"{name}/01.png"))
    return home / "shapes.likewise"


def test_a_set_from_its_making_to_its_removal(run: Run, home: Path) -> None:
    made = ok(run("labels", "sets", "create", "shapes", "disc", "square"))
    assert "shapes: exclusive, 2 classes: disc, square" in made.out
    assert "2 concept(s) made" in made.err
    assert run("labels", "sets", "create", "shapes", "disc", "square").code == 2
    assert "disc, square, stripes" in ok(run("labels", "sets", "add", "shapes", "stripes")).out
    assert (
        "disc: 2 image(s) recorded"
        in ok(
            run("labels", "sets", "label", "shapes", "disc", "disc/00.png", "shapes/disc/01.png")
        ).out
    )
    assert ok(run("labels", "sets", "show", "shapes")).out.splitlines() == [
        "disc\t2", "square\t0", "stripes\t0", "none of these\t0"
    ]  # fmt: skip
    listed = ok(run("labels", "sets", "list")).out
    assert listed == "shapes\texclusive\t2 with a class\t0 contradicting\tdisc, square, stripes\n"
    assert len(ok(run("labels", "sets", "undo", "shapes", "--last")).out.splitlines()) == 2
    assert of_json(run("labels", "sets", "show", "shapes", "--json"))["answered"] == 0
    assert ok(run("labels", "sets", "drop", "shapes", "stripes")).out == "shapes: disc, square\n"
    ok(run("labels", "sets", "remove", "shapes"))
    gone = run("labels", "sets", "show", "shapes")
    assert (gone.code, "there is no label set 'shapes'" in gone.err) == (3, True)
    assert "disc" in ok(run("concept", "list")).out  # concepts stay


def test_conflicts_name_the_command_that_settles_them(run: Run, shapes: Path) -> None:
    (shapes.parent / "yes.txt").write_text("disc/00.png\n")
    ok(run("concept", "label", "square", "--yes", "yes.txt"))
    listed = ok(run("labels", "sets", "conflicts", "shapes"))
    assert listed.out.startswith("disc/00.png\tdisc: ")
    assert "likewise labels sets label shapes disc disc/00.png" in listed.err
    assert (
        "likewise labels sets conflicts shapes" in ok(run("labels", "sets", "show", "shapes")).err
    )
    ok(run("labels", "sets", "label", "shapes", "disc", "disc/00.png"))
    assert ok(run("labels", "sets", "conflicts", "shapes")).out == ""


def test_sets_of_folders_of_a_classifier_and_of_tags(run: Run, home: Path) -> None:
    made = ok(run("labels", "sets", "create", "shapes", "--from-metadata", "folder"))
    assert "disc: 8 yes recorded, 0 were there" in made.out
    classifier = Classifier(
        "demo", plain_space("demo", 2), ("cat", "dog"), np.eye(2, dtype=np.float32), np.arange(2)
    )
    save_classifier(classifier, home / "pets.classifier")
    pets = run("labels", "sets", "create", "pets", "--multi", "--classifier", "pets.classifier")
    assert "pets: multi, 2 classes: cat, dog" in ok(pets).out
    both = run(
        "labels",
        "sets",
        "create",
        "x",
        "--from-metadata",
        "folder",
        "--classifier",
        "pets.classifier",
    )
    assert (both.code, "give one of them" in both.err) == (2, True)


def test_classes_of_a_table_come_in(run: Run, shapes: Path) -> None:
    table = shapes.parent / "classes.csv"
    table.write_text(
        "id,label\nstripes/00.png,stripes\ndisc/00.png,disc\ndisc/07.png,none of these\n"
    )
    came = ok(run("labels", "import", "classes.csv", "--label-set", "shapes"))
    assert "shapes: 1 stripes, 1 none of these recorded" in came.out
    assert "1 were known already" in came.err
    table.write_text("id,label\nstripes/00.png,stripe\n")
    wrong = run("labels", "import", "classes.csv", "--label-set", "shapes")
    assert (wrong.code, "'stripe' is no class of 'shapes'" in wrong.err) == (2, True)


def test_a_set_goes_to_another_workspace_and_comes_back_whole(run: Run, shapes: Path) -> None:
    ok(run("labels", "sets", "label", "shapes", "square", "disc/00.png"))
    ok(run("labels", "sets", "undo", "shapes", "--last"))
    ok(run("labels", "export", "--label-set", "shapes", "--to", "shapes.json"))
    ok(run("index", "shapes", "-w", "other.likewise"))
    came = ok(run("labels", "import", "shapes.json", "-w", "other.likewise"))
    assert "the label set 'shapes' was made or completed" in came.err
    with Workspace(shapes) as here, Workspace("other.likewise") as there:
        assert there.label_sets.all() == here.label_sets.all()
        for name in ("disc", "square", "stripes"):
            assert there.labels.history(name) == here.labels.history(name)
    again = of_json(run("labels", "import", "shapes.json", "-w", "other.likewise", "--json"))
    assert (again["new"], again["label_sets"]) == (0, [])
    assert (
        len(ok(run("labels", "export", "--label-set", "shapes", "-w", shapes)).out.splitlines())
        == 7
    )


def test_a_set_is_learned_shown_and_exported(run: Run, shapes: Path) -> None:
    new = ok(run("labels", "sets", "next", "shapes", "--queue", "new", "-k", "6"))
    assert all("stands for" in line for line in new.out.splitlines())
    lacking = run("labels", "sets", "next", "shapes", "--class", "disk")
    assert (lacking.code, "'disk' is no class" in lacking.err) == (2, True)
    ok(run("labels", "sets", "label", "shapes", "stripes", "stripes/00.png", "stripes/01.png"))
    would = ok(run("labels", "sets", "learn", "shapes", "--coverage", "1", "--dry-run"))
    assert "nothing was recorded" in would.err
    learned = ok(
        run("labels", "sets", "learn", "shapes", "--coverage", "1", "--out", "s.classifier")
    )
    assert "shapes: 6 of 24 images answered, 18 more accepted" in learned.out
    assert "likewise classify NEW_IMAGES --classifier s.classifier" in learned.err
    answered = ok(run("classify", "shapes", "--classifier", "s.classifier", "--format", "csv"))
    assert answered.out.count(",stripes,") >= 6
    status = of_json(run("labels", "sets", "status", "shapes", "--json"))
    assert status["answered"] == 6
    suspects = ok(run("labels", "sets", "next", "shapes", "--queue", "suspects"))
    assert "no such image is left" in suspects.err
    ok(run("labels", "sets", "next", "shapes", "--sheet", "page.png"))
    assert (shapes.parent / "page.png").is_file()
    parts = ("--part", "train=.75", "--part", "test=.25")
    out = ok(run("export", "--label-set", "shapes", "--to", "out", *parts))
    assert out.out.splitlines()[-1].endswith("24 images")
    assert {path.name for path in (shapes.parent / "out").iterdir()} >= {"train", "test"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--to", "out"], "either CONCEPT or --label-set NAME"),
        (["disc", "--label-set", "shapes", "--to", "out"], "either CONCEPT or --label-set NAME"),
        (["disc", "--part", "train=1", "--to", "out"], "--part goes with --label-set"),
        (["--label-set", "shapes", "--part", "train", "--to", "out"], "write NAME=SHARE"),
        (["--label-set", "shapes", "--include-no", "--to", "out"], "go with CONCEPT"),
    ],
)
def test_options_that_do_not_go_together(
    run: Run, shapes: Path, options: list[str], problem: str
) -> None:
    ran = run("export", *options)
    assert (ran.code, problem in ran.err) == (2, True), ran.err
    assert not (shapes.parent / "out").exists()
