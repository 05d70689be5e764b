"""Drags over the grid: a band selects, an image is carried into a basket, a swipe answers."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect
from web_app import App, focused, ready, saved, whole_page

Open = Callable[..., Page]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}

SWIPE = """([id, right]) => {
    const tile = document.querySelector(`#grid [data-id="${id}"]`);
    const box = tile.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const finger = { bubbles: true, pointerId: 1, pointerType: 'touch', buttons: 1, clientY: y };
    const fire = (name, by) =>
        tile.dispatchEvent(new PointerEvent(name, { ...finger, clientX: x + by }));
    const real = Element.prototype.setPointerCapture;
    Element.prototype.setPointerCapture = () => {}; // no finger is down
    fire('pointerdown', 0);
    for (let step = 1; step <= 10; step++) fire('pointermove', right * step / 10);
    fire('pointerup', right);
    Element.prototype.setPointerCapture = real;
}"""


def middle(tile: Locator) -> tuple[float, float]:
    box = tile.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_band_selects_and_what_is_selected_is_carried_into_a_basket(
    app: App, review: Page
) -> None:
    ids = whole_page(review)
    tile = {item: review.locator(f'#grid [data-id="{item}"]') for item in ids}
    assert focused(review) == ids[0]
    columns = next(
        n for n, one in enumerate(ids) if n and middle(tile[one])[0] == middle(tile[ids[0]])[0]
    )
    review.mouse.move(*middle(tile[ids[1]]))
    review.mouse.down()
    review.mouse.move(*middle(tile[ids[columns + 2]]), steps=6)
    review.mouse.up()
    chosen = [ids[1], ids[2], ids[columns + 1], ids[columns + 2]]
    expect(review.locator("#grid .selected")).to_have_count(4)
    review.mouse.move(*middle(tile[ids[2]]))
    review.mouse.down()
    review.mouse.move(*middle(review.get_by_role("region", name="Not like")), steps=6)
    expect(review.locator(".lw-load")).to_have_text("4 images")
    review.mouse.up()
    expect(review.get_by_role("region", name="Not like").locator("img")).to_have_count(4)
    assert sorted(app.get("/api/concepts/disc")["counter_examples"]) == sorted(chosen)
    expect(review.locator(".lw-load")).to_have_count(0)


def test_a_drag_is_no_click_and_what_is_passed_is_counted(app: App, review: Page) -> None:
    ids = whole_page(review)
    start, end = (review.locator(f'#grid [data-id="{one}"]') for one in (ids[1], ids[2]))
    review.mouse.move(*middle(start))
    review.mouse.down()
    review.mouse.move(*middle(end), steps=5)
    review.mouse.up()
    assert focused(review) == ids[0]
    review.keyboard.press("n")
    saved(review)
    assert {x: v for x, v in app.answers().items() if x != "disc/00.png"} == {
        ids[1]: "no",
        ids[2]: "no",
    }
    review.keyboard.press("PageDown")
    left = len(ids) - 2
    review.get_by_role("button", name=f"{left} unanswered above").click()
    assert focused(review) == ids[0]
    expect(review.get_by_role("button", name="unanswered above")).to_have_count(0)


def test_a_swipe_to_the_right_is_yes_and_to_the_left_no(app: App, new_page: Open) -> None:
    page = ready(new_page(f"{app.address}/?concept=disc", **PHONE))
    ids = whole_page(page)
    page.evaluate(SWIPE, [ids[0], 90])
    page.evaluate(SWIPE, [ids[1], -90])
    page.evaluate(SWIPE, [ids[2], 30])  # too short
    saved(page)
    answers = app.answers()
    assert {item: answers.get(item) for item in ids[:3]} == {
        ids[0]: "yes", ids[1]: "no", ids[2]: None,
    }  # fmt: skip


def test_the_threshold_is_a_line_in_the_grid(app: App, review: Page) -> None:
    ids = whole_page(review)
    scores = review.evaluate("document.querySelectorAll('#grid .threshold').length")
    assert scores <= 1
    slider = review.get_by_role("slider", name="Threshold")
    slider.evaluate("(one) => { one.value = one.max; one.dispatchEvent(new Event('input')); }")
    expect(review.locator("#grid .above")).to_have_count(0)
    slider.evaluate("(one) => { one.value = one.min; one.dispatchEvent(new Event('input')); }")
    expect(review.locator("#grid .above").first).to_be_visible()
    assert review.locator("#grid .above").count() >= len(ids)
