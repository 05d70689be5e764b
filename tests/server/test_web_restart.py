"""A server that is started again with another token: the page says what to open."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect
from web_app import Open, focused, ready, saved
from web_stage import serving

from likewise.server.app import make_app
from likewise.server.app_state import AppState

FIRST, SECOND = "first-token-of-two", "second-token-of-two"


def test_a_page_of_before_says_what_to_open_and_its_answers_are_kept(
    many: Path, new_page: Open
) -> None:
    first, second = (AppState(many / "shapes.likewise", [many], who="ann") for _ in range(2))
    with serving(make_app(first), token=FIRST) as address:
        page = ready(new_page(f"{address}/?concept=disc&token={FIRST}"))
        first.events.close()
    first.close()
    item = focused(page)
    with serving(make_app(second), int(address.rpartition(":")[2]), token=SECOND):
        page.keyboard.press("y")
        alert = page.get_by_role("alert").filter(has_text="not saved yet")
        expect(alert).to_contain_text("does not know this page any more")
        expect(alert).to_contain_text("open the address that it shows now")
        page.goto(f"{address}/?concept=disc&token={SECOND}")
        ready(page)
        saved(page)
        assert second.workspace.labels.current("disc")[item].verdict == "yes"
        second.events.close()
    second.close()
