"""One line says how far a concept is and what the threshold would accept, in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from web_app import App, ready, saved, whole_page
from web_stage import until

Open = Callable[..., Page]
LINE = ".status-line:not([role])"  # that of the review; the page of label sets has another


def teach(app: App, yes: int, no: int) -> None:
    said = [(f"disc/{n:02d}.png", "yes") for n in range(1, yes + 1)]
    said += [(f"square/{n:02d}.png", "no") for n in range(no)]
    events = [
        {"id": f"t{n}", "item": item, "verdict": verdict, "action": "taught"}
        for n, (item, verdict) in enumerate(said)
    ]
    app.send("/api/concepts/disc/labels", {"events": events})


def opened(app: App, new_page: Open) -> Page:
    page = ready(new_page(f"{app.address}/?concept=disc"))
    until(page, "/accepted|scores/.test(document.querySelector('.status-line').textContent)")
    return page


def count_in(page: Page) -> int:
    """How many the line says would be accepted."""
    found = re.search(r"on ([\d,]+) more", page.locator(LINE).inner_text())
    return int(found[1].replace(",", "")) if found else 0


def test_it_says_what_is_found_and_what_would_be_accepted(app: App, new_page: Open) -> None:
    teach(app, 7, 8)
    page = opened(app, new_page)
    line = page.locator(LINE)
    expect(line).to_have_text(re.compile(r"8 yes of about \d+ \(\d+ to \d+; no audit yet\);"))
    count = count_in(page)
    assert count == app.get("/api/concepts/disc/range")["count"]
    accept = page.get_by_role("button", name=re.compile("^Accept all"))
    expect(accept).to_have_text(f"Accept all {count} above it…")
    accept.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=f"Accept {count}").click()
    expect(dialog).to_be_hidden()
    expect(line).to_contain_text(f"8 yes + {count} accepted of about")


def test_the_threshold_says_how_many_it_would_accept(app: App, new_page: Open) -> None:
    teach(app, 7, 8)
    page = opened(app, new_page)
    before = count_in(page)
    for _ in range(40):
        page.keyboard.press("[")
    until(page, f"!/on {before} more/.test(document.querySelector('.status-line').textContent)")
    more = count_in(page)
    assert more > before
    expect(page.get_by_role("button", name=f"Accept all {more} above it")).to_be_visible()
    bar = float(page.get_by_role("slider", name="Threshold").input_value())
    counted = app.get(f"/api/concepts/disc/range?threshold={bar}")["count"]
    assert more == counted


def test_what_is_missing_is_said_at_once(app: App, new_page: Open) -> None:
    teach(app, 1, 0)
    page = opened(app, new_page)
    accept = page.get_by_role("button", name=re.compile("^Accept all"))
    expect(
        page.get_by_text("Before they can be accepted: 3 more yes and 5 more no")
    ).to_be_visible()
    expect(accept).to_be_disabled()
    teach(app, 6, 6)
    expect(accept).to_be_enabled()
    expect(page.get_by_text("Before they can be accepted")).to_be_hidden()


def test_it_names_no_command_and_explains_the_rule_on_request(app: App, new_page: Open) -> None:
    teach(app, 7, 8)
    page = opened(app, new_page)
    panel = page.locator("aside.left")
    expect(panel).to_contain_text("in all")
    text = panel.inner_text()
    assert "likewise " not in text
    assert "--" not in text
    assert "refitted" not in text
    panel.get_by_text("Why this rule").click()
    expect(panel.get_by_text("refitted in")).to_be_visible()


@pytest.mark.parametrize("words", [False, True])
def test_the_last_pages_are_those_that_people_saw(app: App, new_page: Open, words: bool) -> None:
    """Also for a concept that begins with words: its stop advice comes, too."""
    name = "disc"
    if words:
        name = "light"
        app.send("/api/concepts", {"name": name, "hints": ["traffic light"]})
    page = ready(new_page(f"{app.address}/?concept={name}"))
    line = page.locator(LINE)
    brought: list[int] = []
    stops = False
    while not stops:
        ids = whole_page(page)
        wanted = [item for item in ids if item.startswith("disc/")]
        brought.append(len(wanted))
        for item in wanted:
            page.locator(f'#grid [data-id="{item}"]').click()
            page.keyboard.press("y")
        if len(wanted) < len(ids):
            page.keyboard.press("Shift+N")
        saved(page)
        ready(page)
        report = app.get(f"/api/concepts/{name}/report")
        stops = report["stop"]
        if len(brought) > 1 and report["left"]["high"]:
            last = sum(brought[-2:]) or "none"
            expect(line).to_contain_text(f"the last two pages brought {last}")
    assert len(brought) > 2
    expect(line).to_contain_text("you may stop" if report["left"]["high"] else "these are all")
