"""The page of images: folders to add and look at again, how an index ends, unreadable files."""

from __future__ import annotations

import shutil

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from web_app import App
from web_stage import at_rest


def test_a_folder_is_looked_at_again_and_another_is_added(app: App, review: Page) -> None:
    shapes = app.home / "shapes"
    shutil.copy(shapes / "disc" / "01.png", shapes / "new.png")
    (shapes / "bad.png").write_bytes(b"no picture")
    (shapes / "disc" / "02.png").unlink()
    (app.home / "more").mkdir()
    shutil.copy(shapes / "square" / "03.png", app.home / "more" / "other.png")
    review.get_by_role("button", name="Images", exact=True).click()
    expect(review.get_by_text("Every image could be read")).to_be_visible()
    review.get_by_role("button", name="Look again at").click()
    done = review.locator(".images").get_by_text("✓ Done")
    expect(done).to_contain_text("1 new")
    expect(done).to_contain_text("1 missing, 1 unreadable")
    expect(done).to_contain_text("119 as they were")
    expect(review.get_by_role("heading", name="Could not be read: 1")).to_be_visible()
    row = review.get_by_role("row").filter(has_text="bad.png")
    expect(row.get_by_role("cell").last).not_to_be_empty()
    expect(review.get_by_role("row").filter(has_text="disc/02.png")).to_be_visible()
    review.get_by_role("button", name="Add a folder").click()
    adding = review.get_by_role("region", name="Add a folder")
    adding.get_by_role("button", name="more/").click()
    expect(adding.get_by_role("status")).to_contain_text("1 images")
    at_rest(review, "main:not([hidden])")
    found = Axe().run(review)
    assert found.violations_count == 0, found.generate_report()
    adding.get_by_role("button", name="Index this folder").click()
    expect(review.locator(".sources li")).to_have_count(2)
    expect(done).to_contain_text("1 new; it took")
    assert app.get("/api/state")["workspace"]["items"] == 122
