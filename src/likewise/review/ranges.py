"""Accepting everything above a threshold at once, after a look at what is likeliest wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from likewise.core.ranking import Ranking
from likewise.errors import BadInputError
from likewise.review.session import Session
from likewise.rules.calibration import FEWEST_LABELS
from likewise.workspace.labels import Verdict
from likewise.workspace.machine_labels import MachineLabel

METHOD = "range"
"""The method of the rounds of machine labels that are made here."""

_JUDGEMENTS: tuple[Verdict, ...] = ("yes", "no")
_HIGHEST = float(np.finfo(np.float32).max)  # that a score can be, and can be compared with


@dataclass(frozen=True, eq=False)
class Range:
    """What accepting everything from a threshold on would mean.

    Attributes:
        threshold: the score from which on.
        count: how many images nobody has answered yet score that high.
        expected_right: how many of them should be right by the rule's probabilities; None where
            it has too few labels to say.
        lowest: ids of the lowest of them, the lowest first: likeliest to be wrong.
        random: ids drawn from the others, in random order.
        missing: what is missing before they can be accepted, in words; None if nothing is.
    """

    threshold: float
    count: int
    expected_right: float | None
    lowest: tuple[str, ...]
    random: tuple[str, ...]
    missing: str | None = None

    @property
    def audit(self) -> tuple[str, ...]:
        """What to look at before accepting."""
        return self.lowest + self.random


def look_at_range(
    session: Session, threshold: float | None = None, lowest: int = 24, random: int = 12
) -> Range:
    """Say what accepting a range would mean, and what to look at first.

    Args:
        session: whose rule scores, validated and waited for.
        threshold: the score from which on; the rule's own unless given.
        lowest: how many of the lowest to show.
        random: how many of the others to show.

    Raises:
        LikewiseError: nothing can be learned from what is known so far.
    """
    inside, bar = _inside(session, threshold)
    bottom = inside.ids[::-1][:lowest]
    rest = inside.ids[: max(0, len(inside) - lowest)]
    drawn = np.random.default_rng(len(inside)).permutation(len(rest))[:random]
    probabilities = inside.probabilities
    return Range(
        bar,
        len(inside),
        None if probabilities is None else float(probabilities.sum()),
        bottom,
        tuple(rest[row] for row in drawn.tolist()),
        missing_answers(session),
    )


def missing_answers(session: Session) -> str | None:
    """What is missing before a range can be accepted, in words; None where nothing is.

    Raises:
        LikewiseError: nothing can be learned from what is known so far.
    """
    rule = session.rule
    if rule.calibration is not None:
        return None
    counts = Counter(session.known.values())
    needed = {verdict: FEWEST_LABELS - counts[verdict] for verdict in _JUDGEMENTS}
    more = [f"{count} more {verdict}" for verdict, count in needed.items() if count > 0]
    if not more:
        return str(rule.provenance.get("calibration", "too few labels to say"))
    return " and ".join(more)


def accept_range(session: Session, threshold: float, who: str | None = None) -> int:
    """Label everything from a threshold on with yes, as one round of machine labels.

    People's answers, given or to come, overrule it; the rule does not learn from it. The session
    undoes it like any other action.

    Args:
        session: whose rule scores, validated and waited for.
        threshold: the score from which on.
        who: who accepts; the session's person unless given.

    Returns:
        Number of the round.

    Raises:
        BadInputError: nothing unanswered scores that high, or the rule has too few labels for
            probabilities to be kept with the labels.
    """
    inside, bar = _inside(session, threshold)
    if not len(inside):
        raise BadInputError(
            f"no unanswered image scores {bar:.4f} or more; choose a lower threshold"
        )
    if inside.probabilities is None:
        why = session.rule.provenance.get("calibration", "too few labels to say")
        raise BadInputError(
            f"the rule of '{session.concept}' gives no probabilities ({why}), so a range cannot be "
            "accepted yet; answer some more, both yes and no"
        )
    workspace = session.workspace
    digests = workspace.collection.digests(inside.ids)
    version = session.save_rule()
    rows = zip(inside, inside.probabilities.tolist(), digests, strict=True)
    round_number = workspace.machine_labels.add_round(
        METHOD,
        {"threshold": bar, "rule": version},
        (
            MachineLabel(
                session.concept,
                item,
                "yes",
                min(1.0, max(0.0, probability)),
                digest,
                {"score": round(score, 6), "rule": version},
            )
            for (item, score), probability, digest in rows
        ),
        concept=session.concept,
        who=who or session.who,
    )
    session.follow()
    return round_number


def _inside(session: Session, threshold: float | None) -> tuple[Ranking, float]:
    """Unanswered images from the threshold on, the best first."""
    rule = session.rule  # validated: its probabilities are kept
    bar = rule.threshold if threshold is None else threshold
    bar = min(max(bar, -_HIGHEST), _HIGHEST)
    hidden = session.known.keys() | session.accepted | session.derived.keys()
    everyone = session.workspace.collection.rank_all(rule, exclude=hidden)
    return everyone.top(int(np.count_nonzero(everyone.scores >= bar))), bar
