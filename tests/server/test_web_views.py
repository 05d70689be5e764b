"""Saved views in a real browser: saved, listed, opened by a click and by an address, changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from web_app import App, ready
from web_filter import filtered, kinds_on_screen, open_filter
from web_stage import serving, until

from likewise.indexing.index import index
from likewise.server.app import make_app
from likewise.server.app_state import AppState

SQUARES = {"name": "squares", "chosen": {"folder": {"values": ["square"]}}, "concept": "disc"}


def saved_views(page: Page) -> Locator:
    return page.get_by_role("region", name="Saved views")


def test_a_view_is_saved_opened_changed_renamed_and_removed(app: App, review: Page) -> None:
    open_filter(review)
    expect(saved_views(review)).to_contain_text("None yet")
    review.get_by_role("checkbox", name="square").check()
    filtered(review, 40)
    review.get_by_role("button", name="Unsure").click()
    saved_views(review).get_by_label("Name of the view").fill("squares")
    saved_views(review).get_by_label("Name of the view").press("Enter")
    shown = saved_views(review).get_by_role("button", name="squares", exact=True)
    expect(shown).to_have_attribute("aria-pressed", "true")
    expect(saved_views(review)).to_contain_text("40 images")
    expect(saved_views(review)).to_contain_text("folder: square · concept: disc · order: unsure")
    assert "saved=squares" in review.url
    found = Axe().run(review)
    assert found.violations_count == 0, found.generate_report()

    # What differs from it is no longer the view, and can be saved as the view.
    review.get_by_role("checkbox", name="disc").check()
    filtered(review, 80)
    expect(shown).to_have_attribute("aria-pressed", "false")
    until(review, "!/saved=/.test(location.search)")
    saved_views(review).get_by_role("button", name="Save the change").click()
    expect(saved_views(review)).to_contain_text("80 images")
    review.get_by_role("button", name="Clear", exact=True).click()
    expect(review.locator(".chosen")).to_have_count(0)
    review.get_by_role("button", name="Random").click()

    # A click brings all of it back, also after the page was loaded anew.
    review.reload()
    ready(review)
    review.get_by_role("toolbar", name="Panel").get_by_role("button", name="Filter").click()
    shown.click()
    filtered(review, 80)
    expect(review.get_by_role("button", name="Unsure")).to_have_attribute("aria-pressed", "true")
    assert kinds_on_screen(review) <= {"square", "disc"}

    saved_views(review).get_by_role("button", name="Rename the view squares").click()
    saved_views(review).get_by_label("New name of squares").fill("both kinds")
    saved_views(review).get_by_label("New name of squares").press("Enter")
    both = saved_views(review).get_by_role("button", name="both kinds", exact=True)
    expect(both).to_have_attribute("aria-pressed", "true")
    saved_views(review).get_by_role("button", name="Remove the view both kinds").click()
    expect(both).to_have_count(0)
    assert app.get("/api/views") == []
    saved_views(review).get_by_role("button", name="Bring it back").click()
    expect(both).to_be_visible()
    assert [view["name"] for view in app.get("/api/views")] == ["both kinds"]


def test_an_address_opens_a_view_as_it_is_now(app: App, new_page: Callable[..., Page]) -> None:
    app.send("/api/views", SQUARES)
    page = ready(new_page(f"{app.address}/?saved=squares"))
    filtered(page, 40)
    assert kinds_on_screen(page) == {"square"}
    assert {"concept=disc", "saved=squares", "by=ann"} <= set(page.url.split("?")[1].split("&"))
    app.send("/api/views", {**SQUARES, "chosen": {"folder": {"values": ["disc"]}}, "replace": True})
    page.reload()
    ready(page)
    filtered(page, 40)
    assert kinds_on_screen(page) == {"disc"}
    missing = ready(new_page(f"{app.address}/?saved=circles"))
    expect(missing.get_by_role("alert").filter(has_text="there is no view")).to_be_visible()
    assert "saved=" not in missing.url


def test_words_rank_a_view_without_a_concept(app: App, new_page: Callable[..., Page]) -> None:
    app.send("/api/views", {"name": "lights", "words": ["traffic light"], "where": "width >= 1"})
    page = new_page(f"{app.address}/?saved=lights")
    expect(page.get_by_role("toolbar", name="Results")).to_contain_text("Most like traffic light")
    ready(page)
    until(page, "document.querySelectorAll('#grid [role=option]:not([aria-hidden])').length > 10")


def test_a_view_says_what_of_it_is_gone(many: Path, new_page: Callable[..., Page]) -> None:
    app_state = AppState(many / "shapes.likewise", [many], who="ann")
    with serving(make_app(app_state)) as address:
        app = App(address, many)
        app.send("/api/views", {**SQUARES, "chosen": {"folder": {"values": ["square", "stripes"]}}})
        app.send("/api/views", {**SQUARES, "name": "all"})
        app_state.events.close()
    app_state.close()
    (many / "shapes" / "square").rename(many / "shapes" / "box")
    index(many / "shapes", many / "shapes.likewise")
    app_state = AppState(many / "shapes.likewise", [many], who="ann")
    with serving(make_app(app_state)) as address:
        page = ready(new_page(f"{address}/?saved=squares"))
        remarks = page.locator(".remarks")
        expect(remarks).to_contain_text("left out of 'squares': folder square (40 images when it")
        expect(remarks).to_contain_text("40 images now, and it had 80")
        assert kinds_on_screen(page) == {"stripes"}
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()

        # Where nothing of it is left, all images are shown, and the page says so.
        page = ready(new_page(f"{address}/?saved=all"))
        expect(page.locator(".remarks")).to_contain_text(
            "the view has 120 images now, and it had 40"
        )
        page.locator(".remarks").get_by_role("button", name="Close").click()
        expect(page.locator(".remarks")).to_be_hidden()
        assert re.search("saved=all", page.url)
        app_state.events.close()
    app_state.close()
