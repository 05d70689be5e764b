from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.review.estimate.audit_plan import count_bands, plan_audit
from likewise.review.estimate.population import Audit, Interval
from likewise.rules.prevalence_curves import HeldOutLevels, Shown
from likewise.rules.score_levels import levels_of


def collection(
    count: int = 2000, yes: int = 40, seed: int = 0, slope: float = 2.5
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Scores of which a standard deviation is worth `slope` logits, and the truth."""
    random = np.random.default_rng(seed)
    logits = random.normal(-7, slope, count)
    logits += np.log(yes / (1 / (1 + np.exp(-logits))).sum())
    truth = random.random(count) < 1 / (1 + np.exp(-logits))
    return np.asarray(logits / 10, np.float32), truth


def test_bands_part_what_is_not_judged_and_the_threshold_is_an_edge() -> None:
    scores, _ = collection()
    answers = np.zeros(2000, np.int8)
    answers[np.argsort(-scores)[:30]] = 1
    bands = count_bands(scores, answers, threshold=-0.2)
    assert bands.sizes.sum() == 1970
    assert (bands.sizes > 0).all()
    assert (np.diff(bands.floors) < 0).all()
    assert bands.floors[-1] == -np.inf
    left = scores[answers == 0]
    assert np.array_equal(np.bincount(bands.band_of(left)), bands.sizes)
    assert bands.sizes[bands.hits].sum() == (left >= -0.2).sum()
    assert bands.known == (30, 0, 0, 0)


def test_looks_are_spread_over_bands_and_drawn_within_them_at_random() -> None:
    scores, _ = collection()
    answers = np.where(np.arange(2000) % 5 == 0, -1, 0)
    audit, rows = plan_audit(scores, answers, threshold=0.0, sample_size=40)
    assert len(set(rows.tolist())) == 40
    assert (answers[rows] == 0).all()
    taken = np.bincount(audit.band_of(scores[rows]), minlength=len(audit.sizes))
    assert (taken >= np.minimum(2, audit.sizes)).all()
    drawn = np.zeros(2000)
    for seed in range(100):
        drawn[plan_audit(scores, answers, threshold=0.0, sample_size=40, seed=seed)[1]] += 1
    band = audit.band_of(scores) == len(audit.sizes) - 1
    inside = drawn[band & (answers == 0)]
    assert inside.max() < 10  # nobody's favourite


def test_intervals_hold_the_truth_of_rare_concepts_in_forty_looks() -> None:
    held: list[tuple[bool, bool, bool]] = []
    for seed in range(100):
        scores, truth = collection(seed=seed, slope=[1.2, 1.8, 2.5][seed % 3])
        threshold = float(np.sort(scores)[-50])
        answers = np.zeros(2000, np.int8)
        shown = np.argsort(-scores)[:25]
        answers[shown] = np.where(truth[shown], 1, -1)
        audit, rows = plan_audit(scores, answers, threshold=threshold, seed=seed)
        found = audit.adding(scores[rows], truth[rows]).estimate()
        hits = scores >= threshold
        assert found.precision is not None
        assert found.recall is not None
        held.append(
            (
                float(truth.sum()) in found.positives,
                float(truth[hits].mean()) in found.precision,
                float(truth[hits].sum() / truth.sum()) in found.recall,
            )
        )
    assert np.mean(held, axis=0).min() >= 0.9


def test_more_looks_narrow_the_interval() -> None:
    scores, truth = collection(yes=200)
    answers = np.zeros(2000, np.int8)
    widths = []
    for looks in (20, 100, 500):
        audit, rows = plan_audit(scores, answers, threshold=0.0, sample_size=looks)
        widths.append(audit.adding(scores[rows], truth[rows]).estimate().positives.width)
    assert widths[0] > widths[1] > widths[2]


def test_what_is_answered_is_certain() -> None:
    scores, truth = collection()
    every = np.where(truth, 1, -1)
    found = count_bands(scores, every, threshold=0.0).estimate()
    hits = scores >= 0
    assert found.positives == Interval(*[float(truth.sum())] * 3)
    assert found.left == Interval(0, 0, 0)
    assert found.precision == Interval(*[float(truth[hits].mean())] * 3)
    assert found.recall == Interval(*[float(truth[hits].sum() / truth.sum())] * 3)
    audit, rows = plan_audit(scores, every, threshold=0.0)
    assert not len(rows)
    assert audit.looks == 0


def test_a_look_at_everything_is_certain_too() -> None:
    scores, truth = collection(count=60, yes=10)
    audit, rows = plan_audit(scores, np.zeros(60, np.int8), threshold=0.0, sample_size=500)
    assert sorted(rows.tolist()) == list(range(60))
    found = audit.adding(scores[rows], truth[rows]).estimate()
    assert found.positives == Interval(*[float(truth.sum())] * 3)


def test_looks_can_be_added_one_by_one() -> None:
    scores, truth = collection()
    audit, rows = plan_audit(scores, np.zeros(2000, np.int8), threshold=0.0)
    at_once, slowly = audit.adding(scores[rows], truth[rows]), audit
    for row in rows:
        slowly = slowly.adding(scores[[row]], truth[[row]])
    assert slowly.estimate() == at_once.estimate()
    assert at_once.looks == 40
    assert audit.looks == 0  # a record: what was is not changed


def test_answers_since_the_audit_count_as_themselves() -> None:
    scores, truth = collection(yes=100)
    audit, rows = plan_audit(scores, np.zeros(2000, np.int8), threshold=-0.1)
    audit = audit.adding(scores[rows], truth[rows])
    order = np.argsort(-scores)
    page = order[~np.isin(order, rows)][:200]
    later = audit.knowing(scores[page], truth[page])
    assert later.room.sum() == 1760
    assert later.looks == 40
    before, after = audit.estimate(), later.estimate()
    assert after.known == before.known + truth[page].sum()
    assert after.positives.low >= after.known
    assert after.positives.width < before.positives.width
    rest = order[~np.isin(order, [*rows, *page])]
    every = later.knowing(scores[rest], truth[rest]).estimate()
    assert every.positives == Interval(*[float(truth.sum())] * 3)
    hits = scores >= -0.1
    assert every.precision == Interval(*[float(truth[hits].mean())] * 3)
    with pytest.raises(BadInputError, match="images were open"):
        audit.knowing(scores, truth)
    with pytest.raises(BadInputError, match="images were open"):
        later.adding(scores[order], truth[order])


def test_answers_picked_since_the_audit_do_not_pass_for_random_looks() -> None:
    """Taken as looks, the yes answers of pages would be expected of all that is left."""
    held, fooled = [], []
    scores, order = np.linspace(1, 0, 2000), np.arange(2000)
    for seed in range(40):
        truth = (order < 200) ^ (np.random.default_rng(seed).random(2000) < 0.01)
        audit, rows = plan_audit(scores, np.zeros(2000), threshold=0.9, seed=seed)
        audit = audit.adding(scores[rows], truth[rows])
        pages = order[~np.isin(order, rows)][:150]
        later = audit.knowing(scores[pages], truth[pages]).estimate()
        held.append(float(truth.sum()) in later.positives)
        looks = audit.adding(scores[pages], truth[pages]).estimate()
        fooled.append(float(truth.sum()) not in looks.positives)
    assert np.mean(held) >= 0.9
    assert np.mean(fooled) >= 0.9


def answered_pages(
    scores: NDArray[np.float32], truth: NDArray[np.bool_], count: int
) -> tuple[NDArray[np.int8], list[Shown]]:
    """Answers to the highest scores, 20 a page."""
    levels = levels_of(scores, float(scores.mean()), float(scores.std()))
    shown = np.argsort(-scores)[: 20 * count].reshape(count, 20)
    answers = np.zeros(len(scores), np.int8)
    answers[shown] = np.where(truth[shown], 1, -1)
    return answers, [Shown(levels[part], truth[part]) for part in shown]


@pytest.mark.parametrize("slope", [1.2, 1.8])
@pytest.mark.parametrize("yes", [20, 100, 300])
def test_answers_to_pages_tell_how_many_are_left(yes: int, slope: float) -> None:
    """Without an audit; the interval of no answers at all is ten times wider."""
    held, widths, wide, ratios = [], [], [], []
    for seed in range(20):
        scores, truth = collection(yes=yes, seed=seed, slope=slope)
        answers, pages = answered_pages(scores, truth, 5)
        found = count_bands(scores, answers, threshold=0.0, pages=pages).estimate()
        held.append(truth[answers == 0].sum() in found.left)
        widths.append(found.left.width)
        ratios.append(found.positives.value / truth.sum())
        wide.append(count_bands(scores, answers, threshold=0.0).estimate().left.width)
    assert np.mean(held) >= 0.9
    assert np.median(widths) < 0.6 * np.median(wide)
    assert 0.5 < np.median(ratios) < 2


def test_the_scale_of_scores_does_not_matter() -> None:
    scores, truth = collection(yes=200)
    answers, pages = answered_pages(scores, truth, 3)
    one = count_bands(scores, answers, threshold=0.0, pages=pages).estimate()
    other = count_bands(
        1000.0 * scores.astype(np.float64) + 7.0, answers, threshold=7.0, pages=pages
    ).estimate()
    assert other.positives.value == pytest.approx(one.positives.value, rel=0.02)
    assert other.left.high == pytest.approx(one.left.high, rel=0.05)


def test_an_answer_whose_level_is_not_known_says_nothing() -> None:
    scores, truth = collection(yes=200)
    answers, pages = answered_pages(scores, truth, 2)
    unknown = Shown(np.full(20, np.nan), np.ones(20, bool))
    with_it = count_bands(scores, answers, threshold=0.0, pages=[unknown, *pages]).estimate()
    assert with_it == count_bands(scores, answers, threshold=0.0, pages=pages).estimate()


def test_examples_among_the_unanswered_speak_for_more_of_their_kind() -> None:
    scores, truth = collection(yes=200)
    answers, pages = answered_pages(scores, truth, 3)
    no, three = np.empty(0), np.ones(3, bool)
    values = [
        count_bands(
            scores, answers, threshold=0.0, pages=pages,
            held_out=HeldOutLevels(np.array(levels), no, three),
        ).estimate().left.value
        for levels in ([3.5, 3.4, 3.3], [0.4, 0.5, 0.6])
    ]  # fmt: skip
    assert values[1] > 1.3 * values[0]


def test_it_works_where_all_scores_are_equal() -> None:
    flat, _ = plan_audit(np.ones(50), np.zeros(50, np.int8), threshold=0.0, sample_size=10)
    assert flat.sizes.tolist() == [50]
    assert flat.adding(np.ones(10), np.ones(10, bool)).estimate().positives.low > 10


def test_nothing_at_the_threshold_has_no_precision() -> None:
    scores, _ = collection()
    found = count_bands(scores, np.zeros(2000, np.int8), threshold=9.0).estimate()
    assert found.precision is None
    assert found.recall is not None
    assert found.recall.high == 0


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 40),
    levels=st.integers(1, 5),
    looks=st.integers(1, 60),
    threshold=st.floats(-1, 2),
    seed=st.integers(0, 99),
)
def test_any_collection_gives_an_estimate_that_agrees_with_itself(
    count: int, levels: int, looks: int, threshold: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(levels, size=count) / levels  # many ties
    answers, truth = random.integers(-1, 2, size=count), random.random(count) < 0.3
    truth = np.where(answers == 0, truth, answers == 1)
    audit, rows = plan_audit(scores, answers, threshold=threshold, sample_size=looks)
    assert len(rows) == len(set(rows.tolist()))
    assert len(rows) >= min(looks, int((answers == 0).sum()))
    found = audit.adding(scores[rows], truth[rows]).estimate()
    assert found.known == (answers == 1).sum() + truth[rows].sum()
    assert found.known <= found.positives.low <= found.positives.high <= count
    assert found.positives.value == found.known + found.left.value
    for share in (found.precision, found.recall):
        assert share is None or 0 <= share.low <= share.value <= share.high <= 1


def test_arguments_that_cannot_be_are_refused() -> None:
    scores, _ = collection()
    with pytest.raises(BadInputError, match="parallel"):
        count_bands(scores, np.zeros(3), threshold=0.0)
    with pytest.raises(BadInputError, match="0 looks"):
        plan_audit(scores, np.zeros(2000), threshold=0.0, sample_size=0)
    audit: Audit = count_bands([0.5, 0.4], [0, 0], threshold=0.0)
    with pytest.raises(BadInputError, match="each image once"):
        audit.adding([0.5, 0.5, 0.5], [True, True, True])
