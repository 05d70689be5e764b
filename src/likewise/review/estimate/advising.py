"""Whether another page is worth it, from what is known of a session."""

from __future__ import annotations

from likewise.review.estimate.estimates import Estimates
from likewise.review.estimate.stopping import StopAdvice
from likewise.review.session import Session


def advise(session: Session) -> StopAdvice:
    """What another page would bring, how many are likely left, and whether to stop.

    Costs no look. An audit narrows the interval of what is left.

    Raises:
        LikewiseError: nothing can be learned from what is known so far.
    """
    return Estimates(session).advice
