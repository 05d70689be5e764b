"""The review of one class of an exclusive set: another class is a no that nobody said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from web_app import App, focused, loaded, marks, ready, saved, whole_page
from web_stage import at_rest

Open = Callable[..., Page]

SET = "/api/label-sets/shapes"
SQUARES = [f"square/{number:02d}.png" for number in range(6)]


@pytest.fixture
def derived(app: App, new_page: Open) -> Page:
    """The review of "disc", six squares of whose label set have the class "square"."""
    app.send("/api/label-sets", {"name": "shapes", "classes": ["disc", "square"]})
    app.send(f"{SET}/labels", {"classes": dict.fromkeys(SQUARES, "square"), "action": "squares"})
    page = ready(new_page(f"{app.address}/?concept=disc"))
    page.get_by_role("button", name="6 no by another class").click()
    loaded(page)
    return page


def test_they_are_shown_as_what_follows_and_count_as_nobodys_answer(
    app: App, derived: Page
) -> None:
    assert sorted(whole_page(derived)) == SQUARES
    for item in SQUARES:
        tile = derived.get_by_role("option", name=f"{item}, no: labelled square")
        expect(tile).to_have_class(
            "lw-tile derived focus" if item == focused(derived) else "lw-tile derived"
        )
    expect(derived.locator(".lw-edge").first).to_contain_text("0 of 6 answered")
    answers = derived.get_by_role("region", name="Answers")
    expect(answers.get_by_role("button", name="0 no", exact=True)).to_be_visible()
    assert app.answers() == {"disc/00.png": "yes"}
    derived.keyboard.press("Shift+N")  # the rest of the page is theirs already
    saved(derived)
    assert app.answers() == {"disc/00.png": "yes"}
    derived.keyboard.press("Enter")
    expect(derived.get_by_role("region", name="One at a time")).to_contain_text(
        "no: labelled square"
    )
    derived.keyboard.press("Escape")
    at_rest(derived, "main.review")
    found = Axe().run(derived)
    assert not found.violations_count, found.generate_report()


def test_a_yes_overrules_the_other_class_and_is_taken_back(app: App, derived: Page) -> None:
    item = focused(derived)
    derived.keyboard.press("y")
    saved(derived)
    assert app.answers()[item] == "yes"
    assert app.answers("square")[item] == "no"
    assert app.get(f"{SET}/labels")[item] == ["disc"]  # settled: no two classes
    expect(derived.get_by_role("contentinfo")).to_contain_text("yes, and no longer square")
    assert marks(derived)[item] == "yes"
    second = focused(derived)
    assert second != item
    derived.keyboard.press("n")  # now a person says it
    saved(derived)
    assert app.answers()[second] == "no"
    derived.keyboard.press("u")
    derived.keyboard.press("u")
    saved(derived)
    assert app.answers() == {"disc/00.png": "yes"}
    assert app.get(f"{SET}/labels")[item] == ["square"]
    expect(derived.locator("#grid .derived")).to_have_count(6)
    derived.keyboard.press("Shift+U")
    saved(derived)
    assert app.answers()[item] == "yes"
    assert app.answers("square")[item] == "no"


def test_they_end_with_what_they_follow_from(app: App, derived: Page) -> None:
    app.send(f"{SET}/undo", {"action": "squares"})
    expect(derived.locator("#grid .derived")).to_have_count(0)
    expect(derived.get_by_role("button", name="no by another class")).to_be_hidden()
