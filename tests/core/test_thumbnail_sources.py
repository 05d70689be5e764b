from __future__ import annotations

import gc
from pathlib import Path

import pytest
from PIL import Image

from likewise.core.thumbnail_sources import album_of, thumbnail_sources
from likewise.errors import NotFoundError
from likewise.workspace import Workspace
from likewise.workspace.exemplars import read_exemplar


def test_an_open_workspace_offers_its_pictures(home: Path) -> None:
    before = thumbnail_sources()
    with Workspace(home / "shapes.likewise") as place:
        assert thumbnail_sources() == [place, *before]
        assert album_of(["disc/00.png"]) is place
        with pytest.raises(NotFoundError, match="no open workspace has 'nowhere'"):
            album_of(["nowhere"])
    assert thumbnail_sources() == before
    with pytest.raises(NotFoundError, match="open the one it is from"):
        album_of(["disc/00.png"])


def test_a_workspace_that_is_forgotten_offers_nothing(home: Path) -> None:
    before = thumbnail_sources()
    Workspace(home / "shapes.likewise")
    gc.collect()
    assert thumbnail_sources() == before


def test_the_album_that_knows_most_is_meant(home: Path, tmp_path: Path) -> None:
    with Workspace(home / "shapes.likewise") as first:
        other = tmp_path / "elsewhere.likewise"
        with Workspace.create(other, first.encoder) as second:
            assert thumbnail_sources()[0] is second
            assert album_of(["disc/00.png", "nowhere"]) is first


def test_pictures_are_thumbnails_of_items_and_of_outside_examples(
    workspace: Workspace, tmp_path: Path
) -> None:
    Image.new("RGB", (500, 300), (200, 30, 30)).save(tmp_path / "red.png")
    outside = workspace.exemplars.keep(read_exemplar(tmp_path / "red.png", workspace.encoder))
    disc, red, none = workspace.pictures(["disc/00.png", outside, "nowhere"])
    assert disc is not None
    with workspace.thumbnails() as pack:
        assert disc == pack.get(workspace.collection.digests(["disc/00.png"])[0])
    assert red is not None
    assert red.startswith(b"\xff\xd8")
    assert none is None
