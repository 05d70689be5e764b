"""Small things planted in photos: how many are found with patches and without, and at what cost."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from _records import Figure
from PIL import Image

from likewise.concepts.evidence import evidence_for
from likewise.concepts.labelling import fill_basket
from likewise.core.rule import Rule
from likewise.core.space import centred_space
from likewise.core.vectors import Vectors, unit
from likewise.images.grid import Grid
from likewise.indexing.index import index
from likewise.review.session import Session
from likewise.rules.base import learn
from likewise.rules.retrieval import average_precision
from likewise.search.patches import PatchStore
from likewise.search.pooling import Pooled
from likewise.search.scan.codes import Codes
from likewise.search.store.lance import Lance
from likewise.sources.base import Item
from likewise.sources.folder import Folder
from likewise.workspace import Workspace
from likewise.workspace.contact_sheet import contact_sheet

CLASSES, EXAMPLES, PLANTED, OTHERS = 10, 5, 10, 300
SIDE, SHARE, DEPTH = 1200, 6, 50
PAGE, PAGES = 15, 2
GRIDS = (None, Grid((12,)), Grid((24,)), Grid((12, 24)))
ROWS, DIM, ROUNDS = 20_000, 512, 15


@dataclass(frozen=True)
class Planted:
    """A folder of photos, with small ones pasted into some.

    Attributes:
        folder: ``planted/CLASS-NN.jpg`` and ``others/NNN.jpg``.
        examples: photos of each class that are not in it.
    """

    folder: Path
    examples: dict[str, list[Path]]


def plant(data: Path, folder: Path, without: list[str]) -> Planted:
    """Paste photos of some classes, at a sixth of the size, on photos of others.

    The photo underneath is enlarged to 1,200 pixels, so that the small one keeps about the pixels
    that it has; where it lies is random.
    """
    found: dict[str, list[Path]] = {}
    for entry in Folder(str(data)).items():
        if isinstance(entry, Item):
            found.setdefault(entry.id.partition("/")[0], []).append(Path(entry.uri))
    enough = [
        name
        for name, paths in found.items()
        if len(paths) >= EXAMPLES + PLANTED and name not in without
    ]
    if len(enough) < 2:
        raise SystemExit(f"{data} has fewer than 2 classes of {EXAMPLES + PLANTED} images")
    chosen = enough[:: max(1, len(enough) // CLASSES)][:CLASSES]
    draw = random.Random(0)
    under = [path for name, paths in found.items() if name not in chosen for path in paths]
    draw.shuffle(under)
    if len(under) < 2 * len(chosen) * PLANTED:
        raise SystemExit(f"{data} has too few images besides those of {', '.join(chosen)}")
    examples: dict[str, list[Path]] = {}
    for kind in ("planted", "others"):
        (folder / kind).mkdir(parents=True)
    for name in chosen:
        paths = draw.sample(found[name], EXAMPLES + PLANTED)
        examples[name] = paths[:EXAMPLES]
        for number, path in enumerate(paths[EXAMPLES:]):
            photo, small = _sized(under.pop(), SIDE), _sized(path, SIDE // SHARE)
            room = (photo.width - small.width, photo.height - small.height)
            photo.paste(small, (draw.randint(0, max(0, room[0])), draw.randint(0, max(0, room[1]))))
            photo.save(folder / "planted" / f"{name}-{number:02d}.jpg", quality=92)
    for number, path in enumerate(under[:OTHERS]):
        _sized(path, SIDE).save(folder / "others" / f"{number:03d}.jpg", quality=92)
    return Planted(folder, examples)


def _sized(path: Path, longest: int) -> Image.Image:
    image = Image.open(path).convert("RGB")
    scale = longest / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BICUBIC)


def finding(data: Path, without: list[str], sheets: Path | None = None) -> list[Figure]:
    """Recall at 50 by five examples, and precision after two pages of answers, for each grid."""
    with tempfile.TemporaryDirectory() as scratch:
        made = plant(data, Path(scratch) / "photos", without)
        figures: list[Figure] = []
        for grid in GRIDS:
            figures += _measured(made, Path(scratch) / "photos.likewise", grid, sheets)
        return figures


def _measured(
    made: Planted, path: Path, grid: Grid | None, sheets: Path | None
) -> Iterator[Figure]:
    name = "without patches" if grid is None else f"with {grid.name} patches"
    started = time.perf_counter()
    report = index(made.folder, path, patches=grid or False)
    seconds = time.perf_counter() - started
    recalls, before, after = [], [], []
    with Workspace(path) as place:
        for concept, paths in made.examples.items():
            if concept not in place.concepts.names():
                fill_basket(place, concept, like=list(map(str, paths)), new=True)
            wanted = {item for item in place.collection.ids() if f"/{concept}-" in item}
            rule = learn(evidence_for(place, place.concepts.get(concept)), "best")
            found = place.collection.search(rule, k=DEPTH)
            recalls.append(len(wanted & set(found.ids)) / len(wanted))
            before.append(_precision(place, rule, wanted))
            if sheets is not None:
                sheets.mkdir(exist_ok=True)
                contact_sheet(place, found).save(sheets / f"{concept}, {name}.jpg")
            with Session(place, concept, picker="most_alike", page_size=PAGE) as session:
                actions = []
                for _ in range(PAGES):
                    batch = session.next_batch()
                    said = {item: "yes" if item in wanted else "no" for item in batch.ids}
                    actions.append(session.answer(said))
                after.append(_precision(place, session.rule, wanted))
                for action in reversed(actions):  # the next grid begins where this one did
                    session.undo(action)
        images = len(place.collection)
    setting = (
        f"{len(made.examples)} classes, {PLANTED} of each planted at 1/{SHARE} in {images} images "
        f"of {SIDE} pixels; mean over the classes"
    )
    by = f"{EXAMPLES} examples, {setting}"
    goal = "" if grid is None else "above without"
    yield Figure(f"recall at {DEPTH}, {name}", statistics.mean(recalls), "share", goal, by)
    yield Figure(f"average precision, {name}", statistics.mean(before), "share", goal, by)
    answered = f"average precision after {PAGES * PAGE} answers, {name}"
    yield Figure(answered, statistics.mean(after), "share", goal, by)
    cut = report.patched or images
    yield Figure(f"index, {name}", seconds / cut, "s/image", "", "wall; patches alone, if any")


def _precision(place: Workspace, rule: Rule, wanted: set[str]) -> float:
    ranking = place.collection.rank_all(rule)
    return average_precision(ranking.scores, np.array([item in wanted for item in ranking.ids]))


def searching() -> Figure:
    """How many times as long a search takes with the default number of patches."""
    grid = Grid()
    random_ = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        store = Lance(folder / "v", DIM, "made-up")
        names = [f"{number:064x}" for number in range(ROWS)]
        store.append(pa.table({"item_id": names, "digest": names}), _rows(random_, ROWS))
        patches = PatchStore(folder, grid, DIM, "made-up")
        for start in range(0, ROWS, 1000):
            some = _rows(random_, 1000 * grid.total).reshape(1000, grid.total, DIM)
            patches.append(names[start : start + 1000], some)
        patches.write_codes()
        codes = Codes(store, folder / "scan")
        space = centred_space("made-up", store.take(np.arange(2000)))
        rule = Rule(
            "mean", space, space.apply(_rows(random_, 1)), provenance={"patches": grid.name}
        )
        medians = []
        for one in (Pooled(store, codes, None), Pooled(store, codes, patches)):
            one.search(rule, DEPTH, None)
            times = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                one.search(rule, DEPTH, None)
                times.append(time.perf_counter() - started)
            medians.append(statistics.median(times))
    setting = (
        f"{ROWS:,} images x {DIM}, best {DEPTH}; medians {1000 * medians[1]:.1f} and "
        f"{1000 * medians[0]:.1f} ms"
    )
    ratio = medians[1] / medians[0]
    return Figure(f"search with {grid.name} patches over without", ratio, "times", "", setting)


def _rows(random_: np.random.Generator, count: int) -> Vectors:
    return unit(random_.standard_normal((count, DIM), dtype=np.float32) + 0.5)
