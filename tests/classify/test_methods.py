"""The simple methods, on vectors that can be drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from worlds import at

from likewise.classify.base import make
from likewise.classify.methods._centrality import eigenvector_centrality, most_central, rank_within
from likewise.classify.methods.linear_head import LinearHead
from likewise.classify.methods.low_centrality import LowCentrality
from likewise.core.references import References
from likewise.core.vectors import unit
from likewise.errors import BadInputError

PLAIN = np.zeros(2, np.float32)


def on_circle(**classes: tuple[float, ...]) -> References:
    """Classes at stated angles, compared as they are."""
    angles = [angle for own in classes.values() for angle in own]
    labels = [name for name, own in classes.items() for _ in own]
    return References(at(*angles), labels, mean=PLAIN)


def test_all_references_is_the_class_of_the_nearest() -> None:
    it = make("all_references").fit(on_circle(a=(0, 80), b=(40,)))
    assert it.predict(at(15, 30, 55, 70)).tolist() == ["a", "b", "b", "a"]


def test_class_means_is_the_class_of_the_nearest_mean() -> None:
    it = make("class_means").fit(on_circle(a=(0, 80), b=(60,)))
    assert it.predict(at(0, 49, 51, 80)).tolist() == ["a", "a", "b", "b"]


def test_the_medoid_is_an_image() -> None:
    it = make("medoids").fit(on_circle(a=(0, 10, 90), b=(180,)))
    np.testing.assert_allclose(it.rows, at(10, 180), atol=1e-6)


def test_prototypes_find_two_looks_of_a_class() -> None:
    it = make("prototypes").fit(on_circle(a=(0, 2, 4, 90, 92, 94), b=(45, 46)))
    assert it.owners.tolist() == [0, 0, 1]
    assert it.predict(at(5, 45, 88)).tolist() == ["a", "b", "a"]


def test_classes_count_alike_in_the_centre() -> None:
    many = np.concatenate([at(0).repeat(99, axis=0), at(90)])
    few = References(many, ["a"] * 99 + ["b"])
    np.testing.assert_allclose(few.space.mean, [0.5, 0.5], atol=1e-6)


def slow_centrality(rows: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh((1 + rows.astype(np.float64) @ rows.T) / 2)
    leading = np.abs(vectors[:, values.argmax()])
    return np.asarray(leading / leading.sum())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 30))
def test_centrality_is_the_leading_eigenvector(seed: int, count: int) -> None:
    rows = unit(np.random.default_rng(seed).standard_normal((count, 6)))
    central = eigenvector_centrality(rows)
    assert (central > 0).all()
    np.testing.assert_allclose(central, slow_centrality(rows), atol=1e-5)


def test_the_least_central_of_each_class_stay() -> None:
    """An arc of 60 degrees: its middle is like everything, its ends are special."""
    references = on_circle(a=(0, 10, 25), b=(35, 50, 60))
    it = LowCentrality(keep=0.3).fit(references)
    np.testing.assert_allclose(it.rows, at(0, 60), atol=1e-6)
    two = LowCentrality(keep=0.5).fit(references)
    np.testing.assert_allclose(np.sort(two.rows[:, 1]), np.sort(at(0, 10, 50, 60)[:, 1]), atol=1e-6)


def test_at_least_one_of_each_class_stays() -> None:
    ranks = rank_within(np.array([0.3, 0.1, 0.2, 0.9]), np.array([0, 0, 0, 1]))
    assert ranks.tolist() == [2, 0, 1, 0]
    owners = np.array([0, 0, 0, 1])
    assert most_central(ranks, owners, np.array([0.01, 0.01])).tolist() == [
        False,
        True,
        False,
        True,
    ]
    assert most_central(ranks, owners, np.array([1.0, 1.0])).all()


def test_keeping_everything_is_all_references() -> None:
    references = on_circle(a=(0, 10, 25), b=(35, 50, 60))
    some, every = LowCentrality(keep=1.0).fit(references), make("all_references").fit(references)
    assert np.array_equal(some.score(at(1, 30, 59)), every.score(at(1, 30, 59)))


def test_the_logistic_head_is_the_minimum_of_its_loss() -> None:
    random = np.random.default_rng(0)
    rows = unit(random.standard_normal((12, 5)))
    owners = np.repeat(np.arange(3), 4)
    references = References(rows, [str(o) for o in owners], mean=np.zeros(5, np.float32))

    def loss(point: np.ndarray) -> float:
        logits = rows @ point[:15].reshape(3, 5).T + point[15:]
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        right = np.log(chances[np.arange(12), owners]).sum()
        return float(-right + 0.15 * (point[:15] ** 2).sum())

    slow = minimize(loss, np.zeros(18), method="BFGS").x[:15].reshape(3, 5)
    np.testing.assert_allclose(LinearHead().fit(references).rows, unit(slow), atol=5e-3)


@pytest.mark.parametrize("loss", ["logistic", "hinge"])
def test_the_head_is_the_same_with_more_dimensions_than_rows_or_fewer(loss: str) -> None:
    random = np.random.default_rng(1)
    rows = unit(random.standard_normal((12, 8)))
    labels = [str(o) for o in np.repeat(np.arange(3), 4)]
    wide = np.concatenate([rows, np.zeros((12, 40), np.float32)], axis=1)
    narrow = make("linear_head", loss=loss).fit(References(rows, labels)).rows
    padded = make("linear_head", loss=loss).fit(References(wide, labels)).rows
    np.testing.assert_allclose(padded[:, :8], narrow, atol=2e-3)
    assert np.abs(padded[:, 8:]).max() < 1e-5


@pytest.mark.parametrize("loss", ["logistic", "hinge"])
def test_a_class_with_many_references_is_not_preferred(loss: str) -> None:
    random = np.random.default_rng(0)
    centres = np.eye(2, 12, dtype=np.float32)
    sizes = {0: 40, 1: 2}
    owners = np.repeat([0, 1], [40, 2])
    rows = unit(centres[owners] + 0.25 * random.standard_normal((42, 12)))
    it = make("linear_head", loss=loss).fit(References(rows, [str(o) for o in owners]))
    truths = np.repeat([0, 1], 200)
    test = unit(centres[truths] + 0.25 * random.standard_normal((400, 12)))
    right = it.score(test).argmax(axis=1) == truths
    assert abs(right[:200].mean() - right[200:].mean()) < 0.15, sizes


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("low_centrality", {"keep": 0.0}, "keep is 0.0"),
        ("low_centrality", {"keep": 1.5}, "keep is 1.5"),
        ("linear_head", {"ridge": 0.0}, "ridge is 0.0"),
        ("linear_head", {"loss": "tanh"}, "is 'tanh'; give logistic or hinge"),
        ("prototypes", {"most": 0}, "most is 0"),
        ("tuned_references", {"trials": 0}, "trials is 0"),
        ("tuned_references", {"seconds": -1.0}, "seconds is -1.0"),
        ("tuned_references", {"aim": "luck"}, "is 'luck'; give accuracy or weighted_f1"),
        ("best", {"methods": "best"}, "name others than 'best'"),
        ("best", {"methods": ""}, "name others than 'best'"),
        ("best", {"methods": "class_meens"}, "did you mean 'class_means'"),
        ("best", {"standard_errors": -1.0}, "standard_errors is -1.0"),
        ("linear_head", {"ridge": "much"}, "the option 'ridge' of the method 'linear_head'"),
    ],
)
def test_options_out_of_range(name: str, options: dict[str, object], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        make(name, **options)
