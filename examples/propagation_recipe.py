"""Label a folder from a few labels, step by step: what each step of the recipe adds.

PCA, K-means, a threshold, refinement, active learning, an ensemble: each is run on top of the
one before, on real images whose class folders are the truth that is held against it.

``python examples/propagation_recipe.py FOLDER_OF_CLASS_FOLDERS``
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from likewise.indexing.index import index
from likewise.numeric.intervals import wilson_interval
from likewise.propagate.base import Propagation, PropagationGraph, propagate, to_ask
from likewise.workspace import Workspace

Ints = NDArray[np.intp]


def told(step: str, done: Propagation, owners: Ints, names: Ints) -> None:
    """One line: how many got a label, and how many of those are right."""
    new = done.accepted
    right = float((names[done.labels[new]] == owners[new]).mean()) if len(new) else float("nan")
    print(f"{step:<48}{(done.rounds == 0).sum():>6}{done.coverage:>10.1%}{right:>10.1%}"
          f"{done.expected_noise:>10.1%}")  # fmt: skip


def main() -> None:
    """Run the recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workspace", type=Path, help="index here, or use what is there")
    parser.add_argument("--share", type=float, default=0.02, help="how much is labelled")
    parser.add_argument("--asked", type=int, default=40, help="answers in active learning")
    parser.add_argument("--min-confidence", type=float, default=0.9)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    sure = chosen.min_confidence
    random = np.random.default_rng(chosen.seed)

    # Images become vectors.
    with tempfile.TemporaryDirectory() as scratch:
        path = chosen.workspace or Path(scratch) / "recipe.likewise"
        index(chosen.folder, path)
        with Workspace(path) as place:
            ids = place.collection.ids()
            vectors = place.collection.vectors(ids)
    names, owners = np.unique([item.partition("/")[0] for item in ids], return_inverse=True)
    given = np.full(len(ids), -1)
    some = random.permutation(len(ids))[: max(2, round(chosen.share * len(ids)))]
    given[some] = owners[some]
    every = np.arange(len(names))
    print(f"{len(ids)} images of {len(names)} classes; {len(some)} labels\n")
    print(f"{'step':<48}{'given':>6}{'labelled':>10}{'right':>10}{'promised':>10}")
    print(f"{'':<48}{'':>6}{'':>10}{'':>10}{'wrong':>10}")

    # 1. PCA. Clusters of the raw vectors, then of their principal components: the landscape
    #    turns rows into components itself, so that of the raw ones keeps all of them.
    raw = PropagationGraph(vectors, dimensions=vectors.shape[1])
    told("K-means, all dimensions, every majority", propagate(raw, given, "cluster_vote",
         min_confidence=0), owners, every)  # fmt: skip
    landscape = PropagationGraph(vectors)
    told(f"+ PCA to {landscape.rows.shape[1]} dimensions", propagate(landscape, given,
         "cluster_vote", min_confidence=0), owners, every)  # fmt: skip

    # 2. Thresholds: clusters that agree, rows that lie deep in them, and a calibrated confidence.
    told("+ purity .8, depth .2", propagate(landscape, given, "cluster_vote", min_confidence=0,
         purity=0.8, depth=0.2), owners, every)  # fmt: skip
    told(f"+ confidence {sure}", propagate(landscape, given, "cluster_vote", min_confidence=sure,
         purity=0.8, depth=0.2), owners, every)  # fmt: skip

    # 3. Refinement: a head learns from the votes, clusters are made anew, until stable.
    refined = propagate(landscape, given, "refined_vote", min_confidence=sure)
    told("+ refinement", refined, owners, every)
    print(f"  {refined.stopped}")

    # 4. An ensemble in the clusters' place: labels spread on the graph, and a smoothed head.
    done = propagate(landscape, given, "agreement", min_confidence=sure)
    told("ensemble by agreement instead", done, owners, every)

    # 5. Active learning: doubtful items that differ, against as many at random.
    for step, rows in (
        (f"+ {chosen.asked} answers to random items", random.permutation(done.abstained)),
        (f"+ {chosen.asked} answers to what it asks", to_ask(done, landscape, chosen.asked)),
    ):
        more = given.copy()
        asked = rows[: chosen.asked]
        more[asked] = owners[asked]
        done = propagate(landscape, more, "agreement", min_confidence=sure)
        told(step, done, owners, every)

    # 6. What a random audit of the accepted labels says about their noise.
    new = done.accepted
    if len(new):
        looked = random.permutation(new)[:40]
        wrong = int((done.labels[looked] != owners[looked]).sum())
        low, high = wilson_interval(wrong, len(looked))
        truth = float((done.labels[new] != owners[new]).mean())
        print(f"\naudit of {len(looked)}: {wrong} wrong, so {low:.1%} to {high:.1%} of the "
              f"{len(new)} new labels; in truth {truth:.1%}")  # fmt: skip
        row = int(new[0])
        causes = [ids[cause] for cause in done.causes[row].tolist() if cause >= 0]
        print(
            f"a receipt: {ids[row]} is {names[done.labels[row]]} at {done.confidence[row]:.0%}, "
            f"round {done.rounds[row]} of {done.method}, because of {', '.join(causes)}"
        )


if __name__ == "__main__":
    main()
