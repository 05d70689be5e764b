"""How many positives there are and how good the rule is, from a stored random audit."""

from __future__ import annotations

from likewise.review.estimate.audit_plan import plan_audit
from likewise.review.estimate.estimates import Estimates, answered_so_far, everyone
from likewise.review.estimate.population import Population
from likewise.review.estimate.saved_audit import plan_as_json
from likewise.review.session import Batch, Session
from likewise.rules.answered_pages import AUDIT
from likewise.rules.score_levels import held_out_in

__all__ = ["begin_audit", "estimate_population"]


def begin_audit(session: Session, looks: int = 40, who: str | None = None) -> Batch:
    """Draw images for an honest estimate of the whole collection, and keep the plan.

    Answer them like any batch, with the source "audit"; `estimate_population` then says how many
    there are. An image that was answered in another way counts too, for it was drawn at random.

    Args:
        session: whose validated rule is audited.
        looks: how many to draw; 40 make an estimate.
        who: who plans it; the session's person unless given.

    Raises:
        BadInputError: no looks.
        LikewiseError: nothing can be learned from what is known so far.
    """
    ranking, answers = everyone(session)
    rule, answered = session.rule, answered_so_far(session)
    audit, rows = plan_audit(
        ranking.scores,
        answers,
        threshold=rule.threshold,
        pages=answered.pages,
        held_out=held_out_in(rule.provenance, answered.examples),
        sample_size=looks,
        seed=session.workspace.labels.position(),
    )
    ids = tuple(ranking.ids[row] for row in rows.tolist())
    scores = ranking.scores[rows]
    version = session.save_rule()
    looked_at = dict(zip(ids, scores.tolist(), strict=True))
    plan = plan_as_json(audit, looked_at, session)
    session.workspace.audits.add(session.concept, version, plan, who or session.who)
    probabilities = None if ranking.probabilities is None else ranking.probabilities[rows]
    return Batch(ids, scores, probabilities, AUDIT, version)


def estimate_population(session: Session) -> Population:
    """Positives in the collection, precision and recall at the threshold, with intervals.

    Rests on the newest audit, if there is one with answers, and on how the share of wanted images
    falls with the score, which follows from all answers. With an audit, precision and recall are
    those of the rule that was audited.

    Raises:
        LikewiseError: nothing can be learned from what is known so far.
    """
    return Estimates(session).population
