"""The page of all concepts: what is found and left, and what is done with each as a whole."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from web_app import App, focused, ready, saved
from web_stage import at_rest


def test_concepts_are_seen_named_copied_hidden_and_brought_back(app: App, review: Page) -> None:
    app.send("/api/concepts", {"name": "stripes", "examples": ["stripes/00.png"]})
    for _ in range(12):
        review.keyboard.press("y" if focused(review).startswith("disc") else "n")
    saved(review)
    review.get_by_role("button", name="Concepts", exact=True).click()
    disc = review.get_by_role("article", name="disc", exact=True)
    answers = app.answers()
    no = list(answers.values()).count("no")
    expect(disc).to_contain_text(f"1 example · {len(answers) - no - 1} yes")
    expect(disc).to_contain_text("left (")  # estimated, one concept after the other
    expect(
        disc.get_by_role("list", name="Is it", exact=True).get_by_role("img").first
    ).to_be_visible()
    assert disc.get_by_role("list", name="Is not it").get_by_role("img").count() == min(8, no)
    expect(review.get_by_role("article", name="stripes")).to_contain_text(
        "1 example · not answered yet"
    )
    at_rest(review, "main:not([hidden])")
    found = Axe().run(review)
    assert found.violations_count == 0, found.generate_report()

    disc.get_by_role("button", name="Duplicate").click()
    disc.get_by_label("Name of the copy").fill("ring")
    disc.get_by_label("Name of the copy").press("Enter")
    ring = review.get_by_role("article", name="ring")
    expect(ring).to_contain_text("yes")
    assert app.answers("ring") == answers
    ring.get_by_role("button", name="Rename").click()
    ring.get_by_label("New name").fill("hoop")
    ring.get_by_role("button", name="Rename it").click()
    hoop = review.get_by_role("article", name="hoop")
    hoop.get_by_role("button", name="Hide").click()
    hoop.get_by_role("button", name="Hide it").click()
    expect(hoop).to_have_count(0)
    review.get_by_role("button", name="Bring back hoop").click()
    expect(hoop).to_be_visible()
    hoop.get_by_role("button", name="Review").click()
    ready(review)
    assert "concept=hoop" in review.url
    expect(review.get_by_role("heading", name="Concept: hoop")).to_be_attached()
