"""grid.js and map.js as notebooks load them: one file each, a model in, a selection out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from web_stage import Stage, until

Open = Callable[..., Page]
STATIC = Path(__file__).parents[2] / "src/likewise/server/static"

# What a notebook's side of a widget is, as https://anywidget.dev/en/afm/ defines it.
MODEL = """
window.model = (values) => {
    const told = {};
    return { values, saved: 0, get: (name) => values[name],
        set(name, value) { values[name] = value; told[`change:${name}`]?.forEach((run) => run()); },
        save_changes() { this.saved++; },
        on(name, run) { (told[name] ??= new Set()).add(run); },
        off(name, run) { told[name]?.delete(run); },
        listeners: () => Object.values(told).reduce((sum, set) => sum + set.size, 0) };
};"""


@pytest.fixture
def page(new_page: Open, stage: tuple[str, Stage]) -> Page:
    page = new_page(f"{stage[0]}/stage/dom.html")
    until(page, "window.gridWidget !== undefined")
    page.evaluate(MODEL)
    return page


@pytest.mark.parametrize("name", ["grid.js", "map.js"])
def test_the_file_imports_nothing(name: str) -> None:
    lines = (STATIC / name).read_text().splitlines()
    assert not [line for line in lines if line.startswith("import ") or "import(" in line]


def test_the_grid_shows_bytes_and_answers_what_is_selected(page: Page) -> None:
    page.evaluate("""async () => {
        const jpeg = await (await fetch('/thumb/a%2F000003.jpg')).arrayBuffer();
        window.state = model({ ids: ['a', 'b', 'c'], thumbnails: [jpeg, jpeg, jpeg].map(
            (bytes) => new DataView(bytes)), marks: { b: -1 }, size: 120, selected: [] });
        window.close = gridWidget.render({ model: state, el: document.querySelector('main') });
    }""")
    until(
        page,
        "[...document.querySelectorAll('img[src]')].filter((i) => i.naturalWidth).length === 3",
    )
    assert page.get_by_role("option", name="b, no").count() == 1
    page.get_by_role("option", name="a", exact=True).click()
    page.keyboard.press(" ")
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate("[state.values.selected, state.saved > 0]") == [["a", "b"], True]
    page.evaluate("state.set('ids', ['c']), state.set('marks', { c: 1 })")
    assert page.locator("[role=option]:not([aria-hidden])").all_inner_texts() == [""]
    assert page.get_by_role("option", name="c, yes").count() == 1
    page.evaluate("close()")
    assert page.evaluate("state.listeners()") == 0


def test_the_map_shows_bytes_and_answers_ids(page: Page) -> None:
    page.evaluate("""() => {
        const xy = new DataView(Uint16Array.of(9, 9, 0, 0, 65535, 65535, 32768, 32768).buffer, 4);
        window.state = model({ ids: ['a', 'b', 'c'], xy, selected: [], picked: '',
            classes: new DataView(new ArrayBuffer(3)), palette: ['#ff0000', '#00ff00'] });
        window.close = mapWidget.render({ model: state, el: document.querySelector('main') });
    }""")
    box = until(
        page,
        "document.querySelector('canvas').width > 300 && "
        "document.querySelector('main > div').getBoundingClientRect().toJSON()",
    )
    page.wait_for_timeout(200)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(x, y)
    assert page.evaluate("state.values.picked") == "c"
    page.keyboard.down("Shift")
    page.mouse.move(x - 60, y - 60)
    page.mouse.down()
    for dx, dy in [(60, -60), (60, 60), (-60, 60)]:
        page.mouse.move(x + dx, y + dy, steps=3)
    page.mouse.up()
    assert page.evaluate("[state.values.selected, state.saved]") == [["c"], 2]
    page.evaluate("close()")
    assert page.evaluate("state.listeners()") == 0
