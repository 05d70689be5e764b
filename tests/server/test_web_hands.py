"""Without a keyboard: buttons on images, in a bar and beside the large picture; small screens."""

from __future__ import annotations

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from web_app import App, focused, ready, saved, whole_page
from web_stage import at_rest, until

Open = Callable[..., Page]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def answered(app: App) -> dict[str, str]:
    return {item: verdict for item, verdict in app.answers().items() if item != "disc/00.png"}


def test_a_button_on_an_image_answers_it_alone(app: App, review: Page) -> None:
    ids = whole_page(review)
    tile = review.locator(f'#grid [data-id="{ids[3]}"]')
    tile.hover()
    tile.locator(".lw-hand").first.click()
    saved(review)
    assert answered(app) == {ids[3]: "yes"}
    assert focused(review) == ids[3]
    tile.locator(".lw-hand").last.dblclick()
    saved(review)
    assert answered(app) == {ids[3]: "no"}
    expect(review.get_by_role("region", name="One at a time")).to_be_hidden()


def test_a_job_by_the_mouse_alone(app: App, review: Page) -> None:
    first = whole_page(review)
    bar = review.get_by_role("toolbar", name="Answer")
    bar.get_by_role("button", name="Yes", exact=False).first.click()
    assert focused(review) == first[1]
    bar.get_by_role("button", name="Rest no").click()
    saved(review)
    assert answered(app) == dict.fromkeys(first, "no") | {first[0]: "yes"}
    bar.get_by_role("button", name="Undo").click()
    saved(review)
    assert answered(app) == {first[0]: "yes"}
    bar.get_by_role("button", name="Redo").click()
    saved(review)
    assert len(answered(app)) == len(first)
    second = whole_page(review)
    review.locator(f'#grid [data-id="{second[0]}"]').dblclick()
    loupe = review.get_by_role("region", name="One at a time")
    loupe.get_by_role("button", name="No", exact=False).click()
    expect(loupe.get_by_role("img")).to_have_attribute("alt", second[1])
    review.keyboard.press("Space")  # the button that was pressed is not pressed again
    saved(review)
    assert answered(app)[second[0]] == "no"
    assert answered(app)[second[1]] == "unsure"


def test_a_phone_shows_images_first_and_is_answered_by_touch(app: App, new_page: Open) -> None:
    page = ready(new_page(f"{app.address}/?concept=disc", **PHONE))
    grid = page.locator("#grid").bounding_box()
    panel = page.locator("aside.left").bounding_box()
    bar = page.get_by_role("toolbar", name="Answer").bounding_box()
    assert grid is not None
    assert panel is not None
    assert bar is not None
    assert grid["y"] < 250  # under the header and the orders
    assert grid["height"] > 300
    assert bar["y"] + bar["height"] <= 844
    assert panel["y"] >= bar["y"] + bar["height"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ids = whole_page(page)
    page.locator(f'#grid [data-id="{ids[0]}"] .lw-hand').last.tap()
    saved(page)
    assert answered(app) == {ids[0]: "no"}
    page.get_by_role("button", name="Rest yes").tap()
    saved(page)
    assert answered(app) == dict.fromkeys(ids, "yes") | {ids[0]: "no"}
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_file_that_is_missing_is_said_to_be(app: App, review: Page) -> None:
    item = focused(review)
    (app.home / "shapes" / item).unlink()
    review.keyboard.press("Enter")
    loupe = review.get_by_role("region", name="One at a time")
    expect(loupe.get_by_role("status")).to_contain_text("the file is gone")
    expect(loupe.get_by_role("status")).to_contain_text(item)
    review.keyboard.press("y")
    saved(review)
    assert answered(app) == {item: "yes"}
    expect(loupe.get_by_role("status")).to_have_text("")


def test_the_bar_keeps_its_height(review: Page) -> None:
    before = whole_page(review)
    height = "document.querySelector('.answer-bar').offsetHeight"
    high = review.evaluate(height)
    review.keyboard.press("y")
    until(review, "document.querySelectorAll('.history li').length === 1")
    review.locator(".history li button").click()
    at_rest(review, "#grid")
    assert review.evaluate(height) == high
    assert whole_page(review) == before
