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
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from _records import Figure, publish
from _web_world import DIM, make_world
from playwright.sync_api import Browser, Page, sync_playwright

from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from web_app import App, focused, marks, on_screen, ready, saved, whole_page
from web_stage import FLAGS, chromium, serving

PAGES_OF_HURRY = 25  # looks at the screen for each concept
_WARMING = 5  # keys before those that are timed
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
FOCUSED = """() => {
    const tile = document.querySelector('#grid .lw-tile.focus');
    return [tile.dataset.id, /\\b(yes|no|skip)\\b/.test(tile.className)];
}"""
WEIGHT = """() => {
    const rest = (one) => /ranking[?].*k=\\d{5}/.test(one.name);
    const all = ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind));
    const sum = (some) => some.reduce((bytes, one) => bytes + one.transferSize, 0) / 1000;
    return [sum(all.filter((one) => !rest(one))), sum(all.filter(rest))];
}"""  # of the page, and of the rest of its ranking, which comes in a pause
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


def opened(browser: Browser, address: str, rest: float) -> Page:
    """The review page of the concept, once it is at rest."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{address}/?concept=wanted")
    ready(page)
    page.wait_for_timeout(1000 * rest)
    return page


def key_figures(
    browser: Browser, address: str, options: argparse.Namespace, setting: str
) -> list[Figure]:
    """First paint, a mark, and a key to the new ranking."""
    page = opened(browser, address, options.rest)
    first, rest = page.evaluate(WEIGHT)
    page.reload()
    ready(page)
    page.wait_for_timeout(1000 * options.rest)
    again, _ = page.evaluate(WEIGHT)
    paint, pictures = page.evaluate(PAINT)
    times = []
    for n in range(_WARMING + options.keys):
        times.append(page.evaluate(RANKED, "y" if n % 3 else "n"))
        page.wait_for_timeout(60)
    page.close()
    shown, ranked = zip(*times[_WARMING:], strict=True)
    return [
        Figure("bytes of the page, first", first, "KB", "<= 900", setting),
        Figure("bytes of the page, again", again, "KB", "<= 100", setting),
        Figure("bytes of the rest of the ranking, in a pause", rest, "KB", "", setting),
        Figure("first contentful paint, warm", paint, "ms", "< 300", setting),
        Figure("first twenty thumbnails, warm", pictures, "ms", "< 700", setting),
        Figure("a key to its mark", median(shown), "ms", "< 16", setting),
        Figure(
            "a key to the new ranking, painted", median(ranked), "ms", "< 60, 150 at 1 M", setting
        ),
        Figure(f"the same, the slowest of {options.keys}", max(ranked), "ms", "", setting),
    ]


def made_up(options: argparse.Namespace, browser_path: str) -> list[Figure]:
    """Key figures over a made-up workspace, where it is: a large one takes long to copy."""
    workspace, items = options.workspace, options.made_up
    make_world(workspace, items)
    with Workspace(workspace) as place:
        if "wanted" in place.concepts.names():
            place.concepts.remove("wanted")
        change_basket(place, Concept("wanted", ("000000/0000.jpg",)), new=True)
    app_state = AppState(workspace, who="benchmark")
    with sync_playwright() as playwright, serving(make_app(app_state)) as address:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        setting = f"{items:,} made-up images, D = {DIM}"
        figures = key_figures(browser, address, options, setting)
        browser.close()
        app_state.events.close()
    app_state.close()
    return figures


def as_receive(page: Page, wanted: str, look: float) -> None:
    """Look at an image, press a key."""
    item = focused(page)
    page.wait_for_timeout(1000 * look)
    page.keyboard.press("y" if item.startswith(wanted) else "n")


def page_at_once(page: Page, wanted: str, look: float) -> None:
    """Look over a page at a tenth of the time an image, mark the exceptions, settle the rest."""
    signs = marks(page)
    unanswered = [item for item in whole_page(page) if item not in signs]
    page.wait_for_timeout(1000 * look / 10 * len(unanswered))
    yes = [item for item in unanswered if item.startswith(wanted)]
    no = [item for item in unanswered if not item.startswith(wanted)]
    exceptions, key, rest = (no, "n", "Shift+Y") if len(yes) >= len(no) else (yes, "y", "Shift+N")
    for item in exceptions:
        page.locator(f'[data-id="{item}"]').click()
        page.wait_for_timeout(1000 * look)
        page.keyboard.press(key)
    page.keyboard.press(rest)


def pace(
    browser: Browser,
    app: App,
    options: argparse.Namespace,
    setting: str,
    step: Callable[[Page, str, float], None],
    name: str,
) -> Figure:
    """Answers that the server has kept, a minute, and how many of them were right."""
    page, wanted, look = opened(browser, app.address, options.rest), options.wanted, options.look
    before = app.answers("wanted")
    start = time.monotonic()
    while time.monotonic() < start + options.seconds:
        step(page, wanted, look)
    saved(page)
    minutes = (time.monotonic() - start) / 60
    page.close()
    new = {k: v for k, v in app.answers("wanted").items() if k not in before}
    right = sum((said == "yes") == item.startswith(wanted) for item, said in new.items())
    yes = sum(said == "yes" for said in new.values())
    told = f"{setting}, {look} s an image, {len(new)} answers, {yes} yes, {right} right"
    return Figure(f"answers a minute, {name}", len(new) / minutes, "", ">= 200", told)


def hurry(page: Page, wanted: str, random: Random, looked: set[str]) -> None:
    """Look at what is on the screen and act on it at once, in one of the ways people do.

    It waits for nothing: not for a ranking, a picture or the end of a scroll. What it says is right
    of what it has looked at, so an answer that is wrong is the page's doing.
    """
    if page.locator("main.review .loupe").is_visible():  # two clicks at one place in two pages
        page.keyboard.press("Escape")
    way = random.choice(["page", "page", "page", "keys", "scroll", "last", "row", "select"])
    if way == "scroll":
        page.mouse.move(600, 400)
        page.mouse.wheel(0, random.choice([-300, 60, 160, 400, 900]))
    elif way == "row":
        page.keyboard.press(random.choice(["ArrowDown", "PageDown", "ArrowUp"]))
    if way == "keys":
        for _ in range(random.randrange(1, 8)):
            item, is_answered = page.evaluate(FOCUSED)
            if is_answered:
                return
            looked.add(item)
            page.keyboard.press("y" if item.startswith(wanted) else "n")
        return
    signs, shown = marks(page), whole_page(page)
    looked.update(shown)
    unanswered = [item for item in shown if item not in signs]
    if not unanswered:
        return
    yes = [item for item in unanswered if item.startswith(wanted)]
    no = [item for item in unanswered if not item.startswith(wanted)]
    exceptions, key, rest = (no, "n", "Shift+Y") if len(yes) >= len(no) else (yes, "y", "Shift+N")
    if way == "last":
        exceptions = [*exceptions, *(unanswered[-1:] if unanswered[-1] not in exceptions else [])]
    if way == "select" and len(exceptions) > 1:
        clicked = [click(page, one, ["Control"] if n else []) for n, one in enumerate(exceptions)]
        if not all(clicked):
            page.keyboard.press("Escape")
            return
        page.keyboard.press(key)
    else:
        for item in exceptions:
            if not click(page, item):
                return
            page.keyboard.press("y" if item.startswith(wanted) else "n")
    if whole_page(page) == shown:  # one sees that another page has come
        page.keyboard.press(rest)


def click(page: Page, item: str, keys: Sequence[Any] = ()) -> bool:
    """Click an image where it is now; False where one sees that another has the focus then."""
    at = next(((x, y) for shown, x, y in on_screen(page) if shown == item), None)
    if at is None:
        return False
    for key in keys:
        page.keyboard.down(key)
    page.mouse.click(at[0] + 40, at[1] + 40)
    for key in keys:
        page.keyboard.up(key)
    return focused(page) == item


def hurried(browser: Browser, options: argparse.Namespace, setting: str) -> list[Figure]:
    """Wrong answers that the page causes, over folder after folder as the wanted one."""
    workspace = options.workspace
    with Workspace(workspace) as place:
        folders = Counter(item.split("/")[0] for item in place.collection.ids())
        ids = place.collection.ids()
    random, given, wrong, passed_over = Random(0), 0, 0, 0
    for folder, _ in folders.most_common():
        if given >= options.hurried:
            break
        wanted = f"{folder}/"
        concept = Concept("wanted", tuple(item for item in ids if item.startswith(wanted))[:3])
        with served(workspace, concept) as address:
            app = App(address, workspace)
            page = opened(browser, address, options.rest)
            before, looked = set(app.answers("wanted")), set[str]()
            for _ in range(PAGES_OF_HURRY):
                hurry(page, wanted, random, looked)
            saved(page)
            new = {k: v for k, v in app.answers("wanted").items() if k not in before}
            page.close()
        given += len(new)
        mistaken = [k for k, said in new.items() if (said == "yes") != k.startswith(wanted)]
        print(
            f"{folder}: {len(new)} answers, wrong: {[(k, new[k]) for k in mistaken]}",
            file=sys.stderr,
        )
        wrong += len(mistaken)
        passed_over += sum(item.startswith(wanted) for item in looked - new.keys() - before)
    told = f"{setting}, {given:,} answers, clicks and keys without waiting"
    return [
        Figure("wrong answers that the page caused", wrong, "", "0 in 5,000", told),
        Figure("wanted images looked at and left unanswered", passed_over, "", "", told),
    ]


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
    parser.add_argument("--keys", type=int, default=25, help="whose ranking is timed")
    parser.add_argument(
        "--rest", type=float, default=2.5, help="seconds that a page rests once it is open"
    )
    parser.add_argument(
        "--hurried",
        type=int,
        metavar="N",
        help="only count wrong answers, over N answers that wait for nothing",
    )
    parser.add_argument("--json", type=Path, help="write the figures as JSON records to this file")
    options = parser.parse_args(arguments)
    path = chromium()
    if path is None:
        print("no Chromium; install one (apt-get install chromium) or set LIKEWISE_CHROMIUM")
        return 1
    if options.made_up:
        figures = made_up(options, path)
        publish(figures, options.json)
        return 0
    with Workspace(options.workspace) as place:
        ids = [item for item in place.collection.ids() if item.startswith(options.wanted)]
        setting = f"{len(place.collection):,} images"
    figures = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        if options.hurried:
            publish(hurried(browser, options, setting), options.json)
            browser.close()
            return 0
        concept = Concept("wanted", tuple(ids[:3]))
        with served(options.workspace, concept) as address:
            figures += key_figures(browser, address, options, setting)
        for name, step in [("one by one", as_receive), ("page by page", page_at_once)]:
            with served(options.workspace, concept) as address:
                app = App(address, options.workspace)
                figures.append(pace(browser, app, options, setting, step, name))
        browser.close()
    publish(figures, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
