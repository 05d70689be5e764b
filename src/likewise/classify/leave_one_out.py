"""Which references hurt: what becomes better when one of them is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.classify.base import Method, divisions, fitted, folds_of
from likewise.core.classifier import softmax
from likewise.core.progress import Progress
from likewise.core.references import References

_FOLDS = 5


@dataclass(frozen=True)
class Effect:
    """What leaving out one reference does to the others, held out.

    Attributes:
        id: of the reference.
        label: its class.
        gain: by how much the mean probability of the right class rises without it; above 0, it
            hurts. A probability and no log-loss, which a few wrong labels among the others would
            rule.
        righted: how many more of the others are classified right without it.
    """

    id: str
    label: str
    gain: float
    righted: int


def leave_one_out(
    method: Method,
    references: References,
    slope: float,
    only: Sequence[str] | None = None,
    progress: Progress = lambda done, total: None,
) -> list[Effect]:
    """Fit again without each reference, and look at images that neither fit has seen.

    Args:
        method: fitted about four times for each reference.
        references: labelled images.
        slope: of the classifier, scores to logits.
        only: ids to try; all when None. The suspects are a good choice where there are many.
        progress: told how many are done.

    Returns:
        One for each, the most hurtful first. A class's only image, and an only image of its
        class in some fold, is not tried there.
    """
    tried = set(references.ids if only is None else only)
    rows = [row for row, item in enumerate(references.ids) if item in tried]
    sure, right, scored = np.zeros(len(references.ids)), np.zeros(len(references.ids)), 0
    divided = divisions(references, most=_FOLDS, fits=_FOLDS)[0]
    for number, fold in enumerate(folds_of(divided)):
        out = np.flatnonzero(divided == fold)
        keep = divided != fold
        scored += len(out)
        with_all = _figures(method, references.part(keep), references, out, slope)
        for done, row in enumerate(rows, 1):
            progress(number * len(rows) + done, len(folds_of(divided)) * len(rows))
            same_class = references.owners == references.owners[row]
            if not keep[row] or (keep & same_class).sum() < 2:
                continue
            keep[row] = False
            without = _figures(method, references.part(keep), references, out, slope)
            keep[row] = True
            sure[row] += without[0] - with_all[0]
            right[row] += without[1] - with_all[1]
    effects = [
        Effect(
            references.ids[row],
            references.labels[row],
            float(sure[row] / max(1, scored)),
            round(float(right[row])),
        )
        for row in rows
    ]
    return sorted(effects, key=lambda effect: (-effect.gain, effect.id))


def _figures(
    method: Method,
    part: References,
    references: References,
    out: NDArray[np.intp],
    slope: float,
) -> tuple[float, float]:
    """Sum of the right classes' probabilities, and number of right answers, held out."""
    scores = fitted(method, part).score(references.vectors[out])
    truths = references.owners[out]
    true_probabilities = softmax(np.float32(slope) * scores)[np.arange(len(out)), truths]
    return float(true_probabilities.sum()), float((scores.argmax(axis=1) == truths).sum())
