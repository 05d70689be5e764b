"""What a range accepted is not left to find, and a page is what people saw."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from reviews import review_of_discs

from likewise.review.estimate.audit import begin_audit
from likewise.review.estimate.audit_plan import count_bands
from likewise.review.estimate.estimates import Estimates, answered_so_far
from likewise.review.estimate.stopping import advise
from likewise.review.ranges import accept_range, look_at_range, missing_answers
from likewise.review.session import Session
from likewise.review.status import status_of
from likewise.rules.prevalence_curves import Shown
from likewise.workspace import Workspace


@pytest.fixture
def session(workspace: Workspace) -> Iterator[Session]:
    """On discs, eight of 24 pictures: four examples."""
    with review_of_discs(workspace, examples=4) as session:
        yield session


def taught(session: Session) -> Session:
    answers = {f"disc/{n:02d}.png": "yes" for n in range(4, 6)}
    answers |= {f"square/{n:02d}.png": "no" for n in range(6)}
    session.answer(answers, source="page")
    return session


def test_what_is_accepted_is_not_left() -> None:
    scores = np.linspace(1, 0, 400)
    answers = np.zeros(400, int)
    answers[[0, 3, 5, 300, 350]] = 1, 1, 1, -1, -1
    page = Shown(np.full(20, 1.5), np.ones(20, bool))
    bands = count_bands(scores, answers, threshold=0.9, pages=[page])
    accepted = bands.accepting(scores[6:40])
    assert accepted.estimate().positives == bands.estimate().positives
    assert accepted.estimate().precision == bands.estimate().precision
    assert accepted.estimate().left.value < bands.estimate().left.value - 20
    assert bands.accepting([]).estimate() == bands.estimate()
    assert advise(accepted, [page]).next_page < advise(bands, [page]).next_page
    assert advise(accepted, [page]).probability >= advise(bands, [page]).probability


def test_more_are_not_accepted_than_a_band_has_room_for() -> None:
    bands = count_bands([0.9, 0.8, 0.1], [1, 0, 0], threshold=0.5)
    left = bands.accepting([0.8, 0.8, 0.8, 0.1, 0.1]).estimate().left
    assert (left.low, left.high) == (0, 0)


@pytest.mark.parametrize("audited", [False, True])
def test_accepted_ranges_count_in_the_status(session: Session, audited: bool) -> None:
    taught(session)
    if audited:
        looks = begin_audit(session, looks=2).ids
        said = {item: "yes" if item.startswith("disc/") else "no" for item in looks}
        session.answer(said, source="audit")
    before = status_of(session)
    session.rule  # noqa: B018 - a range is accepted by the validated rule, not by a quick one
    bar = float(session.ranking(100, answered=False).scores[1])
    accept_range(session, bar)
    after = status_of(session)
    assert after.accepted >= 2
    assert after.left.value <= before.left.value
    assert after.left.high < before.left.high
    assert after.positives == before.positives
    assert after.to_line().startswith(f"{after.yes} yes + {after.accepted} accepted of ")
    assert audited == ("no audit yet" not in after.to_line())


def test_a_page_is_what_people_saw(session: Session) -> None:
    """Also where a newer rule came in the middle of it, and where pages were answered by turns."""
    ids = session.order("most_alike", 8).ids
    for number, item in enumerate(ids):
        page = "alike.two" if number in (2, 5) else "alike.one"
        verdict = "yes" if item.startswith("disc/") else "no"
        session.answer({item: verdict}, action=f"{page}.{number}")
        session.rule  # noqa: B018
        session.order("most_alike", 8)
    pages = answered_so_far(session).pages
    assert [len(page.yes) for page in pages] == [2, 6]  # the page that was seen last is last
    wanted = [item.startswith("disc/") for n, item in enumerate(ids) if n not in (2, 5)]
    assert pages[1].yes.tolist() == wanted
    assert np.isfinite(pages[1].levels).all()
    found = sum(item.startswith("disc/") for item in ids)
    assert f"the last two pages brought {found}" in Estimates(session).advice.sentence
    assert f"the last two pages brought {found}" in status_of(session).to_line()


def test_it_is_said_at_once_what_is_missing(session: Session) -> None:
    assert missing_answers(session) == "1 more yes and 5 more no"
    assert look_at_range(session).missing == "1 more yes and 5 more no"
    session.answer({f"square/{n:02d}.png": "no" for n in range(5)})
    assert missing_answers(session) == "1 more yes"
    session.answer({"disc/04.png": "yes"})
    assert missing_answers(session) is None
    assert look_at_range(session).missing is None
