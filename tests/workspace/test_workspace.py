from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.encoders.base import open_encoder
from likewise.errors import BadInputError, MismatchError, NotFoundError
from likewise.workspace import Workspace, find_workspace


def test_nothing_is_made_where_something_else_is(tmp_path: Path) -> None:
    (tmp_path / "photos.likewise").mkdir()
    (tmp_path / "photos.likewise" / "thesis.txt").write_text("years of work")
    with pytest.raises(BadInputError, match="exists and is not a likewise workspace"):
        Workspace.create(tmp_path / "photos.likewise", open_encoder("efficientnet_lite0"))
    assert [path.name for path in (tmp_path / "photos.likewise").iterdir()] == ["thesis.txt"]


def test_a_missing_workspace_is_told_how_to_be_made(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="likewise index FOLDER"):
        Workspace(tmp_path / "none.likewise")


def test_the_only_workspace_here_is_meant(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    assert find_workspace() == Path("shapes.likewise")
    (home / "other.likewise").mkdir()
    (home / "other.likewise" / "workspace.sqlite").touch()
    with pytest.raises(NotFoundError, match="there are 2 workspaces here"):
        find_workspace()
    monkeypatch.chdir(home / "shapes")
    with pytest.raises(NotFoundError, match="there is no workspace"):
        find_workspace()


def test_another_encoder_is_refused(workspace: Workspace) -> None:
    class Other:
        name, dim, fingerprint, input_size = "other", 4, "other-1", 8

    with pytest.raises(MismatchError, match="'other-1'"):
        workspace.check_encoder(Other())  # type: ignore[arg-type]


def test_an_encoder_that_drifts_is_caught_by_its_canaries(home: Path) -> None:
    raw = sqlite3.connect(home / "shapes.likewise" / "workspace.sqlite")
    (kept,) = raw.execute("SELECT vectors FROM canaries").fetchone()
    turned = np.roll(np.frombuffer(kept, np.float32).reshape(-1, 1280), 1, axis=1)
    raw.execute("UPDATE canaries SET vectors = ?", (turned.tobytes(),))
    raw.commit()
    raw.close()
    with (
        Workspace(home / "shapes.likewise") as workspace,
        pytest.raises(MismatchError, match="has drifted"),
    ):
        _ = workspace.encoder


def test_the_two_can_be_moved_together(home: Path) -> None:
    (home / "elsewhere").mkdir()
    (home / "shapes").rename(home / "elsewhere" / "shapes")
    (home / "shapes.likewise").rename(home / "elsewhere" / "shapes.likewise")
    with Workspace(home / "elsewhere" / "shapes.likewise") as workspace:
        item = workspace.collection.ids()[0]
        assert workspace.collection.original(item).there


def test_a_file_inside_a_source_is_known_by_its_id(home: Path, workspace: Workspace) -> None:
    assert workspace.sources.id_of(home / "shapes" / "disc" / "00.png") == "disc/00.png"
    assert workspace.sources.id_of(home / "elsewhere.png") is None


def test_an_outside_example_outlives_its_file(home: Path, workspace: Workspace) -> None:
    from likewise.workspace.exemplars import read_exemplar

    outside = home / "outside.png"
    Image.new("RGB", (64, 64), (200, 0, 0)).save(outside)
    exemplar = read_exemplar(outside, workspace.encoder)
    item = workspace.exemplars.keep(exemplar)
    outside.unlink()
    again = workspace.exemplars.vectors([item, "disc/00.png"], workspace.encoder)
    assert set(again) == {item}
    np.testing.assert_allclose(again[item], exemplar.vector, atol=1e-5)
