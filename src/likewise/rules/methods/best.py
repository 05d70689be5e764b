"""The default: a choice among learners, validated on the person's own examples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Evidence
from likewise.core.methods import paired_difference
from likewise.core.rule import Rule
from likewise.errors import BadInputError
from likewise.numeric.folds import Folds, make_folds
from likewise.rules.base import Choice, held_out_scores, hold_out, learned_outside, make
from likewise.rules.calibration import HeldOutScores
from likewise.rules.methods._graph import along_graph
from likewise.rules.methods._mapped_evidence import mapped

_Named = tuple[str, Mapping[str, Any]]

_DEFAULT, _STRONG = "anchored", "anchored, strong pull"
_CANDIDATES: Mapping[str, _Named] = {
    _DEFAULT: ("anchored", {}),
    _STRONG: ("anchored", {"pull": 0.5, "slack": 0.05}),
    "mean": ("mean", {}),
}
_WITH_WORDS: Mapping[str, _Named] = {
    "anchored, words ignored": ("anchored", {"hint_examples": 0.0}),
    "product": ("product", {}),
}
_OF_BASKETS: Mapping[str, _Named] = {"whitened_mean": ("whitened_mean", {})}
_FEWEST_TO_COMPARE = 3
_FEWEST_TO_WHITEN = 5
_GRAPH_HELPS = 0.75  # prior belief that the graph helps, in standard errors


@dataclass(frozen=True)
class Best:
    """Cross-validated choice of a rule, and of how much the neighbour graph counts with it.

    Each candidate ranks examples that it did not learn from, among the background and the
    counter-examples that it did not learn from either. `anchored` is the prior choice; another
    one is taken instead when it ranks the examples better by `standard_errors` of the
    difference. Both rank the same examples, so the difference is taken pairwise. The usual
    single standard error (Breiman et al. 1984) is too little here: a handful of examples ranked
    among unlabelled images is a noisy judge, and examples that were found with a rule favour
    rules like it.

    Where a person wants what is like both the words and the examples, `product` is the prior
    choice, and `anchored` one of the candidates.

    Where the collection has a neighbour graph, the rule is moved along it (the rule `graph`)
    with a weight that is the probability that this ranks held-out examples better, so that
    concepts that neighbours do not share, such as colours, are learned without it.

    Attributes:
        standard_errors: by how many another candidate must be better to be taken instead; by
            one, at most, for `anchored` with a stronger pull, which does better on baskets of
            which the counter-examples were not met in a session.

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
        rule = replace(choice.method.learn(evidence), learner="best")
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
        folds = make_folds(data.positives.rows, data.negatives.rows, len(data.background))
        can_compare = folds.count > 1 and len(data.background) + len(data.negatives) > 0
        rules = _learned(_candidates(evidence), evidence, folds) if can_compare else {}
        if _prior(evidence) not in rules:
            return _stated(evidence, "nothing could be held out, so the choice is the default")
        held_out = {name: held_out_scores(each, evidence, folds) for name, each in rules.items()}
        chosen, validation = self._decided(held_out, _prior(evidence))
        if evidence.unlabelled is None:
            return _choice(validation, held_out[chosen])
        moved = held_out_scores(along_graph(rules[chosen], evidence, 1.0, folds), evidence, folds)
        return _with_graph(validation, held_out[chosen], moved)

    def _caution(self, name: str, prior: str) -> float:
        """By how many standard errors a candidate must be better; 1 for the default's sibling."""
        is_sibling = name == _STRONG and prior == _DEFAULT
        return min(self.standard_errors, 1.0) if is_sibling else self.standard_errors

    def _decided(
        self, held_out: Mapping[str, HeldOutScores], prior: str
    ) -> tuple[str, dict[str, Any]]:
        precisions = {name: _precision_at_each(scores) for name, scores in held_out.items()}
        gains = {
            name: paired_difference(each, precisions[prior]) for name, each in precisions.items()
        }
        clear = {
            name: gain
            for name, (gain, error) in gains.items()
            if gain > self._caution(name, prior) * error and gain > 0
        }
        chosen = max(clear, key=clear.__getitem__) if clear else prior
        because = "none ranks the examples clearly better than the default"
        if clear:
            because = (
                f"it ranks held-out examples better than the default by {clear[chosen]:.3f} in "
                f"average precision, more than {self._caution(chosen, prior):g} standard error(s)"
            )
        learner, options = {**_CANDIDATES, **_WITH_WORDS, **_OF_BASKETS}[chosen]
        return chosen, {
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


def _candidates(evidence: Evidence) -> Mapping[str, _Named]:
    """What is compared: a rule of the examples alone only where little was answered with no."""
    count = len(evidence.positives)
    is_basket = count >= _FEWEST_TO_WHITEN and 2 * len(evidence.negatives) <= count
    return {
        **_CANDIDATES,
        **(_WITH_WORDS if len(evidence.hints) else {}),
        **(_OF_BASKETS if is_basket and len(evidence.background) else {}),
    }


def _prior(evidence: Evidence) -> str:
    """The candidate that stays unless another one is clearly better; also the name of its rule."""
    has_both = len(evidence.hints) and len(evidence.positives)
    return "product" if evidence.multiplies and has_both else _DEFAULT


def _learned(
    candidates: Mapping[str, _Named], evidence: Evidence, folds: Folds
) -> dict[str, Sequence[Rule]]:
    """The rules of every fold by candidate, without those that cannot learn from a part."""
    found: dict[str, Sequence[Rule]] = {}
    for name, (learner, options) in candidates.items():
        try:
            found[name] = learned_outside(make(learner, **options), evidence, folds)
        except BadInputError:
            continue
    return found


def _with_graph(validation: dict[str, Any], without: HeldOutScores, moved: HeldOutScores) -> Choice:
    """The chosen rule with the graph, weighed by the probability that the graph helps."""
    gain, error = paired_difference(_precision_at_each(moved), _precision_at_each(without))
    weight = _normal_probability(gain / max(error, 1e-6) + _GRAPH_HELPS)
    graph = {"weight": weight, "gain": gain, "standard_error": error}
    base = validation["chosen"]
    options = {"base": base["learner"], "weight": round(weight, 3)}
    if base["options"]:
        options["base_options"] = base["options"]
    chosen = {"learner": "graph", "options": options}
    return _choice(
        {**validation, "chosen": chosen, "graph": graph}, moved if weight >= 0.5 else without
    )


def _normal_probability(deviations: float) -> float:
    """How likely a standard normal number is below that many deviations."""
    return (1 + math.erf(deviations / math.sqrt(2))) / 2


def _stated(evidence: Evidence, because: str) -> Choice:
    prior = _prior(evidence)
    chosen = {"learner": prior, "options": {}}
    if evidence.unlabelled is not None and len(evidence.positives):
        chosen = {"learner": "graph", "options": {"base": prior}}
    choice = _choice({"chosen": chosen, "because": because}, None)
    return replace(choice, held_out=hold_out(choice.method, evidence))


def _choice(validation: dict[str, Any], held_out: HeldOutScores | None) -> Choice:
    chosen = validation["chosen"]
    return Choice(make(chosen["learner"], **chosen["options"]), validation, held_out)


def _precision_at_each(scores: HeldOutScores) -> NDArray[np.float64]:
    """Precision at the place of each positive, (p,); their mean is the average precision."""
    others = np.sort(np.concatenate([scores.negatives, scores.background]))
    above = len(others) - np.searchsorted(others, scores.positives, side="left")
    ordered = np.sort(scores.positives)
    found = len(ordered) - np.searchsorted(ordered, scores.positives, side="left")
    return np.asarray(found / (found + above), dtype=np.float64)
