"""Probabilities after pages, where the truth is known: scores drawn from two bells."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from likewise.core.evidence import Evidence
from likewise.core.space import plain_space
from likewise.rules.base import learn
from likewise.rules.calibration import HeldOutScores
from likewise.rules.page_calibration import PageCalibration, fit_pages
from likewise.rules.precision_interval import promised_precision
from likewise.rules.prevalence_curves import Answered, Shown
from likewise.rules.score_levels import levels_of
from likewise.rules.threshold import cautious_threshold


def reviewed(
    share: float, pages: int = 3, seed: int = 0
) -> tuple[PageCalibration, HeldOutScores, NDArray[np.bool_]]:
    """After so many pages of the 20 highest of 4,000 scores, with all the rest as background."""
    random = np.random.default_rng(seed)
    wanted = random.random(4000) < share
    scores = (random.standard_normal(4000) + 2.0 * wanted) / 10 + 5.0
    shown = np.argsort(-scores)[: 20 * pages]
    rest = np.setdiff1d(np.arange(4000), shown)
    mean, spread = float(scores[rest].mean()), float(scores[rest].std())
    levels = levels_of(scores, mean, spread)
    answered = Answered([Shown(levels[page], wanted[page]) for page in np.split(shown, pages)])
    facts = {
        "levels": {"mean": mean, "spread": spread},
        "held_out": {
            "yes": levels[shown][wanted[shown]].tolist(),
            "no": levels[shown][~wanted[shown]].tolist(),
        },
    }
    values = scores.astype(np.float32)
    yes, no = shown[wanted[shown]], shown[~wanted[shown]]
    parts = HeldOutScores(values[yes], values[no], values[rest], stands_for=1.0)
    found = fit_pages(parts, answered, facts)
    assert found is not None
    return found, parts, wanted[rest]


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_probabilities_add_up_to_about_what_is_left(share: float) -> None:
    ratios = []
    for seed in range(5):
        found, scores, wanted = reviewed(share, pages=15, seed=seed)
        ratios.append(found.calibration.probability(scores.background).sum() / wanted.sum())
    assert 0.5 <= np.median(ratios) <= 2.0


def test_probabilities_add_up_to_what_the_estimate_expects() -> None:
    found, scores, _ = reviewed(0.1)
    levels = levels_of(scores.background, found.mean, found.spread)
    expected = found.curves.expected(levels).sum()
    said = found.calibration.probability(scores.background).astype(np.float64).sum()
    assert said == pytest.approx(expected, rel=0.05)


def test_pages_without_a_yes_lower_the_probabilities() -> None:
    many, scores, _ = reviewed(0.3)
    few, others, _ = reviewed(0.01)
    assert many.calibration.probability(scores.background).mean() > 0.1
    assert few.calibration.probability(others.background).mean() < 0.05


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_the_precision_of_hits_lies_in_the_promised_interval(share: float) -> None:
    kept = []
    for seed in range(12):
        found, scores, wanted = reviewed(share, pages=15, seed=seed)
        threshold = float(np.quantile(scores.background, 0.95))
        promise = promised_precision(found, scores, threshold)
        assert promise is not None
        kept.append(wanted[scores.background >= threshold].mean() in promise)
    assert np.mean(kept) >= 0.85


def test_nothing_without_an_answer_at_a_known_level() -> None:
    _, scores, _ = reviewed(0.1)
    facts = {"levels": {"mean": 5.0, "spread": 0.1}}
    unknown = Answered([Shown(np.full(20, np.nan), np.zeros(20, bool))])
    assert fit_pages(scores, unknown, facts) is None
    assert fit_pages(scores, Answered(), facts) is None
    known = Answered([Shown(np.zeros(20), np.zeros(20, bool))])
    assert fit_pages(scores, known, {}) is None
    assert fit_pages(scores, known, facts) is not None


def test_a_rule_says_what_its_probabilities_rest_on() -> None:
    random = np.random.default_rng(0)
    rows = random.standard_normal((200, 8)).astype(np.float32)
    rows[:60, 0] += 2
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    evidence = Evidence(
        plain_space("demo", 8), rows[:10], rows[60:70], rows[20:], collection_size=200
    )
    answered = Answered([Shown(np.linspace(2, 1, 20), np.arange(20) < 10)])
    plain, paged = (learn(evidence, "mean", answered=each) for each in (None, answered))
    assert "held-out scores" in plain.provenance["calibration"]
    assert "20 images answered on pages" in paged.provenance["calibration"]
    assert paged.calibration != plain.calibration


def f_half(threshold: float, scores: HeldOutScores, wanted: NDArray[np.bool_]) -> float:
    """F0.5 over labels and background, where the truth is known."""
    hits = scores.background >= threshold
    labelled = int((scores.positives >= threshold).sum())
    right = float(wanted[hits].sum()) + labelled
    count = float(hits.sum()) + labelled + int((scores.negatives >= threshold).sum())
    return 1.25 * right / (count + 0.25 * (float(wanted.sum()) + len(scores.positives)))


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_a_threshold_after_one_page_goes_by_how_large_the_concept_is(share: float) -> None:
    """The top 1 % of the background, which it was before, is far too little of a large concept."""
    cautious, top = [], []
    for seed in range(5):
        found, scores, wanted = reviewed(share, pages=1, seed=seed)
        cautious.append(f_half(cautious_threshold(found, scores)[0], scores, wanted))
        top.append(f_half(float(np.quantile(scores.background, 0.99)), scores, wanted))
    assert np.mean(cautious) > np.mean(top) - 0.1
    if share > 0.02:
        assert np.mean(cautious) > np.mean(top) + 0.05


def test_no_cut_has_a_higher_expected_f_half() -> None:
    """Against every cut, one by one, under each curve."""
    found, scores, _ = reviewed(0.1, pages=1)
    threshold, reason = cautious_threshold(found, scores)
    labels = np.concatenate([scores.positives, scores.negatives])
    truth = np.arange(len(labels)) < len(scores.positives)

    def expected(cut: float) -> float:
        probabilities = found.probabilities(scores.background)
        known, hits = labels >= cut, scores.background >= cut
        right = probabilities[:, hits].sum(axis=1) + truth[known].sum()
        all_wanted = probabilities.sum(axis=1) + truth.sum()
        f = 1.25 * right / (hits.sum() + known.sum() + 0.25 * all_wanted)
        return float(found.curves.weights @ f)

    best = expected(threshold)
    assert f"{best:.2f}" in reason
    for cut in np.quantile(scores.background, np.linspace(0.3, 1, 60)):
        assert expected(float(cut)) <= best + 1e-6


def test_an_aimed_precision_never_gives_a_lower_provisional_threshold() -> None:
    random = np.random.default_rng(0)
    wanted = random.random(600) < 0.3
    rows = random.standard_normal((600, 16)).astype(np.float32)
    rows[wanted, 0] += 3
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    yes, rest = np.flatnonzero(wanted)[:9], np.flatnonzero(wanted)[9:]
    background = rows[np.concatenate([rest, np.flatnonzero(~wanted)])]
    evidence = Evidence(
        plain_space("demo", 16), positives=rows[yes], background=background, collection_size=600
    )
    answered = Answered([Shown(np.linspace(3, 2, 6), np.ones(6, bool))])
    loose, strict = (
        learn(evidence, "mean", answered=answered, precision=aim) for aim in (None, 0.9)
    )
    assert loose.calibration is None
    assert "F0.5" in loose.provenance["threshold"]
    assert strict.threshold >= loose.threshold
    alone = learn(evidence, "mean")
    assert "pages" not in alone.provenance["threshold"]
