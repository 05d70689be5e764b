"""Mean, medoid, central, nearest, contrast and text, against angles that can be drawn."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import at, on_plane, world

from likewise.core.evidence import Evidence, Samples
from likewise.core.space import Space
from likewise.errors import BadInputError
from likewise.rules.base import learn, make


def angle(row: np.ndarray) -> float:
    return float(np.rad2deg(np.arctan2(row[1], row[0])))


def test_mean_points_halfway() -> None:
    assert angle(make("mean").learn(on_plane(positives=at(10, 50))).toward[0]) == pytest.approx(30)


def test_mean_counts_weights() -> None:
    evidence = on_plane(positives=Samples(at(0, 90), (), np.array([3, 1], np.float32)))
    expected = np.rad2deg(np.arctan2(1, 3))
    assert angle(make("mean").learn(evidence).toward[0]) == pytest.approx(expected, abs=1e-4)


def test_mean_is_taken_in_the_space() -> None:
    """What all images share must not count: 5 and 45 degrees seen from their middle, 0."""
    rows = at(5, 45)
    evidence = Evidence(Space("plane", rows[0]), positives=rows[1:])
    toward = make("mean").learn(evidence).toward[0]
    difference = rows[1] - rows[0]
    assert np.allclose(toward, difference / np.linalg.norm(difference))


def test_examples_at_the_mean_of_the_collection_are_refused() -> None:
    evidence = Evidence(Space("plane", at(20)[0]), positives=at(20, 20))
    with pytest.raises(BadInputError, match="cancel out"):
        make("mean").learn(evidence)


def test_medoid_is_the_example_in_the_middle() -> None:
    evidence = on_plane(positives=at(0, 90, 30, 40))
    assert angle(make("medoid").learn(evidence).toward[0]) == pytest.approx(40, abs=1e-4)


def test_medoid_is_the_slow_obvious_answer() -> None:
    here = world(noise=1.5)
    evidence = here.evidence(9)
    rows = here.space.apply(evidence.positives.rows)
    likeness = [np.mean([float(a @ b) for b in rows]) for a in rows]
    expected = rows[int(np.argmax(likeness))]
    assert np.array_equal(make("medoid").learn(evidence).toward[0], expected)


@pytest.mark.parametrize(("k", "expected"), [(1, 30), (2, 35), (3, 30), (99, None)])
def test_central_leaves_strays_out(k: int, expected: float | None) -> None:
    evidence = on_plane(positives=at(20, 30, 40, 170))
    toward = make("central", k=k).learn(evidence).toward[0]
    if expected is None:
        assert np.allclose(toward, make("mean").learn(evidence).toward[0])
    else:
        rows = evidence.positives.rows
        order = np.argsort(-(rows @ rows.sum(axis=0)))[:k]
        assert angle(toward) == pytest.approx(angle(rows[order].sum(0)), abs=1e-3)
        assert angle(toward) < 60


def test_nearest_takes_the_closest_of_all() -> None:
    rule = make("nearest").learn(on_plane(positives=at(0, 90)))
    expected = np.cos(np.deg2rad([20, 20, 45]))
    assert np.allclose(rule.score(at(20, 70, 45)), expected, atol=1e-6)


def test_contrast_subtracts_a_quarter() -> None:
    rule = make("contrast").learn(on_plane(positives=at(0), negatives=at(60, 80)))
    expected = np.cos(np.deg2rad(30)) - 0.25 * np.cos(np.deg2rad(40))
    assert rule.score(at(30))[0] == pytest.approx(expected, abs=1e-6)


def test_contrast_without_counter_examples_is_the_mean() -> None:
    evidence = on_plane(positives=at(0, 40))
    contrast, mean = make("contrast").learn(evidence), make("mean").learn(evidence)
    assert np.array_equal(contrast.directions, mean.directions)


def test_text_turns_away_from_counter_hints() -> None:
    evidence = on_plane(hints=at(0, 20), counter_hints=at(100))
    expected = at(10)[0] - 0.3 * at(100)[0]
    toward = make("text").learn(evidence).toward[0]
    assert np.allclose(toward, expected / np.linalg.norm(expected), atol=1e-6)


def test_text_counts_weights_of_words() -> None:
    evidence = on_plane(hints=Samples(at(0, 90), (), np.array([1, 0], np.float32)))
    assert np.array_equal(make("text").learn(evidence).toward, at(0))


def test_words_that_cancel_out_are_refused() -> None:
    with pytest.raises(BadInputError, match="cancel out"):
        make("text").learn(on_plane(hints=at(0, 180)))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("central", {"k": 0}),
        ("contrast", {"away_weight": -1}),
        ("text", {"counter_weight": float("nan")}),
        ("logistic", {"ridge": 0}),
        ("linear_svm", {"negative_weight": -0.1}),
        ("exemplar_svm", {"ridge": float("inf")}),
        ("anchored", {"slack": 0}),
        ("anchored", {"pull": -1}),
        ("prototypes", {"method": "guess"}),
        ("prototypes", {"most": 0}),
        ("best", {"standard_errors": -1}),
    ],
)
def test_options_out_of_range_are_refused(name: str, options: dict[str, float]) -> None:
    with pytest.raises(BadInputError, match=next(iter(options))):
        make(name, **options)


def test_the_nearest_meaning_of_a_word_counts() -> None:
    """A word for what lies at 0 and at 120 degrees: its mean, at 60, is neither."""
    word = on_plane(hints=Samples(at(0, 120), ("crane", "crane")))
    for name in ("text", "anchored", "best"):
        scores = learn(word, name).score(at(0, 120, 60))
        assert np.allclose(scores, [1, 1, 0.5], atol=1e-6)


def test_meanings_each_turn_from_a_counter_hint() -> None:
    word = on_plane(hints=Samples(at(0, 120), ("crane", "crane")), counter_hints=at(60))
    rule = make("text", counter_weight=1.0).learn(word)
    assert np.allclose(rule.toward, at(-60, 180), atol=1e-6)


def test_meanings_are_one_direction_beside_another_word() -> None:
    """Each word counts once, however many meanings it has."""
    words = on_plane(hints=Samples(at(0, 40, 80), ("crane", "crane", "port")))
    assert angle(make("text").learn(words).toward[0]) == pytest.approx(50, abs=1e-4)
    assert learn(words, "text").provenance["counts"]["hints"] == 2
    assert learn(words, "text").provenance["hints"] == ["crane", "port"]


def test_meanings_are_one_direction_beside_an_example() -> None:
    spread, single = (
        on_plane(positives=at(90), hints=Samples(rows, ("crane",) * len(rows)))
        for rows in (at(0, 40), at(20))
    )
    one, other = (make("anchored").learn(known).toward for known in (spread, single))
    assert np.allclose(one, other, atol=1e-6)
