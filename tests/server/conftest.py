"""A real Chromium, and pages that must end without an error."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from shapes import draw_shapes
from web_app import App, ready
from web_stage import FLAGS, Stage, chromium, serving

from likewise.concept import Concept
from likewise.indexing import index
from likewise.labelling import change_basket
from likewise.server.app import make_app
from likewise.server.desk import Desk
from likewise.workspace import Workspace


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without one browser tests skip locally and fail in CI."""
    path = chromium()
    if path is None:
        message = "no Chromium; install one (apt-get install chromium) or set LIKEWISE_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages in profiles of their own; the test fails if one of them had an error."""
    errors: list[str] = []

    def console(message: ConsoleMessage) -> None:
        # The browser logs every answer that is not 200; tests ask for some of those on purpose.
        if message.type == "error" and "Failed to load resource" not in message.text:
            errors.append(message.text)

    contexts = []

    def open_page(address: str, **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", console)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture
def stage() -> Iterator[tuple[str, Stage]]:
    """Made-up images behind the real guard: the address, and what was asked for."""
    stage = Stage()
    with serving(stage.app) as address:
        yield address, stage


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
    desk = Desk(many / "shapes.likewise", [many], who="ann")
    with serving(make_app(desk)) as address:
        yield App(address, many)
        desk.events.close()
    desk.close()


@pytest.fixture
def review(app: App, new_page: Callable[..., Page]) -> Page:
    """The review page, ready for keys."""
    return ready(new_page(f"{app.address}/?concept=disc"))
