"""A random audit kept as JSON, and the newest one read again with later answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.review.estimate.population import Audit
from likewise.review.estimate.reviewed_concept import ReviewedConcept, judged
from likewise.rules.curve_likelihood import Floats
from likewise.rules.prevalence_curves import HeldOutLevels, Shown
from likewise.rules.score_levels import levels_of

YES_NO: Mapping[str, int] = {"yes": 1, "no": -1}
"""The verdicts that judge an image; one that is unsure leaves it open."""


@dataclass(frozen=True, eq=False)
class Audited:
    """The newest audit of a concept as it stands.

    Attributes:
        audit: with what was seen in it, and what was answered in other ways since.
        fresh: whether nothing else was answered, and no image added, since it was planned.
        added: how many images were added since, of which it says nothing.
    """

    audit: Audit
    fresh: bool
    added: int = 0


def plan_as_json(
    audit: Audit, drawn: Mapping[str, float], session: ReviewedConcept
) -> dict[str, Any]:
    """What is kept of an audit that was just planned.

    Args:
        audit: without looks.
        drawn: score of each image that is to be looked at, by its id.
        session: whose answers from before are kept with it.
    """
    return {
        "images": len(session.workspace.collection),
        "floors": [None if np.isneginf(floor) else floor for floor in audit.floors.tolist()],
        "hits": audit.hits.tolist(),
        "sizes": audit.sizes.tolist(),
        "levels": np.round(audit.levels, 6).tolist(),
        "known": list(audit.known),
        "pages": [
            {"levels": _numbers(page.levels), "yes": page.yes.tolist()} for page in audit.pages
        ],
        "held_out": None
        if audit.held_out is None
        else {name: np.asarray(part).tolist() for name, part in vars(audit.held_out).items()},
        "looks": [[item, score] for item, score in drawn.items()],
        "answered": judged(session),
    }


def newest_audit(session: ReviewedConcept) -> Audited | None:
    """The newest audit, if anything was seen in it.

    An image that was drawn for it counts as a random look however it was answered. What is known
    besides counts as itself, by the score that the audit's own rule gives it.
    """
    planned = session.workspace.audits.newest(session.concept)
    if planned is None or "answered" not in planned.plan:
        return None
    verdicts = judged(session)
    drawn: dict[str, float] = dict(planned.plan["looks"])
    people = session.known
    inspected = [item for item in drawn if people.get(item) in YES_NO]
    if not inspected:
        return None
    before: dict[str, str] = planned.plan["answered"]
    changed = [item for item, verdict in before.items() if verdicts.get(item) != verdict]
    looks = set(inspected)
    since = [item for item in verdicts if item not in looks and item not in before]
    audit = _from_json(planned.plan).adding(
        [drawn[item] for item in inspected], [verdicts[item] == "yes" for item in inspected]
    )
    if changed or since:
        rule = session.workspace.rules.version(planned.rule)
        collection = session.workspace.collection
        changed, since = collection.present(changed), collection.present(since)
        hits = rule.score(collection.vectors(changed, rule)) >= rule.threshold
        audit = _put_right(audit, hits, [(before[item], verdicts.get(item)) for item in changed])
        scores = rule.score(collection.vectors(since, rule))
        fits = _with_room(audit, audit.band_of(scores))
        yes = np.array([verdicts[item] == "yes" for item in since], bool)
        audit = audit.knowing(scores[fits], yes[fits])
    if accepted := sorted(session.accepted - session.known.keys() - session.derived.keys()):
        rule = session.workspace.rules.version(planned.rule)
        collection = session.workspace.collection
        audit = audit.accepting(rule.score(collection.vectors(collection.present(accepted), rule)))
    images = len(session.workspace.collection)
    added = max(0, images - int(planned.plan.get("images", images)))  # 0.1.0 kept no number
    return Audited(audit, fresh=not (changed or since or added), added=added)


def _put_right(
    audit: Audit, hits: NDArray[np.bool_], changed: list[tuple[str, str | None]]
) -> Audit:
    """The audit with answers from before it that were changed or taken back since."""
    cell = {(hit, verdict): 2 * (not hit) + (verdict == "no")
              for hit in (True, False) for verdict in YES_NO}  # fmt: skip
    counts = list(audit.known)
    for hit, (then, now) in zip(hits.tolist(), changed, strict=True):
        counts[cell[hit, then]] -= 1
        if now is not None:
            counts[cell[hit, now]] += 1
    return replace(audit, known=tuple(counts))


def _with_room(audit: Audit, bands: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which answers a band has room for; images indexed since the audit are not of its bands."""
    room = audit.room.tolist()
    fits = np.zeros(len(bands), bool)
    for index, band in enumerate(bands.tolist()):
        fits[index] = room[band] > 0
        room[band] -= 1
    return fits


def _from_json(plan: Mapping[str, Any]) -> Audit:
    sizes = np.array(plan["sizes"], np.int64)
    floors = [-np.inf if floor is None else floor for floor in plan["floors"]]
    none = np.zeros_like(sizes)
    held_out = plan.get("held_out")
    return Audit(
        floors=np.array(floors, np.float64),
        hits=np.array(plan["hits"], np.bool_),
        sizes=sizes,
        levels=np.array(plan["levels"], np.float64)
        if "levels" in plan
        else _levels_from(np.array(plan["logits"], np.float64), sizes),
        looked=none,
        yes=none,
        known=tuple(plan["known"]),
        since_yes=none,
        since_no=none,
        pages=tuple(
            Shown(np.array(page["levels"], np.float64), np.array(page["yes"], bool))
            for page in plan.get("pages", ())
        ),
        held_out=None
        if held_out is None
        else HeldOutLevels(
            np.array(held_out["yes"], np.float64),
            np.array(held_out["no"], np.float64),
            np.array(held_out["is_example"], bool),
        ),
    )


def _levels_from(logits: Floats, sizes: NDArray[np.int64]) -> Floats:
    """Levels from the logits that plans of earlier versions keep, which follow scores linearly."""
    if not len(sizes):
        return logits
    mean = float(np.average(logits.mean(axis=1), weights=sizes))
    variance = np.average(((logits - mean) ** 2).mean(axis=1), weights=sizes)
    return levels_of(logits, mean, float(np.sqrt(variance)))


def _numbers(levels: Floats) -> list[float | None]:
    """As JSON has them: null where a level is not known."""
    return [round(level, 4) if np.isfinite(level) else None for level in levels.tolist()]
