"""Tiles coloured by what is known of their images, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from web_app import App, ready
from web_filter import filtered, open_filter
from web_stage import at_rest, until

TILES = """() => Object.fromEntries(
    [...document.querySelectorAll('#grid .lw-tile:not([aria-hidden])')].map((tile) => {
        const value = tile.querySelector('.lw-value');
        const style = getComputedStyle(value, '::after');
        return [tile.dataset.id, {
            letter: value.hidden ? '' : style.content.split(' / ')[0].replaceAll('"', ''),
            colour: style.backgroundColor, ink: style.color, says: tile.ariaLabel,
        }];
    }))"""

Tiles = dict[str, dict[str, Any]]


def tiles(page: Page) -> Tiles:
    found: Tiles = page.evaluate(TILES)
    return found


def colour_by(page: Page, name: str) -> None:
    page.get_by_label("Colour by").select_option(name)


def legend(page: Page) -> Locator:
    return page.locator(".tile-legend li")


def test_tiles_have_the_letter_and_colour_of_their_folder(app: App, review: Page) -> None:
    assert {tile["letter"] for tile in tiles(review).values()} == {""}
    open_filter(review)
    colour_by(review, "folder")
    expect(legend(review)).to_have_text(["Adisc40", "Bsquare40", "Cstripes40"])
    letters = {"disc": "A", "square": "B", "stripes": "C"}
    for item, tile in tiles(review).items():
        kind = item.split("/")[0]
        assert tile["letter"] == letters[kind]
        assert tile["says"].startswith(f"{item}, {kind}")
    review.get_by_role("button", name="Random").click()
    ready(review)
    by_letter = {tile["letter"]: tile["colour"] for tile in tiles(review).values()}
    assert set(by_letter) == {"A", "B", "C"}
    assert len(set(by_letter.values())) == 3

    # A filter counts again; the address keeps the choice; nothing takes it away.
    review.get_by_role("checkbox", name="square").check()
    filtered(review, 40)
    expect(legend(review)).to_have_text(["Adisc0", "Bsquare40", "Cstripes0"])
    review.reload()
    ready(review)
    expect(legend(review)).to_have_text(["Adisc0", "Bsquare40", "Cstripes0"])
    until(review, "document.querySelector('#grid .lw-tile.focus .lw-value').dataset.letter === 'B'")
    review.get_by_role("toolbar", name="Panel").get_by_role("button", name="Filter").click()
    colour_by(review, "")
    expect(legend(review)).to_have_count(0)
    assert {tile["letter"] for tile in tiles(review).values()} == {""}


def test_tiles_are_coloured_by_basket_answers_and_ranges(app: App, review: Page) -> None:
    app.send("/api/label-sets", {"name": "shapes", "classes": ["disc", "square"]})
    app.send("/api/label-sets/shapes/labels", {"classes": {"square/03.png": "square"}})
    open_filter(review)
    colour_by(review, "basket:disc")
    expect(legend(review)).to_have_text(["Aexample1", "Bcounter-example0", "–not in the basket119"])
    colour_by(review, "set:shapes")
    expect(legend(review)).to_have_text(
        ["Adisc1", "Bsquare1", "Cnone of these0", "–not answered118"]
    )
    colour_by(review, "bytes")
    expect(legend(review)).to_have_count(5)
    expect(legend(review).first).to_contain_text(re.compile(r"A[\d,]+ to [\d,]+"))


def test_the_map_has_the_same_choice_and_legend(app: App, review: Page) -> None:
    open_filter(review)
    colour_by(review, "folder")
    expect(legend(review)).to_have_count(3)
    review.get_by_role("button", name="Map", exact=True).click()
    review.get_by_role("button", name="Compute it").click()
    pane = review.get_by_role("main", name="Map")
    expect(pane.get_by_role("list", name="Colours by folder").get_by_role("listitem")).to_have_text(
        ["Adisc40", "Bsquare40", "Cstripes40"]
    )
    choice = pane.get_by_role("combobox", name="Colour")
    expect(choice).to_have_value("folder")
    choice.select_option("score")
    expect(pane.get_by_role("list", name="Colours by folder")).to_have_count(0)
    choice.select_option("bytes")
    review.get_by_role("button", name="Review", exact=True).click()
    expect(legend(review)).to_have_count(5)  # the tiles follow


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_can_be_read_on_every_colour(
    app: App, new_page: Callable[..., Page], scheme: str
) -> None:
    page = ready(new_page(f"{app.address}/?concept=disc&colour=folder", color_scheme=scheme))
    expect(legend(page)).to_have_count(3)
    colours = page.evaluate(
        "import('/static/points.js').then(({ CATEGORIES, OTHERS, NONE }) =>"
        " [...CATEGORIES, OTHERS, NONE].map((one) => one.match(/[0-9a-f]{2}/g)"
        ".map((part) => parseInt(part, 16)).join(' ')))"
    )
    assert len(set(colours)) == 12
    ink = luminance(next(iter(tiles(page).values()))["ink"])
    for colour in colours:
        assert (luminance(colour) + 0.05) / (ink + 0.05) >= 4.5, colour
    at_rest(page, "main")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_forced_colours_leave_the_letters(app: App, new_page: Callable[..., Page]) -> None:
    page = ready(new_page(f"{app.address}/?concept=disc&colour=folder", forced_colors="active"))
    expect(legend(page)).to_have_count(3)
    for item, tile in tiles(page).items():
        assert tile["letter"] == {"disc": "A", "square": "B", "stripes": "C"}[item.split("/")[0]]
        assert tile["colour"] != tile["ink"]
