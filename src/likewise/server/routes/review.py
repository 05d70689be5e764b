"""The review of one concept: rankings, answers, undo, ranges, the rule and how far along it is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, Any, Literal, get_args

import numpy as np
from fastapi import APIRouter, Query, Response
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from likewise.core.box import Box
from likewise.errors import BadInputError, LikewiseError
from likewise.review.ranges import accept_range, look_at_range
from likewise.review.session import Batch, Session
from likewise.rules.explain import chosen_in_words
from likewise.server.app_state import AppState, TheAppState
from likewise.server.errors import body_of
from likewise.server.payloads import MEDIA_TYPE, encode_frame
from likewise.server.roles import Caller, TheCaller
from likewise.workspace.label import Verdict
from likewise.workspace.machine_labels import Round

router = APIRouter(tags=["review"])

LONGEST = 100_000
"""The longest ranking that is answered: browsers cannot scroll over more."""

_ORDERS = {"alike": "most_alike", "unsure": "unsure", "varied": "varied", "random": "random_audit"}
_BINS = 60
_PATIENCE = 1.0  # seconds that an answer's ranking is waited for; further answers wait with it
_UNCACHED = {"cache-control": "no-store"}

Order = Literal["alike", "unsure", "varied", "random"]
Ranks = Annotated[int, Query(ge=1, le=LONGEST)]
Filter = Annotated[str | None, Query(alias="filter", max_length=1000)]


class Event(BaseModel):
    """One thing a person did; the client's id makes sure that it counts once."""

    id: str = Field(min_length=1, max_length=100, examples=["0mb4k1-00001"])
    kind: Literal["label", "undo"] = "label"
    action: str = Field("", max_length=100, description="Labels of one action are undone together.")
    item: str = Field("", examples=["barn/01.jpg"])
    verdict: Verdict = "unsure"
    source: str = Field("key", max_length=20, examples=["key", "page", "range", "lasso", "audit"])


class Events(BaseModel):
    """What a person did, in the order in which it was done."""

    events: list[Event] = Field(max_length=10_000)
    client: str = Field("", max_length=100, description="Names the page; told with the event.")


class Threshold(BaseModel):
    """Where a range begins."""

    threshold: float = Field(examples=[0.31], allow_inf_nan=False)


@router.get("/api/concepts/{name}/ranking", response_class=Response)
def ranking(
    app_state: TheAppState,
    caller: TheCaller,
    name: str,
    order: Order = "alike",
    k: Ranks = 500,
    where: Filter = None,
) -> Response:
    """Unanswered images in an order, as a frame.

    Head: `ids`, `order`, `rule` (its version), `threshold`, `upto` (the log's position that the
    rule knows), `generation` (the collection's). Arrays: `scores` and, where the rule has them,
    `probabilities` (f4), `colours` (u1, three an image), `places` (i4, where each is on a map);
    where images have patches `parts` (f4, four an image: the part that its score is of as left,
    top, width and height in fractions of its sides, zeros for all of it).
    """
    session = app_state.session(name)
    batch = session.order(_ORDERS[order], k, where, save_rule=caller.may("reviewer"))
    return _ranked(app_state, session, order, batch)


@router.get("/api/concepts/{name}/labels")
def labels(app_state: TheAppState, name: str) -> dict[str, Any]:
    """What counts about each answered image, in the order of the answers, and the log's end.

    `derived` are images that have another class of an exclusive label set, by id: no for the
    rule, and nobody's answer.
    """
    session = app_state.session(name)
    session.follow()
    return {
        "labels": [[item, verdict] for item, verdict in session.known.items()],
        "derived": dict(session.derived),
        "accepted": sorted(session.accepted),
        "asked": list(session.asked),
        "upto": app_state.workspace.labels.position(),
    }


@router.post("/api/concepts/{name}/labels")
def answer(app_state: TheAppState, caller: TheCaller, name: str, done: Events) -> dict[str, Any]:
    """Keep what a person did; when this answers, it is on the disk.

    An event that was sent before changes nothing.
    """
    session = app_state.session(name)
    upto = _keep(app_state, session, caller, done)
    return {"upto": upto, "counts": _counts(session)}


@router.post("/api/concepts/{name}/ranking", response_class=Response)
def answer_and_rank(
    app_state: TheAppState,
    caller: TheCaller,
    name: str,
    done: Events,
    order: Order = "alike",
    k: Ranks = 500,
    where: Filter = None,
) -> Response:
    """Keep what a person did, and answer the ranking that knows it: one request in place of two.

    When this answers, it is on the disk, whatever becomes of the ranking: where there is none
    within a second, the head has `error` in place of the arrays. `kept` is the log's end.
    """
    session = app_state.session(name)
    upto = _keep(app_state, session, caller, done)
    try:
        batch = session.order(_ORDERS[order], k, where, _PATIENCE)
        return _ranked(app_state, session, order, batch, kept=upto)
    except LikewiseError as error:
        head = {"concept": name, "order": order, "kept": upto, **body_of(error)}
        return Response(encode_frame(head, {}), media_type=MEDIA_TYPE, headers=_UNCACHED)


@router.post("/api/concepts/{name}/undo")
def undo(app_state: TheAppState, caller: TheCaller, name: str) -> dict[str, Any]:
    """Take back the caller's newest action; answers what it was, so that the focus can go there."""
    session = app_state.session(name)
    undone = session.undo(who=caller.name)
    upto = app_state.workspace.labels.position()
    if undone is not None:
        app_state.events.publish("labels", {"concept": name, "upto": upto})
    if isinstance(undone, Round):
        return {"upto": upto, "action": None, "round": undone.round, "items": []}
    items = [] if undone is None else [label.item for label in undone.labels]
    return {"upto": upto, "action": undone.action if undone else None, "items": items}


@router.get("/api/concepts/{name}/rule")
def rule(app_state: TheAppState, name: str) -> dict[str, Any]:
    """The newest rule: what was chosen and why, how scores are spread, what each part says."""
    session = app_state.session(name)
    session.follow()
    learned = session.learned
    rule, facts = learned.rule, learned.rule.provenance
    background = rule.score(app_state.workspace.collection.background(session.known, rule))
    low, high = float(background.min(initial=0.0)), 1.0
    counts, edges = np.histogram(np.clip(background, low, high), _BINS, (low, high))
    validation = facts.get("validation") or {}
    return {
        "learner": rule.learner,
        "chosen": (validation.get("chosen") or {}).get("learner", rule.learner),
        "chosen_in_words": chosen_in_words(rule),
        "combine": _combined(app_state, session, chosen_in_words(rule)),
        "because": validation.get("because"),
        "average_precision": validation.get("average_precision"),
        "validated": learned.validated,
        "milliseconds": round(1000 * learned.seconds, 1),
        "threshold": rule.threshold,
        "threshold_because": facts.get("threshold"),
        "calibrated": rule.calibration is not None,
        "calibration": facts.get("calibration"),
        "curve": None
        if rule.calibration is None
        else {"slope": rule.calibration.slope, "intercept": rule.calibration.intercept},
        "histogram": {"counts": counts.tolist(), "low": low, "high": high},
        "bin_width": float(edges[1] - edges[0]),
        "counts": _counts(session),
        "parts": [vars(part) for part in session.contributions()],
    }


@router.get("/api/concepts/{name}/range")
def look(app_state: TheAppState, name: str, threshold: float | None = None) -> dict[str, Any]:
    """What accepting everything from a threshold on would mean, and what to look at first."""
    if threshold is not None and not np.isfinite(threshold):
        raise BadInputError(f"the threshold {threshold} is not a number to compare scores with")
    inspected = look_at_range(app_state.session(name), threshold)
    return {
        "threshold": inspected.threshold,
        "count": inspected.count,
        "expected_right": inspected.expected_right,
        "lowest": list(inspected.lowest),
        "random": list(inspected.random),
        "missing": inspected.missing,
    }


@router.post("/api/concepts/{name}/range")
def accept(app_state: TheAppState, caller: TheCaller, name: str, body: Threshold) -> dict[str, Any]:
    """Accept everything from a threshold on, as one round of machine labels; undo takes it back."""
    session = app_state.session(name)
    number = accept_range(session, body.threshold, caller.name)
    app_state.events.publish(
        "labels", {"concept": name, "upto": app_state.workspace.labels.position()}
    )
    return {"round": number, "accepted": len(session.accepted)}


def frame(
    app_state: AppState,
    ids: tuple[str, ...],
    head: dict[str, Any],
    batch: Batch,
    boxes: Sequence[Box | None] | None = None,
) -> Response:
    """Ids with scores, colours, places on the map and parts, as a binary frame."""
    arrays: dict[str, Any] = {
        "scores": batch.scores.astype(np.float32),
        "colours": app_state.colours(ids),
        "places": app_state.workspace.collection.positions(ids).astype(np.int32),
    }
    if boxes is not None:
        arrays["parts"] = _parts(app_state, ids, boxes)
    head = {**head, "generation": app_state.workspace.collection.version}
    if batch.probabilities is not None:
        arrays["probabilities"] = batch.probabilities.astype(np.float32)
    body = encode_frame({**head, "ids": list(ids)}, arrays)
    return Response(body, media_type=MEDIA_TYPE, headers=_UNCACHED)


def _parts(
    app_state: AppState, ids: Sequence[str], boxes: Sequence[Box | None]
) -> NDArray[np.float32]:
    """Boxes in fractions of the image's sides, zeros for the whole image; shape (n, 4)."""
    parts = np.zeros((len(ids), 4), dtype=np.float32)
    cut = [index for index, box in enumerate(boxes) if box is not None]
    sizes = app_state.workspace.collection.facts([ids[index] for index in cut], ["width", "height"])
    for index, size in zip(cut, sizes, strict=True):
        x, y, width, height = boxes[index] or (0, 0, 0, 0)
        wide, high = size["width"], size["height"]
        parts[index] = x / wide, y / high, width / wide, height / high
    return parts


def _keep(app_state: AppState, session: Session, caller: Caller, done: Events) -> int:
    """Record events in their order, and tell every page; answers the log's end."""
    for (kind, action, source), some in groupby(done.events, _action_of):
        together = list(some)
        if kind == "undo":
            action_id = together[0].action or None
            if action_id is not None and not caller.may("owner"):
                _check_owner(session, caller, action_id)
            session.undo(action_id, caller.name)
            continue
        session.answer(
            [(event.item, event.verdict) for event in together],
            source=source,
            action=action,
            events={event.item: event.id for event in together},
            who=caller.name,
        )
    upto = app_state.workspace.labels.position()
    news = {"concept": session.concept, "upto": upto, "client": done.client}
    app_state.events.publish("labels", news)
    return upto


def _check_owner(session: Session, caller: Caller, action: str) -> None:
    """Refuse to take back what somebody else answered, unless the caller is an owner."""
    undone = session.workspace.labels.undoable(session.concept, caller.name, action)
    others = sorted({label.who for label in undone.labels} - {caller.name}) if undone else []
    if others:
        raise HTTPException(
            403, f"that is an answer of {others[0]}'s, and only an owner takes back others' answers"
        )


def _combined(app_state: AppState, session: Session, chosen: str) -> dict[str, Any]:
    """How words and examples are to count together, and whether the newest rule does so."""
    asked = app_state.workspace.concepts.get(session.concept).combine or "sum"
    return {"asked": asked, "used": (asked == "product") == chosen.startswith("product")}


def _ranked(
    app_state: AppState, session: Session, order: Order, batch: Batch, **more: int
) -> Response:
    learned = session.learned
    head = {
        "concept": session.concept,
        "order": order,
        "rule": batch.rule,
        "threshold": learned.rule.threshold,
        "upto": learned.upto,
        "validated": learned.validated,
        "milliseconds": round(1000 * learned.seconds, 1),
        **more,
    }
    return frame(app_state, batch.ids, head, batch, session.boxes(batch.ids))


def _action_of(event: Event) -> tuple[str, str, str]:
    return event.kind, event.action or event.id, event.source


def _counts(session: Session) -> dict[str, int]:
    counts = {verdict: session.counts.get(verdict, 0) for verdict in get_args(Verdict)}
    return {**counts, "accepted": len(session.accepted)}
