"""Whether another page is worth it, from what is known of a session."""

from __future__ import annotations

from likewise.evaluate import stopping
from likewise.evaluate.stopping import StopAdvice
from likewise.review.auditing import fresh_audit, recent_pages
from likewise.review.session import Session


def advise(session: Session) -> StopAdvice:
    """What another page would bring, how many are likely left, and whether to stop.

    Costs no look. An audit narrows the interval as long as nothing else was answered after it.

    Raises:
        LikewiseError: nothing can be learned from what is known so far.
    """
    return stopping.advise(fresh_audit(session), recent_pages(session), page_size=session.page_size)
