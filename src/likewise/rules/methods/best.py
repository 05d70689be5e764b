"""The default: a choice among learners, validated on the person's own examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.errors import BadInputError
from likewise.numeric.folds import make_folds
from likewise.rules.base import Choice, Learner, hold_out, make
from likewise.rules.calibration import HeldOutScores
from likewise.rules.methods._mapped import mapped

_BY_PRIOR: tuple[str, Mapping[str, Any]] = ("anchored", {})
_CANDIDATES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "mean": ("mean", {}),
    "anchored, strong pull": ("anchored", {"pull": 4.0, "away_weight": 0.0}),
    "anchored": _BY_PRIOR,
    "anchored, weak pull": ("anchored", {"pull": 0.2}),
    "contrast": ("contrast", {}),
}
_WITHOUT_WORDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "anchored, words ignored": ("anchored", {"hint_examples": 0.0}),
}
_FEWEST_TO_COMPARE = 3


@dataclass(frozen=True)
class Best:
    """Cross-validated choice, and `anchored` with its defaults where nothing can be validated.

    Each candidate ranks examples that it did not learn from, among the background and the
    counter-examples that it did not learn from either. `anchored` is the prior choice; another
    one is taken instead, the simple `mean` among them, when it ranks the examples better by
    `standard_errors` of the difference. Both rank the same examples, so the difference is taken
    pairwise. The usual single standard error (Breiman et al. 1984) is too little here: a handful
    of examples ranked among unlabelled images is a noisy judge, and following it at one standard
    error was measured to be worse than not validating at all.

    Attributes:
        standard_errors: by how many another candidate must be better to be taken instead.

    Example:
        >>> from likewise.rules.base import learn
        >>> from likewise.core.space import plain_space
        >>> x = np.eye(3, dtype=np.float32)
        >>> one = Evidence(plain_space("demo", 3), positives=x[:1], background=x[1:])
        >>> learn(one, "best").provenance["validation"]["because"]
        'one example cannot be held out, so the choice is the stated default'
    """

    standard_errors: float = 3.0

    def __post_init__(self) -> None:
        if not 0 <= self.standard_errors < np.inf:
            raise BadInputError(
                f"standard_errors is {self.standard_errors}; give 0 (always the best) or more"
            )

    def learn(self, evidence: Evidence) -> Rule:
        """Learn with the learner that `choose` answers."""
        choice = self.choose(evidence)
        rule = replace(choice.learner.learn(evidence), learner="best")
        return rule.with_provenance(validation=dict(choice.validation))

    def choose(self, evidence: Evidence) -> Choice:
        """Compare the candidates on examples that are held out in turn."""
        count = len(evidence.positives)
        if count < _FEWEST_TO_COMPARE:
            because = {
                0: "words alone leave nothing to hold out, so the choice is the stated default",
                1: "one example cannot be held out, so the choice is the stated default",
            }.get(count, "two examples cannot judge each other, so the choice is the default")
            return _stated(evidence, because)
        data = mapped(evidence)
        folds = make_folds(data.positives, data.negatives, len(data.background))
        candidates = {**_CANDIDATES, **(_WITHOUT_WORDS if len(evidence.hints) else {})}
        held_out = {
            name: scores
            for name, (learner, options) in candidates.items()
            if (scores := hold_out(make(learner, **options), evidence, folds)) is not None
        }
        if "anchored" not in held_out or not len(data.background) + len(data.negatives):
            return _stated(evidence, "nothing could be held out, so the choice is the default")
        return self._decide(held_out)

    def _decide(self, held_out: Mapping[str, HeldOutScores]) -> Choice:
        precisions = {name: _precision_at_each(scores) for name, scores in held_out.items()}
        chosen, because = "anchored", "none ranks the examples clearly better than the default"
        gains = {name: _paired(each, precisions["anchored"]) for name, each in precisions.items()}
        clear = {
            name: gain
            for name, (gain, error) in gains.items()
            if gain > self.standard_errors * error and gain > 0
        }
        if clear:
            chosen = max(clear, key=clear.__getitem__)
            because = (
                f"it ranks held-out examples better than the default by {clear[chosen]:.3f} in "
                f"average precision, more than {self.standard_errors:g} standard error(s)"
            )
        learner, options = ({**_CANDIDATES, **_WITHOUT_WORDS})[chosen]
        validation = {
            "chosen": {"learner": learner, "options": dict(options)},
            "because": because,
            "average_precision": float(precisions[chosen].mean()),
            "compared": {
                name: {
                    "average_precision": float(each.mean()),
                    "gain_over_default": gains[name][0],
                    "standard_error": gains[name][1],
                }
                for name, each in precisions.items()
            },
        }
        return Choice(make(learner, **options), validation, held_out[chosen])


def _stated(evidence: Evidence, because: str) -> Choice:
    learner, options = _BY_PRIOR
    validation = {"chosen": {"learner": learner, "options": dict(options)}, "because": because}
    chosen: Learner = make(learner, **options)
    return Choice(chosen, validation, hold_out(chosen, evidence))


def _precision_at_each(scores: HeldOutScores) -> NDArray[np.float64]:
    """Precision at the place of each positive, (p,); their mean is the average precision."""
    others = np.sort(np.concatenate([scores.negatives, scores.background]))
    above = len(others) - np.searchsorted(others, scores.positives, side="left")
    ordered = np.sort(scores.positives)
    found = len(ordered) - np.searchsorted(ordered, scores.positives, side="left")
    return np.asarray(found / (found + above), dtype=np.float64)


def _paired(these: NDArray[np.float64], those: NDArray[np.float64]) -> tuple[float, float]:
    """Mean of the differences and its standard error."""
    differences = these - those
    return float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(len(differences)))
