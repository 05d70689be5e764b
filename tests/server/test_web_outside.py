"""The page while other programs use the workspace or the server, in a real browser."""

from __future__ import annotations

import socket
import subprocess
import sys
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect
from shapes import draw_shapes
from web_app import App, Open, focused, marks, on_screen, ready, saved

OPEN_PAGES = 64  # that one person may have


def likewise(*arguments: str) -> None:
    """Run a command in a process of its own, as from a terminal."""
    command = [sys.executable, "-P", "-m", "likewise", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def test_images_indexed_from_the_command_line_come_to_the_page(app: App, review: Page) -> None:
    review.keyboard.press("y")
    saved(review)
    expect(review.locator("header")).to_contain_text("120 images")
    before, focus, answered = on_screen(review), focused(review), marks(review)
    draw_shapes(app.home / "shapes" / "new", 2)
    likewise("index", str(app.home / "shapes"), "-w", str(app.home / "shapes.likewise"))
    expect(review.locator("header")).to_contain_text("126 images", timeout=60_000)
    expect(review.locator("footer [role=status]")).to_contain_text("6 more images")
    assert on_screen(review) == before
    assert (focused(review), marks(review)) == (focus, answered)


def test_an_image_that_is_gone_leaves_the_ranking(app: App, review: Page) -> None:
    gone = app.home / "shapes" / "disc" / "39.png"
    assert gone.exists()
    gone.unlink()
    likewise("index", str(app.home / "shapes"), "-w", str(app.home / "shapes.likewise"))
    review.keyboard.press("End")
    expect(review.locator("[data-id='disc/39.png']")).to_have_count(0, timeout=60_000)


def test_answers_and_baskets_from_the_command_line_come_to_the_page(app: App, review: Page) -> None:
    workspace = str(app.home / "shapes.likewise")
    shown = [item for item, *_ in on_screen(review)][:3]
    answers = app.home / "yes.txt"
    answers.write_text("\n".join(shown))
    likewise("concept", "label", "disc", "--yes", str(answers), "-w", workspace)
    expect(review.locator("#grid .lw-tile.yes")).to_have_count(3, timeout=60_000)
    likewise("concept", "add", "disc", "--unlike", "square/00.png", "-w", workspace)
    basket = review.get_by_role("region", name="Not like")
    expect(basket).to_contain_text("1 image", timeout=60_000)


def streams(address: str, count: int) -> list[socket.socket]:
    """Open event streams of one person's."""
    parts = urlsplit(address)
    opened = []
    for _ in range(count):
        stream = socket.create_connection((parts.hostname or "", parts.port or 0), 30)
        stream.sendall(f"GET /api/events HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        assert stream.recv(1024).startswith(b"HTTP/1.1 200")
        opened.append(stream)
    return opened


def test_too_many_open_pages_are_called_so_and_asked_for_again(app: App, new_page: Open) -> None:
    opened = streams(app.address, OPEN_PAGES)
    page = ready(new_page(f"{app.address}/?concept=disc"))
    toast = page.get_by_role("alert")
    expect(toast).to_contain_text("64 pages of 127.0.0.1 are open already; close some of them")
    expect(toast).not_to_contain_text("does not answer")
    page.keyboard.press("y")
    saved(page)
    for stream in opened:
        stream.close()
    expect(toast).to_be_hidden(timeout=60_000)
    item = on_screen(page)[3][0]
    event = {"id": "other-page", "kind": "label", "item": item, "verdict": "no"}
    app.send("/api/concepts/disc/labels", {"events": [event]})
    expect(page.locator(f"[data-id='{item}'].no")).to_have_count(1)
