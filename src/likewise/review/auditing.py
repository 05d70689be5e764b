"""How many there are and how good the rule is, from random looks whose plan is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from likewise.evaluate.population import (
    Audit,
    Interval,
    Page,
    Population,
    count_bands,
    plan_audit,
)
from likewise.ranking import Ranking
from likewise.review.session import Batch, Session

SOURCE = "audit"
"""The source of answers that were given in an audit."""

_PAGES = 3
_YES_NO = {"yes": 1, "no": -1}


def begin_audit(session: Session, looks: int = 40) -> Batch:
    """Draw images for an honest estimate of the whole collection, and keep the plan.

    Answer them like any batch, with the source "audit"; `estimate_population` then says how many
    there are. An image that was answered in another way counts too, for it was drawn at random.

    Args:
        session: whose validated rule is audited.
        looks: how many to draw; 40 make an estimate.

    Raises:
        BadInputError: no looks.
        LikewiseError: nothing can be learned from what is known so far.
    """
    ranking, answers = _everyone(session)
    rule = session.rule
    audit, rows = plan_audit(
        ranking.scores,
        ranking.probabilities,
        answers,
        threshold=rule.threshold,
        looks=looks,
        seed=session.workspace.labels.position(),
    )
    ids = tuple(ranking.ids[row] for row in rows.tolist())
    scores = ranking.scores[rows]
    version = session.shelve()
    looked_at = [[item, score] for item, score in zip(ids, scores.tolist(), strict=True)]
    said = list(session.known.values())
    plan = {
        **_as_json(audit),
        "looks": looked_at,
        "judged": sum(verdict in _YES_NO for verdict in said),
        "yes": said.count("yes"),
    }
    session.workspace.audits.add(session.concept, version, plan, session.who)
    chances = None if ranking.probabilities is None else ranking.probabilities[rows]
    return Batch(ids, scores, chances, SOURCE, version)


def estimate_population(session: Session) -> Population:
    """Positives in the collection, precision and recall at the threshold, with intervals.

    Rests on the newest audit, if there is one with answers, and on the rule's probabilities,
    put right by the answers to the last pages.

    Raises:
        LikewiseError: nothing can be learned from what is known so far.
    """
    pages = recent_pages(session)
    audit, since = _audited(session)
    if audit is None:
        return _bands_of_now(session).estimate(pages)
    told = audit.estimate(pages)
    if not since:
        return told
    known = told.known + since
    return replace(
        told,
        known=known,
        positives=_at_least(told.positives, known),
        left=_at_least(_shifted(told.left, -since), 0),
    )


def fresh_audit(session: Session) -> Audit:
    """The newest audit while nothing else was answered since, else bands without looks.

    Raises:
        LikewiseError: nothing can be learned from what is known so far.
    """
    audit, _ = _audited(session)
    planned = session.workspace.audits.newest(session.concept)
    if audit is None or planned is None:
        return _bands_of_now(session)
    own = {item for item, _ in planned.plan["looks"]}
    judged = sum(item not in own and verdict in _YES_NO for item, verdict in session.known.items())
    return audit if judged == planned.plan["judged"] else _bands_of_now(session)


def _audited(session: Session) -> tuple[Audit | None, int]:
    """The newest audit with what was seen in it, and how many yes came from elsewhere since."""
    planned = session.workspace.audits.newest(session.concept)
    if planned is None:
        return None, 0
    known = session.known
    looks = dict(planned.plan["looks"])
    seen = [
        (score, known[item] == "yes") for item, score in looks.items() if known.get(item) in _YES_NO
    ]
    if not seen:
        return None, 0
    audit = _from_json(planned.plan)
    scores, yes = zip(*seen, strict=True)
    elsewhere = sum(v == "yes" and item not in looks for item, v in known.items())
    before = planned.plan["yes"]
    return audit.adding(scores, yes), max(0, elsewhere - before)


def _bands_of_now(session: Session) -> Audit:
    ranking, answers = _everyone(session)
    return count_bands(
        ranking.scores, ranking.probabilities, answers, threshold=session.rule.threshold
    )


def _shifted(interval: Interval, by: float) -> Interval:
    return Interval(interval.value + by, interval.low + by, interval.high + by)


def _at_least(interval: Interval, floor: float) -> Interval:
    return Interval(*(max(floor, value) for value in vars(interval).values()))


def recent_pages(session: Session, most: int = _PAGES) -> list[Page]:
    """Answers to what was picked for its score lately, a page for each rule that picked."""
    place = session.workspace
    by_rule: dict[int, list[tuple[float, bool]]] = {}
    for item, label in reversed(place.labels.current(session.concept).items()):
        if label.rule is None or label.score is None or label.verdict not in _YES_NO:
            continue
        if label.source == SOURCE or session.known.get(item) != label.verdict:
            continue
        if label.rule not in by_rule and len(by_rule) == most:
            break
        by_rule.setdefault(label.rule, []).append((label.score, label.verdict == "yes"))
    pages = []
    for version, answers in reversed(by_rule.items()):
        scores, yes = zip(*answers, strict=True)
        chances = place.rules.version(version).probability(np.array(scores, np.float32))
        pages.append(Page(np.array(yes), chances))
    return pages


def _everyone(session: Session) -> tuple[Ranking, np.ndarray[Any, np.dtype[np.int8]]]:
    """All present images under the validated rule, and 1, -1 or 0 for what was said of each."""
    ranking = session.workspace.collection.rank_all(session.rule)
    known = session.known
    said = (_YES_NO.get(known.get(item, ""), 0) for item in ranking.ids)
    return ranking, np.fromiter(said, np.int8, len(ranking))


def _as_json(audit: Audit) -> dict[str, Any]:
    return {
        "floors": [None if np.isneginf(floor) else floor for floor in audit.floors.tolist()],
        "hits": audit.hits.tolist(),
        "sizes": audit.sizes.tolist(),
        "logits": np.round(audit.logits, 6).tolist(),
        "known": list(audit.known),
        "calibrated": audit.calibrated,
    }


def _from_json(plan: Mapping[str, Any]) -> Audit:
    sizes = np.array(plan["sizes"], np.int64)
    floors = [-np.inf if floor is None else floor for floor in plan["floors"]]
    return Audit(
        floors=np.array(floors, np.float64),
        hits=np.array(plan["hits"], np.bool_),
        sizes=sizes,
        logits=np.array(plan["logits"], np.float64),
        looked=np.zeros_like(sizes),
        yes=np.zeros_like(sizes),
        known=tuple(plan["known"]),
        calibrated=bool(plan["calibrated"]),
    )
