"""The page of somebody who may only look, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect
from web_app import App, Open, focused, marks, on_screen, ready
from web_stage import serving

from likewise.server.app import make_app
from likewise.server.app_state import AppState


def test_a_page_that_only_shows_offers_nothing_else(many: Path, new_page: Open) -> None:
    app_state = AppState(many / "shapes.likewise", [many], who="ann", read_only=True)
    with serving(make_app(app_state)) as address:
        page = ready(new_page(f"{address}/?concept=disc"))
        expect(page.get_by_text("viewing only")).to_be_visible()
        for name in ("Curate", "Export", "Hide disc", "New", "✓ Yes", "Rest no"):
            expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
        expect(page.get_by_role("button", name=re.compile("^Accept all"))).to_have_count(0)
        expect(page.locator("#words")).to_be_hidden()
        expect(page.locator("footer")).not_to_contain_text("yes, next")
        first = focused(page)
        for key in ("y", "n", "b", "u", "Shift+Y"):
            page.keyboard.press(key)
        assert focused(page) == first
        assert marks(page) == {}
        page.keyboard.press("ArrowRight")
        assert focused(page) == on_screen(page)[1][0]
        page.keyboard.press("s")
        expect(page.locator(".review > .bar b")).to_contain_text("More like")
        assert App(address, many).answers() == {"disc/00.png": "yes"}  # its basket
        app_state.events.close()
    app_state.close()
