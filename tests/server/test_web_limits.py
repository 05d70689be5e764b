"""The grid over a server that answers few pictures a second, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Response, expect
from web_app import Open, ready
from web_stage import serving, until

from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.server.limits import Limits

SHOWN = "#grid .lw-tile:not([aria-hidden])"
EVERY = f"[...document.querySelectorAll('{SHOWN} img')].every"
LOADED = f"{EVERY}((one) => one.complete && one.naturalWidth)"


def watch(page: Page, path: str) -> list[int]:
    """Statuses of what is answered from now on."""
    seen: list[int] = []

    def answered(response: Response) -> None:
        if path in response.url:
            seen.append(response.status)

    page.on("response", answered)
    return seen


def opened(many: Path, new_page: Open, limits: Limits, run: Callable[[Page], None]) -> None:
    app_state = AppState(many / "shapes.likewise", [many], who="ann", limits=limits)
    with serving(make_app(app_state)) as address:
        run(ready(new_page(f"{address}/?concept=disc")))
        app_state.events.close()
    app_state.close()


def test_tiles_that_were_too_many_come_after_a_pause(many: Path, new_page: Open) -> None:
    def run(page: Page) -> None:
        seen = watch(page, "/thumb/")
        page.keyboard.press("End")
        until(page, f"{LOADED} && document.querySelectorAll('{SHOWN}').length > 20")
        page.keyboard.press("Home")
        until(page, LOADED)
        assert 429 in seen  # it was told to wait
        expect(page.locator("#grid .lw-tile.broken")).to_have_count(0)

    opened(many, new_page, Limits(thumbnails=10, at_once=1), run)


def test_a_picture_that_cannot_be_shown_is_said_to_be_broken(many: Path, new_page: Open) -> None:
    def run(page: Page) -> None:
        broken = page.locator("#grid .lw-tile.broken")
        expect(broken).to_have_count(0)
        page.route("**/thumb/disc/0*", lambda route: route.fulfill(status=500))
        page.route("**/thumb/disc/1*", lambda route: route.fulfill(status=200, body="no JPEG"))
        page.reload()
        until(page, "document.querySelectorAll('#grid .lw-tile.broken').length >= 10")
        names = broken.evaluate_all("(tiles) => tiles.map((tile) => tile.dataset.id)")
        assert all(name.startswith(("disc/0", "disc/1")) for name in names)

    opened(many, new_page, Limits(), run)


def test_the_large_picture_comes_after_a_pause(many: Path, new_page: Open) -> None:
    def run(page: Page) -> None:
        seen = watch(page, "/full")
        page.keyboard.press("Enter")
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        large = "document.querySelector('.loupe img').src.endsWith('/full')"
        until(page, large)
        assert 429 in seen

    opened(many, new_page, Limits(pictures=1, at_once=2), run)
