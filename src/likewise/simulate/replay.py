"""Replays simulated reviewers over labelled images: how good is a rule after so many answers?

Every class becomes a concept. A reviewer who knows the truth gives examples at random, and says
no to what looks most like them without being it, for that is what a reviewer is shown. The rule
learned from this ranks all images that were not labelled.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Evidence, Samples
from likewise.core.rule import Rule
from likewise.core.space import Space
from likewise.core.vectors import Scores, Vectors, unit
from likewise.errors import BadInputError
from likewise.rules.base import Learner, learn
from likewise.rules.calibration import expected_calibration_error
from likewise.rules.precision_interval import Promise
from likewise.rules.retrieval import average_precision, inspected_until, precision_at

BUDGETS = (1, 3, 5, 10, 20, 50)
_FEWEST_LEFT_TO_FIND = 5


@dataclass(frozen=True)
class Outcome:
    """What one learner made of one reviewer's answers.

    Attributes:
        concept: the class that was looked for.
        learner: what it is called in the replay.
        budget: how many examples, and as many counter-examples (none at a budget of 1).
        words: whether it had a hint as well.
        repeat: which draw of the examples.
        average_precision: over all images that were not labelled.
        precision_on_page: share of wanted images on the first page of them.
        looks_until_ten: how many of them a reader looks at until ten are found; None when fewer
            than ten are left.
        calibration_error: expected calibration error there; None when the rule had too few
            labels to give probabilities.
        promised: mean probability of the hits, the images at or above the rule's threshold;
            None without probabilities or hits.
        promise: what the rule itself said its precision would be, with an interval; None
            without probabilities.
        hits: how many images are at or above the threshold.
        right: how many of the hits are wanted.
        seconds: to learn the rule.
    """

    concept: str
    learner: str
    budget: int
    words: bool
    repeat: int
    average_precision: float
    precision_on_page: float
    looks_until_ten: int | None
    calibration_error: float | None
    promised: float | None
    promise: Promise | None
    hits: int
    right: int
    seconds: float

    @property
    def promise_kept(self) -> bool | None:
        """Whether the share of right hits lies in the promised interval; None without either."""
        if self.promise is None or not self.hits:
            return None
        return self.right / self.hits in self.promise


@dataclass(frozen=True, eq=False)
class Answers:
    """Rows that a simulated reviewer labelled, and a background drawn without them."""

    positives: NDArray[np.intp]
    negatives: NDArray[np.intp]
    background: NDArray[np.intp]


def replay(
    vectors: Vectors,
    labels: Sequence[str],
    learners: Mapping[str, str | Learner],
    space: Space,
    *,
    concepts: Sequence[str] = (),
    hints: Mapping[str, Vectors] | None = None,
    budgets: Sequence[int] = BUDGETS,
    repeats: int = 1,
    background: int = 2000,
    error_rate: float = 0.0,
    calibrate: bool = True,
    page_size: int = 20,
    seed: int = 0,
) -> Iterator[Outcome]:
    """Replay reviewers for every concept, budget and repeat; each learner sees the same answers.

    Args:
        vectors: (n, dim) unit rows.
        labels: n class names.
        learners: what to compare, by the names to report them under.
        space: the map for rules, as the collection would have it.
        concepts: the classes to look for; all when empty.
        hints: rows (t, dim) by class, meanings of the class's name, of which a longer one
            counts for more; classes without any are replayed without words.
        budgets: numbers of examples. A class is left out of a budget after which
            fewer than five of its images remain to be found.
        repeats: draws of examples for each concept.
        background: how many unlabelled rows learners see.
        error_rate: share of the reviewer's answers that are wrong.
        calibrate: passed on to `learn`; False is faster and leaves probabilities out.
        page_size: how many images are on the page whose precision is measured.
        seed: of every random draw.

    Raises:
        BadInputError: labels that do not run parallel to vectors, or an unknown concept.
    """
    names = np.asarray(labels)
    if names.shape != (len(vectors),):
        raise BadInputError(
            f"{len(names)} labels were given for {len(vectors)} vectors; give one for each"
        )
    classes = {str(name) for name in np.unique(names)}
    mapped = space.apply(vectors)
    for concept in concepts or sorted(classes):
        if concept not in classes:
            raise BadInputError(f"no vector has the label '{concept}'; give a class that occurs")
        is_relevant = names == concept
        for repeat in range(repeats):
            for budget in budgets:
                random = np.random.default_rng([seed, repeat, *concept.encode()])
                if is_relevant.sum() < budget + _FEWEST_LEFT_TO_FIND:
                    continue
                answers = draw_answers(mapped, is_relevant, budget, background, error_rate, random)
                evidence = Evidence(
                    space,
                    vectors[answers.positives],
                    vectors[answers.negatives],
                    vectors[answers.background],
                    hints=hint_samples(concept, (hints or {}).get(concept), space.dim_in),
                    collection_size=len(vectors),
                )
                unlabelled = np.ones(len(vectors), dtype=bool)
                unlabelled[[*answers.positives, *answers.negatives]] = False
                rest = _Rest(vectors, mapped, np.flatnonzero(unlabelled), is_relevant, page_size)
                words = bool(len(evidence.hints))
                for name, learner in learners.items():
                    judged = _judge(learner, evidence, rest, calibrate)
                    yield Outcome(concept, name, budget, words, repeat, **judged)


def hint_samples(word: str, rows: Vectors | None, dim: int) -> Samples:
    """Hints of `Evidence` for one word: its meanings, (t, dim), weighted by their lengths."""
    if rows is None or not len(rows):
        return Samples(np.empty((0, dim), np.float32))
    lengths = np.linalg.norm(rows, axis=1)
    return Samples(unit(rows), (word,) * len(rows), lengths / lengths.max())


def draw_answers(
    mapped: Vectors,
    is_relevant: NDArray[np.bool_],
    budget: int,
    background: int,
    error_rate: float,
    random: np.random.Generator,
) -> Answers:
    """The answers of one simulated reviewer.

    Args:
        mapped: (n, dim) rows in the space where likeness is measured.
        is_relevant: (n,), true for the members of the concept.
        budget: examples drawn at random; as many counter-examples, the non-members most like
            the mean of the examples, unless the budget is 1.
        background: rows drawn from the rest.
        error_rate: share of answers that are swapped, the first example excepted.
        random: where the draws come from.
    """
    positives = random.permutation(np.flatnonzero(is_relevant))[:budget]
    similarities = mapped @ mapped[positives].mean(axis=0)
    order = np.argsort(-similarities, kind="stable")
    negatives = order[~is_relevant[order]][: budget if budget > 1 else 0]
    wrong_yes = np.append(False, random.random(len(positives) - 1) < error_rate)
    wrong_no = random.random(len(negatives)) < error_rate
    sample = random.permutation(len(mapped))[:background]
    labelled = np.concatenate([positives, negatives])
    return Answers(
        np.concatenate([positives[~wrong_yes], negatives[wrong_no]]),
        np.concatenate([negatives[~wrong_no], positives[wrong_yes]]),
        sample[~np.isin(sample, labelled)],
    )


@dataclass(frozen=True, eq=False)
class _Rest:
    """What is left to find, and how it is judged: `rows` are those that were not labelled."""

    vectors: Vectors
    mapped: Vectors
    rows: NDArray[np.intp]
    is_relevant: NDArray[np.bool_]
    page_size: int


def _judge(
    learner: str | Learner, evidence: Evidence, rest: _Rest, calibrate: bool
) -> dict[str, Any]:
    start = time.perf_counter()
    rule = learn(evidence, learner, calibrate=calibrate)
    seconds = time.perf_counter() - start
    scores = score_all(rule, rest.vectors, rest.mapped, evidence.space)[rest.rows]
    truth = rest.is_relevant[rest.rows]
    probabilities, hits = rule.probability(scores), scores >= rule.threshold
    promise = rule.provenance.get("promise")
    return {
        "average_precision": average_precision(scores, truth),
        "precision_on_page": precision_at(rest.page_size, scores, truth),
        "looks_until_ten": inspected_until(10, scores, truth),
        "calibration_error": None
        if probabilities is None
        else expected_calibration_error(probabilities, truth),
        "promised": float(probabilities[hits].mean())
        if probabilities is not None and hits.any()
        else None,
        "promise": None if promise is None else Promise(**promise),
        "hits": int(hits.sum()),
        "right": int(truth[hits].sum()),
        "seconds": seconds,
    }


def score_all(rule: Rule, vectors: Vectors, mapped: Vectors, space: Space) -> Scores:
    """Scores of rows that went through `space` already, unless the rule has made its own."""
    return rule.score_in_space(mapped) if rule.space is space else rule.score(vectors)
