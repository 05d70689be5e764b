"""Words completed as they are typed, with the sense that is taken, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Request, Route, expect
from shapes import draw_shapes
from tiny_clip import tiny_clip
from web_app import App, Open, ready
from web_stage import at_rest, serving, until

from likewise.indexing.index import index
from likewise.server.app import make_app
from likewise.server.app_state import AppState

NOTE = ".word-box [role=status]"


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Names").get_by_role("option")


def names(page: Page) -> list[str]:
    """What the list offers, without what each stands for."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('.word-box [role=option]')].map((x) => x.firstChild.data)"
    )
    return found


def test_words_are_completed_by_keys(app: App, review: Page) -> None:
    box, note = review.locator("#words"), review.locator(f"aside {NOTE}")
    review.keyboard.press("/")
    review.keyboard.type("bott")
    expect(options(review)).to_have_count(8)
    expect(note).to_have_text("“bott” alone is not known; 10 names have it")
    expect(options(review).first).to_have_text(
        "bottle: 7 kinds, such as beer bottle, pill bottle, pop bottle"
    )
    expect(box).to_have_attribute("aria-expanded", "true")
    assert box.get_attribute("aria-activedescendant") is None  # Enter takes what was typed
    review.keyboard.press("ArrowUp")
    expect(options(review).last).to_have_attribute("aria-selected", "true")
    review.keyboard.press("ArrowDown")
    marked = review.locator(f"#{box.get_attribute('aria-activedescendant')}")
    expect(marked).to_have_attribute("aria-selected", "true")
    assert names(review)[0] == "bottle"
    expect(options(review).first).to_have_attribute("aria-selected", "true")
    at_rest(review, "#words-names")
    found = Axe().run(review)
    assert not found.violations_count, found.generate_report()
    review.keyboard.press("Enter")
    expect(box).to_have_value("bottle")
    expect(note).to_contain_text("'bottle' is read as bottle: 7 kinds")
    expect(options(review)).to_have_count(0)
    expect(box).to_have_attribute("aria-expanded", "false")
    review.keyboard.press("Enter")
    expect(review.locator(".chips li")).to_have_count(1)
    assert app.get("/api/concepts/disc")["hints"] == ["bottle"]
    expect(box).to_have_value("")
    expect(note).to_be_empty()


def test_a_word_that_is_not_known_is_answered_by_meaning(app: App, review: Page) -> None:
    box, note = review.locator("#words"), review.locator(f"aside {NOTE}")
    review.keyboard.press("/")
    review.keyboard.type("traffic light, - handbag")
    expect(note).to_have_text("“handbag” is not known; nearest in meaning: purse, wallet, bag")
    expect(options(review)).to_have_count(3)
    assert set(names(review)) == {"purse", "wallet", "bag"}
    options(review).filter(has_text="purse").click()
    expect(box).to_have_value("traffic light, - purse")
    expect(box).to_be_focused()
    expect(note).to_have_text("'purse' is read as purse: bag")
    review.keyboard.press("Enter")
    expect(review.locator(".chips li")).to_have_count(2)
    assert app.get("/api/concepts/disc")["counter_hints"] == ["purse"]


def test_escape_closes_the_list_and_then_leaves_the_box(review: Page) -> None:
    box = review.locator("#words")
    review.keyboard.press("/")
    review.keyboard.type("top")
    expect(review.locator(f"aside {NOTE}")).to_contain_text("'top' is read as top: bottlecap")
    expect(options(review)).to_have_count(2)
    review.keyboard.press("Escape")
    expect(options(review)).to_have_count(0)
    expect(box).to_be_focused()
    review.keyboard.press("Escape")
    expect(box).not_to_be_focused()
    expect(box).to_have_value("top")


def test_why_words_are_refused_stands_beside_the_box(review: Page) -> None:
    box, note = review.locator("#words"), review.locator(f"aside {NOTE}")
    box.fill("tulip")
    expect(note).to_contain_text("none of them is near in meaning")
    box.fill("")
    expect(note).to_be_empty()
    box.fill("tulip")
    box.press("Enter")  # at once, before anything was looked up
    expect(box).to_have_value("tulip")
    expect(note).to_contain_text("none of them is near in meaning")


def test_an_answer_that_comes_after_enter_opens_no_list(review: Page) -> None:
    held: list[Route] = []
    review.route("**/api/words?*", lambda route: held.append(route))
    review.keyboard.press("/")
    with review.expect_request("**/api/words?*"):
        review.keyboard.type("bottle")
    review.keyboard.press("Enter")
    expect(review.locator(".chips li")).to_have_count(1)
    with review.expect_response("**/api/words?*"):
        held[0].continue_()
    ready(review)
    expect(options(review)).to_have_count(0)
    expect(review.locator(f"aside {NOTE}")).to_be_empty()


def test_the_first_words_are_completed_too(review: Page) -> None:
    page = review
    page.get_by_role("button", name="New", exact=True).click()
    ready(page)
    page.get_by_role("combobox", name="What are you looking for?").type("traffic l")
    expect(options(page)).to_have_text(["traffic light: light"])
    at_rest(page, "#first-words-names")
    found = Axe().run(page)
    assert not found.violations_count, found.generate_report()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Find", exact=True).click()
    until(page, "new URLSearchParams(location.search).get('concept') === 'traffic light'")


@pytest.fixture
def open_words(tmp_path: Path) -> Iterator[App]:
    """The real server over pictures whose encoder reads any words."""
    model = tiny_clip(tmp_path / "tiny").folder
    folder = draw_shapes(tmp_path / "shapes", 4)
    index(folder, tmp_path / "shapes.likewise", encoder=f"onnx:{model}")
    app_state = AppState(tmp_path / "shapes.likewise", [tmp_path], who="ann")
    with serving(make_app(app_state)) as address:
        yield App(address, tmp_path)
        app_state.events.close()
    app_state.close()


def test_an_encoder_of_any_words_is_asked_once_and_offers_nothing(
    open_words: App, new_page: Open
) -> None:
    page = ready(new_page(open_words.address))
    asked: list[Request] = []
    page.on("request", lambda one: asked.append(one) if "/api/words" in one.url else None)
    box = page.get_by_role("combobox", name="What are you looking for?")
    with page.expect_response("**/api/words?*"):
        box.type("dog")
    box.type(" in snow")
    expect(options(page)).to_have_count(0)
    box.press("Enter")
    until(page, "new URLSearchParams(location.search).get('concept') === 'dog in snow'")
    ready(page)
    expect(page.locator(f"aside {NOTE}")).to_be_empty()
    assert len(asked) == 1
