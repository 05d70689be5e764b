"""The filter of the web app as a person uses it."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from web_app import on_screen, ready
from web_stage import until


def open_filter(page: Page) -> None:
    page.get_by_role("toolbar", name="Panel").get_by_role("button", name="Filter").click()
    expect(page.get_by_role("checkbox", name="stripes")).to_be_visible()


def filtered(page: Page, images: int) -> None:
    """Wait for the list that a choice leaves."""
    expect(page.locator(".chosen b")).to_have_text(f"Filter: {images} of 120 images")
    until(page, "!document.querySelector('#grid[aria-busy=true]')")
    ready(page)


def kinds_on_screen(page: Page) -> set[str]:
    return {str(item).partition("/")[0] for item, *_ in on_screen(page)}
