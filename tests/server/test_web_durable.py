"""A server that is killed, and a session by keyboard alone, in a real browser."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import APIResponse, Page, Route, expect
from ports import free_port
from serve_process import TOKEN, serve_process
from web_app import App, Open, focused, marks, on_screen, ready, saved
from web_stage import until

from likewise.workspace import Workspace


@contextmanager
def running(workspace: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server over a workspace, as a process of its own."""
    arguments = ["-w", str(workspace), "--root", str(workspace.parent), "--who", "ann"]
    with serve_process(port, *arguments) as process:
        yield process


def kept(many: Path) -> dict[str, str]:
    with Workspace(many / "shapes.likewise") as place:
        return {item: one.verdict for item, one in place.labels.current("disc").items()}


def test_no_answer_is_lost_when_the_server_is_killed(many: Path, new_page: Open) -> None:
    port = free_port()
    said: list[str] = []
    with running(many / "shapes.likewise", port) as process:
        page = ready(new_page(f"http://127.0.0.1:{port}/?concept=disc&token={TOKEN}"))
        for _ in range(3):
            said.append(focused(page))
            page.keyboard.press("y")
        process.send_signal(signal.SIGKILL)
        process.wait()
        for _ in range(4):
            said.append(focused(page))
            page.keyboard.press("y")
        expect(page.get_by_role("alert").filter(has_text="not saved yet")).to_be_visible()
        assert all(marks(page).get(item) == "yes" for item in said)
    page.evaluate("0")  # the page lives on
    with running(many / "shapes.likewise", port):
        saved(page)  # by itself
        until(page, "!document.querySelector('.toast:not([hidden])')")
        assert kept(many) == dict.fromkeys(said, "yes")
        page.keyboard.press("u")
        saved(page)
        assert kept(many) == dict.fromkeys(said[:-1], "yes")


def test_answers_outlive_the_page_too(many: Path, new_page: Open) -> None:
    port = free_port()
    with running(many / "shapes.likewise", port):
        page = ready(new_page(f"http://127.0.0.1:{port}/?concept=disc&token={TOKEN}"))
    items = [item for item, _, _ in on_screen(page)][:3]
    for _ in items:
        page.keyboard.press("n")
    stored = page.evaluate("Object.keys(localStorage).filter((k) => /event/.test(k)).length")
    assert stored == 3
    page.goto("about:blank")
    with running(many / "shapes.likewise", port):
        page.goto(f"http://127.0.0.1:{port}/?concept=disc")
        ready(page)
        saved(page)
        assert kept(many) == dict.fromkeys(items, "no")
        expect(page.get_by_role("region", name="Answers")).to_contain_text("3 no")


def test_answers_given_while_the_page_asks_for_answers_are_shown(app: App, new_page: Open) -> None:
    page = ready(new_page(f"{app.address}/?concept=disc"))
    held: list[tuple[Route, APIResponse]] = []

    def hold_the_first(route: Route) -> None:
        if held or route.request.method != "GET":
            route.continue_()
        else:
            held.append((route, route.fetch()))  # answered now, and shown below

    page.route("**/labels", hold_the_first)
    page.reload()
    ready(page)
    page.keyboard.press("n")
    saved(page)
    route, answer = held[0]
    route.fulfill(response=answer)
    page.wait_for_timeout(300)
    expect(page.get_by_role("region", name="Answers")).to_contain_text("1 no")


def by_tab(page: Page, name: str, limit: int = 80) -> None:
    """Press Tab until something of that name has the focus."""
    for _ in range(limit):
        label = page.evaluate(
            "document.activeElement.ariaLabel || document.activeElement.textContent"
        )
        if label.strip().startswith(name):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to '{name}'")


def test_a_whole_session_by_keyboard(app: App, new_page: Open, many: Path) -> None:
    page = ready(new_page(app.address))
    page.keyboard.press("/")
    page.keyboard.type("traffic light")
    page.keyboard.press("Enter")
    expect(page.locator(".chips li")).to_have_count(1)
    ready(page)
    page.keyboard.press("Escape")
    page.locator("body").press("Escape")  # from the words to the grid
    for _ in range(2):
        for item, _, _ in on_screen(page):
            if not item.startswith("disc") and item not in marks(page):
                while focused(page) != item:
                    page.keyboard.press("ArrowRight")
                page.keyboard.press("n")
        page.keyboard.press("Shift+Y")
        saved(page)
    page.keyboard.press("Enter")
    page.keyboard.press("y")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    saved(page)
    by_tab(page, "Export")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Export “disc”")).to_be_visible()
    expect(page.get_by_role("button", name="Write")).to_be_enabled()
    by_tab(page, "Write")
    page.keyboard.press("Enter")
    expect(page.get_by_text("✓ Written")).to_be_visible()
    assert (many / "disc-dataset" / "likewise.json").is_file()
