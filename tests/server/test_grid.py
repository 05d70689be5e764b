"""The grid in a real browser: a hundred thousand images, keys, screen readers, stability."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from web_stage import Stage, drawn, until

Open = Callable[..., Page]
At = Callable[..., Page]

ON_SCREEN = """() => {
    const box = grid.host.getBoundingClientRect();
    return [...document.querySelectorAll('[role=option]:not([aria-hidden])')]
        .map((tile) => [tile.dataset.id, tile.getBoundingClientRect()])
        .filter(([, at]) => at.bottom > box.top + 1 && at.top < box.bottom - 1)
        .sort(([, a], [, b]) => a.top - b.top || a.left - b.left)
        .map(([id, at]) => [id, Math.round(at.left), Math.round(at.top)]);
}"""


@pytest.fixture
def at(new_page: Open, stage: tuple[str, Stage]) -> At:
    def open_grid(n: int = 100_000, **options: Any) -> Page:
        page = new_page(f"{stage[0]}/stage/grid.html?n={n}", **options)
        until(page, "window.grid?.columns > 1")
        page.evaluate("grid.host.focus()")
        return page

    return open_grid


def on_screen(page: Page) -> list[list[Any]]:
    shown: list[list[Any]] = page.evaluate(ON_SCREEN)
    return shown


def focus(page: Page) -> int:
    rank: int = page.evaluate("grid.focusRank")
    return rank


def active(page: Page) -> Any:
    return page.evaluate(
        "document.getElementById(grid.host.getAttribute('aria-activedescendant'))?.dataset.id"
    )


def test_a_hundred_thousand_images_are_a_hundred_elements(at: At) -> None:
    page = at()
    assert page.locator("[role=option]").count() < 200
    page.evaluate("grid.host.scrollTop = grid.host.scrollHeight")
    until(page, f"({ON_SCREEN})().at(-1)?.[0] === ids.at(-1)")
    assert page.locator("[role=option]").count() < 200


def test_a_list_is_cut_where_browsers_end(at: At) -> None:
    page = at(n=100_500)
    assert page.evaluate("[grid.length, ids.length]") == [100_000, 100_500]


def test_arrows_pages_and_ends(at: At) -> None:
    page = at()
    columns, rows = page.evaluate("[grid.columns, grid.rowsOnPage]")
    for key, rank in [
        ("ArrowRight", 1),
        ("ArrowDown", 1 + columns),
        ("ArrowLeft", columns),
        ("ArrowUp", 0),
        ("ArrowLeft", 0),
        ("PageDown", columns * rows),
        ("PageUp", 0),
        ("End", 99_999),
        ("ArrowRight", 99_999),
        ("Home", 0),
    ]:
        page.keyboard.press(key)
        assert focus(page) == rank, key
        assert active(page) == page.evaluate("grid.focusId")
        shown = page.locator(".lw-tile.focus").bounding_box()
        assert shown is not None
        assert shown["y"] >= -1, key
        assert shown["y"] + shown["height"] <= 801, key


def test_the_focus_stays_in_the_document_when_one_scrolls_away(at: At) -> None:
    page = at()
    page.keyboard.press("ArrowRight")
    page.evaluate("grid.host.scrollTop = 50000, grid.draw()")
    assert active(page) == "folder/000001.jpg"
    page.keyboard.press("ArrowRight")
    assert "folder/000002.jpg" in [shown[0] for shown in on_screen(page)]


def test_a_far_jump_by_key_asks_for_its_pictures_at_once(at: At) -> None:
    page = at()
    asked = page.evaluate("""() => {
        grid.move(99999);
        return [...document.querySelectorAll('[role=option]:not([aria-hidden])')]
            .map((tile) => tile.querySelector('img').hasAttribute('src'));
    }""")
    assert len(asked) > 40
    assert all(asked)


def test_a_held_arrow_shows_every_picture_that_it_stops_at(at: At) -> None:
    page = at()
    for _ in range(25):
        page.keyboard.press("ArrowDown")
    until(page, "document.querySelector('.lw-tile.focus img').naturalWidth > 0")


def test_what_a_screen_reader_is_told(at: At) -> None:
    page = at()
    page.evaluate("marks.set(ids[0], 1).set(ids[1], -1).set(ids[2], 0), grid.setMarks(marks)")
    names = [page.locator(f'[data-id="{name}"]').get_attribute("aria-label") for name in first(4)]
    assert names == [
        f"{first(4)[0]}, yes",
        f"{first(4)[1]}, no",
        f"{first(4)[2]}, skipped",
        first(4)[3],
    ]
    tile = page.locator(f'[data-id="{first(4)[3]}"]')
    assert tile.get_attribute("aria-posinset") == "4"
    assert tile.get_attribute("aria-setsize") == "100000"
    grid = page.get_by_role("listbox", name="Results")
    assert grid.get_attribute("aria-multiselectable") == "true"
    assert grid.get_attribute("tabindex") == "0"


def first(n: int) -> list[str]:
    return [f"folder/{i:06d}.jpg" for i in range(n)]


def test_marks_have_a_sign_as_well_as_a_colour(at: At) -> None:
    page = at()
    page.evaluate("marks.set(ids[0], 1).set(ids[1], -1).set(ids[2], 0), grid.setMarks(marks)")
    signs = page.evaluate(
        """() => ids.slice(0, 4).map((id) => getComputedStyle(
            document.querySelector(`[data-id="${id}"]`), '::after').content[1] ?? '')"""
    )
    assert len(set(signs)) == 4
    assert signs[:3] == ["✓", "✕", "–"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_violations_of_accessibility(at: At, scheme: str) -> None:
    page = at(color_scheme=scheme)
    page.evaluate(
        "marks.set(ids[0], 1).set(ids[1], -1), grid.setMarks(marks), grid.select([ids[4]])"
    )
    page.keyboard.press("PageDown")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_new_ranking_moves_nothing_that_is_on_the_screen(at: At) -> None:
    page = at()
    page.evaluate("grid.host.scrollTop = 1000")
    drawn(page)
    page.evaluate("grid.focusOn(ids[80])")
    before = on_screen(page)
    page.evaluate("grid.replaceTail([...ids].reverse())")
    drawn(page)
    assert on_screen(page) == before
    assert page.evaluate("grid.focusId") == "folder/000080.jpg"
    ids: list[str] = page.evaluate("grid.ids")
    assert len(set(ids)) == len(ids) == 100_000
    fold = ids.index("folder/099999.jpg")
    kept = [shown[0] for shown in before]
    assert ids[fold - 1] == kept[-1], "right below the fold"
    assert ids[:fold] == first(fold)
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    assert on_screen(page)[-1][0] > "folder/09"


def test_a_shorter_ranking_leaves_no_empty_tiles(at: At) -> None:
    page = at()
    page.evaluate("grid.setIds(ids.slice(0, 7))")
    assert [shown[0] for shown in on_screen(page)] == first(7)
    page.evaluate("grid.setIds([])")
    assert on_screen(page) == []
    assert page.evaluate("grid.focusId ?? null") is None
    assert page.evaluate("grid.host.hasAttribute('aria-activedescendant')") is False
    for key in ("ArrowRight", "End", "PageDown", " "):
        page.keyboard.press(key)
    page.evaluate("grid.nextPage(), grid.replaceTail(ids.slice(5, 8))")
    assert [shown[0] for shown in on_screen(page)] == first(8)[5:]


def test_the_page_is_what_is_wholly_on_the_screen(at: At) -> None:
    page = at()
    box = 800
    for top in (0, 333, 1000):
        page.evaluate(f"grid.host.scrollTop = {top}, grid.draw()")
        tiles: list[str] = page.evaluate("grid.page()")
        size: int = page.evaluate("document.querySelector('[role=option]').offsetHeight")
        whole = [s[0] for s in on_screen(page) if s[2] >= -1 and s[2] + size <= box + 1]
        assert tiles == whole
    after: str = page.evaluate("grid.ids[grid.ids.indexOf(grid.page().at(-1)) + 1]")
    page.evaluate("grid.nextPage()")
    assert page.evaluate("grid.focusId") == after
    assert page.evaluate("grid.page()[0]") == after


# Time stands still for the grid meanwhile: a pause of a busy machine is no rest.
FLING = """async () => {
    const { setTimeout } = window;
    let settled;
    window.setTimeout = (run, pause) => { settled = [run, pause]; return 0; };
    const start = performance.now();
    const frames = [];
    for (let i = 0; i < 40; i++) {
        grid.host.scrollTop += 2000;
        await new Promise(requestAnimationFrame);
        await new Promise((done) => { // after the frame's drawing
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = done;
            port2.postMessage(0);
        });
        const tiles = [...document.querySelectorAll('[role=option]:not([aria-hidden])')]
            .filter((tile) => !tile.classList.contains('focus'));
        frames.push([tiles.length, tiles.filter((tile) => tile.querySelector('[src]')).length,
            tiles.filter((tile) => tile.firstChild.style.backgroundColor).length]);
    }
    window.setTimeout = setTimeout;
    setTimeout(...settled);
    return { frames, start, end: performance.now(), pause: settled[1] };
}"""


def test_a_fling_requests_nothing_until_it_settles(at: At, stage: tuple[str, Stage]) -> None:
    page = at()
    until(page, "document.querySelectorAll('img[src]').length > 40")
    until(page, "[...document.querySelectorAll('img[src]')].every((image) => image.complete)")
    fling = page.evaluate(FLING)
    for tiles, asked, coloured in fling["frames"][1:]:
        assert tiles > 40
        assert asked == 0
        assert coloured == tiles
    assert fling["pause"] == 70
    until(page, "document.querySelectorAll('img[src]').length > 40")
    until(page, "[...document.querySelectorAll('img[src]')].every((image) => image.complete)")
    assert {tile[0] for tile in on_screen(page)} <= set(stage[1].asked)
    requested = """({ start, end }) => performance.getEntriesByType('resource').filter(
        ({ name, startTime }) => name.includes('/thumb/') && startTime > start && startTime < end
    ).length"""
    assert page.evaluate(requested, fling) == 0


def test_a_picture_that_cannot_be_shown_can_still_be_marked(at: At) -> None:
    page = at()
    page.evaluate("grid.focusOn(ids[99])")
    tile = page.locator('[data-id="folder/000099.jpg"]')
    expect(tile).to_have_attribute("aria-label", "folder/000099.jpg, cannot be shown")
    page.evaluate("marks.set(ids[99], 1), grid.setMarks(marks)")
    expect(tile).to_have_attribute("aria-label", "folder/000099.jpg, yes, cannot be shown")
    assert "yes" in (tile.get_attribute("class") or "")


def test_selecting_with_keys_and_pointer(at: At) -> None:
    page = at()
    page.keyboard.press(" ")
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate("[...grid.selection]") == first(2)
    page.locator('[data-id="folder/000004.jpg"]').click(modifiers=["Control"])
    assert page.evaluate("[...grid.selection]") == [*first(2), first(5)[4]]
    page.locator('[data-id="folder/000006.jpg"]').click(modifiers=["Shift"])
    assert page.evaluate("[...grid.selection]") == first(7)[4:]
    expect(page.locator("[aria-selected=true]")).to_have_count(3)
    page.locator('[data-id="folder/000002.jpg"]').click()
    assert page.evaluate("grid.selection.size") == 0
    assert focus(page) == 2
    page.locator('[data-id="folder/000003.jpg"]').dblclick()
    assert page.evaluate("events.at(-1)") == ["grid-open", {"id": "folder/000003.jpg"}]


def test_events_say_where_the_focus_went(at: At) -> None:
    page = at()
    page.evaluate("events.length = 0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Home")
    page.keyboard.press("Home")
    focused = [detail["rank"] for name, detail in page.evaluate("events") if name == "grid-focus"]
    assert focused == [1, 0]


def test_other_sizes_keep_what_one_looks_at(at: At) -> None:
    page = at()
    page.evaluate("grid.focusOn(ids[5000])")
    for size in (80, 250, 132, 10, 1000):
        page.evaluate(f"grid.resize({size})")
        assert "folder/005000.jpg" in [shown[0] for shown in on_screen(page)], size
        assert 72 <= page.evaluate("grid.size") <= 320
    page.evaluate("grid.focusOn(ids[0]), grid.host.scrollTop = 40000, grid.draw()")
    seen = on_screen(page)[0][0]
    page.set_viewport_size({"width": 700, "height": 500})
    until(page, "innerWidth === 700")
    drawn(page)
    assert seen in [shown[0] for shown in on_screen(page)]


def test_marking_shows_in_the_same_frame(at: At) -> None:
    page = at()
    looks = page.evaluate("""() => {
        marks.set(grid.focusId, 1);
        grid.setMarks(marks);
        grid.move(1);
        return [document.querySelector('.lw-tile.yes')?.dataset.id,
                document.querySelector('.lw-tile.focus')?.dataset.id];
    }""")
    assert looks == first(2)


def test_it_leaves_nothing_behind(at: At) -> None:
    page = at()
    page.evaluate("grid.destroy(), grid.host.dispatchEvent(new Event('scroll'))")
    page.set_viewport_size({"width": 900, "height": 500})
    until(page, "innerWidth === 900")
    drawn(page)
    assert page.evaluate("grid.host.childElementCount") == 0
