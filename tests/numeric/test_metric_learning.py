from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import eigh, subspace_angles
from scipy.stats import ortho_group

from likewise.core.space import Space
from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError
from likewise.numeric.metric_learning import learn_metric, metric_space, narrowed, scatter


def world(
    seed: int, classes: int = 3, each: int = 20, dim: int = 6
) -> tuple[Vectors, NDArray[np.intp]]:
    """Classes that differ along some axes and vary along others; unit rows and class numbers."""
    random = np.random.default_rng(seed)
    means = random.normal(size=(classes, dim)) * ([1.0, 1.0] + [0.05] * (dim - 2))
    noise = random.normal(size=(classes * each, dim)) * ([0.2, 0.2] + [1.0] * (dim - 2))
    owners = np.repeat(np.arange(classes), each).astype(np.intp)
    return unit(means[owners] + noise), owners


def cosines(space: Space, rows: Vectors) -> Vectors:
    mapped = space.apply(rows)
    return np.asarray(mapped @ mapped.T)


def test_it_turns_to_what_tells_classes_apart() -> None:
    rows, owners = world(0)
    before = cosines(Space("x", rows.mean(axis=0)), rows)
    after = cosines(learn_metric("x", rows, owners, rows, columns=6), rows)
    same = owners[:, None] == owners
    others = ~np.eye(len(rows), dtype=bool)

    def gap(table: Vectors) -> float:
        return float(table[same & others].mean() - table[~same].mean())

    assert gap(after) > gap(before) + 0.3


def test_without_spread_it_is_fishers_discriminant_analysis() -> None:
    rows, owners = world(1)
    ours = metric_space("x", scatter(rows, owners), 0.5, 0).projection
    means = np.stack([rows[owners == c].mean(axis=0) for c in range(3)])
    within = np.mean([np.cov(rows[owners == c].T, bias=True) for c in range(3)], axis=0)
    within = 0.5 * within + 0.5 * np.trace(within) / 6 * np.eye(6)
    textbook = eigh(np.cov(means.T, bias=True), within)[1][:, -2:]
    assert ours is not None
    assert np.linalg.matrix_rank(ours, tol=1e-4) == 2
    images = np.linalg.svd(ours)[0][:, :2]
    np.testing.assert_allclose(subspace_angles(images, textbook), 0, atol=1e-3)


def test_with_much_spread_it_is_a_whitening_within_classes() -> None:
    rows, owners = world(2)
    found = metric_space("x", scatter(rows, owners), 1e-3, 1e6)
    assert found.projection is not None
    mapped = (rows - found.mean) @ found.projection
    apart = np.concatenate(
        [mapped[owners == c] - mapped[owners == c].mean(axis=0) for c in (0, 1, 2)]
    )
    covariance = np.cov(apart.T)
    np.testing.assert_allclose(covariance / covariance[0, 0], np.eye(6), atol=0.05)


def test_fewer_rows_than_columns_are_measured_as_more_are() -> None:
    rows, owners = world(3, each=5)  # 15 rows of 6 columns, and of 40 of which 34 are 0
    wide = np.concatenate([rows, np.zeros((15, 34), np.float32)], axis=1)
    one, other = scatter(rows, owners), scatter(wide, owners)
    np.testing.assert_allclose(one.within, other.within, rtol=1e-6)
    np.testing.assert_allclose(np.abs(one.axes), np.abs(other.axes[:6]), atol=1e-6)
    np.testing.assert_allclose(other.axes.T @ other.axes, np.eye(6), atol=1e-6)


def test_a_class_counts_as_much_as_another_whatever_its_size() -> None:
    rows, owners = world(4)
    more = np.concatenate([rows, rows[owners == 0], rows[owners == 0]])
    again = np.concatenate([owners, np.zeros(40, dtype=np.intp)])
    one, other = scatter(rows, owners), scatter(more, again)
    np.testing.assert_allclose(one.within, other.within, rtol=1e-6)
    np.testing.assert_allclose(one.centre, other.centre, atol=1e-7)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), spread=st.floats(0.01, 3), shrinkage=st.floats(0.05, 1))
def test_turning_the_vectors_turns_nothing_else(seed: int, spread: float, shrinkage: float) -> None:
    rows, owners = world(seed)
    turn = ortho_group.rvs(6, random_state=seed).astype(np.float32)
    options = {"spread": spread, "shrinkage": shrinkage, "columns": 6}
    plain = learn_metric("x", rows, owners, rows, **options)  # type: ignore[arg-type]
    turned = learn_metric("x", rows @ turn, owners, rows @ turn, **options)  # type: ignore[arg-type]
    np.testing.assert_allclose(cosines(plain, rows), cosines(turned, rows @ turn), atol=2e-3)


def test_it_is_cut_down_to_where_the_vectors_are() -> None:
    rows, owners = world(5)
    whole = metric_space("x", scatter(rows, owners), 0.5, 0.3)
    assert narrowed(whole, rows, 9) is whole
    few = narrowed(whole, rows, 2)
    assert (few.dim_in, few.dim_out) == (6, 2)
    assert whole.projection is not None
    assert few.projection is not None
    mapped = whole.apply(rows)
    principal = np.linalg.svd(mapped - mapped.mean(axis=0))[2][:2].T
    angles = subspace_angles(few.projection, whole.projection @ principal)
    np.testing.assert_allclose(angles, 0, atol=1e-3)
    with pytest.raises(BadInputError, match="give 1 or more"):
        narrowed(whole, rows, 0)


@pytest.mark.parametrize(
    ("rows", "owners", "told"),
    [
        (np.eye(3), [0, 0, 0], "two classes or more"),
        (np.eye(3), [0, 1, 2], "two images or more in one"),
        (np.eye(2)[[0, 0, 1, 1]], [0, 0, 1, 1], "all the same"),
    ],
)
def test_labels_that_teach_nothing_are_refused(rows: Vectors, owners: list[int], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        scatter(np.asarray(rows, np.float32), np.array(owners))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"shrinkage": 0.0}, "shrinkage is 0"),
        ({"spread": -1.0}, "spread is -1"),
        ({"spread": float("nan")}, "spread is nan"),
    ],
)
def test_settings_out_of_bounds_are_refused(options: dict[str, float], told: str) -> None:
    rows, owners = world(6)
    with pytest.raises(BadInputError, match=told):
        learn_metric("x", rows, owners, rows, **options)  # type: ignore[arg-type]
