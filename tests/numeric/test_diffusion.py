"""Labels that spread over a graph: against the closed form, and over graphs one can draw."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from likewise.core.vectors import unit
from likewise.numeric.diffusion import (
    Diffusion,
    diffuse,
    graph_scores,
    normalised,
    seeds,
    standardised,
)


def ring(count: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Points on a circle, each with the next and the one before as neighbours."""
    at = np.arange(count)
    neighbours = np.stack([(at + 1) % count, (at - 1) % count], axis=1).astype(np.int32)
    return neighbours, np.full((count, 2), 0.5, np.float32)


def test_weights_are_symmetric_and_divided_by_both_degrees() -> None:
    """Two neighbours of weight 1/8 each make a degree of 1/4, so each link weighs one half."""
    links = normalised(*ring(6)).toarray()
    assert np.array_equal(links, links.T)
    assert links.sum(axis=1) == pytest.approx(1)
    assert links[0, 1] == pytest.approx(0.5)


def test_no_neighbour_and_a_negative_cosine_are_no_link() -> None:
    links = normalised(
        np.array([[1, -1], [0, 2], [-1, -1]], np.int32),
        np.array([[1, -1], [1, -0.5], [-1, -1]], np.float32),
    )
    assert links.toarray().nonzero()[0].tolist() == [0, 1]


def test_spreads_as_the_closed_form_says() -> None:
    """25 steps from the start leave .9^25 of the difference to ``.1 (I - .9 A)^-1 y``."""
    links = normalised(*ring(9))
    start = np.zeros((9, 1), np.float32)
    start[0] = 1
    exact = 0.1 * np.linalg.solve(np.eye(9) - 0.9 * links.toarray(), start)
    reached = diffuse(links, start)
    assert np.abs(reached - exact).max() < 0.9**25
    assert np.argsort(-reached.ravel(), kind="stable")[:3].tolist() == [0, 1, 8]


def test_nearer_to_yes_than_to_no_scores_higher() -> None:
    links = normalised(*ring(40))
    yes, no = np.zeros((40, 1), np.float32), np.zeros((40, 1), np.float32)
    yes[0], no[20] = 1, 1
    scores = graph_scores(partial(diffuse, links), yes, no).ravel()
    assert scores.argmax() == 0
    assert scores.argmin() == 20
    every_second = scores[:21:2].tolist()  # what spreads alternates between odd and even steps
    assert every_second == sorted(every_second, reverse=True)


def test_each_column_is_a_fit_of_its_own() -> None:
    links = normalised(*ring(30))
    yes = np.zeros((30, 2), np.float32)
    yes[3, 0], yes[17, 1] = 1, 1
    both = graph_scores(partial(diffuse, links), yes, np.zeros_like(yes))
    for column in (0, 1):
        alone = graph_scores(
            partial(diffuse, links), yes[:, [column]], np.zeros((30, 1), np.float32)
        )
        assert both[:, [column]] == pytest.approx(alone, abs=1e-4)


def test_what_was_spread_before_is_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels come one by one, by dozens, again and with other weights; ten columns are kept."""
    import likewise.numeric.diffusion as module

    links = normalised(*ring(30))
    monkeypatch.setattr(module, "_KEPT_NUMBERS", 300)
    spread, random = Diffusion(links), np.random.default_rng(0)
    for labelled in (1, 2, 2, 3, 9, 10, 10, 25, 4):
        start = np.zeros((30, 2), np.float32)
        start[random.permutation(30)[:labelled]] = random.random((labelled, 2))
        assert spread(start) == pytest.approx(diffuse(links, start), abs=1e-6)
        assert spread._kept <= 10


def test_one_more_label_spreads_one_column(monkeypatch: pytest.MonkeyPatch) -> None:
    import likewise.numeric.diffusion as module

    links, widths = normalised(*ring(30)), []

    def counted(of: Any, start: NDArray[np.float32]) -> NDArray[np.float32]:
        widths.append(start.shape[1])
        return diffuse(of, start)

    monkeypatch.setattr(module, "diffuse", counted)
    spread, start = Diffusion(links), np.zeros((30, 2), np.float32)
    for row in (3, 4, 5):
        start[row, row % 2] = 1
        spread(start * np.float32(0.5))
    spread(start)
    assert widths == [1, 1, 1]


def test_a_labelled_image_outside_the_graph_labels_what_is_nearest_to_it() -> None:
    rows = unit(np.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0]], np.float32))
    given = seeds(np.array([2, -1]), rows[[2, 0]], np.ones((2, 1), np.float32), rows).ravel()
    assert given.sum() == pytest.approx(1)
    assert given[2] >= 0.5
    assert given[0] > given[1] > given[3]


def test_what_is_all_the_same_is_standardised_to_nothing() -> None:
    assert standardised(np.full((5, 2), 3, np.float32)).tolist() == [[0.0, 0.0]] * 5
