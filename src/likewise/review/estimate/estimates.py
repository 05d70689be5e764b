"""What estimate and advice rest on, read once for both."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from likewise.core.ranking import Ranking
from likewise.review.estimate import stopping
from likewise.review.estimate.audit_plan import count_bands
from likewise.review.estimate.population import Audit, Population
from likewise.review.estimate.reviewed_concept import ReviewedConcept, judged
from likewise.review.estimate.saved_audit import YES_NO, Audited, newest_audit
from likewise.review.estimate.stopping import StopAdvice
from likewise.rules.answered_pages import answered_pages
from likewise.rules.prevalence_curves import Answered
from likewise.rules.score_levels import held_out_in

FEWEST_EACH = 5
"""Yes and no answers without which nothing is said of precision, as of probabilities."""


class Estimates:
    """How far a session is, as of the moment of asking; the collection is ranked once at most.

    Args:
        session: what is reckoned up. Its answers are those it has followed so far.
    """

    def __init__(self, session: ReviewedConcept) -> None:
        self._session = session

    @cached_property
    def population(self) -> Population:
        """How many there are, precision and recall, with their intervals.

        Precision is None where neither answers nor an audit tell of it.

        Raises:
            LikewiseError: nothing can be learned from what is known so far.
        """
        bands = self._bands_of_now if self._audited is None else self._audited.audit
        found = bands.estimate()
        return found if found.looks or self.says_precision else replace(found, precision=None)

    @property
    def says_precision(self) -> bool:
        """Whether there are answers enough to say how precise the rule is."""
        verdicts = Counter(self._session.known.values())
        return min(verdicts["yes"], verdicts["no"]) >= FEWEST_EACH

    @property
    def added_since_audit(self) -> int:
        """How many images were added after the audit that the population rests on."""
        return 0 if self._audited is None else self._audited.added

    @cached_property
    def advice(self) -> StopAdvice:
        """What another page would bring, how many are likely left, and whether to stop.

        Raises:
            LikewiseError: nothing can be learned from what is known so far.
        """
        audited = self._audited
        bands = audited.audit if audited and audited.fresh else self._bands_of_now
        return stopping.advise(
            bands,
            self._answered.pages,
            population=self.population,
            page_size=self._session.page_size,
            since_yes=self._answered.since_yes,
        )

    @cached_property
    def lately(self) -> str:
        """What the last pages brought that were answered, in words."""
        return stopping.lately(self._answered.pages)

    @cached_property
    def _audited(self) -> Audited | None:
        return newest_audit(self._session)

    @cached_property
    def _answered(self) -> Answered:
        return answered_so_far(self._session)

    @cached_property
    def _bands_of_now(self) -> Audit:
        ranking, answers = everyone(self._session)
        bands = count_bands(
            ranking.scores,
            answers,
            threshold=self._session.rule.threshold,
            pages=self._answered.pages,
            held_out=held_out_in(self._session.rule.provenance, self._answered.examples),
        )
        session = self._session
        accepted = session.accepted - session.known.keys() - session.derived.keys()
        if not accepted:
            return bands
        scores = [score for item, score in ranking if item in accepted]
        return bands.accepting(scores)


def answered_so_far(session: ReviewedConcept) -> Answered:
    """What was answered on the last pages, and the examples that the concept started from."""
    return answered_pages(session.workspace, session.concept, session.known)


def everyone(session: ReviewedConcept) -> tuple[Ranking, np.ndarray[Any, np.dtype[np.int8]]]:
    """All present images under the validated rule, and 1, -1 or 0 for what is known of each.

    Raises:
        LikewiseError: nothing can be learned from what is known so far.
    """
    ranking = session.workspace.collection.rank_all(session.rule)
    verdicts = judged(session)
    answers = (YES_NO.get(verdicts.get(item, ""), 0) for item in ranking.ids)
    return ranking, np.fromiter(answers, np.int8, len(ranking))
