"""What a review costs in the whole web app: a key to a new ranking, and answers a minute.

A real server over a real index, a real Chromium; a scripted reviewer who knows the answers from
the folders the images are in, and who looks at each page for as long as is said.
"""

from __future__ import annotations

from _needs import announce

announce("playwright")  # before they are imported

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from _records import Figure, publish
from _web_world import DIM, make_world
from playwright.sync_api import Browser, Page, sync_playwright

from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from web_app import App, focused, marks, on_screen, ready, saved
from web_stage import FLAGS, chromium, serving

RANKED = """async (key) => {
    const host = document.querySelector('#grid');
    const ranked = new Promise((done) =>
        host.addEventListener(
            'review-ranked',
            () => requestAnimationFrame(() => setTimeout(() => done(performance.now()))),
            { once: true },
        ));
    const start = performance.now();
    dispatchEvent(new KeyboardEvent('keydown', { key, code: 'Key' + key.toUpperCase(),
        bubbles: true }));
    const marked = performance.now();
    return [marked - start, (await ranked) - start];
}"""
PAINT = """() => {
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    const pictures = performance
        .getEntriesByType('resource')
        .filter((one) => /thumb/.test(one.name));
    return [paint.startTime, Math.max(...pictures.slice(0, 20).map((one) => one.responseEnd))];
}"""


@contextmanager
def served(workspace: Path, concept: Concept) -> Iterator[str]:
    """A copy of a workspace with one concept, served."""
    with tempfile.TemporaryDirectory(dir=workspace.parent) as folder:
        copy = Path(folder).with_suffix(".likewise")  # beside it: sources are kept relative to it
        shutil.copytree(workspace, copy)
        try:
            with Workspace(copy) as place:
                if concept.name in place.concepts.names():
                    place.concepts.remove(concept.name)
                change_basket(place, concept, new=True)
            app_state = AppState(copy, who="benchmark")
            with serving(make_app(app_state)) as address:
                yield address
                app_state.events.close()
            app_state.close()
        finally:
            shutil.rmtree(copy)


def opened(browser: Browser, address: str) -> Page:
    """The review page of the concept, once it is at rest."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{address}/?concept=wanted")
    ready(page)
    page.wait_for_timeout(2500)
    return page


def key_figures(browser: Browser, address: str, setting: str) -> list[Figure]:
    """First paint, a mark, and a key to the new ranking."""
    page = opened(browser, address)
    page.reload()
    ready(page)
    page.wait_for_timeout(2500)
    paint, pictures = page.evaluate(PAINT)
    times = []
    for n in range(30):
        times.append(page.evaluate(RANKED, "y" if n % 3 else "n"))
        page.wait_for_timeout(60)
    page.close()
    shown, ranked = zip(*times[5:], strict=True)
    return [
        Figure("first contentful paint, warm", paint, "ms", "< 300", setting),
        Figure("first twenty thumbnails, warm", pictures, "ms", "< 700", setting),
        Figure("a key to its mark", median(shown), "ms", "< 16", setting),
        Figure(
            "a key to the new ranking, painted", median(ranked), "ms", "< 60, 150 at 1 M", setting
        ),
        Figure("the same, the slowest of 25", max(ranked), "ms", "", setting),
    ]


def made_up(workspace: Path, items: int, browser_path: str) -> list[Figure]:
    """Key figures over a made-up workspace, where it is: a large one takes long to copy."""
    make_world(workspace, items)
    with Workspace(workspace) as place:
        if "wanted" in place.concepts.names():
            place.concepts.remove("wanted")
        change_basket(place, Concept("wanted", ("000000/0000.jpg",)), new=True)
    app_state = AppState(workspace, who="benchmark")
    with sync_playwright() as playwright, serving(make_app(app_state)) as address:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        figures = key_figures(browser, address, f"{items:,} made-up images, D = {DIM}")
        browser.close()
        app_state.events.close()
    app_state.close()
    return figures


def whole_tiles(page: Page) -> list[str]:
    """Ids of the tiles that are wholly on the screen: what "the page" means."""
    box = page.locator("#grid").bounding_box()
    tile = page.locator("#grid .lw-tile.focus").bounding_box()
    assert box is not None
    assert tile is not None
    low, high = box["y"] - 2, box["y"] + box["height"] + 2 - tile["height"]
    return [item for item, _, top in on_screen(page) if low <= top <= high]


def as_receive(page: Page, wanted: str, look: float) -> None:
    """Look at an image, press a key."""
    item = focused(page)
    page.wait_for_timeout(1000 * look)
    page.keyboard.press("y" if item.startswith(wanted) else "n")


def page_at_once(page: Page, wanted: str, look: float) -> None:
    """Look over a page at a tenth of the time an image, mark the exceptions, settle the rest."""
    signs = marks(page)
    unanswered = [item for item in whole_tiles(page) if item not in signs]
    page.wait_for_timeout(1000 * look / 10 * len(unanswered))
    yes = [item for item in unanswered if item.startswith(wanted)]
    no = [item for item in unanswered if not item.startswith(wanted)]
    exceptions, key, rest = (no, "n", "Shift+Y") if len(yes) >= len(no) else (yes, "y", "Shift+N")
    for item in exceptions:
        page.locator(f'[data-id="{item}"]').click()
        page.wait_for_timeout(1000 * look)
        page.keyboard.press(key)
    page.keyboard.press(rest)


def pace(browser: Browser, app: App, wanted: str, look: float, seconds: float, setting: str,
         step: Callable[[Page, str, float], None], name: str) -> Figure:  # fmt: skip
    """Answers that the server has kept, a minute, and how many of them were right."""
    page = opened(browser, app.address)
    before = app.answers("wanted")
    start = time.monotonic()
    while time.monotonic() < start + seconds:
        step(page, wanted, look)
    saved(page)
    minutes = (time.monotonic() - start) / 60
    page.close()
    new = {k: v for k, v in app.answers("wanted").items() if k not in before}
    right = sum((said == "yes") == item.startswith(wanted) for item, said in new.items())
    yes = sum(said == "yes" for said in new.values())
    told = f"{setting}, {look} s an image, {len(new)} answers, {yes} yes, {right} right"
    return Figure(f"answers a minute, {name}", len(new) / minutes, "", ">= 200", told)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write records if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("workspace", type=Path, help="an index of photos; it is copied")
    parser.add_argument(
        "--made-up",
        type=int,
        metavar="N",
        help="make WORKSPACE of N drawings and made-up vectors, and time keys only",
    )
    parser.add_argument("--wanted", default="airplanes", help="folder of the wanted images")
    parser.add_argument("--seconds", type=float, default=60, help="of each review")
    parser.add_argument(
        "--look", type=float, default=0.6, help="seconds that an image is looked at"
    )
    parser.add_argument("--json", type=Path, help="write the figures as JSON records to this file")
    options = parser.parse_args(arguments)
    path = chromium()
    if path is None:
        print("no Chromium; install one (apt-get install chromium) or set LIKEWISE_CHROMIUM")
        return 1
    if options.made_up:
        figures = made_up(options.workspace, options.made_up, path)
        publish(figures, options.json)
        return 0
    with Workspace(options.workspace) as place:
        ids = [item for item in place.collection.ids() if item.startswith(options.wanted)]
        setting = f"{len(place.collection):,} images"
    figures = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        concept = Concept("wanted", tuple(ids[:3]))
        with served(options.workspace, concept) as address:
            figures += key_figures(browser, address, setting)
        for name, step in [("one by one", as_receive), ("page by page", page_at_once)]:
            with served(options.workspace, concept) as address:
                app = App(address, options.workspace)
                figures.append(
                    pace(browser, app, options.wanted, options.look, options.seconds, setting,
                         step, name)
                )  # fmt: skip
        browser.close()
    publish(figures, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
