"""The map in a real browser: what is where, what a lasso holds, keys, and a million points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from web_stage import Stage, until

Open = Callable[..., Page]
At = Callable[..., Page]


@pytest.fixture
def at(new_page: Open, stage: tuple[str, Stage]) -> At:
    def open_map(n: int = 20_000, **options: Any) -> Page:
        page = new_page(f"{stage[0]}/stage/map.html?n={n}", **options)
        until(page, "window.map?.length > 0 && document.querySelector('canvas').width > 300")
        drawn(page)
        return page

    return open_map


def drawn(page: Page) -> None:
    page.evaluate("() => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 250))")


def pixel(page: Page, x: float, y: float) -> list[int]:
    """Of the canvas of the points: red, green, blue, alpha."""
    found: list[int] = page.evaluate(
        "([x, y]) => [...document.querySelector('canvas').getContext('2d')"
        ".getImageData(Math.floor(x), Math.floor(y), 1, 1).data]",
        [x, y],
    )
    return found


def events(page: Page, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        "(name) => events.filter(([is]) => is === name).map(([, detail]) => "
        "detail.positions ? { positions: [...detail.positions] } : detail)",
        name,
    )
    return found


THREE = "map.setPoints(Uint16Array.of(0, 0, 65535, 65535, 32768, 32768))"
RED_GREEN = "map.setColours(Uint8Array.of(0, 1, 0), ['#ff0000', '#00ff00'])"


def test_points_are_where_they_should_be_in_their_colours(at: At) -> None:
    page = at()
    page.evaluate(f"{THREE}, {RED_GREEN}")
    drawn(page)
    corner, middle = page.evaluate("[map.pixelOf(1), map.pixelOf(2)]")
    assert middle == pytest.approx([640, 400], abs=0.1)
    assert corner[0] > 900, "right is large x"
    assert corner[1] < 30, "up is large y"
    assert pixel(page, *middle) == [255, 0, 0, 255]
    assert pixel(page, *corner) == [0, 255, 0, 255]
    assert pixel(page, 640, 300)[3] == 0


def test_marked_points_are_larger_on_top_and_differ_in_shape(at: At) -> None:
    page = at()
    page.evaluate(f"{THREE}, {RED_GREEN}")
    page.evaluate("map.setMarks(Uint32Array.of(1, 2), Int8Array.of(1, -1))")
    drawn(page)
    yes, no = page.evaluate("[map.pixelOf(1), map.pixelOf(2)]")
    assert pixel(page, yes[0], yes[1]) != [0, 255, 0, 255]
    assert pixel(page, yes[0] + 3, yes[1])[3] == 255, "a disc"
    assert pixel(page, no[0] + 3, no[1] + 3)[3] > 128, "a cross has arms"
    assert pixel(page, no[0] + 4, no[1])[3] < 128, "and gaps between them"


def drag(page: Page, path: Sequence[tuple[float, float]], shift: bool) -> None:
    if shift:
        page.keyboard.down("Shift")
    page.mouse.move(*path[0])
    page.mouse.down()
    for x, y in path[1:]:
        page.mouse.move(x, y, steps=4)
    page.mouse.up()
    if shift:
        page.keyboard.up("Shift")


LOOP = [(400, 200), (800, 250), (700, 600), (420, 500)]

INSIDE = """(loop) => {
    const found = [];
    for (let i = 0; i < map.length; i++) {
        const [x, y] = map.pixelOf(i);
        let odd = false;
        for (let k = 0; k < loop.length; k++) {
            const [ax, ay] = loop[k], [bx, by] = loop[(k + 1) % loop.length];
            if (ay <= y !== by <= y && ax + ((y - ay) * (bx - ax)) / (by - ay) > x) odd = !odd;
        }
        if (odd) found.push(i);
    }
    return found;
}"""


@pytest.mark.parametrize("zoomed", [False, True])
def test_a_lasso_holds_what_is_inside_it(at: At, zoomed: bool) -> None:
    page = at()
    if zoomed:
        page.mouse.move(300, 300)
        page.mouse.wheel(0, -400)
        drawn(page)
    drag(page, LOOP, shift=True)
    [answer] = events(page, "map-lasso")
    wanted = set(page.evaluate(INSIDE, LOOP))
    got = set(answer["positions"])
    assert len(wanted) > 500
    assert len(wanted ^ got) < 0.01 * len(wanted), "only points on the line may differ"
    page.keyboard.press("Tab")
    page.evaluate("map.host.focus()")
    page.keyboard.press("Escape")
    assert events(page, "map-lasso")[-1] == {"positions": []}


def test_a_lasso_without_the_shift_key(at: At) -> None:
    page = at()
    tool = page.get_by_role("button", name="Draw around images")
    tool.click()
    assert tool.get_attribute("aria-pressed") == "true"
    drag(page, LOOP, shift=False)
    assert len(events(page, "map-lasso")[0]["positions"]) > 500


def test_dragging_and_zooming_keep_what_is_under_the_pointer(at: At) -> None:
    page = at()
    before = page.evaluate("map.pixelOf(3)")
    drag(page, [(600, 400), (650, 370)], shift=False)
    moved = page.evaluate("map.pixelOf(3)")
    assert [moved[0] - before[0], moved[1] - before[1]] == pytest.approx([50, -30], abs=0.1)
    assert events(page, "map-lasso") == events(page, "map-pick") == []
    page.evaluate("(at) => map.zoomBy(3, at)", moved)
    assert page.evaluate("map.pixelOf(3)") == pytest.approx(moved, abs=0.1)
    page.evaluate("map.showAll()")
    assert page.evaluate("map.pixelOf(3)") == pytest.approx(before, abs=0.1)


def test_a_click_and_a_pointer_at_rest_name_the_nearest_point(at: At) -> None:
    page = at()
    page.evaluate(f"{THREE}, {RED_GREEN}")
    drawn(page)
    page.mouse.move(643, 404)
    drawn(page)
    assert events(page, "map-hover")[-1]["position"] == 2
    page.mouse.click(643, 404)
    assert events(page, "map-pick") == [{"position": 2}]
    page.mouse.move(700, 404)
    drawn(page)
    assert events(page, "map-hover")[-1]["position"] == -1
    page.mouse.click(700, 404)
    assert len(events(page, "map-pick")) == 1


def test_keys_move_it_and_are_not_passed_on(at: At) -> None:
    page = at()
    page.evaluate("addEventListener('keydown', (event) => events.push(['key', event.key]))")
    page.evaluate("map.host.focus()")
    before = page.evaluate("map.pixelOf(3)")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    moved = page.evaluate("map.pixelOf(3)")
    assert [moved[0] - before[0], moved[1] - before[1]] == pytest.approx([-60, 60], abs=0.1)
    page.keyboard.press("+")
    page.keyboard.press("-")
    assert page.evaluate("map.pixelOf(3)") == pytest.approx(moved, abs=0.1)
    page.keyboard.press("0")
    assert page.evaluate("map.pixelOf(3)") == pytest.approx(before, abs=0.1)
    assert page.evaluate("events.filter(([name]) => name === 'key')") == []
    page.keyboard.press("y")
    assert page.evaluate("events.at(-1)") == ["key", "y"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_violations_of_accessibility(at: At, scheme: str) -> None:
    found = Axe().run(at(color_scheme=scheme))
    assert found.violations_count == 0, found.generate_report()


def test_the_ring_of_the_focus_has_the_colour_of_the_page(at: At) -> None:
    rings = []
    for scheme in ("light", "dark"):
        page = at(color_scheme=scheme)
        page.evaluate(f"{THREE}, map.setFocus(2)")
        drawn(page)
        rings.append(
            page.evaluate(
                "[...document.querySelectorAll('canvas')[1].getContext('2d')"
                ".getImageData(649, 400, 1, 1).data]"
            )
        )
    assert rings[0] != rings[1]
    assert all(ring[2] > ring[0] for ring in rings), "blue"


def test_twice_the_pixels(at: At) -> None:
    page = at(device_scale_factor=2)
    assert page.evaluate("document.querySelector('canvas').width") == 2560
    page.evaluate(f"{THREE}, {RED_GREEN}")
    drawn(page)
    assert pixel(page, 1280, 800) == [255, 0, 0, 255]


def test_a_million_points(at: At) -> None:
    page = at(n=1_000_000)
    drag(page, LOOP, shift=True)
    assert page.evaluate("events.at(-1)[1].positions.length") > 50_000
    inked = page.evaluate(
        "new Uint32Array(document.querySelector('canvas').getContext('2d')"
        ".getImageData(0, 0, 1280, 800).data.buffer).filter(Boolean).length"
    )
    assert inked > 100_000


def test_no_points_and_one(at: At) -> None:
    page = at()
    for points in ("new Uint16Array(0)", "Uint16Array.of(7, 7)"):
        page.evaluate(f"map.setPoints({points}), map.setFocus(0), map.nearest([5, 5])")
        page.evaluate("map.zoomBy(2)")
        drawn(page)
    assert page.evaluate("map.length") == 1
