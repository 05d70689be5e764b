"""Labels that were changed on purpose are found; right labels of small classes are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from pools import clumps, names

from likewise.curate.base import Pool, curate
from likewise.curate.methods._held_out_scores import HeldOutScores
from likewise.errors import BadInputError
from likewise.numeric.neighbours import find_neighbours


def test_planted_noise_is_found() -> None:
    rows = clumps((60, 60, 60), noise=0.8)
    truth = np.repeat(["x", "y", "z"], 60)
    said = truth.copy()
    wrong = np.random.default_rng(3).choice(180, 12, replace=False)
    said[wrong] = [{"x": "y", "y": "z", "z": "x"}[label] for label in said[wrong]]
    chosen = curate(Pool(names(180), rows, tuple(said.tolist())), "label_suspects")
    assert set(chosen.dropped) == {names(180)[place] for place in wrong.tolist()}
    for item, reason, of in zip(chosen.dropped, chosen.reasons, chosen.because, strict=True):
        place, witness = names(180).index(item), names(180).index(of)
        assert reason == f"labelled {said[place]}, looks like {truth[place]}"
        assert said[witness] == truth[place]


@pytest.mark.parametrize("dim", [6, 160])  # more rows than dimensions, and far fewer
def test_a_row_is_scored_by_what_is_fitted_without_its_fold(dim: int) -> None:
    rows = clumps((12, 9, 14), dim=dim, noise=1.2)
    owner = np.repeat([0, 1, 2], [12, 9, 14])
    folds = np.arange(35) % 3
    graph = find_neighbours(names(35), rows)
    found = HeldOutScores(rows, owner, folds, graph, 20).probabilities(np.arange(35))
    for fold in range(3):
        rest, part = folds != fold, folds == fold
        mean = rows[rest].mean(axis=0)
        shares = np.bincount(owner[rest]) / rest.sum()
        x, y = (rows[rest] - mean).astype(np.float64), np.eye(3)[owner[rest]] - shares
        weights = np.linalg.solve(x.T @ x + 3 * np.eye(dim), x.T @ y)
        guess = np.exp(8 * ((rows[part] - mean) @ weights + shares))
        assert np.allclose(found[part], guess / guess.sum(axis=1, keepdims=True), atol=1e-4)


@pytest.mark.parametrize("size", [3, 4, 6, 10])
def test_right_labels_of_small_classes_are_not_accused(size: int) -> None:
    dropped, expected = 0, 0.0
    for seed in range(10):
        rows = clumps((size,) * 5, dim=12, noise=1.0, seed=seed)
        said = tuple(np.repeat(list("vwxyz"), size).tolist())
        chosen = curate(Pool(names(5 * size), rows, said), "label_suspects")
        dropped += len(chosen.dropped)
        expected += float((1 - chosen.scores).sum())
    assert dropped <= 2 * expected + 2


def test_as_many_right_labels_are_accused_as_the_notes_expect() -> None:
    accused = right = 0
    expected = 0.0
    for seed in range(10):
        rows = clumps((15,) * 6, dim=12, noise=1.0, seed=seed)
        truth = np.repeat(np.arange(6), 15)
        random = np.random.default_rng(seed)
        wrong = random.choice(90, 9, replace=False)
        said = truth.copy()
        said[wrong] = (said[wrong] + random.integers(1, 6, 9)) % 6
        pool = Pool(names(90), rows, tuple(f"class {number}" for number in said))
        chosen = curate(pool, "label_suspects")
        accused += len(chosen.dropped)
        right += len({*chosen.dropped} - {names(90)[place] for place in wrong.tolist()})
        expected += float((1 - chosen.scores).sum())
    assert accused > 30
    assert right <= 2 * expected + 3


def test_classes_of_few_labels_are_named() -> None:
    rows = clumps((30, 30, 3), noise=0.4)
    labels = ("x",) * 30 + ("y",) * 30 + ("rare",) * 3
    chosen = curate(Pool(names(63), rows, labels), "label_suspects")
    assert any("'rare' (3)" in note and "too few labels" in note for note in chosen.notes)


def test_what_cannot_be_judged_stays() -> None:
    rows = clumps((10, 10, 1), noise=0.2)
    labels = ("x",) * 9 + ("",) + ("y",) * 10 + ("only one",)
    chosen = curate(Pool(names(21), rows, labels), "label_suspects")
    assert {names(21)[9], names(21)[20]} <= set(chosen.kept)
    assert "without a label, which are not judged: 1" in chosen.notes[0]
    assert "'only one' (1)" in chosen.notes[1]


@pytest.mark.parametrize(
    "labels", [(), ("",) * 4, ("x",) * 4, ("x", "y", "z", "w"), ("x", "x", "y", "y")]
)
def test_too_few_labels(labels: tuple[str, ...]) -> None:
    with pytest.raises(BadInputError, match="label"):
        curate(Pool(names(4), clumps((2, 2)), labels), "label_suspects")
