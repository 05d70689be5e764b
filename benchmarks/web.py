"""What the grid and the map cost a browser: CPU time of the page's main thread, frame by frame.

Frames per second say little on a machine without a graphics card; CPU time says what is left for
everything else. The images and the points are made up, and come through the real guard.
"""

from __future__ import annotations

from _needs import announce

announce("playwright")  # before they are imported

import argparse
import sys
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from statistics import median

from _records import Figure, publish
from playwright.sync_api import CDPSession, Page, sync_playwright

from likewise.server.limits import AT_ONCE, THUMBNAILS, Buckets

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from web_stage import FLAGS, Stage, chromium, serving

REPEAT_MS = 33  # between two presses of a key that is held
NEXT_FRAME = "await new Promise(requestAnimationFrame)"
LOOP = "[[100, 60], [700, 90], [740, 640], [300, 700], [60, 400]]"


def cpu_ms(session: CDPSession) -> float:
    """Milliseconds of CPU that the page's main thread has used."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))


def per_frame(page: Page, session: CDPSession, step: str, frames: int, rounds: int) -> float:
    """CPU milliseconds of a frame in which `step` runs; the median of some rounds."""
    costs = []
    for _ in range(rounds):
        before = cpu_ms(session)
        page.evaluate(
            f"async () => {{ for (let i = 0; i < {frames}; i++) {{ {step}; {NEXT_FRAME}; }} }}"
        )
        costs.append((cpu_ms(session) - before) / frames)
        page.wait_for_timeout(400)
    return median(costs)


def in_page(page: Page, work: str, times: int = 9) -> float:
    """Milliseconds that some work takes; the median."""
    took: list[float] = page.evaluate(
        f"() => Array.from({{ length: {times} }}, () => {{ const start = performance.now(); "
        f"{work}; return performance.now() - start; }})"
    )
    return median(took)


def opened(page: Page, address: str, ready: str) -> CDPSession:
    """Open a page, and count its CPU time."""
    page.goto(address)
    while not page.evaluate(ready):
        page.wait_for_timeout(50)
    page.wait_for_timeout(1000)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    return session


def grid_figures(page: Page, address: str, images: int, rounds: int) -> list[Figure]:
    """Of a grid of many images."""
    url = f"{address}/stage/grid.html?n={images}"
    session = opened(page, url, "window.grid?.columns > 1")
    setting = f"{images:,} images, 1440 x 900"

    def of(name: str, step: str, goal: str = "", frames: int = 60) -> Figure:
        value = per_frame(page, session, step, frames, rounds)
        return Figure(name, value, "ms CPU a frame", goal, setting)

    figures = [
        of("grid, nothing happens", "", frames=30),
        of("grid, scrolling 40 px a frame", "grid.host.scrollTop += 40", "<= 6"),
        of("grid, flinging 3,000 px a frame", "grid.host.scrollTop += 3000", "<= 6"),
        of(
            "grid, a mark and the next image",
            "marks.set(grid.focusId, 1), grid.setMarks(marks), grid.move(1)",
            "<= 16",
        ),
    ]
    page.evaluate("window.other = [...ids].reverse()")
    tail = in_page(page, "grid.replaceTail(grid.ids.at(-1) === ids.at(-1) ? other : ids)")
    figures.append(Figure("grid, a new ranking below the fold", tail, "ms", "<= 60", setting))
    return figures


class Quick(Stage):
    """A server that has its thumbnails at hand, and the usual bound on how many one may ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.buckets = Buckets(THUMBNAILS, THUMBNAILS * AT_ONCE)
        self.refused = 0

    def draw(self, number: int) -> bytes:
        """One for all; a real one is read from a pack."""
        self.refused += self.buckets.take("the page") > 0
        return self._one

    @cached_property
    def _one(self) -> bytes:
        return super().draw(0)


def sweep_figures(page: Page, address: str, images: int, stage: Quick) -> list[Figure]:
    """Of a page key that is held through all images, as fast as keyboards repeat."""
    opened(page, f"{address}/stage/grid.html?n={images}", "window.grid?.columns > 1")
    setting = f"{images:,} images, Page Down held, 1440 x 900"
    before, start = len(stage.asked), time.monotonic()
    page.evaluate(
        "async () => { while (grid.focusRank < grid.length - 1) {"
        " grid.move(grid.rowsOnPage * grid.columns);"
        f" await new Promise((resolve) => setTimeout(resolve, {REPEAT_MS})); }} }}"
    )
    seconds = time.monotonic() - start
    page.wait_for_timeout(1000)
    asked = len(stage.asked) - before
    return [
        Figure("grid, a sweep through all pages", seconds, "s", "", setting),
        Figure("grid, thumbnails asked for in it", asked / seconds, "a second", "", setting),
        Figure("grid, of them over the usual bound", stage.refused, "thumbnails", "0", setting),
    ]


def map_figures(page: Page, address: str, points: int, rounds: int) -> list[Figure]:
    """Of a map of many points."""
    url = f"{address}/stage/map.html?n={points}"
    session = opened(page, url, "window.map?.length > 0")
    size = page.evaluate("[map.host.clientWidth, map.host.clientHeight].join(' x ')")
    setting = f"{points:,} points, {size}"
    moving = per_frame(page, session, "map.panBy(3, 2)", 40, rounds)
    page.evaluate("map.showAll()")
    page.wait_for_timeout(500)
    full = per_frame(page, session, "map.redraw()", 8, rounds)
    figures = [
        Figure("map, all points", full, "ms CPU a frame", "< 50", setting),
        Figure("map, moving", moving, "ms CPU a frame", "< 16", setting),
    ]
    for name, work, goal in [
        ("map, lasso", f"map.inside({LOOP})", "< 100"),
        ("map, nearest point", "map.nearest([400, 400])", ""),
        ("map, other colours", "map.setColours(classes, ['#0086d1'])", ""),
    ]:
        figures.append(Figure(name, in_page(page, work), "ms", goal, setting))
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write records if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5, help="of frames; the median is printed")
    parser.add_argument("--json", type=Path, help="write the figures as JSON records to this file")
    options = parser.parse_args(arguments)
    path = chromium()
    if path is None:
        print("no Chromium; install one (apt-get install chromium) or set LIKEWISE_CHROMIUM")
        return 1
    with serving(Stage().app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        figures = grid_figures(page, address, options.images, options.rounds)
        page.set_viewport_size({"width": 800, "height": 800})
        figures += map_figures(page, address, options.points, options.rounds)
        browser.close()
    quick = Quick()
    with serving(quick.app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        figures += sweep_figures(page, address, options.images, quick)
        browser.close()
    publish(figures, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
