"""Words and images multiplied, from the choice beside the words to the line above the grid."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from web_app import App, ready

LINE = ".status-line:not([role])"  # that of the review; the page of label sets has another


def test_the_choice_beside_the_words_is_remembered(app: App, review: Page) -> None:
    line = review.locator(LINE)
    choice = review.get_by_role("combobox", name="Words and images")
    expect(choice).to_have_value("sum")
    choice.select_option("product")
    expect(line).to_contain_text("words × images: needs a word and an image")
    words = review.locator("#words")
    words.fill("ball")
    words.press("Enter")
    expect(line).to_contain_text("ranked by words × images")
    assert app.get("/api/concepts/disc")["combine"] == "product"
    audit = Axe().run(review)
    assert audit.violations_count == 0, audit.generate_report()
    review.reload()
    ready(review)
    expect(choice).to_have_value("product")
    expect(line).to_contain_text("ranked by words × images")
    choice.select_option("sum")
    expect(line).not_to_contain_text("×")
    assert "combine" not in app.get("/api/concepts/disc")
