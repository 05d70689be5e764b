"""A label set by hand: one image at a time, images carried to a class, names typed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from web_app import App
from web_stage import at_rest, drawn, until

Open = Callable[..., Page]

GRID = "#set-grid"
SET = "/api/label-sets/shapes"
NAMES = ["disc", "square", "stripes"]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def looked_at(page: Page) -> None:
    """Wait for the pictures of a page that takes answers, and as long as a look takes."""
    tiles = f"[...document.querySelectorAll('{GRID} .lw-tile:not([aria-hidden]) img')]"
    until(page, f"{tiles}.length > 0 && {tiles}.every((picture) => picture.naturalWidth > 0)")
    until(page, f"!document.querySelector('{GRID}[aria-busy=true], {GRID}.lw-fresh')")


def focused(page: Page) -> str:
    item: str = page.evaluate(f"document.querySelector('{GRID} .lw-tile.focus').dataset.id")
    return item


def shown(page: Page) -> list[str]:
    """Ids of the tiles that are wholly on the screen, in order."""
    found: list[str] = page.evaluate(f"""() => {{
        const box = document.querySelector('{GRID}').getBoundingClientRect();
        return [...document.querySelectorAll('{GRID} .lw-tile:not([aria-hidden])')]
            .map((tile) => [tile.dataset.id, tile.getBoundingClientRect()])
            .filter(([, at]) => at.top >= box.top - 1 && at.bottom <= box.bottom + 1)
            .sort(([, a], [, b]) => a.top - b.top || a.left - b.left).map(([id]) => id);
    }}""")
    return found


def all_saved(page: Page) -> None:
    expect(page.get_by_role("toolbar", name="Pages")).to_contain_text("all saved")


def middle(one: Locator) -> tuple[float, float]:
    box = one.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def tile(page: Page, item: str) -> Locator:
    return page.locator(f'{GRID} [data-id="{item}"]')


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name="Classes").locator(f'tr[data-drop="{name}"]')


def taught(app: App) -> None:
    app.send("/api/label-sets", {"name": "shapes", "classes": NAMES})
    said = {f"{name}/{n:02d}.png": name for name in NAMES for n in range(4)}
    app.send(f"{SET}/labels", {"classes": said})


@pytest.fixture
def sets(app: App, new_page: Open) -> Page:
    """The page of a set of three classes with four images each, over 120 pictures."""
    taught(app)
    page = new_page(f"{app.address}/?view=sets&set=shapes")
    looked_at(page)
    return page


def test_one_image_at_a_time_has_the_same_keys(app: App, sets: Page) -> None:
    first = focused(sets)
    sets.keyboard.press("Enter")
    loupe = sets.get_by_role("region", name="One at a time")
    expect(loupe.get_by_role("img")).to_have_attribute("alt", first)
    large = "document.querySelector('main.sets .loupe-stage img')"
    until(sets, f"{large}.src.endsWith('/full')")
    sets.keyboard.press("2")
    all_saved(sets)
    assert app.get(f"{SET}/labels")[first] == ["square"]
    second = focused(sets)
    expect(loupe.get_by_role("img")).to_have_attribute("alt", second)
    strip = loupe.get_by_role("list", name="Neighbours")
    expect(strip.get_by_role("button", name=first)).to_have_class("yes")
    strip.get_by_role("button", name=first).click()
    expect(loupe.get_by_role("img")).to_have_attribute("alt", first)
    expect(loupe).to_contain_text("square")

    loupe.get_by_role("button", name="None of these").click()
    all_saved(sets)
    assert app.get(f"{SET}/labels")[first] == ["none of these"]
    sets.keyboard.press("u")
    all_saved(sets)
    assert app.get(f"{SET}/labels")[first] == ["square"]
    sets.keyboard.press("Escape")
    expect(loupe).to_be_hidden()
    assert focused(sets) == first
    tile(sets, second).dblclick()
    expect(loupe.get_by_role("img")).to_have_attribute("alt", second)


def test_the_rest_and_what_is_selected_wait_behind_one_image(app: App, sets: Page) -> None:
    before = app.get(f"{SET}/labels")
    sets.keyboard.press("Shift+ArrowRight")
    sets.keyboard.press("Enter")
    item = focused(sets)
    sets.keyboard.press("3")
    all_saved(sets)
    after = app.get(f"{SET}/labels")
    assert {one: after[one] for one in after if one not in before} == {item: ["stripes"]}
    sets.keyboard.press("Shift+Y")
    all_saved(sets)
    assert len(app.get(f"{SET}/labels")) <= len(after) + 1


def test_the_picture_is_zoomed_and_moved_and_its_facts_are_shown(app: App, sets: Page) -> None:
    sets.keyboard.press("Enter")
    frame = sets.locator("main.sets .loupe-frame")
    picture = frame.locator("img")
    until(sets, "document.querySelector('main.sets .loupe-stage img').src.endsWith('/full')")
    before = picture.bounding_box()
    assert before is not None
    sets.mouse.move(*middle(frame))
    sets.mouse.wheel(0, -600)
    expect(frame).to_have_class("loupe-frame zoomed")
    larger = picture.bounding_box()
    assert larger is not None
    assert larger["width"] > 1.5 * before["width"]
    x, y = middle(frame)
    sets.mouse.down()
    sets.mouse.move(x + 60, y, steps=4)
    sets.mouse.up()
    moved = picture.bounding_box()
    assert moved is not None
    assert moved["x"] > larger["x"] + 30
    sets.keyboard.press("ArrowRight")  # another image is seen in full
    expect(frame).to_have_class("loupe-frame")
    frame.dblclick()
    expect(frame).to_have_class("loupe-frame zoomed")
    frame.dblclick()
    expect(frame).to_have_class("loupe-frame")
    sets.locator(GRID).focus()
    sets.keyboard.press("+")
    expect(frame).to_have_class("loupe-frame zoomed")
    sets.keyboard.press("-")
    expect(frame).to_have_class("loupe-frame")

    loupe = sets.get_by_role("region", name="One at a time")
    loupe.get_by_text("About this image").click()
    facts = sets.locator("main.sets .loupe-facts dl")
    expect(facts).to_contain_text("160 × 120 pixels")
    expect(facts).to_contain_text(focused(sets).split("/")[0])
    at_rest(sets, "main.sets .loupe")
    found = Axe().run(sets)
    assert not found.violations_count, found.generate_report()


def test_images_are_carried_to_a_class(app: App, sets: Page) -> None:
    ids = shown(sets)
    sets.mouse.move(*middle(tile(sets, ids[0])))
    sets.mouse.down()
    sets.mouse.move(*middle(row(sets, "stripes")), steps=5)
    expect(row(sets, "stripes")).to_have_class("dropping")
    sets.mouse.up()
    all_saved(sets)
    assert app.get(f"{SET}/labels")[ids[0]] == ["stripes"]
    assert focused(sets) == ids[1]

    sets.keyboard.press("Shift+ArrowRight")
    sets.mouse.move(*middle(tile(sets, ids[2])))
    sets.mouse.down()
    sets.mouse.move(*middle(row(sets, "none of these")), steps=5)
    expect(sets.locator(".lw-load")).to_have_text("2 images")
    sets.mouse.up()
    all_saved(sets)
    labels = app.get(f"{SET}/labels")
    assert [labels[item] for item in ids[1:3]] == [["none of these"]] * 2
    sets.keyboard.press("u")
    all_saved(sets)
    assert not {ids[1], ids[2]} & set(app.get(f"{SET}/labels"))


def finger(page: Page, *moves: tuple[float, float], hold: float) -> None:
    """A real touch: at rest at the first point for some milliseconds, then along the others."""
    session = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        touches: list[Any] = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    send("touchStart", moves[0])
    if hold:
        page.wait_for_timeout(hold)
    for (x, y), (to_x, to_y) in itertools.pairwise(moves):
        for step in range(1, 9):
            send("touchMove", (x + (to_x - x) * step / 8, y + (to_y - y) * step / 8))
    send("touchEnd")


def test_a_finger_carries_what_it_holds_and_swipes_as_proposed(app: App, new_page: Open) -> None:
    taught(app)
    page = new_page(f"{app.address}/?view=sets&set=shapes", **PHONE)
    looked_at(page)
    first, second = shown(page)[:2]
    start = middle(tile(page, second))
    finger(page, start, middle(row(page, "stripes")), hold=600)
    all_saved(page)
    assert app.get(f"{SET}/labels")[second] == ["stripes"]

    x, y = middle(tile(page, first))
    finger(page, (x, y), (x + 90, y), hold=0)
    all_saved(page)
    assert app.get(f"{SET}/labels")[first][0] in NAMES


def test_a_class_is_found_by_its_first_letters(app: App, sets: Page) -> None:
    item = focused(sets)
    sets.keyboard.press("t")
    sets.keyboard.type("s")
    options = sets.get_by_role("listbox", name="Classes").get_by_role("option")
    expect(options).to_have_text(["square", "stripes", "New class “s”"])
    at_rest(sets, "#class-options")
    found = Axe().run(sets)
    assert not found.violations_count, found.generate_report()
    sets.keyboard.press("ArrowDown")
    sets.keyboard.press("Enter")
    all_saved(sets)
    assert app.get(f"{SET}/labels")[item] == ["stripes"]
    assert app.get(SET)["classes"] == NAMES

    item = focused(sets)
    sets.keyboard.press("t")
    sets.keyboard.type("str")
    sets.keyboard.press("ArrowUp")
    sets.keyboard.press("Enter")  # the last one makes it
    all_saved(sets)
    until(sets, f"document.activeElement.id === '{GRID[1:]}'")
    assert app.get(SET)["classes"] == [*NAMES, "str"]
    assert app.get(f"{SET}/labels")[item] == ["str"]
    sets.keyboard.press("t")
    sets.keyboard.type("disc")
    sets.keyboard.press("Escape")
    expect(options).to_have_count(0)


def test_undo_goes_back_to_the_answer_before(app: App, sets: Page) -> None:
    item = focused(sets)
    sets.keyboard.press("1")
    sets.keyboard.press("ArrowLeft")
    sets.keyboard.press("2")
    all_saved(sets)
    assert app.get(f"{SET}/labels")[item] == ["square"]
    sets.keyboard.press("u")
    all_saved(sets)
    assert app.get(f"{SET}/labels")[item] == ["disc"]
    expect(tile(sets, item)).to_have_class("lw-tile yes focus")
    looked_at(sets)
    sets.keyboard.press("Shift+Y")  # the rest, which it is not of
    all_saved(sets)
    assert app.get(f"{SET}/labels")[item] == ["disc"]


MANY = [f"class {number:02d}" for number in range(1, 31)]
HANDY = "/api/label-sets/many"
LIST = "document.querySelector('.set-classes')"


def test_thirty_classes_keep_their_keys_while_others_work(app: App, new_page: Open) -> None:
    app.send("/api/label-sets", {"name": "many", "classes": MANY})
    said = {f"{kind}/{n:02d}.png": MANY[n] for kind in NAMES[:2] for n in range(30)}
    app.send(f"{HANDY}/labels", {"classes": said})
    page = new_page(f"{app.address}/?view=sets&set=many")
    looked_at(page)
    table = page.get_by_role("region", name="Classes")
    scrolled = f"{LIST}.scrollTop"
    assert page.evaluate(f"{LIST}.scrollHeight > {LIST}.clientHeight")
    expect(table.locator("tr.none")).to_be_in_viewport()
    for _ in range(2):
        page.keyboard.press(".")  # the keys of classes 19 to 27
    drawn(page)
    expect(row(page, "class 19").locator("kbd")).to_have_text("1")
    expect(row(page, "class 19")).to_be_in_viewport()
    expect(row(page, "class 27")).to_be_in_viewport()
    at = page.evaluate(scrolled)
    assert at > 0

    app.send(HANDY, {"add": ["another"]}, "PATCH")
    app.send(f"{HANDY}/labels", {"classes": {"stripes/38.png": "another"}})
    expect(row(page, "another").get_by_role("cell").first).to_have_text("1")
    expect(row(page, "class 19").locator("kbd")).to_have_text("1")
    assert page.evaluate(scrolled) == at

    first = focused(page)
    page.keyboard.press("1")
    second = focused(page)
    page.keyboard.press("9")
    all_saved(page)
    labels = app.get(f"{HANDY}/labels")
    assert (labels[first], labels[second]) == (["class 19"], ["class 27"])
    expect(row(page, "class 19").get_by_role("cell").first).to_have_text("3")
    page.keyboard.press("u")
    page.keyboard.press("u")
    all_saved(page)
    assert not {first, second} & set(app.get(f"{HANDY}/labels"))
    assert focused(page) == first
    page.keyboard.press("Shift+U")
    all_saved(page)
    assert app.get(f"{HANDY}/labels")[first] == ["class 19"]
    page.keyboard.press("t")
    page.keyboard.type("07")
    page.keyboard.press("Enter")
    all_saved(page)
    assert app.get(f"{HANDY}/labels")[focused_before(page)] == ["class 07"]
    expect(page.locator(".set-facts")).to_contain_text("answered; the model is sure of")
    at_rest(page, "main.sets")
    found = Axe().run(page)
    assert not found.violations_count, found.generate_report()


def focused_before(page: Page) -> str:
    """The image that was answered last."""
    newest = page.get_by_role("region", name="History").get_by_role("button").first
    title = newest.get_attribute("title")
    assert title is not None
    return title.split(":")[0]


def test_a_class_below_the_edge_is_reached_with_what_is_carried(app: App, new_page: Open) -> None:
    app.send("/api/label-sets", {"name": "many", "classes": MANY})
    app.send(f"{HANDY}/labels", {"classes": {"disc/00.png": MANY[0], "square/00.png": MANY[1]}})
    page = new_page(f"{app.address}/?view=sets&set=many")
    looked_at(page)
    item = focused(page)
    box = page.get_by_role("region", name="Classes").bounding_box()
    assert box is not None
    page.mouse.move(*middle(tile(page, item)))
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] - 10, steps=5)
    until(page, f"{LIST}.scrollTop + {LIST}.clientHeight >= {LIST}.scrollHeight - 1")
    page.mouse.move(*middle(row(page, "class 29")), steps=3)
    page.mouse.up()
    all_saved(page)
    assert app.get(f"{HANDY}/labels")[item] == ["class 29"]
