"""What a page of a label set costs: learning again after it, and from a key to the painted page.

``python benchmarks/label_set_pages.py WORKSPACE`` makes a workspace of 20,000 made-up images there,
or takes the one that it made before, and a set of 30 classes with 20 answers each. Then it answers
pages of twenty: in Python, where the time of every part is taken, and in the browser.
"""

from __future__ import annotations

from _needs import announce

announce("playwright")  # before they are imported

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from _records import Figure, publish
from _web_world import make_world
from playwright.sync_api import Page, sync_playwright

from likewise.core.label_set import LabelSet
from likewise.errors import BadInputError
from likewise.label_sets.answers import answers_of, record_classes
from likewise.label_sets.making import create_label_set
from likewise.label_sets.models import SetModels
from likewise.label_sets.queues import new_kinds, queue_of
from likewise.label_sets.status import status_of
from likewise.numeric.clusters import clusters_of
from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from web_stage import FLAGS, chromium, serving, until

NAME, PAGE = "classes", 20
TO_REPAINT = """async (key) => {
    const begun = performance.now();
    const target = document.querySelector('#set-grid');
    target.dispatchEvent(new KeyboardEvent('keydown', { ...key, bubbles: true, cancelable: true }));
    await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done)); // the frame is painted
    return performance.now() - begun;
}"""
"""Milliseconds from a key to the end of the frame that shows what it did."""


class World:
    """A collection with a label set of which some images are answered.

    Attributes:
        truths: the class of each image, by id.
    """

    def __init__(self, path: Path, images: int, classes: int, each: int) -> None:
        self.workspace = Workspace(make_world(path, images))
        collection = self.workspace.collection
        ids = collection.ids()
        rows = collection.space().apply(collection.vectors(ids))
        members = clusters_of(rows, classes).members
        names = tuple(f"class {number:02d}" for number in range(int(members.max()) + 1))
        self.truths = {item: names[k] for item, k in zip(ids, members.tolist(), strict=True)}
        with suppress(BadInputError):  # it is there
            create_label_set(self.workspace, NAME, names)
        self.label_set: LabelSet = self.workspace.label_sets.get(NAME)
        answered = answers_of(self.workspace, self.label_set).answered
        drawn = np.random.default_rng(0).permutation(len(ids)).tolist()
        self._left = [number for number in drawn if ids[number] not in answered]
        self._ids = ids
        self.answer(each * len(names) - len(answered))

    def answer(self, count: int) -> None:
        """Give the true class of some more images."""
        taken = [self._ids[self._left.pop()] for _ in range(min(count, len(self._left)))]
        record_classes(self.workspace, self.label_set, {x: self.truths[x] for x in taken})


def milliseconds(work: Callable[[], Any]) -> float:
    """How long some work takes."""
    begun = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begun)


def python_figures(world: World, rounds: int, setting: str) -> list[Figure]:
    """What the server does after a page."""
    models = SetModels(world.workspace)
    first = milliseconds(lambda: models.get(NAME))
    refits, queues, figures, records = [], [], [], []
    for _ in range(rounds):
        records.append(milliseconds(lambda: world.answer(PAGE)))
        refits.append(milliseconds(lambda: models.get(NAME)))
        model = models.get(NAME)
        queues.append(milliseconds(partial(queue_of, model, "teaching", 3 * PAGE)))
        figures.append(milliseconds(partial(status_of, model)))
    kinds = models.kinds()
    made = milliseconds(lambda: new_kinds(world.workspace, NAME, PAGE, kinds=kinds))
    again = milliseconds(lambda: new_kinds(world.workspace, NAME, PAGE, kinds=kinds))
    return [
        Figure("graph, choice of the method and calibration, once", first, "ms", "", setting),
        Figure("20 answers recorded", median(records), "ms", "", setting),
        Figure("learned again after them", median(refits), "ms", "<= 300", setting),
        Figure("queue of 60", median(queues), "ms", "", setting),
        Figure("figures of every class", median(figures), "ms", "", setting),
        Figure("new kinds, the first time", made, "ms", "", setting),
        Figure("new kinds, after an answer", again, "ms", "", setting),
    ]


def browser_figures(path: Path, rounds: int, setting: str) -> list[Figure]:
    """What a person at the page waits for."""
    found = chromium()
    if found is None:
        print("no Chromium; the page is left out")
        return []
    app_state = AppState(path, [path.parent])
    with serving(make_app(app_state)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}/?view=sets&set={NAME}&queue=teaching")
        marks, turns = [], []
        for _ in range(rounds):
            _looked_at(page)
            marks.append(page.evaluate(TO_REPAINT, {"key": "1", "code": "Digit1"}))
            marks.append(page.evaluate(TO_REPAINT, {"key": "2", "code": "Digit2"}))
            turns.append(page.evaluate(TO_REPAINT, {"key": "Y", "code": "KeyY", "shiftKey": True}))
        browser.close()
        app_state.events.close()
    app_state.close()
    return [
        Figure("key of a class to repainted page", median(marks), "ms", "<= 80", setting),
        Figure("key for the rest to the next page", median(turns), "ms", "<= 80", setting),
    ]


def _looked_at(page: Page) -> None:
    until(page, "document.querySelectorAll('#set-grid .lw-tile:not([aria-hidden])').length > 0")
    until(page, "!document.querySelector('#set-grid[aria-busy=true], #set-grid.lw-fresh')")
    until(
        page,
        "[...document.querySelectorAll('#set-grid .lw-tile:not([aria-hidden]) img')]"
        ".every((picture) => picture.naturalWidth > 0)",
    )


def main() -> None:
    """Measure, print, and write the records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path, help="made where it is not there")
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--classes", type=int, default=30)
    parser.add_argument("--each", type=int, default=20, help="answers a class to begin with")
    parser.add_argument("--rounds", type=int, default=7, help="pages in Python, and in the browser")
    parser.add_argument("--json", type=Path, help="write the records there")
    asked = parser.parse_args()
    world = World(asked.workspace, asked.images, asked.classes, asked.each)
    setting = f"{asked.images:,} images, {len(world.label_set.classes)} classes"
    figures = python_figures(world, asked.rounds, setting)
    world.workspace.close()
    figures += browser_figures(asked.workspace, asked.rounds, setting)
    publish(figures, asked.json)


if __name__ == "__main__":
    main()
