"""The web app as tests see it: a server over real pictures, and what a person sees and presses."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from web_stage import drawn, until

Open = Callable[..., Page]

ON_SCREEN = """() => {
    const box = document.querySelector('#grid').getBoundingClientRect();
    return [...document.querySelectorAll('#grid [role=option]:not([aria-hidden])')]
        .map((tile) => [tile.dataset.id, tile.getBoundingClientRect()])
        .filter(([, at]) => at.bottom > box.top + 1 && at.top < box.bottom - 1)
        .sort(([, a], [, b]) => a.top - b.top || a.left - b.left)
        .map(([id, at]) => [id, Math.round(at.left), Math.round(at.top)]);
}"""

SAVED = (
    "/answered, all saved|^ready/.test(document.querySelector('footer [role=status]').textContent)"
    " && !document.querySelector('#grid[aria-busy=true], #grid.lw-fresh')"
)


class App:
    """A running server: its address, its folder, and what it knows."""

    def __init__(self, address: str, home: Path) -> None:
        self.address, self.home = address, home

    def get(self, path: str) -> Any:
        """What the server answers, in JSON's types."""
        with urllib.request.urlopen(self.address + path) as answer:
            return json.load(answer)

    def send(self, path: str, body: Any, method: str = "POST") -> Any:
        """The same, for what changes something."""
        request = urllib.request.Request(
            self.address + path,
            json.dumps(body).encode(),
            {"content-type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def answers(self, concept: str = "disc") -> dict[str, str]:
        """What counts about each image that was answered."""
        return dict(self.get(f"/api/concepts/{concept}/labels")["labels"])


def ready(page: Page) -> Page:
    """Wait for the first images."""
    until(page, "document.querySelectorAll('#grid .lw-tile img[src]').length > 0")
    until(page, "!/ranking/.test(document.querySelector('footer [role=status]').textContent)")
    drawn(page)
    loaded(page)
    return page


def whole_page(page: Page) -> list[str]:
    """Ids of the tiles that are wholly on the screen."""
    inside: list[str] = page.evaluate(
        """() => {
            const box = document.querySelector('#grid').getBoundingClientRect();
            return [...document.querySelectorAll('#grid [role=option]:not([aria-hidden])')]
                .map((tile) => [tile.dataset.id, tile.getBoundingClientRect()])
                .filter(([, at]) => at.top >= box.top - 1 && at.bottom <= box.bottom + 1)
                .sort(([, a], [, b]) => a.top - b.top || a.left - b.left)
                .map(([id]) => id);
        }"""
    )
    return inside


def loaded(page: Page) -> None:
    """Wait for the pictures of the tiles that are there, and as long as it takes to look at them.

    Those that cannot be shown say so.
    """
    until(page, "!document.querySelector('#grid.lw-fresh')")
    until(
        page,
        "[...document.querySelectorAll('#grid .lw-tile:not([aria-hidden])')].every((tile) => "
        "/broken/.test(tile.className) || tile.querySelector('img').naturalWidth > 0)",
    )


def on_screen(page: Page) -> list[list[Any]]:
    """Id, left and top of every tile on the screen."""
    shown: list[list[Any]] = page.evaluate(ON_SCREEN)
    return shown


def focused(page: Page) -> str:
    """The id of the image that the keys act on."""
    item: str = page.evaluate("document.querySelector('#grid .lw-tile.focus').dataset.id")
    return item


def marks(page: Page) -> dict[str, str]:
    """The signs on the tiles."""
    found: dict[str, str] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('#grid .lw-tile:not([aria-hidden])')]"
        ".map((tile) => [tile.dataset.id, /yes|no(?=$| )|skip/.exec(tile.className)?.[0]])"
        ".filter(([, sign]) => sign))"
    )
    return found


def saved(page: Page) -> None:
    """Wait until the server has every answer, and the page that comes next is looked at."""
    until(page, SAVED)
