"""The page of a viewer and of a reviewer of a team, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from waiting import wait_until
from web_app import Open, focused, marks, ready, saved
from web_stage import serving

from likewise.server.app import make_app
from likewise.server.app_state import AppState

OWN = "the-token-of-who-started-it"


@pytest.fixture
def team(many: Path) -> Iterator[tuple[str, AppState]]:
    """The address of a server that knows users, and its state."""
    app_state = AppState(many / "shapes.likewise", [many], who="ann")
    with serving(make_app(app_state), token=OWN, user_of=app_state.user_of) as address:
        yield address, app_state
        app_state.events.close()
    app_state.close()


def test_a_viewer_sees_who_they_are_and_nothing_they_may_not(
    team: tuple[str, AppState], new_page: Open
) -> None:
    address, app_state = team
    _, token = app_state.workspace.users.add("vera", "viewer")
    page = ready(new_page(f"{address}/?token={token}&concept=disc&view=export"))
    expect(page.get_by_text("vera · viewing only")).to_be_visible()
    assert token not in page.url
    for name in ("Curate", "Export", "Hide disc", "New", "✓ Yes", "Rest no"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^Accept all"))).to_have_count(0)
    expect(page.locator("#words")).to_be_hidden()
    expect(page.locator("#grid")).to_be_visible()  # the export page is not for viewers
    first = focused(page)
    page.keyboard.press("y")
    assert focused(page) == first
    assert marks(page) == {}


def test_a_reviewer_answers_under_their_own_name(
    team: tuple[str, AppState], new_page: Open
) -> None:
    address, app_state = team
    _, token = app_state.workspace.users.add("ben", "reviewer")
    page = ready(new_page(f"{address}/?token={token}&concept=disc"))
    expect(page.get_by_text("ben · reviewer")).to_be_visible()
    for name in ("Curate", "Export", "Hide disc"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="New", exact=True)).to_be_visible()
    expect(page.locator("#words")).to_be_visible()
    first = focused(page)
    page.keyboard.press("y")
    saved(page)
    page.keyboard.press("b")
    expect(page.get_by_role("region", name="Looks like")).to_contain_text("2 images")
    (label,) = app_state.workspace.labels.history("disc")
    assert (label.item, label.verdict, label.who) == (first, "yes", "ben")
    rows = app_state.workspace.decisions.rows(
        "SELECT who FROM concepts ORDER BY revision DESC LIMIT 1"
    )
    assert rows == [("ben",)]


def test_what_one_left_unsent_is_not_sent_as_anothers(
    team: tuple[str, AppState], new_page: Open
) -> None:
    address, app_state = team
    users = app_state.workspace.users
    tokens = {name: users.add(name, "reviewer")[1] for name in ("ben", "cleo")}
    page = ready(new_page(f"{address}/?token={tokens['ben']}&concept=disc"))
    page.route("**/api/concepts/disc/ranking*", lambda route: route.abort())
    page.route("**/api/concepts/disc/labels", lambda route: route.abort())
    page.keyboard.press("y")
    expect(page.locator(".toast")).to_contain_text("not saved yet")
    page.goto("about:blank")  # else ben's page may still send it, as ben's
    page.unroute_all()
    page.goto(f"{address}/?token={tokens['cleo']}&concept=disc")
    ready(page)
    expect(page.get_by_text("cleo · reviewer")).to_be_visible()
    page.keyboard.press("n")
    saved(page)
    assert {one.who for one in app_state.workspace.labels.history("disc")} == {"cleo"}
    page.goto(f"{address}/?token={tokens['ben']}&concept=disc")
    expect(page.get_by_text("ben · reviewer")).to_be_visible()
    ready(page)

    def said() -> dict[str, str]:
        return {one.who: one.verdict for one in app_state.workspace.labels.history("disc")}

    wait_until(lambda: "ben" in said())  # what was left unsent is sent after the page is ready
    assert said() == {"cleo": "no", "ben": "yes"}
