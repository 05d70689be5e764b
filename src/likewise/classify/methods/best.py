"""The default: a choice among methods, validated on the references themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.classify.base import Choice, divisions, hold_out, make
from likewise.core.classifier import Classifier
from likewise.core.methods import paired_difference
from likewise.core.references import References
from likewise.errors import BadInputError
from likewise.numeric.intervals import NORMAL_975

SIMPLEST_FIRST = ("linear_head", "class_means", "prototypes", "low_centrality", "all_references")
"""What is compared: one row a class, then a few, then many."""

_FOLDS = 5
_FEWEST_TO_COMPARE = 6  # held-out images; fewer cannot tell two methods apart


@dataclass(frozen=True)
class Best:
    """Cross-validated choice; the simplest within some standard errors of the best.

    Each method classifies images that it was not fitted on. All classify the same images, so
    differences are taken pairwise, image by image. The first method of `methods` whose accuracy
    is within `standard_errors` of the best one's is taken: at tiny budgets a method is best by
    luck as a rule, and what is simple is rarely far behind. One standard error is usual (Breiman
    et al. 1984); two were measured to lose less on every set tried.

    Attributes:
        methods: what is compared, the simplest first; comma-separated names.
        standard_errors: within how many of the best the simpler is preferred.

    Example:
        >>> few = References(np.eye(3, dtype=np.float32), ("cat", "dog", "cat"))
        >>> Best().choose(few).validation["chosen"]
        'linear_head'
    """

    methods: str = ",".join(SIMPLEST_FIRST)
    standard_errors: float = 2.0

    def __post_init__(self) -> None:
        if not 0 <= self.standard_errors < np.inf:
            raise BadInputError(
                f"standard_errors is {self.standard_errors}; give 0 (always the best) or more"
            )
        if not self._named() or "best" in self._named():
            raise BadInputError(
                f"the methods '{self.methods}' cannot be compared; name others than 'best', such "
                "as class_means,linear_head"
            )
        for name in self._named():
            make(name)

    def fit(self, references: References) -> Classifier:
        """Fit the method that `choose` answers."""
        return replace(self.choose(references).method.fit(references), method="best")

    def choose(self, references: References) -> Choice:
        """Compare the methods on images that are held out in turn."""
        named = self._named()
        divided = divisions(references, most=_FOLDS)
        right = {name: hold_out(make(name), references, divided).right_by_image() for name in named}
        if len(right[named[0]]) < _FEWEST_TO_COMPARE:
            message = f"{len(right[named[0]])} images held out are too few to tell methods apart"
            facts = {
                "chosen": named[0],
                "because": f"{message}, so the choice is the stated default",
            }
            return Choice(make(named[0]), facts)
        return self._decide(right)

    def _decide(self, right: Mapping[str, NDArray[np.float64]]) -> Choice:
        best = max(right, key=lambda name: float(right[name].mean()))
        behind = {name: paired_difference(right[best], each) for name, each in right.items()}
        chosen = next(
            name
            for name, (loss, error) in behind.items()
            if loss <= self.standard_errors * error + 1e-9
        )
        runner_up = max(
            (name for name in right if name != chosen),
            key=lambda name: float(right[name].mean()),
            default=chosen,
        )
        margin, error = paired_difference(right[chosen], right[runner_up])
        facts: dict[str, Any] = {
            "chosen": chosen,
            "because": _because(chosen, best, self.standard_errors),
            "over": runner_up,
            "margin": margin,
            "margin_interval": [margin - NORMAL_975 * error, margin + NORMAL_975 * error],
            "compared": {
                name: {
                    "accuracy": float(each.mean()),
                    "behind_the_best": behind[name][0],
                    "standard_error": behind[name][1],
                }
                for name, each in right.items()
            },
        }
        return Choice(make(chosen), facts)

    def _named(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.methods.split(",") if name.strip())


def _because(chosen: str, best: str, standard_errors: float) -> str:
    if chosen == best:
        return "it classified held-out images best, or as well as any"
    return (
        f"it is the simplest within {standard_errors:g} standard error(s) of the best, '{best}', "
        "on held-out images"
    )
