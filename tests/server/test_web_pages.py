"""Map, curate, export and first run in a real browser; accessibility, widths, and the policy."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect
from waiting import wait_until
from web_app import App, Open, focused, on_screen, ready, saved
from web_stage import at_rest, serving, until

from likewise.server.app import make_app
from likewise.server.app_state import AppState

VIEWS = ["review", "map", "concepts", "images", "label sets", "curate", "export", "settings"]


def with_map(app: App, page: Page) -> None:
    """Compute the map from the page and wait for its points."""
    page.get_by_role("button", name="Compute it").click()
    until(page, "/^120 images/.test(document.querySelector('.lw-map canvas').ariaLabel ?? '')")
    until(page, "!document.querySelector('.map-place .empty:not([hidden])')")


def lasso(page: Page) -> None:
    """Draw around the left half of the map, with Shift held."""
    box = page.locator(".lw-map").bounding_box()
    assert box is not None
    left, top, width, height = box["x"] + 2, box["y"] + 2, box["width"] / 2, box["height"] - 4
    page.keyboard.down("Shift")
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in [(left + width, top), (left + width, top + height), (left, top + height)]:
        page.mouse.move(x, y, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")


def test_a_map_is_computed_coloured_and_a_region_reviewed(app: App, review: Page) -> None:
    expect(review.get_by_text("This map is not computed yet")).to_be_visible()
    expect(review.get_by_role("button", name="Compute it")).to_contain_text("about")
    with_map(app, review)
    review.keyboard.press("m")
    until(review, "new URLSearchParams(location.search).get('view') === 'map'")
    colour = review.get_by_role("combobox", name="Colour")
    for by in ("folder", "cluster", "label", "width", "score"):
        colour.select_option(by)
        if by == "folder":
            expect(review.locator(".right .legend")).to_contain_text("stripes")
    at_rest(review, ".lw-map")
    lasso(review)
    bar = review.locator(".selected-bar")
    expect(bar).to_contain_text("selected")
    bar.get_by_role("button", name="Review these").click()
    expect(review.get_by_text("unanswered from the map")).to_be_visible()
    count = len(on_screen(review))
    assert 0 < count < 120
    review.keyboard.press("m")
    before = len(app.answers())
    lasso(review)
    bar.get_by_role("button", name="All no").click()
    expect(review.locator("footer")).to_contain_text("marked no")
    saved(review)
    answers = app.answers()
    assert len(answers) > before
    assert answers["disc/00.png"] == "yes"  # what was answered stays
    review.keyboard.press("u")
    saved(review)
    assert len(app.answers()) == before


def test_a_point_shows_its_picture_and_the_focus_has_a_ring(app: App, review: Page) -> None:
    with_map(app, review)
    until(review, "document.querySelector('.legend')")
    box = review.locator(".lw-map").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    tip = review.locator(".tip")
    for patience in (
        0,
        20,
        100,
        500,
        2000,
    ):  # milliseconds at each place: the picture has to be asked for
        for step, y in product(range(200), (middle - 30, middle, middle + 30)):
            review.mouse.move(box["x"] + 4 + step * (box["width"] - 8) / 200, y)
            review.wait_for_timeout(patience)
            if tip.is_visible():
                expect(tip.locator("img")).to_be_visible()
                return
    raise AssertionError("no point showed its picture")


def test_the_map_says_what_is_missing(app: App, review: Page) -> None:
    with pytest.raises(Exception, match="404"):
        app.get("/api/map/pca")
    kinds = {one["kind"]: one for one in app.get("/api/map")}
    assert kinds["pca"]["extra"] is None
    assert (kinds["tsne"]["extra"], kinds["umap"]["extra"]) == ("tsne", "umap")


def test_export_previews_the_manifest_and_writes_it(app: App, review: Page, many: Path) -> None:
    for _ in range(12):
        review.keyboard.press("y" if focused(review).startswith("disc") else "n")
    review.get_by_role("button", name="Export").click()
    expect(review.get_by_role("heading", name="Export “disc”")).to_be_visible()
    table = review.get_by_role("table").first
    expect(table).to_contain_text("disc (person)")
    lines = review.get_by_role("region", name="First lines")
    expect(lines.get_by_role("row").nth(1)).to_contain_text("disc/")
    review.get_by_role("combobox", name="Format").select_option("jsonl")
    review.get_by_role("button", name="Write").click()
    expect(review.get_by_text("✓ Written")).to_be_visible()
    about = json.loads((many / "disc-dataset" / "likewise.json").read_text())
    assert about["items"] > 5
    review.get_by_role("combobox", name="Format").select_option("csv")
    review.get_by_role("button", name="Write").click()
    expect(review.get_by_text("holds an earlier export")).to_be_visible()
    app.send("/api/concepts", {"name": "stripes", "examples": ["stripes/00.png"]})
    review.get_by_role("checkbox", name="stripes").check()
    review.locator("main:not([hidden])").get_by_label("Folder to make").fill(str(many / "both"))
    expect(review.get_by_role("heading", name="Export 2 concepts")).to_be_visible()
    expect(review.get_by_role("heading", name="stripes: The first")).to_be_visible()
    review.get_by_role("button", name="Write").click()
    expect(review.get_by_text("✓ stripes: Written")).to_be_visible()
    assert (many / "both" / "disc").is_dir()
    review.get_by_role("checkbox", name="stripes").uncheck()
    review.locator("main:not([hidden])").get_by_label("Folder to make").fill(
        "/etc/likewise-dataset"
    )
    review.get_by_role("button", name="Write").click()
    expect(review.get_by_text("not under a folder that this server may use")).to_be_visible()


def test_curation_shows_groups_and_picks_and_keeps_them(app: App, review: Page) -> None:
    review.get_by_role("button", name="Curate").click()
    review.get_by_role("button", name="Find near-duplicates").click()
    expect(review.get_by_text("Nothing is removed")).to_be_visible()
    review.get_by_role("button", name="Diverse pick").click()
    review.get_by_role("spinbutton", name="how many").fill("7")
    review.get_by_role("button", name="Find diverse pick").click()
    expect(review.get_by_text("7 stay, 113 go")).to_be_visible()
    expect(review.locator("main:not([hidden]) figure")).to_have_count(7)
    review.get_by_label("Name of the selection").fill("few")
    review.get_by_role("button", name="Keep under this name").click()
    expect(review.get_by_text("kept as “few”")).to_be_visible()
    expect(review.get_by_role("heading", name="Kept selections")).to_be_visible()
    assert app.get("/api/curate")["few"]["items"] == 120
    review.get_by_role("button", name="Look at these in the review").click()
    assert len(on_screen(review)) == 7
    review.keyboard.press("Escape")
    review.get_by_role("button", name="Curate").click()
    review.get_by_role("button", name="Review few").click()
    expect(review.get_by_text("Kept as “few”", exact=True)).to_be_visible()
    wait_until(lambda: len(on_screen(review)) == 7)
    review.get_by_role("button", name="Export", exact=True).click()
    review.get_by_role("combobox", name="or what a kept selection keeps").select_option("few")
    expect(review.get_by_role("button", name="Write 7 images")).to_be_enabled()


def test_an_old_list_of_selections_that_comes_late_is_not_shown(app: App, review: Page) -> None:
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    review.route("**/api/curate", hold_the_first)
    review.get_by_role("button", name="Curate").click()
    review.get_by_role("button", name="Diverse pick").click()
    review.get_by_role("spinbutton", name="how many").fill("7")
    review.get_by_role("button", name="Find diverse pick").click()
    review.get_by_label("Name of the selection").fill("few")
    review.get_by_role("button", name="Keep under this name").click()
    expect(review.get_by_text("kept as “few”")).to_be_visible()
    kept = review.get_by_role("heading", name="Kept selections")
    expect(kept).to_be_visible()
    held[0].fulfill(json={})  # as the server answered before anything was kept
    review.wait_for_timeout(300)
    expect(kept).to_be_visible()


def test_first_run_chooses_a_folder_and_shows_what_is_done(
    many: Path, new_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(many)  # where the workspace is made
    (many / "shapes.likewise").rename(many / "elsewhere")
    app_state = AppState(None, [many], who="ann")
    with serving(make_app(app_state)) as address:
        page = new_page(address)
        expect(page.get_by_role("heading", name="Choose a folder of images")).to_be_visible()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.get_by_role("button", name="shapes/", exact=True).click()
        expect(page.get_by_text("120 images")).to_be_visible()
        page.get_by_role("button", name="Index this folder").click()
        heading = page.get_by_role("heading", name="What are you looking for?")
        expect(heading).to_be_visible()  # the encoder may have to be made ready
        ready(page)
        expect(page.get_by_role("heading", name="What are you looking for?")).to_be_visible()
        page.get_by_role("combobox", name="What are you looking for?").fill("traffic light")
        page.get_by_role("button", name="Find", exact=True).click()
        until(page, "new URLSearchParams(location.search).get('concept') === 'traffic light'")
        ready(page)
        until(page, "/120 images/.test(document.querySelector('header').textContent)")
        app_state.events.close()
    app_state.close()


@pytest.mark.parametrize(
    "options",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark"},
        {"viewport": {"width": 720, "height": 450}},  # 200 % zoom of 1440 by 900
        {"viewport": {"width": 390, "height": 800}},
        {"forced_colors": "active"},
        {"forced_colors": "active", "color_scheme": "dark"},
    ],
    ids=["light", "dark", "zoomed", "phone", "forced", "forced-dark"],
)
def test_no_view_has_an_accessibility_violation(
    app: App, new_page: Open, options: dict[str, Any]
) -> None:
    squares = {"folder": {"values": ["square", "disc"]}}
    app.send("/api/views", {"name": "squares", "chosen": squares, "concept": "disc"})
    app.send("/api/label-sets", {"name": "shapes", "classes": ["disc", "square"]})
    page = ready(new_page(f"{app.address}/?saved=squares&colour=folder", **options))
    page.get_by_role("toolbar", name="Panel").get_by_role("button", name="Filter").click()
    page.get_by_label("Colour by").select_option("folder")
    expect(page.get_by_role("button", name="Remove the view squares")).to_be_visible()
    expect(page.locator(".tile-legend li")).to_have_count(3)
    at_rest(page, "main")
    found = Axe().run(page)
    assert found.violations_count == 0, f"filter: {found.generate_report()}"
    page.get_by_role("toolbar", name="Panel").get_by_role("button", name="Concept").click()
    page.locator("#grid").focus()
    for key in "yn ":
        page.keyboard.press(key)
    words = page.locator("#words")
    words.fill("traffic light, -envelope")
    words.press("Enter")
    expect(page.locator(".chips li")).to_have_count(3)  # the filter of the view, and two words
    ready(page)
    for view in VIEWS:
        page.get_by_role("button", name=view.capitalize(), exact=True).click()
        at_rest(page, "main")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{view}: {found.generate_report()}"
    page.get_by_role("button", name="Review", exact=True).click()
    page.locator("#grid").focus()
    for key, close in [("?", "Escape"), ("Enter", "Escape")]:
        page.keyboard.press(key)
        at_rest(page, "main")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{key}: {found.generate_report()}"
        page.keyboard.press(close)


@pytest.mark.parametrize(("width", "height"), [(1000, 700), (720, 450), (420, 700)])
def test_narrow_and_zoomed_windows_hold_everything(
    app: App, new_page: Open, width: int, height: int
) -> None:
    """720 by 450 is what 200 % zoom leaves of 1440 by 900."""
    page = ready(
        new_page(f"{app.address}/?concept=disc", viewport={"width": width, "height": height})
    )
    for view in VIEWS:
        page.get_by_role("button", name=view.capitalize(), exact=True).click()
        at_rest(page, "main")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
    page.get_by_role("button", name="Review", exact=True).click()
    page.locator("#grid").focus()
    page.keyboard.press("y")
    saved(page)
    assert len(app.answers()) == 2


def test_the_policy_is_not_violated(app: App, new_page: Open) -> None:
    page = new_page("about:blank")
    page.add_init_script(
        "window.violations = []; addEventListener('securitypolicyviolation', "
        "(event) => violations.push(event.violatedDirective + ' ' + event.blockedURI))"
    )
    page.goto(f"{app.address}/?concept=disc")
    ready(page)
    page.keyboard.press("y")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    page.keyboard.press("Escape")
    for view in VIEWS:
        page.get_by_role("button", name=view.capitalize(), exact=True).click()
        page.wait_for_timeout(200)
    assert page.evaluate("violations") == []


def test_motion_is_reduced_where_it_is_asked_for(app: App, new_page: Open) -> None:
    page = ready(new_page(f"{app.address}/?concept=disc", reduced_motion="reduce"))
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].filter((one) => "
        "parseFloat(getComputedStyle(one).transitionDuration) > 0).length"
    )
    assert moving == 0
