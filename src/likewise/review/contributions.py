"""What each part of a basket says for itself: how near the learned rule is to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from likewise.core.concept import Concept
from likewise.core.evidence import Evidence, Samples
from likewise.core.rule import Rule

Role = Literal["example", "counter_example", "hint", "counter_hint"]


@dataclass(frozen=True)
class Part:
    """One image or phrase of a basket.

    Attributes:
        part: an id or a phrase.
        role: where it is in the basket.
        weight: how much it counts; 0 is off.
        agreement: of an image the score under the rule; of words the cosine of the rule with the
            nearest of their meanings. None for what is switched off.
    """

    part: str
    role: Role
    weight: float
    agreement: float | None


def contributions(concept: Concept, evidence: Evidence, rule: Rule) -> list[Part]:
    """Every part of a basket with how far the rule agrees with it, in the basket's order.

    An example that the rule scores low, or a phrase that points elsewhere, is what a person may
    want to switch off.

    Args:
        concept: the basket.
        evidence: what the rule was learned from; answers beyond the basket are passed over.
        rule: learned from it.
    """
    agreed: dict[tuple[str, Role], float] = {}
    images: tuple[tuple[Role, Samples], ...] = (
        ("example", evidence.positives),
        ("counter_example", evidence.negatives),
    )
    for role, samples in images:
        if samples.ids:
            scores = zip(samples.ids, rule.score(samples.rows).tolist(), strict=True)
            agreed.update({(item, role): score for item, score in scores})
    directions = rule.directions / np.maximum(
        np.linalg.norm(rule.directions, axis=1, keepdims=True), 1e-12
    )
    phrases: tuple[tuple[Role, Samples], ...] = (
        ("hint", evidence.hints),
        ("counter_hint", evidence.counter_hints),
    )
    for role, samples in phrases:
        meanings = rule.space.direction(samples.rows)
        cosines = (meanings @ directions.T).max(axis=1, initial=-1.0).tolist()
        for word, cosine in zip(samples.ids, cosines, strict=True):
            agreed[word, role] = max(cosine, agreed.get((word, role), -1.0))
    basket: tuple[tuple[Role, tuple[str, ...]], ...] = (
        ("example", concept.examples),
        ("counter_example", concept.counter_examples),
        ("hint", concept.hints),
        ("counter_hint", concept.counter_hints),
    )
    return [
        Part(part, role, concept.weight(part), agreed.get((part, role)))
        for role, parts in basket
        for part in parts
    ]
