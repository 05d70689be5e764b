"""A page of the review holds still: the keys answer what is on it, and then the next one comes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, Route, expect
from web_app import App, focused, loaded, marks, on_screen, ready, saved, whole_page
from web_stage import drawn, until

from likewise.server.payloads import decode_frame
from likewise.workspace import Workspace

Open = Callable[..., Page]
SIZE = {"viewport": {"width": 1280, "height": 700}}


@pytest.fixture
def page(app: App, new_page: Open) -> Page:
    return ready(new_page(f"{app.address}/?concept=disc", **SIZE))


def answered(app: App) -> dict[str, str]:
    return {item: verdict for item, verdict in app.answers().items() if item != "disc/00.png"}


class Held:
    """Requests that wait until they are released."""

    def __init__(self, page: Page, pattern: str, method: str) -> None:
        self._page, self._method = page, method
        self._routes: list[Route] = []
        self._is_open = False
        page.route(pattern, self._take)

    def _take(self, route: Route) -> None:
        if self._is_open or route.request.method != self._method:
            route.continue_()
        else:
            self._routes.append(route)

    def wait(self) -> None:
        """Until there is one."""
        while not self._routes:
            self._page.wait_for_timeout(20)

    def release(self) -> None:
        self._is_open = True
        for route in self._routes:
            route.continue_()


def test_a_page_has_a_number_and_an_edge_under_its_last_row(page: Page) -> None:
    whole = whole_page(page)
    edge = page.locator(".lw-edge").filter(has_text="Page 1 ")
    expect(edge).to_have_text(f"Page 1 · 0 of {len(whole)} answered")
    box, grid = edge.bounding_box(), page.locator("#grid").bounding_box()
    last = page.locator(f'[data-id="{whole[-1]}"]').bounding_box()
    assert box is not None
    assert grid is not None
    assert last is not None
    assert last["y"] + last["height"] <= box["y"] + 1
    assert box["y"] + box["height"] <= grid["y"] + grid["height"] + 1
    assert [item for item, _, _ in on_screen(page)] == whole  # no row is cut
    page.keyboard.press("n")
    expect(edge).to_have_text(f"Page 1 · 1 of {len(whole)} answered")
    page.keyboard.press("PageDown")
    expect(page.locator(".lw-edge").filter(has_text="Page 2 ")).to_be_visible()


def test_a_row_further_is_the_next_page_and_nothing_is_passed_over(app: App, page: Page) -> None:
    first = whole_page(page)
    for _ in first[1:]:
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")  # below the last row
    loaded(page)
    second = whole_page(page)
    assert not set(first) & set(second)
    page.keyboard.press("Shift+N")
    saved(page)
    assert answered(app) == dict.fromkeys(second, "no")
    page.keyboard.press("PageUp")
    page.keyboard.press("PageUp")
    assert whole_page(page) == first  # still there, and not answered


def test_the_wheel_turns_whole_pages(app: App, page: Page) -> None:
    first = whole_page(page)
    page.mouse.move(600, 300)
    page.mouse.wheel(0, 160)
    until(
        page,
        "(({ scrollTop, clientHeight }) => scrollTop === clientHeight)"
        "(document.querySelector('#grid'))",
    )  # one screen further, though the wheel went less far
    second = whole_page(page)
    assert not set(first) & set(second)
    assert focused(page) == second[0]
    loaded(page)
    page.keyboard.press("Shift+N")
    saved(page)
    assert answered(app) == dict.fromkeys(second, "no")


def test_half_a_page_is_not_answered(app: App, page: Page) -> None:
    first = whole_page(page)
    page.evaluate(
        """() => {
            const grid = document.querySelector('#grid');
            grid.addEventListener('scrollend', (event) => event.stopImmediatePropagation(), true);
            grid.scrollTop = 100;
        }"""
    )  # as in the middle of a scroll
    drawn(page)
    page.keyboard.press("Shift+Y")
    expect(page.locator("footer [role=status]")).to_contain_text("whole page is on the screen")
    assert answered(app) == {}
    assert whole_page(page) == first
    loaded(page)
    page.keyboard.press("Shift+Y")
    saved(page)
    assert answered(app) == dict.fromkeys(first, "yes")


def test_the_next_page_is_ranked_by_the_answers_to_this_one(page: Page) -> None:
    rankings: list[Response] = []
    page.on("response", lambda sent: rankings.append(sent) if "/ranking" in sent.url else None)
    first = whole_page(page)
    rankings.clear()
    page.keyboard.press("Shift+N")
    saved(page)
    second = whole_page(page)
    heads = [decode_frame(one.body())[0] for one in rankings]
    best = [
        [item for item in head["ids"] if item not in first][: len(second)]
        for head in heads
        if "ids" in head
    ]
    assert second in best


def test_nothing_is_answered_while_the_next_page_is_on_its_way(app: App, page: Page) -> None:
    first = whole_page(page)
    held = Held(page, "**/ranking?*", "POST")
    page.keyboard.press("Shift+N")
    for key in ("y", "y", "Shift+Y"):
        page.keyboard.press(key)  # for a page that nobody has seen
    assert whole_page(page) == first
    held.release()
    saved(page)
    assert answered(app) == dict.fromkeys(first, "no")
    assert not set(first) & set(whole_page(page))


def test_a_page_comes_though_the_server_is_gone(app: App, page: Page) -> None:
    first = whole_page(page)
    page.route("**/ranking?*", lambda route: route.abort())
    page.keyboard.press("Shift+N")
    until(page, "!document.querySelector('#grid[aria-busy=true], #grid.lw-fresh')")
    second = whole_page(page)
    assert not set(first) & set(second)
    loaded(page)
    page.keyboard.press("Shift+N")
    until(page, "!document.querySelector('#grid[aria-busy=true]')")
    page.unroute("**/ranking?*")
    saved(page)
    assert answered(app) == dict.fromkeys([*first, *second], "no")


def test_a_page_that_nobody_has_looked_at_is_not_answered_at_once(app: App, page: Page) -> None:
    """Who marks the last image of a page and presses Shift+N out of habit means that page."""
    first = whole_page(page)
    page.evaluate(
        """() => {
            const grid = document.querySelector('#grid');
            const key = { key: 'N', code: 'KeyN', shiftKey: true, bubbles: true };
            new MutationObserver(() => {
                if (!grid.ariaBusy) dispatchEvent(new KeyboardEvent('keydown', key));
            }).observe(grid, { attributeFilter: ['aria-busy'] });
        }"""
    )  # as the next page comes
    for _ in first:
        page.keyboard.press("y")
    expect(page.locator("footer [role=status]")).to_contain_text("only just come")
    saved(page)
    assert answered(app) == dict.fromkeys(first, "yes")


def test_undo_stays_on_the_page_that_is_about_to_turn(app: App, page: Page) -> None:
    first = whole_page(page)
    held = Held(page, "**/ranking?*", "POST")
    page.keyboard.press("Shift+N")
    page.keyboard.press("u")
    held.release()
    saved(page)
    assert answered(app) == {}
    assert whole_page(page) == first
    assert marks(page) == {}


def test_the_last_image_of_a_page_is_not_answered_twice(app: App, page: Page) -> None:
    whole = whole_page(page)
    for _ in whole[1:]:
        page.keyboard.press("ArrowRight")
    page.keyboard.press("y")
    page.keyboard.press("n")  # meant for an image that does not come
    saved(page)
    assert answered(app) == {whole[-1]: "yes"}
    page.keyboard.press("u")
    page.keyboard.press("n")
    saved(page)
    assert answered(app) == {whole[-1]: "no"}


def sources(app: App) -> dict[str, str]:
    """How each answer was given."""
    with Workspace(app.home / "shapes.likewise") as workspace:
        return {item: label.source for item, label in workspace.labels.current("disc").items()}


def test_another_order_locks_the_old_list_at_once(app: App, page: Page) -> None:
    pattern = "**/ranking?*order=random*"
    held = Held(page, pattern, "GET")
    page.get_by_role("button", name="Random", exact=True).click()
    for key in ("y", "n", " ", "Shift+Y"):
        page.keyboard.press(key)
    held.wait()
    page.keyboard.press("y")
    expect(page.locator("footer [role=status]")).to_contain_text("ranked anew")
    assert marks(page) == {}
    held.release()
    ready(page)
    assert answered(app) == {}
    item = focused(page)
    page.keyboard.press("n")
    saved(page)
    assert sources(app) == {item: "random"}


def test_answers_carry_the_order_that_was_shown(app: App, page: Page) -> None:
    item = focused(page)
    held = Held(page, "**/ranking?*", "POST")
    page.keyboard.press("y")
    page.keyboard.press("o")  # the answer is still on its way
    held.release()
    ready(page)
    saved(page)
    assert sources(app) == {item: "key"}
    with Workspace(app.home / "shapes.likewise") as workspace:
        (label,) = workspace.labels.current("disc").values()
    assert label.action.startswith("alike.")


@pytest.mark.parametrize("kind", ["words", "filter", "concept"])
def test_words_a_filter_and_a_concept_lock_the_old_list(app: App, page: Page, kind: str) -> None:
    app.send("/api/concepts", {"name": "square", "examples": ["square/00.png"]})
    page.reload()
    ready(page)
    pattern, method = {
        "words": ("**/api/concepts/disc", "PATCH"),
        "filter": ("**/ranking?*filter*", "GET"),
        "concept": ("**/concepts/square/ranking?*", "GET"),
    }[kind]
    held = Held(page, pattern, method)
    if kind == "words":
        page.locator("#words").fill("traffic light")
        page.locator("#words").press("Enter")
    elif kind == "filter":
        page.get_by_role("searchbox").fill("folder = 'disc'")
        page.get_by_role("searchbox").press("Enter")
    else:
        page.get_by_role("combobox", name="Concept", exact=True).select_option("square")
    held.wait()
    page.locator("#grid").focus()
    for key in ("y", "Shift+N"):
        page.keyboard.press(key)
    held.release()
    ready(page)
    saved(page)
    assert answered(app) == {}
    assert app.answers("square") == {"square/00.png": "yes"}


def test_words_that_are_refused_leave_the_page_as_it_was(app: App, page: Page) -> None:
    page.keyboard.press("n")
    page.keyboard.press("PageDown")
    before, item = whole_page(page), focused(page)
    page.locator("#words").fill("qwertzu")
    page.locator("#words").press("Enter")
    expect(page.get_by_role("alert").filter(has_text="qwertzu")).to_be_visible()
    page.locator("#grid").focus()
    assert whole_page(page) == before
    page.keyboard.press("y")
    saved(page)
    assert answered(app)[item] == "yes"


def test_undo_changes_nothing_out_of_sight(app: App, page: Page) -> None:
    item = focused(page)
    page.keyboard.press("y")
    saved(page)
    page.get_by_role("button", name="Curate", exact=True).click()
    page.keyboard.press("u")
    page.get_by_role("button", name="Review", exact=True).click()
    page.wait_for_timeout(300)
    assert answered(app) == {item: "yes"}


def test_undo_is_of_this_concept_only(app: App, page: Page) -> None:
    app.send("/api/concepts", {"name": "square", "examples": ["square/00.png"]})
    page.reload()
    ready(page)
    item = focused(page)
    page.keyboard.press("y")
    saved(page)
    page.get_by_role("combobox", name="Concept", exact=True).select_option("square")
    ready(page)
    page.locator("#grid").focus()
    page.keyboard.press("u")
    expect(page.locator("footer [role=status]")).to_contain_text("nothing is left to take back")
    assert answered(app) == {item: "yes"}


def test_a_scroll_does_not_lead_away_from_an_image_that_was_chosen(app: App, page: Page) -> None:
    first = whole_page(page)
    page.evaluate(
        """(id) => {
            const grid = document.querySelector('#grid');
            grid.dispatchEvent(new WheelEvent('wheel', { deltaY: 400, bubbles: true }));
            document.querySelector(`[data-id="${id}"]`).click();
            grid.scrollTop = 300; // the wheel's scroll goes on after the click
        }""",
        first[3],
    )
    until(page, "document.querySelector('#grid').scrollTop === 0")
    assert focused(page) == first[3]
    assert whole_page(page) == first
    page.keyboard.press("y")
    saved(page)
    assert answered(app) == {first[3]: "yes"}
