"""Made-up images, and the real server over a few pictures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from shapes import draw_shapes
from web_app import App, ready
from web_stage import Stage, serving

from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.indexing.index import index
from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.workspace import Workspace


@pytest.fixture
def stage() -> Iterator[tuple[str, Stage]]:
    """Made-up images behind the real guard: the address, and what was asked for."""
    stage = Stage()
    with serving(stage.app) as address:
        yield address, stage


@pytest.fixture
def app_state(home: Path) -> Iterator[AppState]:
    """The state of ann's app over 24 pictures and the concept "disc"."""
    with Workspace(home / "shapes.likewise") as place:
        change_basket(place, Concept("disc", ("disc/00.png",)), new=True)
    app_state = AppState(home / "shapes.likewise", [home], who="ann")
    yield app_state
    app_state.close()


@pytest.fixture(scope="session")
def _many_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("many")
    index(draw_shapes(home / "shapes", 40), home / "shapes.likewise")
    return home


@pytest.fixture
def many(_many_once: Path, tmp_path: Path) -> Path:
    """A folder of a test's own with 120 pictures, `shapes.likewise` and the concept "disc"."""
    shutil.copytree(_many_once, tmp_path, dirs_exist_ok=True)
    with Workspace(tmp_path / "shapes.likewise") as place:
        change_basket(place, Concept("disc", ("disc/00.png",)), new=True)
    return tmp_path


@pytest.fixture
def app(many: Path) -> Iterator[App]:
    """The real server over them."""
    app_state = AppState(many / "shapes.likewise", [many], who="ann")
    with serving(make_app(app_state)) as address:
        yield App(address, many)
        app_state.events.close()
    app_state.close()


@pytest.fixture
def review(app: App, new_page: Callable[..., Page]) -> Page:
    """The review page, ready for keys."""
    return ready(new_page(f"{app.address}/?concept=disc"))
