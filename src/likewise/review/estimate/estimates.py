"""What estimate and advice rest on, read once for both."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from likewise.core.ranking import Ranking
from likewise.review.estimate import stopping
from likewise.review.estimate.audit_plan import count_bands
from likewise.review.estimate.planned import SOURCE, YES_NO, Audited, newest_audit
from likewise.review.estimate.population import Audit, Page, Population
from likewise.review.estimate.stopping import StopAdvice
from likewise.review.session import Session

_PAGES = 3


class Estimates:
    """How far a session is, as of the moment of asking; the collection is ranked once at most.

    Args:
        session: what is reckoned up. Its answers are those it has followed so far.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def population(self) -> Population:
        """How many there are, precision and recall, with their intervals.

        Raises:
            LikewiseError: nothing can be learned from what is known so far.
        """
        bands = self._bands_of_now if self._audited is None else self._audited.audit
        return bands.estimate(self._pages)

    @cached_property
    def advice(self) -> StopAdvice:
        """What another page would bring, how many are likely left, and whether to stop.

        Raises:
            LikewiseError: nothing can be learned from what is known so far.
        """
        audited = self._audited
        bands = audited.audit if audited and audited.fresh else self._bands_of_now
        return stopping.advise(
            bands, self._pages, population=self.population, page_size=self._session.page_size
        )

    @cached_property
    def _audited(self) -> Audited | None:
        return newest_audit(self._session)

    @cached_property
    def _pages(self) -> list[Page]:
        return recent_pages(self._session)

    @cached_property
    def _bands_of_now(self) -> Audit:
        ranking, answers = everyone(self._session)
        return count_bands(
            ranking.scores,
            ranking.probabilities,
            answers,
            threshold=self._session.rule.threshold,
        )


def recent_pages(session: Session, most: int = _PAGES) -> list[Page]:
    """Answers to what was picked for its score lately, a page for each rule that picked."""
    workspace = session.workspace
    by_rule: dict[int, list[tuple[float, bool]]] = {}
    for item, label in reversed(workspace.labels.current(session.concept).items()):
        if label.rule is None or label.score is None or label.verdict not in YES_NO:
            continue
        if label.source == SOURCE or session.known.get(item) != label.verdict:
            continue
        if label.rule not in by_rule and len(by_rule) == most:
            break
        by_rule.setdefault(label.rule, []).append((label.score, label.verdict == "yes"))
    pages = []
    for version, answers in reversed(by_rule.items()):
        scores, yes = zip(*answers, strict=True)
        probabilities = workspace.rules.version(version).probability(np.array(scores, np.float32))
        pages.append(Page(np.array(yes), probabilities))
    return pages


def everyone(session: Session) -> tuple[Ranking, np.ndarray[Any, np.dtype[np.int8]]]:
    """All present images under the validated rule, and 1, -1 or 0 for what was said of each.

    Raises:
        LikewiseError: nothing can be learned from what is known so far.
    """
    ranking = session.workspace.collection.rank_all(session.rule)
    verdicts = session.known
    answers = (YES_NO.get(verdicts.get(item, ""), 0) for item in ranking.ids)
    return ranking, np.fromiter(answers, np.int8, len(ranking))
