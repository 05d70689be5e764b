"""A real Chromium, and pages that must end without an error."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from waiting import LIMIT
from web_stage import FLAGS, chromium

expect.set_options(timeout=1000 * LIMIT)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without one browser tests skip locally and fail in CI."""
    path = chromium()
    if path is None:
        message = "no Chromium; install one (apt-get install chromium) or set LIKEWISE_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages in profiles of their own; the test fails if one of them had an error."""
    errors: list[str] = []

    def console(message: ConsoleMessage) -> None:
        # The browser logs every answer that is not 200; tests ask for some of those on purpose.
        if message.type == "error" and "Failed to load resource" not in message.text:
            errors.append(message.text)

    contexts = []

    def open_page(address: str, **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(1000 * LIMIT)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", console)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors
