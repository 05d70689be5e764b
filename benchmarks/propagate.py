"""What label propagation is worth: against scikit-learn's methods used plainly.

``python benchmarks/propagate.py --data FOLDER_OF_CLASS_FOLDERS --json OUT`` labels 1 %, 2 % and
5 % of the images at random, and 3 of each class, and has every method label the rest.
``--million`` also measures time and memory over 1,000,000 x 256 made-up vectors.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from _class_folders import asking, read_asked
from _million_labels import make
from _needs import announce
from _records import Figure, publish
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from likewise.core.vectors import Vectors
from likewise.numeric.intervals import wilson_interval
from likewise.propagate.base import PropagationGraph, propagate
from likewise.rules.calibration import expected_calibration_error

PERCENT = (0.01, 0.02, 0.05)
EACH = 3
PRECISION = 0.9
COVERAGES = (0.25, 0.5, 0.75, 1.0)
OURS = (
    "cluster_vote",
    "refined_vote",
    "label_spreading",
    "self_training",
    "smoothed_head",
    "agreement",
    "best",
)
SLOW, SLOW_SEEDS = ("refined_vote", "self_training"), 3
"""Methods that take ten times as long as the others, and how many draws they get."""

THEIRS = ("sklearn LabelSpreading rbf", "sklearn LabelSpreading knn", "sklearn SelfTraining")
HEAD = "linear head alone"
LOOKS, REPLAYS = 40, 200
MIB = 1 << 20

Ints = NDArray[np.intp]


def draw(owners: Ints, setting: float, seed: int) -> Ints:
    """Rows that are labelled: a share of all, or so many of each class."""
    random = np.random.default_rng(seed)
    if setting < 1:
        return np.sort(random.permutation(len(owners))[: max(2, round(setting * len(owners)))])
    classes = np.unique(owners)
    own = [random.permutation(np.flatnonzero(owners == c))[: int(setting)] for c in classes]
    return np.sort(np.concatenate(own))


def plainly(name: str, rows: Vectors, given: Ints) -> tuple[Ints, NDArray[np.float64]]:
    """Guess and surety of each row, by scikit-learn with its defaults."""
    head = LogisticRegression(max_iter=1000)
    models: dict[str, Callable[[], object]] = {
        THEIRS[0]: lambda: LabelSpreading(),
        THEIRS[1]: lambda: LabelSpreading(kernel="knn"),
        THEIRS[2]: lambda: SelfTrainingClassifier(head),
        HEAD: lambda: head,
    }
    model = models[name]()
    known = given >= 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name == HEAD:
            model.fit(rows[known], given[known])  # type: ignore[attr-defined]
        else:
            model.fit(rows, given)  # type: ignore[attr-defined]
        chances = np.nan_to_num(model.predict_proba(rows))  # type: ignore[attr-defined]
    return model.classes_[chances.argmax(axis=1)], chances.max(axis=1)  # type: ignore[attr-defined]


def along(sure: NDArray[np.floating], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Accuracy of the surest 1, 2, 3, ... guesses."""
    order = np.argsort(-sure, kind="stable")
    return np.cumsum(right[order]) / np.arange(1, len(order) + 1)


def reach(accuracy: NDArray[np.float64]) -> float:
    """The largest coverage at the wanted precision."""
    enough = np.flatnonzero(accuracy >= PRECISION)
    return (int(enough[-1]) + 1) / len(accuracy) if len(enough) else 0.0


def compare(rows: Vectors, owners: Ints, setting: float, seeds: int) -> dict[str, dict[str, float]]:
    """By method, the mean over draws: accuracy at coverages, reach, what 0.9 and audits gave."""
    landscape = PropagationGraph(rows)
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    pooled: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    for seed in range(seeds):
        given = np.full(len(owners), -1)
        some = draw(owners, setting, seed)
        given[some] = owners[some]
        if len(np.unique(owners[some])) < 2:
            continue
        free = given < 0

        def note(
            name: str, guesses: Ints, sure: NDArray[np.floating], free: NDArray[np.bool_] = free
        ) -> None:
            hits = (guesses == owners)[free]
            curve = along(sure[free], hits)
            for share in COVERAGES:
                found[name][f"at {share}"].append(curve[max(0, int(share * len(curve)) - 1)])
            found[name]["reach"].append(reach(curve))

        for name in (*THEIRS, HEAD):
            note(name, *plainly(name, rows, given))
        for name in OURS:
            if name in SLOW and seed >= SLOW_SEEDS:
                continue
            done = propagate(landscape, given, name, min_confidence=0)
            note(name, done.guesses, done.confidence)
            sure = done.confidence[free]
            hits = (done.guesses == owners)[free]
            taken = sure >= PRECISION
            found[name]["coverage"].append(taken.mean())
            if not taken.any():
                continue
            pooled[name].append(np.stack([sure[taken].astype(float), hits[taken].astype(float)]))
            found[name]["right"].append(hits[taken].mean())
            found[name]["ece"].append(expected_calibration_error(sure[taken], hits[taken]))
            found[name]["audit"].append(audits(hits[taken], seed))
    means = {
        name: {key: float(np.mean(values)) for key, values in each.items()}
        for name, each in found.items()
    }
    for name, parts in pooled.items():
        sure, hits = np.concatenate(parts, axis=1)
        means[name]["pooled ece"] = expected_calibration_error(sure, hits > 0)
    return means


def audits(hits: NDArray[np.bool_], seed: int) -> float:
    """How often the interval of a random audit holds the true noise."""
    random, truth = np.random.default_rng(seed), 1 - hits.mean()
    count, held = min(LOOKS, len(hits)), 0
    for _ in range(REPLAYS):
        wrong = count - int(hits[random.permutation(len(hits))[:count]].sum())
        low, high = wilson_interval(wrong, count)
        held += low <= truth <= high
    return held / REPLAYS


def figures_of(
    means: dict[str, dict[str, float]], where: str, seeds: int, plain: tuple[str, ...]
) -> list[Figure]:
    """The records of one setting."""
    setting = f"{where}, {seeds} draws"
    figures = []
    for name, each in means.items():
        for share in COVERAGES:
            figures.append(
                Figure(f"{name}: accuracy of the surest {share:.0%}", each[f"at {share}"],
                       "share", "", setting)
            )  # fmt: skip
        figures.append(Figure(f"{name}: coverage at 90 % precision", each["reach"], "share", "",
                              setting))  # fmt: skip
        if "coverage" in each:
            figures.append(Figure(f"{name}: coverage at confidence .9", each["coverage"], "share",
                                  "", setting))  # fmt: skip
    best = means["best"]
    for share in COVERAGES:
        lead = best[f"at {share}"] - max(means[name][f"at {share}"] for name in plain)
        figures.append(Figure(f"best against the best plain one, surest {share:.0%}", lead,
                              "accuracy", ">= -0.01", setting))  # fmt: skip
    theirs = max(means[name]["reach"] for name in plain)
    figures.append(Figure("best against the best plain one, coverage at 90 % precision",
                          best["reach"] / max(theirs, 1e-9), "times", ">= 1.1",
                          setting))  # fmt: skip
    for key, what, goal in (
        ("right", "best: accuracy at confidence .9", ">= 0.9"),
        ("pooled ece", "best: calibration error of accepted labels, all draws", "<= 0.05"),
        ("ece", "best: calibration error of accepted labels, mean of draws", ""),
        ("audit", f"best: audits of {LOOKS} looks whose interval holds the noise", ">= 0.9"),
    ):
        if key in best:
            figures.append(Figure(what, best[key], "share", goal, setting))
    return figures


def million(count: int) -> list[Figure]:
    """Time and memory over many vectors, each method in a process of its own."""
    figures = []
    setting = f"{count:,} x 256 made-up vectors, 5,000 labels of 20 classes"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.npy"
        make(file, count, 256)
        for method, minutes, gib in (("cluster_vote", 3, 4), ("label_spreading", 10, 8)):
            script = Path(__file__).parent / "_million_labels.py"
            ran = subprocess.run(
                [sys.executable, script, file, method], capture_output=True, text=True, check=True
            )
            facts = json.loads(ran.stdout)
            figures += [
                Figure(f"{method}: time", facts["seconds"], "s", f"<= {60 * minutes}", setting),
                Figure(f"{method}: processor time", facts["cpu_seconds"], "s", "", setting),
                Figure(f"{method}: peak memory", facts["peak_bytes"] / MIB, "MiB",
                       f"<= {1024 * gib}", setting),
                Figure(f"{method}: coverage at .9", facts["coverage"], "share", "", setting),
                Figure(f"{method}: accuracy there", facts["accuracy"], "share", "", setting),
            ]  # fmt: skip
    return figures


def brief(means: dict[str, dict[str, float]], where: str) -> str:
    """A table of one setting for people to read."""
    lines = [f"\n{where}\n", "| method | 25 % | 50 % | 75 % | all | at 90 % precision |"]
    lines.append("|---|---|---|---|---|---|")
    for name, each in means.items():
        cells = [f"{each[f'at {share}']:.3f}" for share in COVERAGES] + [f"{each['reach']:.3f}"]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Read the options, measure, publish."""
    announce()
    parser = asking(__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="draws of labels")
    parser.add_argument("--million", type=int, nargs="?", const=1_000_000, default=0,
                        help="also measure over so many vectors")  # fmt: skip
    chosen = parser.parse_args()
    data = read_asked(chosen)
    keep = ~np.isin(data.labels, chosen.no_class)
    classes, owners = np.unique(data.labels[keep], return_inverse=True)
    rows = data.vectors[keep]
    where = f"{chosen.data.name}, {len(rows)} images, {len(classes)} classes"
    figures = []
    for setting in (*PERCENT, EACH):
        which = f"{setting:.0%} labelled" if setting < 1 else f"{setting} a class labelled"
        means = compare(rows, owners, setting, chosen.seeds)
        print(brief(means, f"{where}, {which}"), flush=True)
        plain = (*THEIRS, HEAD)
        figures += figures_of(means, f"{where}, {which}", chosen.seeds, plain)
    if chosen.million:
        figures += million(chosen.million)
    print()
    publish(figures, chosen.json)


if __name__ == "__main__":
    main()
