"""Screenshots of a newcomer's whole session, for the documentation; made so that they stay true.

Indexes photos, opens the web app in a real browser, types words, marks three pages, looks at the
map, and exports; a picture is taken at each step.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))  # the server and the waiting are the tests' own
from doc_pictures import browser_for, picture_options  # noqa: E402
from web_app import focused, marks, on_screen, ready, saved  # noqa: E402
from web_stage import FLAGS, serving, until  # noqa: E402

from likewise.server.app import make_app  # noqa: E402
from likewise.server.app_state import AppState  # noqa: E402

WORDS = "ship"
SHOWN = ("schooner", "ketch", "ferry")
"""Folders whose images the newcomer says yes to."""


class Album:
    """Numbered pictures of one page."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, name: str) -> None:
        """Take a picture."""
        self.page.wait_for_timeout(400)
        path = self.folder / f"{name}.webp"
        picture = Image.open(io.BytesIO(self.page.screenshot()))
        picture.convert("RGB").save(path, quality=88, method=6)  # a tenth of the bytes of a PNG
        click.echo(path)


def mark_exceptions(page: Page) -> None:
    """Mark what does not belong on this page."""
    box = page.locator("#grid").bounding_box()
    assert box is not None
    for item, _, top in on_screen(page):
        whole = box["y"] - 2 <= top <= box["y"] + box["height"] - 100
        if whole and not item.startswith(SHOWN) and item not in marks(page):
            page.locator(f'[data-id="{item}"]').click()
            page.keyboard.press("n")


def settle_rest(page: Page) -> None:
    """Say yes to the others, all at once."""
    page.keyboard.press("Shift+Y")
    saved(page)
    page.wait_for_timeout(1500)  # the ranking follows


def session(page: Page, address: str, album: Album) -> None:
    """From an empty start to a dataset."""
    page.goto(address)
    page.get_by_role("button", name="photos/", exact=True).wait_for()
    page.get_by_role("button", name="photos/", exact=True).click()
    page.get_by_text("or more images").or_(page.get_by_text(" images")).first.wait_for()
    album.add("1-choose-a-folder")
    page.get_by_role("button", name="Index this folder").click()
    ready(page)
    album.add("2-while-it-indexes")
    until(page, "!/indexing/.test(document.querySelector('footer').textContent)")
    page.get_by_role("combobox", name="What are you looking for?").fill(WORDS)
    page.get_by_role("button", name="Find", exact=True).click()
    page.locator(".chips li").wait_for()
    ready(page)
    page.locator("#grid").focus()
    until(page, "document.querySelectorAll('.histogram i').length > 5")
    page.wait_for_timeout(1500)
    album.add("3-typed-words")
    for item, _, _ in on_screen(page)[:8]:
        while focused(page) != item:
            page.keyboard.press("ArrowRight")
        page.keyboard.press("y" if item.startswith(SHOWN) else "n")
    settle_rest(page)
    mark_exceptions(page)
    settle_rest(page)
    mark_exceptions(page)
    album.add("4-marking")
    settle_rest(page)
    until(page, "/in all/.test(document.querySelector('[aria-label=Estimate]').textContent)")
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="Compute it").click()
    until(page, "document.querySelector('.legend') !== null")
    page.wait_for_timeout(1000)
    album.add("5-pages-marked")
    page.get_by_role("button", name=re.compile("^Accept all")).click()
    page.locator(".looks button").first.wait_for()
    page.wait_for_timeout(1500)
    album.add("6-accept-a-range")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Map", exact=True).click()
    page.wait_for_timeout(800)
    album.add("7-map")
    page.get_by_role("button", name="Curate", exact=True).click()
    page.get_by_role("button", name="Outliers").click()
    page.get_by_role("button", name="Find outliers").click()
    page.get_by_text("Nothing is removed").wait_for(timeout=120_000)
    page.wait_for_timeout(800)
    album.add("8-curate")
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_role("button", name="Write").wait_for()
    until(page, "/Write [1-9]/.test(document.querySelector('form').textContent)")
    page.get_by_role("button", name="Write").click()
    page.get_by_text("✓ Written").wait_for(timeout=120_000)
    album.add("9-export")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the session on photos and save its pictures."""
    parser = picture_options(__doc__, ROOT / "docs" / "images" / "web")
    parser.add_argument("--scheme", choices=["light", "dark"], default="dark")
    options = parser.parse_args(arguments)
    path = browser_for(options.photos)
    if path is None:
        return 1
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        person = Path(folder).resolve()
        home = person / "pictures"
        home.mkdir()
        os.environ["HOME"] = str(person)  # paths are shown from there
        people = shutil.ignore_patterns("Faces*")  # nobody asked them
        shutil.copytree(options.photos, home / "photos", ignore=people)
        os.chdir(home)
        app_state = AppState(None, [home], who="you")
        try:
            with serving(make_app(app_state)) as address, sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
                page = browser.new_context(
                    viewport={"width": 1280, "height": 800}, color_scheme=options.scheme
                ).new_page()
                page.set_default_timeout(60_000)
                page.on("pageerror", lambda error: click.echo(f"page error: {error}"))
                session(page, address, Album(page, options.to))
                browser.close()
                app_state.events.close()
        finally:
            app_state.close()  # also after a failure: the folder being indexed is deleted
    return 0


if __name__ == "__main__":
    sys.exit(main())
