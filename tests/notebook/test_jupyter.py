"""The widgets in a real JupyterLab, in a real browser: bytes there, ids back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from notebooks import notebook, run
from playwright.sync_api import Page, expect

CELLS = [
    "from likewise import Workspace, rule_to_search_with\n"
    "workspace = Workspace('shapes.likewise')\n"
    "rule, _ = rule_to_search_with(workspace, like=['disc/00.png'])\n"
    "grid = workspace.collection.search(rule, k=20).show()\n"
    "grid",
    "print(grid.selected)",
    "chart = workspace.collection.map(by='folder')\nchart",
    "print(sorted(chart.selected) == sorted(workspace.collection.ids()))",
    "from likewise import ProgressBar, index\n"
    "report = index('shapes', 'again.likewise', progress=ProgressBar('images'))",
]


@pytest.fixture
def lab(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A notebook beside the pictures."""
    with notebook(home, CELLS, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.mark.slow
def test_selections_come_back_from_a_real_notebook(lab: str, new_page: Callable[..., Page]) -> None:
    page = new_page(lab)
    expect(page.get_by_text(re.compile(r"Python 3.*Idle"))).to_be_visible()
    run(page, 0)
    grid = page.locator(".lw-grid")
    expect(grid.locator("img[src]").first).to_be_visible()
    first = grid.locator(".lw-tile.focus").get_attribute("data-id")
    grid.focus()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    second = grid.locator(".lw-tile.focus").get_attribute("data-id")
    expect(page.get_by_text("2 of 20 selected")).to_be_visible()
    run(page, 1)
    expect(page.get_by_text(f"['{first}', '{second}']")).to_be_visible()

    run(page, 2)
    chart = page.locator(".lw-map")
    chart.wait_for()
    expect(page.get_by_text("stripes", exact=True)).to_be_visible()
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    left, top, right, bottom = 4, 4, box["width"] - 60, box["height"] - 4
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + left, box["y"] + top)
    page.mouse.down()
    for x, y in [(right, top), (right, bottom), (left, bottom)]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.get_by_text("24 selected")).to_be_visible()
    assert page.locator(".jp-Cell.jp-mod-selected").count() == 1  # the shift was the map's alone
    run(page, 3)
    expect(page.get_by_text("True", exact=True)).to_be_visible()
    run(page, 4)
    bar = page.locator(".jp-Cell").nth(4)
    expect(bar.get_by_text(re.compile(r"24/24"))).to_be_visible()
    assert bar.locator(".widget-hprogress").count() == 1  # drawn by the browser, and only once
