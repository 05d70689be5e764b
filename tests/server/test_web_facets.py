"""Facets in a real browser: what is chosen limits every view, and stays in the address."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect
from web_app import App, saved
from web_filter import filtered, kinds_on_screen, open_filter
from web_stage import until


def test_a_choice_limits_every_view_and_stays(app: App, review: Page) -> None:
    open_filter(review)
    folder = review.get_by_role("list", name="folder")
    assert folder.get_by_role("listitem").all_inner_texts() == [
        "disc\n40",
        "square\n40",
        "stripes\n40",
    ]
    square = review.get_by_role("checkbox", name="square")
    square.focus()
    review.keyboard.press("Space")
    filtered(review, 40)
    assert kinds_on_screen(review) == {"square"}
    expect(square).to_be_focused()  # the list stays under the fingers
    review.get_by_role("checkbox", name="disc").check()
    filtered(review, 80)
    found = Axe().run(review)
    assert found.violations_count == 0, found.generate_report()

    # The counts of other facets follow, and a part of a range is chosen by a drag.
    # (On a slow machine the times at which images were added are a range, too.)
    facet = review.locator("details.facet").filter(has=review.get_by_label("bytes from"))
    if facet.get_attribute("open") is None:
        facet.locator("summary").click()
    facet.locator(".histogram").scroll_into_view_if_needed()
    histogram = facet.locator(".histogram").bounding_box()
    assert histogram is not None
    middle = histogram["y"] + histogram["height"] / 2
    review.mouse.move(histogram["x"] + 3, middle)
    review.mouse.down()
    review.mouse.move(histogram["x"] + histogram["width"] / 2, middle, steps=3)
    review.mouse.up()
    expect(review.get_by_role("region", name="Filter in force")).to_contain_text("bytes: up to")
    review.get_by_role("button", name="Take away the filter bytes").click()
    filtered(review, 80)

    # The map, the export and curation have the same images.
    review.get_by_role("button", name="Map", exact=True).click()
    review.get_by_role("button", name="Compute it").click()
    until(review, "/^80 images/.test(document.querySelector('.lw-map canvas').ariaLabel ?? '')")
    review.get_by_role("button", name="Curate", exact=True).click()
    review.get_by_role("button", name="Diverse pick").click()
    review.get_by_role("spinbutton", name="how many").fill("5")
    review.get_by_role("button", name="Find diverse pick").click()
    expect(review.get_by_text("5 stay, 75 go")).to_be_visible()

    # The address has it, and one press takes it away.
    review.get_by_role("button", name="Review", exact=True).click()
    review.reload()
    filtered(review, 80)
    assert kinds_on_screen(review) <= {"square", "disc"}
    review.get_by_role("button", name="Clear", exact=True).click()
    expect(review.locator(".chosen")).to_have_count(0)
    until(review, "!/facets/.test(location.search)")


def test_nothing_is_answered_while_a_choice_is_on_its_way(app: App, review: Page) -> None:
    open_filter(review)
    held: list[Route] = []
    review.route("**/api/facets", lambda route: held.append(route))
    review.get_by_role("checkbox", name="stripes").check()
    until(review, "document.querySelector('#grid[aria-busy=true]')")
    review.locator("#grid").focus()
    review.keyboard.press("y")
    assert set(app.answers()) == {"disc/00.png"}
    (route,) = held
    route.continue_()
    filtered(review, 40)
    assert kinds_on_screen(review) == {"stripes"}
    review.keyboard.press("y")
    saved(review)
    (answer,) = set(app.answers()) - {"disc/00.png"}
    assert answer.startswith("stripes/")
