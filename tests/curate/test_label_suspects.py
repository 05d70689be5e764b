"""Labels that were changed on purpose are found; chances are what leaving one out gives."""

from __future__ import annotations

import numpy as np
import pytest
from pools import clumps, names

from likewise.curate.base import Pool, curate
from likewise.curate.methods.label_suspects import probabilities
from likewise.errors import BadInputError


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


def test_left_one_out_is_what_refitting_without_it_gives() -> None:
    rows = clumps((12, 9, 14), dim=6, noise=1.2)
    owner = np.repeat([0, 1, 2], [12, 9, 14])
    middle = rows.mean(axis=0)
    shares = np.bincount(owner) / len(owner)
    x = (rows - middle).astype(np.float64)
    y = np.eye(3)[owner] - shares
    for place in (0, 13, 30):
        rest = np.arange(len(rows)) != place
        weights = np.linalg.solve(x[rest].T @ x[rest] + 3 * np.eye(6), x[rest].T @ y[rest])
        guess = np.exp(8 * (x[place] @ weights + shares))
        assert np.allclose(probabilities(rows, owner)[place], guess / guess.sum(), atol=1e-4)


def test_what_cannot_be_judged_stays() -> None:
    rows = clumps((10, 10, 1), noise=0.2)
    labels = ("x",) * 9 + ("",) + ("y",) * 10 + ("only one",)
    chosen = curate(Pool(names(21), rows, labels), "label_suspects")
    assert {names(21)[9], names(21)[20]} <= set(chosen.kept)
    assert "2 items" in chosen.notes[0]


@pytest.mark.parametrize("labels", [(), ("",) * 4, ("x",) * 4, ("x", "y", "z", "w")])
def test_too_few_labels(labels: tuple[str, ...]) -> None:
    with pytest.raises(BadInputError, match="label"):
        curate(Pool(names(4), clumps((2, 2)), labels), "label_suspects")
