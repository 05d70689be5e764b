"""What is selected is what the keys answer; what is taken back can be given again, and changed."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect
from web_app import App, focused, marks, ready, saved, whole_page

Open = Callable[..., Page]


def answered(app: App) -> dict[str, str]:
    return {item: verdict for item, verdict in app.answers().items() if item != "disc/00.png"}


def selected(page: Page) -> list[str]:
    """Ids of the tiles that are selected."""
    ids: list[str] = page.evaluate(
        "[...document.querySelectorAll('#grid .lw-tile.selected')].map((tile) => tile.dataset.id)"
    )
    return sorted(ids)


def click(page: Page, item: str, *keys: str) -> None:
    page.locator(f'#grid [data-id="{item}"]').click(modifiers=list(keys))  # type: ignore[arg-type]


def test_a_range_and_single_images_are_selected_and_answered(app: App, review: Page) -> None:
    ids = whole_page(review)
    click(review, ids[2])
    click(review, ids[5], "Shift")
    assert selected(review) == sorted(ids[2:6])
    click(review, ids[4], "Shift")  # from where it began
    assert selected(review) == sorted(ids[2:5])
    click(review, ids[7], "Control")
    click(review, ids[3], "Control")
    chosen = [ids[2], ids[4], ids[7]]
    assert selected(review) == sorted(chosen)
    review.keyboard.press("Escape")
    click(review, ids[2])  # the first of them, as everywhere
    click(review, ids[4], "Control")
    click(review, ids[7], "Control")
    assert selected(review) == sorted(chosen)
    review.keyboard.press("y")
    saved(review)
    assert answered(app) == dict.fromkeys(chosen, "yes")
    assert selected(review) == []
    review.keyboard.press("u")
    saved(review)
    assert answered(app) == {}


def test_arrows_with_shift_grow_and_shrink_a_selection(app: App, review: Page) -> None:
    ids = whole_page(review)
    for _ in range(3):
        review.keyboard.press("Shift+ArrowRight")
    review.keyboard.press("Shift+ArrowLeft")
    assert selected(review) == sorted(ids[:3])
    review.keyboard.press("n")
    saved(review)
    assert answered(app) == dict.fromkeys(ids[:3], "no")


def test_all_of_the_page_is_selected_and_skipped_and_nothing_else(app: App, review: Page) -> None:
    ids = whole_page(review)
    review.keyboard.press("Control+a")
    assert selected(review) == sorted(ids)
    review.keyboard.press("Space")
    saved(review)
    assert answered(app) == dict.fromkeys(ids, "unsure")
    assert not set(ids) & set(whole_page(review))  # it is answered: the next one has come


def test_escape_selects_none(app: App, review: Page) -> None:
    ids = whole_page(review)
    review.keyboard.press("Control+a")
    review.keyboard.press("Escape")
    assert selected(review) == []
    review.keyboard.press("y")
    saved(review)
    assert answered(app) == {ids[0]: "yes"}


def test_the_rest_of_a_page_is_not_answered_over_a_selection(app: App, review: Page) -> None:
    ids = whole_page(review)
    click(review, ids[1])
    click(review, ids[3], "Shift")
    review.keyboard.press("Shift+N")
    expect(review.locator("footer [role=status]")).to_contain_text("3 selected")
    assert marks(review) == {}
    assert selected(review) == sorted(ids[1:4])


def test_the_selection_goes_to_the_basket(app: App, review: Page) -> None:
    ids = whole_page(review)
    click(review, ids[0])
    click(review, ids[1], "Shift")
    review.keyboard.press("b")
    like = review.get_by_role("region", name="Looks like")
    expect(like.locator(".part")).to_have_count(3)
    assert set(app.get("/api/concepts/disc")["examples"]) == {"disc/00.png", *ids[:2]}


def test_a_selection_is_not_of_the_next_list(review: Page) -> None:
    review.keyboard.press("Control+a")
    review.get_by_role("button", name="Varied").click()
    ready(review)
    assert selected(review) == []


def test_one_at_a_time_a_selection_is_not_answered(app: App, review: Page) -> None:
    ids = whole_page(review)
    click(review, ids[0])
    click(review, ids[2], "Shift")
    review.keyboard.press("Enter")
    review.keyboard.press("n")
    saved(review)
    assert answered(app) == {ids[2]: "no"}


def test_what_is_taken_back_is_given_again(app: App, review: Page) -> None:
    first, second = whole_page(review)[:2]
    review.keyboard.press("y")
    review.keyboard.press("n")
    review.keyboard.press("u")
    review.keyboard.press("u")
    review.keyboard.press("Shift+U")
    saved(review)
    assert answered(app) == {first: "yes"}
    review.keyboard.press("Control+y")
    saved(review)
    assert answered(app) == {first: "yes", second: "no"}
    review.keyboard.press("Shift+U")
    expect(review.locator("footer [role=status]")).to_contain_text("nothing was taken back")


def test_a_page_is_given_again_and_turns(app: App, review: Page) -> None:
    ids = whole_page(review)
    review.keyboard.press("Shift+N")
    saved(review)
    review.keyboard.press("u")
    assert focused(review) in ids
    review.keyboard.press("Shift+U")
    saved(review)
    assert answered(app) == dict.fromkeys(ids, "no")
    assert not set(ids) & set(whole_page(review))


def test_each_of_the_last_ten_answers_can_be_changed(app: App, review: Page) -> None:
    ids = whole_page(review)[:12]
    for _ in ids:
        review.keyboard.press("y")
    last = review.get_by_role("region", name="History")
    expect(last.locator("li")).to_have_count(10)
    names = [one.get_attribute("aria-label") for one in last.locator("li button").all()]
    assert names == [f"{item}, yes: change" for item in reversed(ids[2:])]
    focus, shown = focused(review), whole_page(review)
    last.get_by_role("button", name=f"{ids[4]}, yes: change").click()
    last.get_by_role("group").get_by_role("button", name="No", exact=False).click()
    expect(last.get_by_role("button", name=f"{ids[4]}, no: change")).to_be_visible()
    saved(review)
    assert answered(app) == dict.fromkeys(ids, "yes") | {ids[4]: "no"}
    assert (focused(review), whole_page(review)) == (focus, shown)  # nothing moves
    review.keyboard.press("u")
    saved(review)
    assert answered(app) == dict.fromkeys(ids, "yes")


def test_the_last_answers_are_there_after_a_reload(app: App, review: Page) -> None:
    first = focused(review)
    review.keyboard.press("n")
    saved(review)
    review.reload()
    ready(review)
    last = review.get_by_role("region", name="History")
    expect(last.get_by_role("button", name=f"{first}, no: change")).to_be_visible()
    expect(last.locator("li")).to_have_count(1)  # the basket is no answer
