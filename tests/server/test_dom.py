"""Elements in a real browser: live parts, what replaces them, what ends with them."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page
from web_stage import Stage, until

Open = Callable[..., Page]


def at(new_page: Open, stage: tuple[str, Stage]) -> Page:
    page = new_page(f"{stage[0]}/stage/dom.html")
    until(page, "window.h !== undefined")
    return page


def test_live_text_attributes_and_lists(new_page: Open, stage: tuple[str, Stage]) -> None:
    page = at(new_page, stage)
    page.evaluate("""() => {
        window.names = signal(['a', 'b']);
        window.busy = signal(false);
        document.querySelector('main').append(
            h('p.note', { title: () => names().join(), style: { color: 'rgb(1, 2, 3)' } },
                'has ', () => names().length, ' of ', null, false, 0),
            h('ul', {}, () => names().map((name) => h('li', {}, name)), h('li', {}, 'last')),
            h('button', { disabled: busy, 'aria-pressed': () => String(busy()) }, 'Go'));
    }""")
    note, items, button = page.locator("p"), page.locator("li"), page.get_by_role("button")
    assert note.text_content() == "has 2 of 0"
    assert items.all_text_contents() == ["a", "b", "last"]
    page.evaluate("names.set(['c', 'd', 'e']), busy.set(true)")
    assert note.text_content() == "has 3 of 0"
    assert note.get_attribute("title") == "c,d,e"
    assert items.all_text_contents() == ["c", "d", "e", "last"]
    assert button.is_disabled()
    assert button.get_attribute("aria-pressed") == "true"
    assert note.evaluate("(p) => getComputedStyle(p).color") == "rgb(1, 2, 3)"
    assert page.locator("ul").evaluate("(list) => list.children.length") == 4


def test_live_parts_inside_live_parts(new_page: Open, stage: tuple[str, Stage]) -> None:
    page = at(new_page, stage)
    page.evaluate("""() => {
        window.open = signal(true);
        window.count = signal(1);
        window.runs = 0;
        const inner = () => { runs++; return Array.from({ length: count() }, () => h('i')); };
        document.querySelector('main').append(
            h('div', {}, () => (open() ? [h('b', {}, 'open '), inner] : 'closed'), '.'));
    }""")
    div = page.locator("div")
    page.evaluate("count.set(3)")
    assert page.locator("i").count() == 3
    page.evaluate("open.set(false)")
    assert div.text_content() == "closed."
    runs = page.evaluate("runs")
    page.evaluate("count.set(5)")
    assert page.evaluate("runs") == runs, "what was replaced does not run any more"
    page.evaluate("open.set(true)")
    assert div.text_content() == "open ."
    assert page.locator("i").count() == 5


def test_text_is_never_html(new_page: Open, stage: tuple[str, Stage]) -> None:
    page = at(new_page, stage)
    page.evaluate("""() => document.querySelector('main').append(
        h('p', { title: '"><img src=x>' }, '<img src=x onerror=alert(1)>', () => '<b>b</b>'))""")
    assert page.locator("img, b").count() == 0
    assert page.locator("p").text_content() == "<img src=x onerror=alert(1)><b>b</b>"
