"""K-means by cosine, on rows that can be drawn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import silhouette_score
from worlds import at, world

from likewise.numeric.kmeans import mean_silhouette, spherical_kmeans


def test_kmeans_cuts_where_the_gap_is_whatever_the_order() -> None:
    rows = at(0, 10, 44, 90, 100)
    light = spherical_kmeans(rows, np.ones(5, np.float32), 2)
    assert light[0] == light[1] == light[2] != light[3] == light[4]
    order = np.array([4, 2, 0, 3, 1])
    turned = spherical_kmeans(rows[order], np.ones(5, np.float32), 2)
    assert np.array_equal(turned == turned[1], light[order] == light[2])


def test_silhouette_is_scikit_learns() -> None:
    rows = world().rows[:30]
    labels = np.arange(30) % 4
    labels[0] = 4  # a clump of one
    expected = silhouette_score(rows, labels, metric="cosine")
    assert mean_silhouette(rows, labels) == pytest.approx(expected, abs=1e-5)
