"""Several classes in one sitting in a real browser: from a folder to a dataset, by keys alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from shapes import draw_shapes
from web_app import App, Open
from web_stage import at_rest, drawn, serving, until

from likewise.server.app import make_app
from likewise.server.app_state import AppState

GRID = "#set-grid"
SHOWN = f"document.querySelectorAll('{GRID} .lw-tile:not([aria-hidden])').length > 0"
SET = "/api/label-sets/shapes"
NAMES = ["disc", "square", "stripes"]
QUEUES = ["Teaches most", "All of one class", "Undecided between two", "New kinds", "Suspects"]


def class_of(item: str) -> str:
    """What a picture really is: its folder says it."""
    return item.split("/")[0]


def looked_at(page: Page) -> None:
    """Wait for the pictures of a page that takes answers, and as long as a look takes."""
    until(page, SHOWN)
    until(page, f"!document.querySelector('{GRID}[aria-busy=true], {GRID}.lw-fresh')")
    until(
        page,
        f"[...document.querySelectorAll('{GRID} .lw-tile:not([aria-hidden]) img')]"
        ".every((picture) => picture.naturalWidth > 0)",
    )


def all_saved(page: Page) -> None:
    expect(page.get_by_role("toolbar", name="Pages")).to_contain_text("all saved")


def focused(page: Page) -> str:
    item: str = page.evaluate(f"document.querySelector('{GRID} .lw-tile.focus').dataset.id")
    return item


TILES = f"[...document.querySelectorAll('{GRID} .lw-tile:not([aria-hidden])')]"
ON_PAGE = f"""{TILES}.filter((tile) => {{
    const box = document.querySelector('{GRID}').getBoundingClientRect();
    const at = tile.getBoundingClientRect();
    return at.top >= box.top - 1 && at.bottom <= box.bottom + 1;
}})"""
"""The tiles that are wholly on the screen."""


def captions(page: Page) -> dict[str, str]:
    """By the id of each tile on the page, what is written under it."""
    found: dict[str, str] = page.evaluate(
        f"Object.fromEntries({ON_PAGE}"
        ".map((tile) => [tile.dataset.id, tile.querySelector('.lw-caption').textContent]))"
    )
    return found


def positions(page: Page) -> dict[str, str]:
    """By the id of each tile on the page, where it is."""
    found: dict[str, str] = page.evaluate(
        f"Object.fromEntries({ON_PAGE}.map((tile) => [tile.dataset.id, tile.style.transform]))"
    )
    return found


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate(
            "(name) => { const at = document.activeElement; return [at.textContent, at.ariaLabel, "
            "at.labels?.[0]?.textContent, at.name].some((one) => one?.startsWith(name)); }",
            name,
        ):
            return
    raise AssertionError(f"Tab never comes to '{name}'")


def press(page: Page, name: str) -> None:
    tab_to(page, name)
    page.keyboard.press("Enter")


def give(page: Page, name: str) -> None:
    """Type the name of a class for the focused image."""
    page.keyboard.press("t")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    until(page, f"document.activeElement.id === '{GRID[1:]}'")


def answer_page(page: Page, keys: dict[str, str]) -> None:
    """Answer each image of the page by the key of its class."""
    looked_at(page)
    for _ in range(len(captions(page))):
        page.keyboard.press(keys[class_of(focused(page))])
        drawn(page)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """The real server over a folder of 60 pictures that nobody has indexed."""
    monkeypatch.chdir(tmp_path)  # where the workspace is made
    draw_shapes(tmp_path / "photos", 20)
    app_state = AppState(None, [tmp_path / "photos", tmp_path], who="ann")
    with serving(make_app(app_state)) as address:
        yield App(address, tmp_path)
        app_state.events.close()
    app_state.close()


def test_from_a_folder_to_a_split_dataset_by_keys_alone(empty: App, new_page: Open) -> None:
    page = new_page(empty.address)
    expect(page.get_by_role("heading", name="Choose a folder")).to_be_visible()
    until(page, "!document.querySelector('main button.primary').disabled")
    press(page, "Index this folder")
    expect(page.get_by_role("navigation", name="Views")).to_be_visible()
    until(page, "/60 images/.test(document.querySelector('header').textContent)")
    press(page, "Label sets")
    expect(page.get_by_text("A label set is a name for classes")).to_be_visible()

    page.keyboard.press("Shift+N")
    page.keyboard.type("shapes")
    tab_to(page, "classes")
    page.keyboard.type("disc, square")
    press(page, "Make it")

    looked_at(page)  # new kinds: clusters, named by typing; the third class comes with its name
    named: set[str] = set()
    while named != set(NAMES):
        assert "like it" in captions(page)[focused(page)]
        name = class_of(focused(page))
        give(page, name)
        named.add(name)
    all_saved(page)
    assert empty.get(SET)["classes"] == NAMES
    until(
        page,
        "[...document.querySelectorAll('.sets-left td')].some((one) => /%/.test(one.textContent))",
    )

    page.keyboard.press("o")  # the next pages: all of one class
    for name in NAMES:
        looked_at(page)
        expect(page.get_by_role("combobox", name="Class", exact=True)).to_have_value(name)
        before = positions(page)
        for item, caption in captions(page).items():
            assert caption.startswith(f"{name}?"), (item, caption)
        odd = [item for item in before if class_of(item) != name]
        for item in odd:
            page.keyboard.press("Home")
            while focused(page) != item:
                page.keyboard.press("ArrowRight")
            page.keyboard.press(str(NAMES.index(class_of(item)) + 1))
        assert positions(page) == before  # nothing moves until the page is answered
        page.keyboard.press("Shift+Y")
        all_saved(page)
        page.keyboard.press("c")
    said = empty.get(f"{SET}/labels")
    assert len(said) > 30
    assert all(classes == [class_of(item)] for item, classes in said.items())

    page.keyboard.press("u")  # one undo takes a page back
    all_saved(page)
    fewer = empty.get(f"{SET}/labels")
    assert len(fewer) < len(said)
    page.keyboard.press("Shift+U")
    all_saved(page)
    assert empty.get(f"{SET}/labels") == said

    page.keyboard.press("l")
    expect(page.locator("main.sets .status-line")).to_contain_text("labelled by the model")
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name="Export")
    expect(dialog.get_by_role("table")).to_contain_text("stripes")
    tab_to(page, "Format")
    page.keyboard.type("csv")
    press(page, "Write")
    expect(dialog).to_contain_text("✓ Written")
    with (empty.home / "photos/shapes-dataset/shapes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["split"] for row in rows} == {"train", "val", "test"}
    assert {row["label"] for row in rows} == set(NAMES)
    assert {row["decided_by"] for row in rows} <= {"person", "round"}
    right = sum(row["label"] == class_of(row["id"]) for row in rows)
    assert right >= 0.95 * len(rows) > 40


@pytest.fixture
def sets(app: App, new_page: Open) -> Page:
    """The page of a set of three classes with four images each, over 120 pictures."""
    app.send("/api/label-sets", {"name": "shapes", "classes": NAMES})
    said = {f"{name}/{n:02d}.png": name for name in NAMES for n in range(4)}
    app.send(f"{SET}/labels", {"classes": said})
    page = new_page(f"{app.address}/?view=sets&set=shapes")
    looked_at(page)
    return page


def test_pages_marks_and_undo(app: App, sets: Page) -> None:
    line = sets.locator("main.sets .status-line")
    before = positions(sets)
    keys = {name: str(n + 1) for n, name in enumerate(NAMES)}
    first = focused(sets)
    sets.keyboard.press(keys[class_of(first)])
    drawn(sets)
    assert captions(sets)[first] == class_of(first)
    assert focused(sets) != first
    second = focused(sets)
    sets.keyboard.press("0")
    sets.keyboard.press("Space")
    all_saved(sets)
    labels = app.get(f"{SET}/labels")
    assert labels[second] == ["none of these"]
    assert positions(sets) == before
    sets.keyboard.press("u")
    sets.keyboard.press("u")
    all_saved(sets)
    assert focused(sets) == second
    assert second not in app.get(f"{SET}/labels")

    sets.keyboard.press("n")  # not what is proposed, whatever it is
    all_saved(sets)
    assert captions(sets)[second].startswith("not ")
    third = focused(sets)
    sets.keyboard.press("Shift+ArrowRight")
    sets.keyboard.press("2")
    expect(line).to_contain_text("2: square; U takes all of them back")
    all_saved(sets)
    assert app.get(f"{SET}/labels")[third] == ["square"]

    strip = sets.get_by_role("region", name="History")
    newest = strip.get_by_role("button").first
    item = newest.get_attribute("title").split(":")[0]  # type: ignore[union-attr]
    newest.click()
    strip.get_by_role("button", name="stripes", exact=True).click()
    all_saved(sets)
    assert app.get(f"{SET}/labels")[item] == ["stripes"]

    looked_at(sets)
    sets.keyboard.press("Shift+Y")
    looked_at(sets)
    expect(sets.locator(".lw-edge").filter(has_text="Page 1 ")).not_to_be_in_viewport()
    assert not set(positions(sets)) & set(before)


def test_every_page_can_be_read_aloud_and_fits_narrow_windows(app: App, sets: Page) -> None:
    problems: dict[str, Any] = {}
    for name in (
        "Teaches most",
        "All of one class",
        "Undecided between two",
        "New kinds",
        "Suspects",
    ):
        sets.get_by_role("toolbar", name="Pages").get_by_role("button", name=name).click()
        until(sets, f"!document.querySelector('{GRID}[aria-busy=true]')")
        at_rest(sets, "main.sets")
        found = Axe().run(sets)
        if found.violations_count:
            problems[name] = found.generate_report()
    for key, title in (
        ("e", "Export"),
        ("Shift+N", "New label set"),
        ("x", "What is taken for what"),
        ("?", "Keys"),
    ):
        sets.locator(GRID).focus()
        sets.keyboard.press(key)
        expect(sets.get_by_role("dialog", name=title)).to_be_visible()
        at_rest(sets, "dialog[open]")
        found = Axe().run(sets)
        if found.violations_count:
            problems[key] = found.generate_report()
        sets.keyboard.press("Escape")
    assert not problems
    for width, height in ((1000, 700), (720, 450), (420, 700)):
        sets.set_viewport_size({"width": width, "height": height})
        at_rest(sets, "main.sets")
        assert sets.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


def test_a_cell_of_the_confusion_opens_as_a_page(app: App, sets: Page) -> None:
    app.send(f"{SET}/labels", {"classes": {"disc/20.png": "stripes"}})  # a mistake
    sets.get_by_role("button", name="Confusion").click()
    cell = sets.get_by_role("button", name="stripes, taken for disc: 1")
    cell.click()
    looked_at(sets)
    assert captions(sets) == {"disc/20.png": "stripes → disc?"}
    sets.keyboard.press("y")
    all_saved(sets)
    assert app.get(f"{SET}/labels")["disc/20.png"] == ["disc"]
    sets.keyboard.press("Escape")
    expect(sets.get_by_role("toolbar", name="Pages")).to_contain_text("Teaches most")


def test_answers_of_others_come_without_a_reload(app: App, sets: Page) -> None:
    table = sets.get_by_role("region", name="Classes")
    expect(table.get_by_role("row", name="disc").get_by_role("cell").first).to_have_text("4")
    app.send(f"{SET}/labels", {"classes": {"disc/30.png": "disc"}})
    expect(table.get_by_role("row", name="disc").get_by_role("cell").first).to_have_text("5")
