from __future__ import annotations

import numpy as np
import pytest
from worlds import at, on_plane, world

from likewise.rules.base import make
from likewise.rules.retrieval import average_precision


@pytest.mark.parametrize("method", ["kmeans", "hdbscan"])
def test_two_clumps_get_a_prototype_each(method: str) -> None:
    evidence = on_plane(positives=at(0, 4, 8, 100, 104, 108))
    toward = make("prototypes", method=method).learn(evidence).toward
    found = sorted(np.rad2deg(np.arctan2(toward[:, 1], toward[:, 0])).tolist())
    assert found == pytest.approx([4, 104], abs=1e-3)


def test_one_clump_is_the_mean() -> None:
    evidence = world(noise=1.2).evidence(12)
    assert np.array_equal(
        make("prototypes").learn(evidence).toward, make("mean").learn(evidence).toward
    )


def test_hdbscan_leaves_a_stray_out() -> None:
    evidence = on_plane(positives=at(0, 2, 4, 6, 100, 102, 104, 106, 230))
    toward = make("prototypes", method="hdbscan").learn(evidence).toward
    assert (toward @ at(230)[0]).max() < 0


def test_a_concept_of_three_looks_is_found_better_than_by_its_mean() -> None:
    here = world(members=60, clumps=3, noise=0.7, seed=3)
    evidence = here.evidence(15)
    rule, mean = (make(name).learn(evidence) for name in ("prototypes", "mean"))
    assert len(rule.toward) == 3
    by_prototypes = average_precision(rule.score(here.rows), here.wanted)
    assert by_prototypes > average_precision(mean.score(here.rows), here.wanted) + 0.05
