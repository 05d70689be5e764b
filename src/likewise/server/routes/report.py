"""How far along a review is: how many there are, how good the rule is, whether to go on."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from likewise.numeric.intervals import wilson_interval
from likewise.review.estimate.audit import begin_audit
from likewise.review.estimate.estimates import Estimates
from likewise.review.estimate.population import Interval
from likewise.review.session import Session
from likewise.review.status import status_of
from likewise.server.app_state import TheAppState
from likewise.server.roles import TheCaller

router = APIRouter(tags=["report"])

RANDOM = "random"
"""The source of answers to the random order, which are a fair sample of what is unanswered."""


class AuditSize(BaseModel):
    """How long an audit is to be."""

    looks: int = Field(40, ge=1, le=1000)


@router.get("/api/concepts/{name}/report")
def report(app_state: TheAppState, name: str) -> dict[str, Any]:
    """Positives, precision and recall with 95 % intervals, and advice on going on."""
    session = app_state.session(name)
    session.follow()  # other processes answer, too
    estimates = Estimates(session)
    found, advice = estimates.population, estimates.advice
    return {
        "positives": _interval(found.positives),
        "left": _interval(found.left),
        "precision": _interval(found.precision),
        "recall": _interval(found.recall),
        "known": found.known,
        "looks": found.looks,
        "stop": advice.stop,
        "advice": advice.sentence,
        "next_page": advice.next_page,
        "random": _random(session),
        "status": status_of(session, estimates).to_json(),
    }


@router.post("/api/concepts/{name}/audit")
def audit(app_state: TheAppState, caller: TheCaller, name: str, body: AuditSize) -> dict[str, Any]:
    """Draw images for an honest estimate; answer them with the source "audit"."""
    batch = begin_audit(app_state.session(name), body.looks, caller.name)
    return {"ids": list(batch.ids), "rule": batch.rule}


def _interval(interval: Interval | None) -> dict[str, float] | None:
    if interval is None:
        return None
    return {"value": interval.value, "low": interval.low, "high": interval.high}


def _random(session: Session) -> dict[str, Any]:
    """Yes among the answers to the random order, and the share's 95 % interval."""
    current = session.workspace.labels.current(session.concept).values()
    verdicts = [label.verdict for label in current if label.source == RANDOM]
    yes, of = verdicts.count("yes"), verdicts.count("yes") + verdicts.count("no")
    low, high = wilson_interval(yes, of) if of else (0.0, 1.0)
    return {"yes": yes, "of": of, "low": low, "high": high}
