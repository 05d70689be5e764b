"""Scores on a scale that all rules share, and what a rule's provenance says of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from likewise.rules.calibration import FEWEST_BACKGROUND, HeldOutScores
from likewise.rules.curve_likelihood import Floats
from likewise.rules.prevalence_curves import HeldOutLevels

_SMALLEST_SPREAD = 1e-9
_LOWEST, _HIGHEST = -10.0, 30.0
_MOST = 500  # held-out labels of one kind that are kept with a rule; more say no more


def levels_of(scores: ArrayLike, mean: float, spread: float) -> Floats:
    """How many standard deviations scores lie above a mean; 0 where all scores are the same."""
    away = np.asarray(scores, np.float64) - mean
    if spread <= _SMALLEST_SPREAD:
        return np.zeros_like(away)
    return np.asarray(np.clip(away / spread, _LOWEST, _HIGHEST))


def level_facts(seen: HeldOutScores, held_out: HeldOutScores | None) -> dict[str, Any]:
    """What a rule's provenance keeps: the scale of its scores, and held-out labels on it.

    Args:
        seen: scores of all rows by the rule itself.
        held_out: scores by rules that were learned without the rows.

    Returns:
        Nothing where the background is too small to stand for the collection.
    """
    if len(seen.background) < FEWEST_BACKGROUND:
        return {}
    facts: dict[str, Any] = {"levels": dict(zip(("mean", "spread"), _scale(seen), strict=True))}
    if held_out is not None and max(len(held_out.positives), len(held_out.negatives)) <= _MOST:
        facts["held_out"] = {
            name: np.round(levels_of(scores, *_scale(held_out)), 3).tolist()
            for name, scores in (("yes", held_out.positives), ("no", held_out.negatives))
        }
    return facts


def unseen_labels(seen: HeldOutScores, held_out: HeldOutScores) -> HeldOutScores:
    """Labels at the scores that the rule would give them if it had not learned from them.

    A rule scores a yes that it was learned from higher than another image of the concept, and a
    no lower. Each label gets the level that it has under the rule that was learned without it.

    Args:
        seen: scores of all rows by the rule itself; its background is the answer's.
        held_out: scores by rules that were learned without the rows.
    """
    mean, spread = _scale(seen)
    yes, no = (
        (levels_of(scores, *_scale(held_out)) * spread + mean).astype(np.float32)
        for scores in (held_out.positives, held_out.negatives)
    )
    return replace(seen, positives=yes, negatives=no, held_out=True)


def scale_in(provenance: Mapping[str, Any]) -> tuple[float, float] | None:
    """Mean and spread of a rule's scores over what was not labelled; None where it is not kept."""
    scale = provenance.get("levels")
    return None if scale is None else (float(scale["mean"]), float(scale["spread"]))


def held_out_in(provenance: Mapping[str, Any], examples: Collection[str]) -> HeldOutLevels | None:
    """Held-out labels of a rule; None where they are not kept.

    Args:
        provenance: of the rule.
        examples: ids of the images that the concept started from.
    """
    kept = provenance.get("held_out")
    if kept is None:
        return None
    yes, no = (np.array(kept[name], np.float64) for name in ("yes", "no"))
    ids = provenance.get("examples", [])
    if len(ids) != len(yes):
        return HeldOutLevels(yes, no, np.zeros(len(yes), bool))
    return HeldOutLevels(yes, no, np.array([item in examples for item in ids], bool))


def _scale(scores: HeldOutScores) -> tuple[float, float]:
    return float(scores.background.mean()), float(scores.background.std())
