"""Pictures of the widgets in a real JupyterLab, for the documentation; made so they stay true."""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # the notebook and the browser are the tests' own
from notebooks import notebook, run  # noqa: E402
from web_stage import FLAGS, chromium  # noqa: E402

from likewise.indexing.index import index  # noqa: E402

KINDS = ("ketch", "schooner", "airplanes", "helicopter", "butterfly", "sunflower", "water_lilly")
CELLS = [
    "from likewise import Workspace, rule_to_search_with\n\n"
    "workspace = Workspace('photos.likewise')\n"
    "rule, _ = rule_to_search_with(workspace, hints=['schooner'])\n"
    "grid = workspace.collection.search(rule, k=200).show()\n"
    "grid",
    "grid.selected",
    "chart = workspace.collection.map(by='folder')\nchart",
    "len(chart.selected), chart.selected[:3]",
]


def take(page: Page, cells: Locator, first: int, to: Path) -> None:
    """A picture of two cells, one under the other."""
    page.wait_for_timeout(1500)
    one, other = cells.nth(first).bounding_box(), cells.nth(first + 1).bounding_box()
    assert one is not None
    assert other is not None
    height = other["y"] + other["height"] - one["y"]
    clip = {"x": one["x"], "y": one["y"], "width": one["width"], "height": height}
    picture = Image.open(io.BytesIO(page.screenshot(clip=clip)))  # type: ignore[arg-type]
    picture.convert("RGB").quantize(256).save(to, optimize=True)
    click.echo(to)


def draw_around(page: Page, chart: Locator) -> None:
    """Hold Shift and draw around the right half."""
    box = chart.bounding_box()
    assert box is not None
    left, right = box["x"] + 0.55 * box["width"], box["x"] + 0.93 * box["width"]
    top, low = box["y"] + 8, box["y"] + box["height"] - 8
    page.keyboard.down("Shift")
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in [(right, top), (right, low), (left, low), (left, top)]:
        page.mouse.move(x, y, steps=8)
    page.mouse.up()
    page.keyboard.up("Shift")


def main(arguments: Sequence[str] | None = None) -> int:
    """Index some photos, run a notebook over them, and save pictures of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    usual = Path(os.environ.get("LIKEWISE_TEST_DATA", ROOT / ".." / "shared" / "data"))
    parser.add_argument("--photos", type=Path, default=usual / "caltech101")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "images" / "notebook")
    options = parser.parse_args(arguments)
    path = chromium()
    if path is None or not options.photos.is_dir():
        click.echo(f"needs a Chromium, and photos at {options.photos}; see --photos")
        return 1
    options.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder, sync_playwright() as playwright:
        home = Path(folder).resolve() / "work"
        for kind in KINDS:
            shutil.copytree(options.photos / kind, home / "photos" / kind)
        index(home / "photos", home / "photos.likewise")
        with notebook(home, CELLS, Path(folder) / "jupyter") as address:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            page = browser.new_page(viewport={"width": 1100, "height": 1500})
            page.set_default_timeout(120_000)
            page.goto(address)
            expect(page.get_by_text(re.compile(r"Python 3.*Idle"))).to_be_visible(timeout=120_000)
            page.keyboard.press("Control+b")  # no list of files
            cells = page.locator(".jp-Cell")
            run(page, 0)
            page.locator(".lw-grid img[src]").first.wait_for()
            for place in (0, 2, 3):
                page.locator(".lw-grid [role=option]").nth(place).click()
            run(page, 1)
            take(page, cells, 0, options.to / "grid.png")
            run(page, 2)
            chart = page.locator(".lw-map")
            chart.wait_for()
            page.locator(".lw-map canvas").first.wait_for()
            page.wait_for_timeout(1500)
            draw_around(page, chart)
            run(page, 3)
            take(page, cells, 2, options.to / "map.png")
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
