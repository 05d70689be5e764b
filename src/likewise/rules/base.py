"""The protocol of learners, and `learn`, which runs any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from likewise.core import methods
from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.core.vectors import Scores, Vectors
from likewise.errors import BadInputError
from likewise.numeric.blas import single_blas_thread
from likewise.numeric.folds import Folds, make_folds
from likewise.registry import build, name_of
from likewise.rules.calibration import HeldOutScores, fit_platt
from likewise.rules.methods._mapped_evidence import mapped, part_of, without_labelled
from likewise.rules.neighbourhoods import OneNeighbourhood
from likewise.rules.page_calibration import PageCalibration, fit_pages
from likewise.rules.precision_interval import promised_precision
from likewise.rules.prevalence_curves import Answered
from likewise.rules.retrieval import average_precision
from likewise.rules.score_levels import level_facts, unseen_labels
from likewise.rules.threshold import (
    best_f1_threshold,
    cautious_threshold,
    precision_threshold,
    provisional_threshold,
)

_SHORTEST = 1e-6


@runtime_checkable
class Learner(Protocol):
    """A frozen dataclass whose fields are its options, and whose one method learns.

    With the class attribute `ignores_background = True`, `learn` must not read the background: its
    rows are not held out then, which saves copying them.
    """

    def learn(self, evidence: Evidence) -> Rule:
        """Turn evidence into a rule; `learn` sets its threshold, calibration and provenance.

        Raises:
            BadInputError: the evidence lacks what this learner needs.
        """
        ...


@runtime_checkable
class FoldLearner(Learner, Protocol):
    """A learner that fits all folds of a cross-validation faster together than one by one."""

    def learn_folds(self, evidence: Evidence, folds: Folds) -> Sequence[Rule]:
        """One rule for each fold, learned from the rows outside it."""
        ...


Choice: TypeAlias = methods.Choice[Learner, HeldOutScores]


@runtime_checkable
class Chooser(Learner, Protocol):
    """A learner that first chooses among others by looking at the evidence."""

    def choose(self, evidence: Evidence) -> Choice:
        """Choose a learner and its options."""
        ...


@single_blas_thread()
def learn(
    evidence: Evidence,
    rule: str | Learner = "best",
    *,
    calibrate: bool = True,
    precision: float | None = None,
    answered: Answered | None = None,
    **options: Any,
) -> Rule:
    """Learn a rule from evidence; needs no workspace.

    The learner makes the directions. This function scores examples by rules that were learned
    without them, and from these scores sets the threshold and the probabilities, for every
    learner in the same way.

    Args:
        evidence: the concept as matrices.
        rule: a learner, or the name of one: `likewise.registry.names("rules")` lists them.
        calibrate: False leaves out the held-out scores: no probabilities and a provisional
            threshold, in a fraction of the time.
        precision: the share of hits that should be right, the aim of the threshold; None aims at
            the best F1.
        answered: pages that people answered; probabilities rest on them where there are any.
        options: fields of the named learner.

    Raises:
        BadInputError: no such learner or option, or evidence that the learner cannot use.

    Example:
        >>> import numpy as np
        >>> from likewise.core.space import plain_space
        >>> x = np.eye(3, dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 3), positives=x[:1], background=x)
        >>> learn(evidence, "mean").score(x).tolist()
        [1.0, 0.0, 0.0]
    """
    if not len(evidence.positives) and not len(evidence.hints):
        raise BadInputError(
            "the concept has neither an example nor a hint to start from; add an image or a word"
        )
    if precision is not None and not 0 < precision < 1:
        raise BadInputError(
            f"the aimed precision {precision} is not between 0 and 1; give .95, for example"
        )
    learner = make(rule, **options) if isinstance(rule, str) else rule
    evidence = without_labelled(evidence)
    if evidence.unlabelled is not None:
        evidence = replace(evidence, unlabelled=OneNeighbourhood(evidence.unlabelled))
    facts: dict[str, Any] = {"options": methods.options_of(learner), **_origin(evidence)}
    held_out = None
    if isinstance(learner, Chooser):
        choice = learner.choose(evidence)
        learned = choice.method.learn(evidence)
        facts["validation"] = dict(choice.validation)
        held_out = choice.held_out if calibrate else None
    else:
        learned = learner.learn(evidence)
        if calibrate:
            held_out = hold_out(learner, evidence)
        if held_out is not None:
            facts["validation"] = {"average_precision": held_out_precision(held_out)}
    learned = replace(learned, learner=name_of("rules", learner, learned.learner))
    if np.linalg.norm(learned.toward, axis=1).max() <= _SHORTEST:
        raise BadInputError(
            "the examples cancel out: no direction tells them from the rest; add another example"
        )
    seen = _training_scores(learned, evidence)
    facts |= level_facts(seen, held_out)
    learned = learned.with_provenance(**facts)
    seen, scores = (
        replace(each, stands_for=_images_a_row(evidence)) for each in (seen, held_out or seen)
    )
    return _with_threshold(learned, seen, scores, precision, answered)


def _with_threshold(
    rule: Rule,
    seen: HeldOutScores,
    scores: HeldOutScores,
    precision: float | None,
    answered: Answered | None,
) -> Rule:
    """The rule with a threshold and, where there are enough labels, probabilities."""
    curve, resting_on = fit_platt(scores)
    pages = None
    if answered is not None and scores.held_out:
        pages = fit_pages(seen, answered, rule.provenance)
    if curve is not None and pages is not None:
        curve, resting_on, scores = pages.calibration, pages.resting_on, unseen_labels(seen, scores)
    if curve is None:
        threshold, reason = _provisional(seen, scores, precision, pages)
    elif precision is None:
        threshold, reason = best_f1_threshold(curve, scores)
    else:
        threshold, reason = precision_threshold(curve, scores, precision)
    aim = "best-f1" if precision is None else precision
    facts: dict[str, Any] = {"calibration": resting_on, "threshold": reason, "aim": aim}
    promise = None if curve is None else promised_precision(pages or curve, scores, threshold)
    if promise is not None:
        facts["promise"] = asdict(promise)
    return replace(rule, threshold=threshold, calibration=curve).with_provenance(**facts)


def _provisional(
    seen: HeldOutScores,
    scores: HeldOutScores,
    precision: float | None,
    pages: PageCalibration | None,
) -> tuple[float, str]:
    """A threshold without a curve; for an aimed precision the higher one of two."""
    strict = provisional_threshold(scores)
    if pages is None:
        return strict
    cautious = cautious_threshold(pages, unseen_labels(seen, scores))
    return cautious if precision is None else max(strict, cautious)


def make(name: str, **options: Any) -> Learner:
    """Build a learner by name, with its options checked.

    Raises:
        BadInputError: no such learner, an option it does not have, or a value of another type
            than the option's default.
    """
    learner: Learner = build("rules", name, "rule", options)
    return learner


def need_positives(evidence: Evidence, name: str, at_least: int = 1) -> None:
    """Refuse evidence with too few examples for a learner.

    Raises:
        BadInputError: fewer positives than `at_least`.
    """
    if len(evidence.positives) < at_least:
        raise BadInputError(
            f"the rule '{name}' needs at least {at_least} example image(s) and has "
            f"{len(evidence.positives)}; add one, or use the rule 'text' for words alone"
        )


def hold_out(
    learner: Learner, evidence: Evidence, folds: Folds | None = None
) -> HeldOutScores | None:
    """Score every row by a rule that was learned without it.

    Args:
        learner: fitted once a fold.
        evidence: what is cut into folds.
        folds: made from the evidence when None.

    Returns:
        None when there are fewer than two examples that differ, so that none can be spared, or
        when what is left of them in a fold is not enough to learn from.
    """
    data = mapped(evidence)
    if len(evidence.positives) < 2:
        return None
    folds = folds or make_folds(data.positives.rows, data.negatives.rows, len(data.background))
    if folds.count < 2:
        return None
    try:
        rules = learned_outside(learner, evidence, folds)
    except BadInputError:
        return None
    return held_out_scores(rules, evidence, folds)


def learned_outside(learner: Learner, evidence: Evidence, folds: Folds) -> Sequence[Rule]:
    """A rule for each fold, learned from the rows outside it.

    Raises:
        BadInputError: what is left in a fold is not enough to learn from.
    """
    if isinstance(learner, FoldLearner):
        return learner.learn_folds(evidence, folds)
    return [learner.learn(_training(learner, evidence, folds, n)) for n in range(folds.count)]


def held_out_scores(rules: Sequence[Rule], evidence: Evidence, folds: Folds) -> HeldOutScores:
    """Score every row by the rule of the fold that it was left out of."""
    data = mapped(evidence)
    return HeldOutScores(
        _outside(rules, data.positives.rows, folds.positives),
        _outside(rules, data.negatives.rows, folds.negatives),
        _outside(rules, data.background.rows, folds.background),
    )


def _training(learner: Learner, evidence: Evidence, folds: Folds, fold: int) -> Evidence:
    """The rows that a fold is learned from, background too; all of it where it is not looked at."""
    training = dict(folds.training(fold))
    if getattr(learner, "ignores_background", False):
        del training["background"]
    return part_of(evidence, training)


def held_out_precision(scores: HeldOutScores) -> float:
    """Average precision of held-out positives among held-out negatives and the background."""
    every = np.concatenate([scores.positives, scores.negatives, scores.background])
    return average_precision(every, np.arange(len(every)) < len(scores.positives))


def _images_a_row(evidence: Evidence) -> float:
    """How many images of the collection each row of the background stands for."""
    unlabelled = evidence.collection_size - len(evidence.positives) - len(evidence.negatives)
    return max(0, unlabelled) / max(1, len(evidence.background))


def _outside(rules: Sequence[Rule], rows: Vectors, numbers: NDArray[np.intp]) -> Scores:
    """Score each row by the rule of the fold that it was left out of."""
    scores = np.empty(len(rows), dtype=np.float32)
    for fold, rule in enumerate(rules):
        scores[numbers == fold] = rule.score_in_space(rows[numbers == fold])
    return scores


def _training_scores(rule: Rule, evidence: Evidence) -> HeldOutScores:
    """Scores of the rows the rule was learned from: enough for a provisional threshold only."""
    data = mapped(evidence)
    return HeldOutScores(
        rule.score_in_space(data.positives.rows),
        rule.score_in_space(data.negatives.rows),
        rule.score_in_space(data.background.rows),
        held_out=False,
    )


def _origin(evidence: Evidence) -> dict[str, Any]:
    data = mapped(evidence)  # where a word with several meanings is one hint
    return {
        "counts": {
            role: len(getattr(data, role))
            for role in ("positives", "negatives", "background", "hints", "counter_hints")
        },
        "examples": list(evidence.positives.ids),
        "counter_examples": list(evidence.negatives.ids),
        "hints": list(dict.fromkeys(evidence.hints.ids)),
        "counter_hints": list(evidence.counter_hints.ids),
        "collection_size": evidence.collection_size,
        **({"patches": evidence.patches} if evidence.patches else {}),
        **({"concept_digest": evidence.concept_digest} if evidence.concept_digest else {}),
        **methods.time_and_versions("numpy"),
    }
