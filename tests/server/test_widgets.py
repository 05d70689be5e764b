"""The grid and the map as notebooks load them: one text each, a model in, a selection out.

The model is a stand-in here; `tests/notebook` has them in a real JupyterLab.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from web_stage import Stage, at_rest, until

from likewise.notebook.base import module

Open = Callable[..., Page]

# What a notebook's side of a widget is, as https://anywidget.dev/en/afm/ defines it.
MODEL = """
window.model = (values) => {
    const told = {};
    return { values, saved: 0, sent: [], get: (name) => values[name],
        set(name, value) { values[name] = value; told[`change:${name}`]?.forEach((run) => run()); },
        save_changes() { this.saved++; },
        send(message) { this.sent.push(message); },
        receive(message, buffers) { told['msg:custom']?.forEach((run) => run(message, buffers)); },
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


@pytest.mark.parametrize("name", ["grid_widget.js", "map_widget.js"])
def test_one_text_holds_the_widget_with_its_imports(name: str, page: Page) -> None:
    """Anywidget takes one text, so a name that two files define would end it with an error."""
    page.goto("about:blank")  # the stage's policy lets no text be a module
    load = "async (text) => typeof (await import(`data:text/javascript,${text}`)).default.render"
    assert page.evaluate(load, quote(module(name))) == "function"


LOADED = "[...document.querySelectorAll('.lw-tile:not([aria-hidden]) img')]" + (
    ".filter((image) => image.naturalWidth).length"
)


def test_the_grid_shows_bytes_and_answers_what_is_selected(page: Page) -> None:
    page.evaluate("""async () => {
        window.jpeg = await (await fetch('/thumb/a%2F000003.jpg')).arrayBuffer();
        const pack = new Uint8Array(3 + 2 * jpeg.byteLength);
        pack.set(new Uint8Array(jpeg), 3);
        pack.set(new Uint8Array(jpeg), 3 + jpeg.byteLength);
        window.state = model({ ids: ['a', 'b', 'c'], first: new DataView(pack.buffer, 3),
            ends: [jpeg.byteLength, 2 * jpeg.byteLength], marks: { b: -1 }, size: 120,
            selected: [] });
        window.close = gridWidget.render({ model: state, el: document.querySelector('main') });
    }""")
    until(page, f"{LOADED} === 2")
    assert page.evaluate("state.sent") == [{"want": ["c"]}]
    page.evaluate("state.receive({ have: ['c'] }, [new DataView(jpeg)])")
    until(page, f"{LOADED} === 3")
    assert page.get_by_role("option", name="b, no").count() == 1
    page.get_by_role("option", name="a", exact=True).click()
    assert page.evaluate("state.values.selected") == ["a"]
    page.keyboard.press(" ")
    assert page.evaluate("state.values.selected") == []
    page.keyboard.press(" ")
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate("[state.values.selected, state.saved > 0]") == [["a", "b"], True]
    assert page.get_by_role("status").inner_text().startswith("2 of 3 selected")
    page.evaluate("state.set('selected', ['c'])")
    assert page.locator(".lw-tile.selected").count() == 1
    page.evaluate("state.set('ends', []), state.set('ids', ['c']), state.set('marks', { c: 1 })")
    assert page.locator("[role=option]:not([aria-hidden])").all_inner_texts() == [""]
    assert page.get_by_role("option", name="c, yes").count() == 1
    page.evaluate("close()")
    assert page.evaluate("state.listeners()") == 0


def test_a_picture_that_is_not_there_is_said_to_be_missing(page: Page) -> None:
    page.evaluate("""() => {
        window.state = model({ ids: ['a'], first: new DataView(new ArrayBuffer(0)), ends: [0],
            marks: {}, size: 120, selected: [] });
        window.close = gridWidget.render({ model: state, el: document.querySelector('main') });
    }""")
    page.get_by_role("option", name="a, cannot be shown").click()
    assert page.evaluate("[state.values.selected, state.sent]") == [["a"], []]
    page.evaluate("close()")


def test_the_map_shows_bytes_and_answers_positions(page: Page) -> None:
    page.evaluate("""() => {
        const xy = new DataView(Uint16Array.of(9, 9, 0, 0, 65535, 65535, 32768, 32768).buffer, 4);
        window.state = model({ xy, inside: new DataView(new ArrayBuffer(0)), at: -1,
            classes: new DataView(new ArrayBuffer(3)), scale: 'categories', legend: ['all'] });
        window.close = mapWidget.render({ model: state, el: document.querySelector('main') });
    }""")
    box = until(
        page,
        "document.querySelector('canvas').width > 300 && "
        "document.querySelector('main > div').getBoundingClientRect().toJSON()",
    )
    at_rest(page, "canvas")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(x, y)
    until(page, "state.values.at === 2")
    until(page, "state.sent.length")
    assert page.evaluate("state.sent[0]") == {"want": 2}
    page.evaluate("""async () => {
        const jpeg = await (await fetch('/thumb/a%2F000003.jpg')).arrayBuffer();
        state.receive({ have: 2, id: 'a/c.jpg' }, [new DataView(jpeg)]);
    }""")
    tip = page.get_by_role("figure")
    until(page, "document.querySelector('figure img').naturalWidth > 0")
    expect(tip).to_be_visible()
    expect(tip).to_have_text("a/c.jpg")
    page.keyboard.down("Shift")
    page.mouse.move(x - 60, y - 60)
    page.mouse.down()
    for dx, dy in [(60, -60), (60, 60), (-60, 60)]:
        page.mouse.move(x + dx, y + dy, steps=3)
    page.mouse.up()
    until(page, "state.values.inside.byteLength === 4")
    assert page.evaluate("[state.values.inside.getUint32(0, true), state.saved]") == [2, 2]
    assert page.get_by_role("status").inner_text().split("\n") == [
        "all", "1 selected · Shift and drag draws around images",
    ]  # fmt: skip
    page.evaluate("close()")
    assert page.evaluate("state.listeners()") == 0
