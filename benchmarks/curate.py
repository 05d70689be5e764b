"""Curation measured: label suspects, outliers, coverage, leaks, and a million items.

Run: python benchmarks/curate.py --data FOLDER_OF_CLASS_FOLDERS --json OUT [--other FOLDER]
[--million]. `cleanlab` is compared with where it is installed. Copies: `copies.py`.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from _needs import announce
from _records import Figure, publish
from numpy.typing import NDArray
from search import blocks
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import LocalOutlierFactor

from likewise.core.vectors import Vectors, unit
from likewise.curate.base import Pool, curate
from likewise.curate.methods._duplicate_pairs import near_pairs
from likewise.curate.methods._held_out_scores import HeldOutScores
from likewise.curate.methods.diverse import k_centre
from likewise.curate.methods.outliers import outlyingness
from likewise.curate.workspace import pool_of
from likewise.errors import BadInputError
from likewise.indexing.index import index
from likewise.numeric.class_folds import class_folds
from likewise.numeric.neighbours import find_neighbours, nearest_rows
from likewise.workspace import Workspace


def pool_in(data: Path, workspace: Path) -> Pool:
    """A folder, indexed, with sketches."""
    index(data, workspace)
    with Workspace(workspace) as place:
        return pool_of(place)


def raw_vectors(workspace: Path, ids: tuple[str, ...]) -> Vectors:
    """As the encoder gave them."""
    with Workspace(workspace) as place:
        return place.collection.vectors(ids)


def suspects(pool: Pool, draws: int) -> list[Figure]:
    """Planted label noise; against cleanlab on the same predicted probabilities."""
    try:
        rank = importlib.import_module("cleanlab.rank")
    except Exception as error:
        print(f"cleanlab is left out: {error}")
        rank = None
    named = [place for place, label in enumerate(pool.labels) if label != "BACKGROUND_Google"]
    pool = pool.subset([pool.ids[place] for place in named])
    names, truth = np.unique(np.array(pool.labels), return_inverse=True)
    figures = []
    for share in (0.05, 0.1):
        ours, theirs, caught, right = [], [], [], []
        for seed in range(draws):
            random = np.random.default_rng(seed)
            wrong = random.choice(len(truth), round(share * len(truth)), replace=False)
            said = truth.copy()
            said[wrong] = (said[wrong] + random.integers(1, len(names), len(wrong))) % len(names)
            noisy = Pool(
                pool.ids, pool.vectors, tuple(names[said].tolist()), graph=pool.neighbours()
            )
            chosen = curate(noisy, "label_suspects")
            assert chosen.kept_scores is not None
            score = dict(zip(chosen.kept, (1 - chosen.kept_scores).tolist(), strict=True))
            score.update(zip(chosen.dropped, chosen.scores.tolist(), strict=True))
            scores = np.array([score[item] for item in pool.ids])
            bad = said != truth
            ours.append(average_precision_score(bad, scores))
            out = np.isin(np.array(pool.ids), np.array(chosen.dropped))
            caught.append(out[bad].mean())
            right.append(bad[out].mean() if out.any() else 0)
            if rank is not None:
                folds = class_folds(pool.rows(), said)
                held_out = HeldOutScores(pool.rows(), said, folds, pool.neighbours(), 20)
                chances = held_out.probabilities(np.arange(len(said)))
                quality = rank.get_label_quality_scores(said, chances)
                theirs.append(average_precision_score(bad, 1 - quality))
        setting = f"{share:.0%} of {len(truth)} labels wrong, {len(names)} classes, {draws} draws"
        goal = ">= cleanlab's"
        figures.append(Figure("label suspects: AP", float(np.mean(ours)), "", goal, setting))
        if theirs:
            what = "cleanlab on the same probabilities: AP"
            figures.append(Figure(what, float(np.mean(theirs)), "", "", setting))
        figures.append(Figure("wrong labels called so", float(np.mean(caught)), "", "", setting))
        figures.append(Figure("called wrong and are", float(np.mean(right)), "", "", setting))
    return figures


def suspects_of_few_labels(
    data: str, pool: Pool, classes: int, sizes: Sequence[int], draws: int
) -> list[Figure]:
    """Suspects in small sets of some classes: of right labels, and with wrong ones planted."""
    assert pool.vectors is not None
    owner = np.unique(np.array(pool.labels), return_inverse=True)[1]
    figures = []
    for size in sizes:
        large = np.flatnonzero(np.bincount(owner) >= size)
        if len(large) < 2:
            continue  # one class tells nothing about the labels of another
        for share in (0.0, 0.05, 0.1, 0.2):
            accused, hits, planted, expected = 0, 0, 0, 0.0
            for seed in range(draws):
                random = np.random.default_rng(seed)
                members = [
                    random.permutation(np.flatnonzero(owner == number))[:size]
                    for number in random.permutation(large)[:classes]
                ]
                rows = np.concatenate(members)
                truth = np.repeat(np.arange(len(members)), size)
                wrong = random.permutation(len(rows))[: round(share * len(rows))]
                said = truth.copy()
                said[wrong] += random.integers(1, len(members), len(wrong))
                said %= len(members)
                few = Pool(
                    tuple(pool.ids[row] for row in rows.tolist()),
                    pool.vectors[rows],
                    tuple(f"class {number}" for number in said),
                )
                planted += len(wrong)
                try:
                    chosen = curate(few, "label_suspects")
                except BadInputError:  # too few labels of a class are left to judge any
                    continue
                out = np.isin(np.array(few.ids), np.array(chosen.dropped))
                accused, hits = accused + int(out.sum()), hits + int(out[wrong].sum())
                expected += float((1 - chosen.scores).sum())
            setting = f"{data}, {classes} classes of {size}, {share:.0%} wrong, {draws} draws"
            name = "label suspects, few labels"
            figures += [
                Figure(f"{name}: right ones accused", (accused - hits) / draws, "", "", setting),
                Figure(f"{name}: as expected by the notes", expected / draws, "", "", setting),
            ]
            if planted:
                precision = hits / max(accused, 1)
                figures.append(Figure(f"{name}: precision", precision, "", "", setting))
                figures.append(Figure(f"{name}: recall", hits / planted, "", "", setting))
    return figures


def outliers(raw: Vectors, other: Vectors, draws: int) -> list[Figure]:
    """One image in a hundred is of the other set."""
    found: dict[str, list[float]] = {}
    count = max(1, round(0.01 * len(raw)))
    for seed in range(draws):
        random = np.random.default_rng(seed)
        planted = other[random.choice(len(other), count, replace=False)]
        rows = np.concatenate([raw, planted])
        rows = unit(rows - rows.mean(axis=0))
        strange = np.arange(len(rows)) >= len(raw)
        forest = IsolationForest(random_state=seed)
        local = LocalOutlierFactor(20)
        for name, scores in {
            "outliers": outlyingness(nearest_rows(rows, 20)[1], 20),
            "scikit-learn LocalOutlierFactor": -local.fit(rows).negative_outlier_factor_,
            "scikit-learn IsolationForest": -forest.fit(rows).score_samples(rows),
        }.items():
            found.setdefault(name, []).append(roc_auc_score(strange, scores))
    setting = f"{count} strangers among {len(raw)}, {draws} draws"
    return [
        Figure(f"{name}: AUROC", float(np.mean(values)), "", "", setting)
        for name, values in found.items()
    ]


def coverage(pool: Pool) -> list[Figure]:
    """What is left uncovered, and what a linear head learns from the part that is kept."""
    rows, figures = pool.rows(), []
    labels = np.array(pool.labels)
    random = np.random.default_rng(0)
    held_out = random.permutation(len(rows)) < len(rows) // 4
    train = np.flatnonzero(~held_out)
    names = [pool.ids[place] for place in train.tolist()]
    inside = pool.subset(names)
    for share in (0.05, 0.1, 0.2):
        k = round(share * len(train))
        parts = {
            "random": [random.choice(len(train), k, replace=False) for _ in range(3)],
            "diverse": [k_centre(rows[train], k).indices],
            "representative": [_places(inside, "representative", k)],
            "even": [_places(inside, "even", k)],
        }
        for name, draws in parts.items():
            farthest, mean, right = [], [], []
            for keep in draws:
                apart = 1 - (rows[train] @ rows[train[keep]].T).max(axis=1)
                farthest.append(apart.max())
                mean.append(apart.mean())
                if len(set(labels[train[keep]].tolist())) > 1:
                    head = LogisticRegression(C=10, max_iter=300)
                    head.fit(rows[train[keep]], labels[train[keep]])
                    right.append(head.score(rows[held_out], labels[held_out]))
            setting = f"{share:.0%} of {len(train)} kept"
            for what, values, unit_name in (
                ("farthest from a kept one", farthest, "1 - cosine"),
                ("mean to the nearest kept one", mean, "1 - cosine"),
                ("accuracy of a linear head", right, ""),
            ):
                if values:
                    value = float(np.mean(values))
                    figures.append(Figure(f"{name}: {what}", value, unit_name, "", setting))
    return figures


def _places(pool: Pool, name: str, k: int) -> NDArray[np.intp]:
    return np.array([pool.index_of[item] for item in curate(pool, name, k=k).kept])


def leaks(pool: Pool) -> list[Figure]:
    """Near-duplicates across parts, and what moves when a tenth is added."""
    old = [item for number, item in enumerate(pool.ids) if number % 11]
    before = curate(pool.subset(old), "split")
    after = curate(pool, "split")
    had = before.part_of
    facts = {**pool.facts, "part": [had.get(item, "") for item in pool.ids]}
    told = Pool(pool.ids, pool.vectors, pool.labels, facts, pool.sketches, pool.neighbours())
    kept = curate(told, "split")
    pairs = near_pairs(pool, None, True)
    figures = []
    for name, chosen in {"split": after, "split that knows the earlier one": kept}.items():
        of = chosen.part_of
        across = sum(
            of[pool.ids[one]] != of[pool.ids[other]]
            for one, other in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
            if pool.ids[one] in of and pool.ids[other] in of
        )
        moved = np.mean([of[item] != had[item] for item in old if item in of and item in had])
        setting = (
            f"{len(pool)} photos, {len(pairs.first)} near-duplicate pairs, "
            f"{len(pool) - len(old)} new"
        )
        figures.append(Figure(f"{name}: pairs across parts", across, "pairs", "0", setting))
        goal = "0" if name != "split" else ""
        figures.append(Figure(f"{name}: moved by the addition", float(moved), "", goal, setting))
        figures.append(Figure(f"{name}: dropped", len(chosen.dropped), "items", "", setting))
    return figures


def million(rows: int, dim: int) -> list[Figure]:
    """Synthetic clustered vectors with a hundredth of near-copies."""
    random = np.random.default_rng(1)
    vectors = np.concatenate(list(blocks(rows, dim, spread=1.0)))
    copies = rows // 100
    noise = random.standard_normal((copies, dim), dtype=np.float32) * np.float32(0.1 / np.sqrt(dim))
    vectors[-copies:] = unit(vectors[:copies] + noise)
    vectors -= vectors[:10_000].mean(axis=0)
    vectors = unit(vectors)
    ids = tuple(f"{number:07d}" for number in range(rows))
    setting = f"{rows:,} x {dim}, {len(os.sched_getaffinity(0))} cores"
    start, busy = time.perf_counter(), time.process_time()
    graph = find_neighbours(ids, vectors, 20)
    built, busy_built = time.perf_counter() - start, time.process_time() - busy
    pool = Pool(ids, vectors, graph=graph)
    near = curate(pool, "near_duplicates", threshold=0.95)
    strange = curate(pool, "outliers")
    both, busy_both = time.perf_counter() - start, time.process_time() - busy
    some = random.choice(rows, 200, replace=False)
    likeness = vectors[some] @ vectors.T
    likeness[np.arange(200), some] = -2
    true = -np.sort(-np.partition(likeness, -20, axis=1)[:, -20:], axis=1)
    recall = float((graph.scores[some] >= true[:, -1:] - 2e-6).mean())
    first = float((graph.scores[some, 0] >= true[:, 0] - 2e-6).mean())
    dropped = set(near.dropped) | set(near.because)
    caught = np.mean([ids[rows - copies + i] in dropped for i in range(copies)])
    del likeness
    start, busy = time.perf_counter(), time.process_time()
    chosen = k_centre(vectors, rows // 100)
    spread, busy_spread = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return [
        Figure("graph of 20 neighbours", built / 60, "min", "", setting),
        Figure("the same, of processors", busy_built / 60, "core min", "", setting),
        Figure("graph: recall of the 20 nearest", recall, "", "", setting),
        Figure("graph: recall of the nearest", first, "", "", setting),
        Figure("near-duplicates and outliers, graph included", both / 60, "min", "< 15", setting),
        Figure("the same, of processors", busy_both / 60, "core min", "", setting),
        Figure("planted near-copies found", float(caught), "", "", setting),
        Figure("outliers", len(strange.dropped), "items", "", setting),
        Figure(f"diverse, {len(chosen.indices):,}", spread / 60, "min", "< 5", setting),
        Figure("the same, of processors", busy_spread / 60, "core min", "", setting),
        Figure("peak memory", peak, "GiB", "< 12", setting),
    ]


def main() -> None:
    """Measure and publish."""
    announce(optional=("cleanlab",))
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, help="a folder of class folders")
    parser.add_argument("--other", type=Path, help="a folder of other photos, for outliers")
    parser.add_argument(
        "--draws", type=int, default=3, help="of wrong labels and strangers; small sets get twice"
    )
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[3, 5, 10, 20], help="images a class of small sets"
    )
    parser.add_argument("--million", action="store_true", help="synthetic vectors by the million")
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many of them")
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    options = parser.parse_args()
    if options.data is None and not options.million:
        parser.error("give --data FOLDER, --million, or both")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if options.data is not None:
            pool = pool_in(options.data, scratch / "data.likewise")
            raw = raw_vectors(scratch / "data.likewise", pool.ids)
            if len(pool) < 20 or len(set(pool.labels)) < 2:
                raise SystemExit(
                    f"{options.data} has {len(pool)} images in {len(set(pool.labels))} class "
                    "folders; 20 in 2 are needed"
                )
            figures += suspects(pool, options.draws)
            figures += suspects_of_few_labels(
                options.data.name, pool, 5, options.sizes, 2 * options.draws
            )
            if options.other is not None:
                other = pool_in(options.other, scratch / "other.likewise")
                strangers = raw_vectors(scratch / "other.likewise", other.ids)
                figures += outliers(raw, strangers, options.draws)
            figures += coverage(pool)
            figures += leaks(pool)
        if options.million:
            figures += million(options.rows, options.dim)
    publish(figures, options.json)


if __name__ == "__main__":
    main()
