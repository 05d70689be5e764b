"""A crew says of images what one process says, in the same order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from likewise.apply.on_cluster import Scoring, judged_by
from likewise.apply.results import EncodedImage, Scored
from likewise.apply.scoring import score_images
from likewise.cli import commands
from likewise.core.rule import Rule
from likewise.core.space import Space
from likewise.distribute.shards import Local
from likewise.encoders.base import open_encoder
from likewise.errors import MismatchError
from likewise.images.grid import Grid
from likewise.sources.base import open_source


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("likewise.apply.on_cluster.ROWS", 5)


def any_rule(grid: Grid | None = None) -> Rule:
    """A rule that nobody taught, with or without patches."""
    encoder = open_encoder("efficientnet_lite0")
    random = np.random.default_rng(0)
    mean, toward = random.normal(size=(2, encoder.dim)).astype(np.float32)
    space = Space(encoder.fingerprint, mean / 100)
    told = {} if grid is None else {"patches": grid.name}
    rows = toward[None] / np.linalg.norm(toward)
    return Rule("mean", space, rows, provenance={"encoder_name": encoder.name, **told})


def test_the_same_lines_for_folders_files_and_what_cannot_be_read(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    (home / "shapes" / "broken.png").write_bytes(b"no image")
    table = home / "table.csv"
    table.write_text("path\nshapes/disc/00.png\nshapes/square/01.png\ngone.png\n")
    first, second = "shapes/disc/03.png", "shapes/stripes/01.png"
    given = [first, second, "shapes", str(home / second), "table.csv", first]
    rule = any_rule()
    told: list[int] = []
    plain = list(score_images(given, rule))
    assert plain == list(score_images(given, rule, crew=Local, progress=told.append))
    assert [x.id for x in plain if x.error] == ["broken.png", "gone.png"]
    assert told == list(range(1, 32))


def test_the_best_patch_counts_there_too(home: Path) -> None:
    rule = any_rule(Grid((2,)))
    plain = list(score_images(home / "shapes" / "disc", rule))
    assert plain == list(score_images(home / "shapes" / "disc", rule, crew=Local))
    assert any(one.box is not None for one in plain)


class _Deadly:
    """A judge with a fault that one image brings out."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, image: EncodedImage) -> Scored:
        if image.id == self.name and image.error is None:
            raise RuntimeError("a bug")
        return Scored(image.id, image.path, error=image.error)


def test_an_image_that_ends_what_reads_it_costs_itself(home: Path) -> None:
    given = [open_source(home / "shapes")]
    encoder = open_encoder("efficientnet_lite0")
    task = Scoring.of(_Deadly("disc/02.png"), given, encoder, None, None, None, 1)
    found = list(judged_by(Local, task, given))
    assert len(found) == 24
    assert [(x.id, x.error) for x in found if x.error] == [("disc/02.png", "RuntimeError: a bug")]


def test_a_machine_that_does_not_fit_is_refused(home: Path) -> None:
    encoder = open_encoder("efficientnet_lite0")
    facts = (encoder.name, encoder.fingerprint, None, (), None, None, 1)
    with pytest.raises(MismatchError, match=r"was started with 9\.9"):
        Scoring("9.9", _Deadly(""), *facts).open()
    version = __import__("likewise").__version__
    with pytest.raises(MismatchError, match="has the encoder"):
        Scoring(version, _Deadly(""), encoder.name, "other", *facts[2:]).open()


def test_gpus_without_a_cluster_are_refused(home: Path) -> None:
    given = ["classify", str(home / "shapes"), "--rule", "x", "--gpus", "1"]
    told = CliRunner().invoke(commands, given)
    assert told.exit_code != 0
    assert "--gpus goes with --ray" in str(told.exception)
