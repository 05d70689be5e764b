"""Why an image is where it is: the examples most like it, and the words that speak for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.concepts.evidence import evidence_for, find_images
from likewise.core.box import Box
from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.core.vectors import Vectors
from likewise.rules.query import rule_to_search_with
from likewise.workspace import Workspace


def chosen_in_words(rule: Rule) -> str:
    """The learner that a rule was learned with in the end, and how much the graph counts in it.

    Example:
        >>> from likewise.core.space import plain_space
        >>> chosen = {"learner": "graph", "options": {"base": "mean", "weight": 0.5}}
        >>> toward = np.eye(2, dtype=np.float32)[:1]
        >>> facts = {"validation": {"chosen": chosen}}
        >>> chosen_in_words(Rule("best", plain_space("demo", 2), toward, provenance=facts))
        'mean with the neighbour graph, weight 0.50'
    """
    chosen = (rule.provenance.get("validation") or {}).get("chosen") or {}
    if chosen.get("learner") != "graph":
        return str(chosen.get("learner", rule.learner))
    options = chosen["options"]
    pull = ", strong pull" if options.get("base_options") else ""
    weight = f"weight {options.get('weight', 1.0):.2f}"
    return f"{options.get('base', 'anchored')}{pull} with the neighbour graph, {weight}"


@dataclass(frozen=True)
class SimilarItem:
    """A labelled item, and its cosine with the explained one in the rule's space."""

    item: str
    cosine: float


@dataclass(frozen=True)
class Term:
    """What one phrase says about an image.

    Attributes:
        words: the phrase.
        counter: whether it is a counter-hint.
        cosine: with the image, in the rule's space; of a word with several meanings, the nearest.
        contribution: the cosine times the phrase's weight, negative for a counter-hint that fits.
    """

    words: str
    counter: bool
    cosine: float
    contribution: float


@dataclass(frozen=True)
class Explanation:
    """Why a rule scores one image as it does.

    Attributes:
        item: id of the image.
        score: by the rule.
        probability: None where the rule is not calibrated.
        yes: whether the score reaches the rule's threshold.
        answer: "yes" or "no" when the image itself is an example or was judged, else None.
        positives: the examples most like it, the most alike first; never the image itself.
        negatives: the counter-examples most like it, likewise.
        terms: hints and counter-hints, the greatest contribution first.
        box: the part of the image that the score is of, and all that is said here; None for the
            whole image.
    """

    item: str
    score: float
    probability: float | None
    yes: bool
    answer: str | None
    positives: tuple[SimilarItem, ...]
    negatives: tuple[SimilarItem, ...]
    terms: tuple[Term, ...]
    box: Box | None = None

    def to_json(self) -> dict[str, Any]:
        """A dictionary of strings, lists and numbers."""
        return asdict(self)


def explain(
    workspace: Workspace,
    concept: str,
    ids: Sequence[str | os.PathLike[str]],
    *,
    most: int = 3,
) -> list[Explanation]:
    """Explain the scores of images under a concept's newest rule, or one learned on the spot.

    Likeness to the labelled images is measured where the rule measures it: in its own space,
    after the collection's mean is subtracted. It explains by example and does not take the
    score apart: a separating plane is made of all labelled images and of the random background.

    Args:
        workspace: where the concept is.
        concept: its name.
        ids: items, or paths of image files.
        most: how many examples and counter-examples to name for each.

    Raises:
        NotFoundError: no such concept, item or file.
        BadInputError: a concept without examples and words, or a file that cannot be read.
    """
    rule, _ = rule_to_search_with(workspace, concept)
    evidence = evidence_for(workspace, workspace.concepts.get(concept))
    found = find_images(workspace, ids)
    inside = [item for item in found.ids if item not in found.outside]
    rows = dict(zip(inside, workspace.collection.vectors(inside, rule), strict=True))
    rows.update({item: exemplar.vector[0] for item, exemplar in found.outside.items()})
    vectors = np.stack([rows[item] for item in found.ids]) if rows else evidence.positives.rows[:0]
    boxes = dict(zip(inside, workspace.collection.boxes(inside, rule), strict=True))
    return [
        replace(why, box=boxes.get(why.item))
        for why in explain_vectors(rule, evidence, found.ids, vectors, most)
    ]


def explain_vectors(
    rule: Rule, evidence: Evidence, ids: Sequence[str], vectors: Vectors, most: int = 3
) -> list[Explanation]:
    """Explain the scores of vectors; needs no workspace.

    Args:
        rule: what scores them.
        evidence: the labelled images, with ids, and the words.
        ids: names of the vectors.
        vectors: (n, dim) rows of the rule's encoder.
        most: how many examples and counter-examples to name for each.

    Example:
        >>> from likewise.rules.base import learn
        >>> from likewise.core.evidence import Samples
        >>> from likewise.core.space import plain_space
        >>> x = np.eye(2, dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 2), Samples(x[:1], ("a.jpg",)))
        >>> explain_vectors(learn(evidence, "mean"), evidence, ["b.jpg"], x[1:])[0].positives
        (SimilarItem(item='a.jpg', cosine=0.0),)
    """
    if not len(ids):
        return []
    mapped = rule.space.apply(vectors)
    scores = rule.score_in_space(mapped)
    probabilities = rule.probability(scores)
    positives = mapped @ rule.space.apply(evidence.positives.rows).T
    negatives = mapped @ rule.space.apply(evidence.negatives.rows).T
    hints = mapped @ rule.space.direction(evidence.hints.rows).T
    counters = mapped @ rule.space.direction(evidence.counter_hints.rows).T
    answers = dict.fromkeys(evidence.positives.ids, "yes") | dict.fromkeys(
        evidence.negatives.ids, "no"
    )
    return [
        Explanation(
            item=item,
            score=float(scores[row]),
            probability=None if probabilities is None else float(probabilities[row]),
            yes=bool(scores[row] >= rule.threshold),
            answer=answers.get(item),
            positives=_nearest(item, evidence.positives.ids, positives[row], most),
            negatives=_nearest(item, evidence.negatives.ids, negatives[row], most),
            terms=_terms(evidence, hints[row], counters[row]),
        )
        for row, item in enumerate(ids)
    ]


def _nearest(
    item: str, names: Sequence[str], cosines: NDArray[np.float32], most: int
) -> tuple[SimilarItem, ...]:
    order = np.argsort(-cosines, kind="stable")
    others = [row for row in order.tolist() if names[row] != item]
    return tuple(SimilarItem(names[row], float(cosines[row])) for row in others[:most])


def _terms(
    evidence: Evidence,
    hints: NDArray[np.float32],
    counters: NDArray[np.float32],
) -> tuple[Term, ...]:
    best: dict[tuple[str, bool], Term] = {}
    for counter, words, cosines, weights in (
        (False, evidence.hints.ids, hints, evidence.hints.weights),
        (True, evidence.counter_hints.ids, counters, evidence.counter_hints.weights),
    ):
        assert weights is not None
        greatest: dict[str, float] = {}  # a word's meanings share its weight
        for word, weight in zip(words, weights.tolist(), strict=True):
            greatest[word] = max(weight, greatest.get(word, 0.0))
        for word, cosine in zip(words, cosines.tolist(), strict=True):
            nearest = best.get((word, counter))
            if nearest is None or cosine > nearest.cosine:
                worth = greatest[word] * cosine * (-1 if counter else 1)
                best[word, counter] = Term(word, counter, cosine, worth)
    return tuple(sorted(best.values(), key=lambda term: -term.contribution))
