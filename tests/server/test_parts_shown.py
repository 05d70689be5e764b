"""Which part of an image its score is of, in the answers and in a real browser."""

from __future__ import annotations

import shutil
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect
from web_app import App, ready
from web_stage import serving, until

from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.images.grid import Grid
from likewise.indexing.index import index
from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.server.payloads import decode_frame
from likewise.workspace import Workspace

GRID = Grid((2,))  # left and right of a picture that lies


@pytest.fixture(scope="module")
def cut(_indexed_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shapes with patches, and one picture with a disc in its right half."""
    home = tmp_path_factory.mktemp("parts")
    shutil.copytree(_indexed_once, home, dirs_exist_ok=True)
    image = Image.new("RGB", (400, 300), (240, 240, 240))
    ImageDraw.Draw(image).rectangle((20, 20, 160, 280), fill=(30, 30, 200))
    ImageDraw.Draw(image).ellipse((300, 20, 380, 100), fill=(200, 30, 30))
    image.save(home / "shapes" / "planted.png")
    index(home / "shapes", home / "shapes.likewise", patches=GRID)
    with Workspace(home / "shapes.likewise") as place:
        change_basket(place, Concept("disc", ("disc/00.png", "disc/01.png")), new=True)
    return home


@pytest.fixture
def app(cut: Path) -> Iterator[App]:
    app_state = AppState(cut / "shapes.likewise", [cut], who="ann")
    with serving(make_app(app_state)) as address:
        yield App(address, cut)
        app_state.events.close()
    app_state.close()


def frame_of(app: App, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    with urllib.request.urlopen(app.address + path) as answer:
        return decode_frame(answer.read())


def test_a_ranking_says_which_part_in_fractions_of_the_sides(app: App) -> None:
    head, arrays = frame_of(app, "/api/concepts/disc/ranking")
    parts = dict(zip(head["ids"], arrays["parts"].tolist(), strict=True))
    assert np.allclose(parts["planted.png"], [0.25, 0, 0.75, 1])
    assert all(part == [0, 0, 0, 0] or part[2] > 0 for part in parts.values())
    _, at_random = frame_of(app, "/api/images")
    assert "parts" not in at_random


def test_the_part_has_a_frame_on_the_grid_and_in_the_loupe(
    app: App, new_page: Callable[..., Page]
) -> None:
    page = ready(new_page(f"{app.address}/?concept=disc"))
    tile = page.locator("#grid [role=option]", has=page.locator(".lw-part:not([hidden])")).and_(
        page.locator("[data-id='planted.png']")
    )
    expect(tile).to_be_visible()
    picture, part = tile.locator("img").bounding_box(), tile.locator(".lw-part").bounding_box()
    assert picture is not None
    assert part is not None
    side = picture["width"]  # a square, with the picture of 4 by 3 in its middle
    assert part["x"] == pytest.approx(picture["x"] + 0.25 * side, abs=2)
    assert part["y"] == pytest.approx(picture["y"] + 0.125 * side, abs=2)
    assert part["width"] == pytest.approx(0.75 * side, abs=2)
    assert part["height"] == pytest.approx(0.75 * side, abs=2)
    tile.click()
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.loupe img').src.endsWith('planted.png/full')")
    frame = page.locator("main.review .loupe .lw-part")
    expect(frame).to_be_visible()
    picture, part = (
        page.locator("main.review .loupe-stage img").bounding_box(),
        frame.bounding_box(),
    )
    assert picture is not None
    assert part is not None
    # The picture of 4 by 3 lies in the middle of its place, as large as it can be.
    wide = min(picture["width"], picture["height"] * 4 / 3)
    right = picture["x"] + (picture["width"] + wide) / 2
    assert part["x"] + part["width"] == pytest.approx(right, abs=3)
    assert part["width"] == pytest.approx(0.75 * wide, abs=4)
    assert part["height"] == pytest.approx(wide * 3 / 4, abs=4)
