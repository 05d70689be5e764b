"""Whether answers by keys in the web app are the answers that were meant, and what they lead to.

``python benchmarks/label_set_keys.py --data FOLDER_OF_CLASS_FOLDERS`` copies some photos of some
classes, indexes them, and has a robot answer pages of the real web app by keys: digits for nine
classes, ``T`` and the name for others. What was recorded is compared with what the robot meant. The
same answers, and as many of the queue's own, are then given in Python to copies of the workspace.
"""

from __future__ import annotations

from _needs import announce

announce("playwright")  # before they are imported

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from _records import Figure, publish
from playwright.sync_api import Page, sync_playwright

from likewise.indexing.index import index
from likewise.label_sets.answers import answers_of, record_classes
from likewise.label_sets.learning import learn_label_set
from likewise.label_sets.making import create_label_set
from likewise.label_sets.models import SetModels
from likewise.label_sets.queues import queue_of
from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from web_stage import FLAGS, chromium, drawn, serving, until

NAME, KEYS, COVERAGE = "classes", 9, 0.9
GRID = "#set-grid"
TILES = f"[...document.querySelectorAll('{GRID} .lw-tile:not([aria-hidden])')]"


def name_of(item: str) -> str:
    """The class of a photo: its folder's name."""
    return item.partition("/")[0].replace("_", " ")


def draw(data: Path, to: Path, classes: int, photos: int, seed: int) -> list[str]:
    """Copy so many photos of so many classes; answers the names of the classes."""
    random = np.random.default_rng(seed)
    folders = sorted(x for x in data.iterdir() if x.is_dir() and x.name != "BACKGROUND_Google")
    for folder in random.permutation(np.array(folders, dtype=object))[:classes]:
        (to / folder.name).mkdir(parents=True)
        for path in random.permutation(np.array(sorted(folder.iterdir()), dtype=object))[:photos]:
            shutil.copy(path, to / folder.name / path.name)
    return sorted(name_of(folder.name) for folder in to.iterdir())


def begin(path: Path, names: list[str], each: int) -> None:
    """Make the set, with the class of a few photos each."""
    with Workspace(path) as workspace:
        create_label_set(workspace, NAME, names)
        first: dict[str, list[str]] = {name: [] for name in names}
        for item in sorted(workspace.collection.ids()):
            first[name_of(item)].append(item)
        given = {item: name for name in names for item in first[name][:each]}
        record_classes(workspace, workspace.label_sets.get(NAME), given, "robot")


def answer_by_keys(address: str, found: str, names: list[str], pages: int) -> dict[str, str]:
    """Answer so many pages; answers the class that was meant, by photo."""
    meant: dict[str, str] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        page = browser.new_page(viewport={"width": 1000, "height": 700})
        page.goto(f"{address}/?view=sets&set={NAME}&queue=teaching")
        for _ in range(pages):
            until(page, f"{TILES}.length > 0")
            until(page, f"!document.querySelector('{GRID}[aria-busy=true], {GRID}.lw-fresh')")
            until(page, f"{TILES}.every((tile) => tile.querySelector('img')?.naturalWidth > 0)")
            for _ in range(page.evaluate(f"{TILES}.length")):
                item = page.evaluate(f"document.querySelector('{GRID} .lw-tile.focus').dataset.id")
                meant[item] = name_of(item)
                give(page, names.index(meant[item]), meant[item])
        until(page, "/all saved/.test(document.body.textContent)")
        browser.close()
    return meant


def give(page: Page, number: int, name: str) -> None:
    """Press the key of a class, or type its name where it has none."""
    if number < KEYS:
        page.keyboard.press(str(number + 1))
    else:
        page.keyboard.press("t")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        until(page, f"document.activeElement.id === '{GRID[1:]}'")
    drawn(page)


def recorded(path: Path) -> dict[str, str]:
    """The class of each answered photo."""
    with Workspace(path) as workspace:
        return dict(answers_of(workspace, workspace.label_sets.get(NAME)).class_of)


def right_of_surest(path: Path) -> float:
    """How many are right of the answered photos and the surest 90 % of the others."""
    with Workspace(path) as workspace:
        model = learn_label_set(workspace, NAME, coverage=COVERAGE)
        found = {one.item: one.name for one in model.accepted} | recorded(path)
    return float(np.mean([name == name_of(item) for item, name in found.items()]))


def answer_in_python(path: Path, count: int, page: int) -> None:
    """Answer as many photos of the same queue, a page at a time."""
    with Workspace(path) as workspace:
        models = SetModels(workspace)
        while count > 0:
            asked = queue_of(models.get(NAME), "teaching", min(page, count))
            if not asked:
                return
            classes = {one.item: name_of(one.item) for one in asked}
            record_classes(workspace, workspace.label_sets.get(NAME), classes, "robot")
            count -= len(classes)


def measure(home: Path, options: argparse.Namespace, found: str) -> list[Figure]:
    """All figures, made in a folder."""
    names = draw(options.data, home / "photos", options.classes, options.photos, options.seed)
    by_keys, same, own = (home / f"{name}.likewise" for name in ("keys", "same", "own"))
    index(home / "photos", by_keys)
    begin(by_keys, names, options.each)
    start = right_of_surest(by_keys)
    for copy in (same, own):
        shutil.copytree(by_keys, copy)
    app_state = AppState(by_keys, [home], who="robot")
    with serving(make_app(app_state)) as address:
        meant = answer_by_keys(address, found, names, options.pages)
        app_state.events.close()
    app_state.close()
    before, after = recorded(same), recorded(by_keys)
    with Workspace(same) as workspace:
        record_classes(workspace, workspace.label_sets.get(NAME), meant, "robot")
    answer_in_python(own, len(meant), max(1, round(len(meant) / options.pages)))
    wrong = sum(after.get(item) != name for item, name in meant.items())
    more = len(after.keys() - before.keys() - meant.keys())
    typed = sum(names.index(name) >= KEYS for name in meant.values())
    setting = (
        f"{options.data.name}, {options.classes} classes, {options.photos} photos each at most, "
        f"{options.pages} pages of the web app"
    )
    return [
        Figure("answers by keys", len(meant), "answers", "", setting),
        Figure("of these by a typed name", typed, "answers", "", setting),
        Figure("recorded with another class, or not at all", wrong, "answers", "<= 0", setting),
        Figure("recorded and not chosen", more, "answers", "<= 0", setting),
        Figure("right of the surest 90 %, before", start, "share", "", setting),
        Figure("right of the surest 90 %, by keys", right_of_surest(by_keys), "share", "", setting),
        Figure("the same answers in Python", right_of_surest(same), "share", "", setting),
        Figure("as many of the queue in Python", right_of_surest(own), "share", "", setting),
    ]


def main() -> None:
    """Measure, print, and write the records."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="a folder of class folders")
    parser.add_argument("--classes", type=int, default=12, help="draw so many")
    parser.add_argument("--photos", type=int, default=25, help="of each class at most")
    parser.add_argument("--each", type=int, default=1, help="photos of each class at the start")
    parser.add_argument("--pages", type=int, default=4, help="pages that the robot answers")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--json", type=Path, help="write the records there")
    options = parser.parse_args()
    found = chromium()
    if found is None:
        print("no Chromium; nothing was measured")
        return
    with tempfile.TemporaryDirectory() as home:
        publish(measure(Path(home), options, found), options.json)


if __name__ == "__main__":
    main()
