"""Copies in a real browser: the threshold, another image that stays, what is kept of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from scenes import draw_copies
from waiting import wait_until
from web_app import App, Open
from web_stage import at_rest, serving

from likewise.curate.workspace import tagged
from likewise.indexing.index import index
from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.workspace import Workspace


@pytest.fixture(scope="module")
def _copies_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("copies")
    index(draw_copies(home / "scenes"), home / "scenes.likewise")
    return home


@pytest.fixture
def copies(_copies_once: Path, tmp_path: Path) -> Iterator[App]:
    """The real server over four scenes, each with a good and a poor copy."""
    shutil.copytree(_copies_once, tmp_path, dirs_exist_ok=True)
    app_state = AppState(tmp_path / "scenes.likewise", [tmp_path], who="ann")
    with serving(make_app(app_state)) as address:
        yield App(address, tmp_path)
        app_state.events.close()
    app_state.close()


@pytest.fixture
def page(copies: App, new_page: Open) -> Page:
    """The groups of copies, found at the usual threshold."""
    page = new_page(f"{copies.address}/?view=curate")
    page.get_by_role("button", name="Find near-duplicates").click()
    expect(page.get_by_text("4 groups, 8 images would go, 4 stay.")).to_be_visible()
    return page


def found(app: App, **options: float) -> dict[str, object]:
    """What the server finds with some options."""
    job = app.send("/api/curate/near_duplicates", {"options": options})
    wait_until(lambda: app.get(f"/api/jobs/{job['id']}")["state"] != "running")
    result: dict[str, object] = app.get(f"/api/jobs/{job['id']}")["result"]
    return result


def slide_to(page: Page, value: float) -> None:
    page.get_by_role("slider", name="Alike from").evaluate(
        "(slider, value) => { slider.value = value;"
        " slider.dispatchEvent(new Event('input', { bubbles: true })); }",
        str(value),
    )


def picture(page: Page, name: str) -> Locator:
    return page.locator(f'button.picture[data-image="{name}"]')


def test_the_threshold_is_changed_in_the_page(copies: App, page: Page) -> None:
    drops = found(copies, threshold=0.75)["drops"]
    assert isinstance(drops, list)
    scores = sorted(drop["score"] for drop in drops)
    middle = (scores[3] + scores[4]) / 2  # the poor copies are below, the good ones above
    assert scores[3] < middle - 0.005, scores
    page.get_by_role("spinbutton", name="Alike from, as a number").fill(f"{middle:.4f}")
    page.keyboard.press("Enter")
    expect(page.get_by_text("4 groups, 4 images would go, 8 stay.")).to_be_visible()
    expect(page.locator("section.copies figure")).to_have_count(8)
    slide_to(page, 1)
    expect(page.get_by_text("0 groups, 0 images would go, 12 stay.")).to_be_visible()
    slide_to(page, 0.75)
    expect(page.get_by_text("4 groups, 8 images would go, 4 stay.")).to_be_visible()
    page.get_by_role("checkbox", name="mirrored").uncheck()
    expect(page.get_by_text("4 groups, 8 images would go, 4 stay.")).to_be_visible()


def test_another_image_stays_by_keys_and_is_stored(copies: App, page: Page) -> None:
    picture(page, "0.png").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(picture(page, "0-poor.jpg")).to_be_focused()
    page.keyboard.press("Enter")
    group = page.get_by_role("region", name="Group 1")
    expect(group.locator("figure.yes")).to_contain_text("✓ stays, chosen")
    expect(group.locator("figure.yes button.picture")).to_have_attribute("data-image", "0-poor.jpg")
    expect(picture(page, "0-poor.jpg")).to_be_focused()  # though the group was drawn again
    assert copies.get("/api/keepers")["stay"] == ["0-poor.jpg"]
    assert copies.get("/api/keepers")["history"][0]["who"] == "ann"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("2 of 2 images chosen to stay have copies here")).to_be_visible()
    slide_to(page, 1)
    expect(
        page.get_by_text("0 of 2 images chosen to stay have copies here, 2 have none")
    ).to_be_visible()
    slide_to(page, 0.9)
    expect(page.get_by_text("2 of 2 images chosen to stay have copies here")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Find near-duplicates").click()
    expect(page.get_by_text("2 of 2 images chosen to stay have copies here")).to_be_visible()
    picture(page, "0-poor.jpg").click()  # it is left to the method again
    expect(page.get_by_text("1 of 1 image chosen to stay has copies here")).to_be_visible()
    expect(picture(page, "0.png")).to_have_attribute(
        "aria-label", "0.png stays: make that a choice"
    )


def test_two_are_compared_and_both_kept(copies: App, page: Page) -> None:
    figure = page.locator("figure", has=picture(page, "1-good.jpg"))
    figure.hover()
    figure.get_by_role("button", name="Compare 1-good.jpg with 1.png").click()
    dialog = page.get_by_role("dialog", name="Is it a copy?")
    expect(dialog.get_by_role("img", name="1.png")).to_be_visible()
    expect(dialog).to_contain_text("320 × 240 pixels")
    audit = Axe().run(page)
    assert audit.violations_count == 0, audit.generate_report()
    dialog.get_by_role("button", name="Keep both").click()
    expect(page.get_by_text("7 images would go, 5 stay.")).to_be_visible()
    assert copies.get("/api/keepers")["stay"] == ["1.png", "1-good.jpg"]


def test_what_is_kept_is_what_was_shown(copies: App, page: Page) -> None:
    picture(page, "0-good.jpg").click()
    expect(picture(page, "0-good.jpg")).to_have_attribute(
        "aria-label", "0-good.jpg stays by choice: leave it to the method"
    )
    page.get_by_label("Name of the selection").fill("unique")
    page.get_by_role("button", name="Keep under this name").click()
    expect(page.get_by_text("kept as “unique”")).to_be_visible()
    with Workspace(copies.home / "scenes.likewise") as workspace:
        assert set(tagged(workspace, "unique").kept) == {
            "0-good.jpg", "1.png", "2.png", "3.png",
        }  # fmt: skip
    copies.send("/api/keepers", {"stay": ["3-poor.jpg"]})  # by another page
    page.get_by_label("Name of the selection").fill("later")
    page.get_by_role("button", name="Keep under this name").click()
    expect(page.get_by_text("the selection is another one by now")).to_be_visible()
    assert set(copies.get("/api/curate")) == {"unique"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_groups_and_options_have_no_accessibility_violation(
    copies: App, new_page: Open, scheme: str
) -> None:
    page = new_page(f"{copies.address}/?view=curate", color_scheme=scheme)
    page.get_by_role("button", name="Find near-duplicates").click()
    expect(page.get_by_text("4 groups, 8 images would go")).to_be_visible()
    picture(page, "0.png").focus()
    for title in ("Near-duplicates", "Image issues", "Balance"):
        page.get_by_role("button", name=title, exact=True).click()
        at_rest(page, "main")
        audit = Axe().run(page)
        assert audit.violations_count == 0, f"{title}: {audit.generate_report()}"
    page.set_viewport_size({"width": 390, "height": 700})
    page.get_by_role("button", name="Near-duplicates", exact=True).click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
