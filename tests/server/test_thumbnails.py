"""Thumbnails over HTTP, of a real index."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from shapes import draw_shapes

from likewise.errors import NotFoundError
from likewise.images.thumbnails import ThumbnailPack
from likewise.indexing.index import index
from likewise.server.thumbnails import Thumbnails, broken_picture
from likewise.workspace import Workspace


@pytest.fixture
def thumbnails(workspace: Workspace) -> Iterator[Thumbnails]:
    with workspace.thumbnails() as pack:
        yield Thumbnails(pack, workspace.collection)


def version(workspace: Workspace) -> int:
    return workspace.collection.version


def test_the_picture_of_that_item(thumbnails: Thumbnails, workspace: Workspace) -> None:
    response = thumbnails.answer("disc/00.png", version(workspace), None)
    assert response.media_type == "image/jpeg"
    image = Image.open(io.BytesIO(bytes(response.body)))
    assert image.size == (160, 120)
    pixels = np.asarray(image)
    assert ((pixels[..., 0] > 150) & (pixels[..., 1] < 100)).sum() > 500


def test_the_current_version_is_kept_for_good_and_others_are_checked_again(
    thumbnails: Thumbnails, workspace: Workspace
) -> None:
    current = version(workspace)
    for asked, wanted in [(current, "immutable"), (current - 1, "no-cache"), (None, "no-cache")]:
        control = thumbnails.answer("disc/00.png", asked, None).headers["cache-control"]
        assert wanted in control


def test_what_the_browser_has_is_not_sent_again(
    thumbnails: Thumbnails, workspace: Workspace
) -> None:
    whole = thumbnails.answer("disc/00.png", None, None)
    tag = whole.headers["etag"]
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = thumbnails.answer("disc/00.png", None, given)
        assert (again.status_code, again.body) == (304, b"")
        assert again.headers["etag"] == tag
    for given in ('"other"', tag.strip('"'), ""):
        assert thumbnails.answer("disc/00.png", None, given).status_code == 200
    assert thumbnails.answer("disc/01.png", None, None).headers["etag"] != tag


def test_an_unknown_item_is_not_found(thumbnails: Thumbnails) -> None:
    for item in ("disc/99.png", "", "../workspace.sqlite", "/etc/passwd"):
        with pytest.raises(NotFoundError):
            thumbnails.answer(item, None, None)


def test_a_missing_thumbnail_is_drawn_and_not_kept(workspace: Workspace) -> None:
    with ThumbnailPack(workspace.path / "elsewhere", write=True) as empty:
        response = Thumbnails(empty, workspace.collection).answer("disc/00.png", None, None)
    assert response.body == broken_picture()
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
    assert Image.open(io.BytesIO(broken_picture())).format == "JPEG"


def test_what_is_indexed_later_is_found(thumbnails: Thumbnails, workspace: Workspace) -> None:
    before = thumbnails.answer("disc/00.png", None, None).headers["etag"]
    folder = workspace.path.parent / "shapes"
    draw_shapes(folder, each=9)
    Image.new("RGB", (50, 50), (1, 2, 3)).save(folder / "disc" / "00.png")
    index(folder, workspace.path)
    workspace.collection.refresh()
    assert thumbnails.answer("disc/08.png", None, None).headers["etag"]
    changed = thumbnails.answer("disc/00.png", version(workspace), None)
    assert changed.headers["etag"] != before
    assert Image.open(io.BytesIO(bytes(changed.body))).size == (50, 50)
