"""`Shift+Y` and `Shift+N` answer what was shown in full and is not marked, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route
from web_app import App, focused, loaded, marks, on_screen, ready, saved, whole_page
from web_stage import until

Open = Callable[..., Page]
SIZE = {"viewport": {"width": 1280, "height": 700}}


def open_review(app: App, new_page: Open) -> Page:
    return ready(new_page(f"{app.address}/?concept=disc", **SIZE))


def answered(app: App) -> dict[str, str]:
    return {item: verdict for item, verdict in app.answers().items() if item != "disc/00.png"}


def test_the_page_holds_still_when_its_last_image_is_marked(app: App, new_page: Open) -> None:
    page = open_review(app, new_page)
    seen = whole_page(page)
    assert len(seen) > 8
    for _ in range(len(seen) - 1):
        page.keyboard.press("ArrowRight")
    assert focused(page) == seen[-1]
    before = on_screen(page)
    page.keyboard.press("y")
    until(page, "document.querySelectorAll('#grid .lw-tile.yes').length === 1")
    assert [tile[0] for tile in on_screen(page)][: len(seen)] == seen
    assert on_screen(page)[: len(seen)] == before[: len(seen)]
    page.keyboard.press("Shift+N")
    saved(page)
    expected: dict[str, Any] = dict.fromkeys(seen, "no") | {seen[-1]: "yes"}
    assert answered(app) == expected


def test_a_page_that_is_all_answered_by_one_turns(app: App, new_page: Open) -> None:
    page = open_review(app, new_page)
    seen = whole_page(page)
    for _ in seen:
        page.keyboard.press("n")
    saved(page)
    assert set(answered(app)) == set(seen)
    assert focused(page) not in seen
    assert whole_page(page)[0] == focused(page)


def test_a_picture_that_has_not_come_is_not_answered(app: App, new_page: Open) -> None:
    page = new_page("about:blank", **SIZE)
    held: list[Route] = []
    page.route("**/thumb/square*", lambda route: held.append(route))
    page.goto(f"{app.address}/?concept=disc")
    until(page, "document.querySelectorAll('#grid .lw-tile img[src]').length > 0")
    until(
        page,
        "[...document.querySelectorAll('#grid .lw-tile:not([aria-hidden])')].every((tile) => "
        "/^square/.test(tile.dataset.id) || tile.querySelector('img').naturalWidth > 0)",
    )
    seen = whole_page(page)
    squares = {item for item in seen if item.startswith("square")}
    until(page, "!document.querySelector('#grid.lw-fresh')")
    page.keyboard.press("Shift+N")
    saved(page)
    assert set(answered(app)) == set(seen) - squares
    for route in held:
        route.continue_()


def test_one_at_a_time_only_the_one_is_answered(app: App, new_page: Open) -> None:
    page = open_review(app, new_page)
    first = focused(page)
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Y")
    saved(page)
    assert answered(app) == {first: "yes"}
    page.keyboard.press("Escape")
    loaded(page)
    assert marks(page)[first] == "yes"
