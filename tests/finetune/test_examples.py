from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.concepts.class_labels import read_class_labels
from likewise.curate.base import curate
from likewise.curate.workspace import pool_of, save_tag
from likewise.errors import BadInputError, NotFoundError
from likewise.finetune.examples import Examples, class_labels, examples_of
from likewise.indexing.index import index
from likewise.workspace import Workspace


def by_folder(workspace: Workspace) -> dict[str, str]:
    return class_labels(workspace, folders=True)


def test_every_class_is_in_every_part(workspace: Workspace) -> None:
    made = examples_of(workspace, by_folder(workspace))
    assert made.classes == ("disc", "square", "stripes")
    assert len(made.ids) == len(set(made.ids)) == 24
    for counts in made.counts().values():
        assert counts["train"] >= 3
        assert min(counts.values()) > 0
    assert examples_of(workspace, by_folder(workspace)).digest == made.digest
    assert examples_of(workspace, by_folder(workspace), seed=3).digest != made.digest
    names = np.array(made.classes)[made.class_indices]
    assert tuple(names.tolist()) == made.labels


def test_copies_are_never_parted(home: Path) -> None:
    for number in range(4):  # of each of four squares a copy, saved as JPEG
        image = Image.open(home / "shapes" / "square" / f"{number:02d}.png")
        image.convert("RGB").save(home / "shapes" / "square" / f"copy{number}.jpg", quality=85)
    index(home / "shapes", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as place:
        for seed in range(5):
            made = examples_of(place, by_folder(place), seed=seed)
            part = dict(zip(made.ids, made.parts, strict=True))
            for number in range(4):
                assert part[f"square/copy{number}.jpg"] == part[f"square/{number:02d}.png"]


def test_labels_come_from_files_concepts_and_folders(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("id,label\ndisc/00.png,round\nsquare/00.png,cornered\n")
    assert class_labels(workspace, read_class_labels(workspace, file)) == {
        "disc/00.png": "round", "square/00.png": "cornered"
    }  # fmt: skip
    assert Counter(by_folder(workspace).values()) == {"disc": 8, "square": 8, "stripes": 8}
    with pytest.raises(BadInputError, match="both 'round' and 'disc'"):
        class_labels(workspace, read_class_labels(workspace, file), folders=True)
    with pytest.raises(BadInputError, match="nothing says what is labelled"):
        class_labels(workspace)
    with pytest.raises(NotFoundError):
        class_labels(workspace, concepts=["none"])
    file.write_text("id,label\nelsewhere.png,x\n")
    with pytest.raises(NotFoundError, match="the first is 'elsewhere.png'"):
        class_labels(workspace, read_class_labels(workspace, file))


def test_a_split_that_was_kept_is_taken(workspace: Workspace) -> None:
    pool = pool_of(workspace)
    parts = {"train": 0.5, "val": 0.25, "test": 0.25}
    save_tag(workspace, curate(pool, "split", parts=parts, seed=7), "mine")
    made = examples_of(workspace, by_folder(workspace), split="mine")
    counts = Counter(made.parts)
    assert counts["train"] + counts["val"] + counts["test"] == 24
    assert 10 <= counts["train"] <= 14
    with pytest.raises(NotFoundError):
        examples_of(workspace, by_folder(workspace), split="other")


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({}, "no labelled image"),
        ({f"disc/{n:02d}.png": "disc" for n in range(8)}, "one class, 'disc'"),
        (
            {f"disc/{n:02d}.png": "disc" for n in range(8)} | {"square/00.png": "square"},
            "'square' has 1 labelled image",
        ),
    ],
)
def test_too_little_is_refused(workspace: Workspace, labels: dict[str, str], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        examples_of(workspace, labels)


def test_shares_and_classes_are_checked(workspace: Workspace) -> None:
    given = by_folder(workspace)
    with pytest.raises(BadInputError, match="leave nothing to learn"):
        examples_of(workspace, given, val=0.5, test=0.5)
    kept = examples_of(workspace, given, leave_out=["disc"])
    assert kept.classes == ("square", "stripes")
    with pytest.raises(BadInputError, match="has no image in the part"):
        examples_of(workspace, given, val=0.01, test=0.01)


def test_missing_images_are_left_out(home: Path) -> None:
    (home / "shapes" / "disc" / "00.png").unlink()
    index(home / "shapes", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as place:
        made: Examples = examples_of(place, by_folder(place))
    assert "disc/00.png" not in made.ids
