from __future__ import annotations

from collections.abc import Iterator

import pytest

from likewise.concepts.labelling import fill_basket
from likewise.review.estimate.audit import begin_audit
from likewise.review.estimate.population import Interval
from likewise.review.session import Session
from likewise.review.status import Status, status_of
from likewise.workspace import Workspace


@pytest.fixture
def session(workspace: Workspace) -> Iterator[Session]:
    """On discs: eight of 24 pictures."""
    fill_basket(workspace, "disc", like=[f"disc/0{n}.png" for n in range(2)], new=True)
    with Session(workspace, "disc", page_size=6, picker="most_alike", who="ann") as session:
        yield session


def truth(ids: tuple[str, ...]) -> dict[str, str]:
    return {item: "yes" if item.startswith("disc/") else "no" for item in ids}


def test_it_says_whether_an_audit_stands_behind_the_number(session: Session) -> None:
    first = status_of(session)
    assert (first.yes, first.accepted, first.looks) == (2, 0, 0)
    assert first.to_text().count("answers only, no audit") == 1
    session.answer(truth(begin_audit(session, looks=8).ids), source="audit")
    after = status_of(session)
    assert "rests on an audit of 8 random looks" in after.to_text()
    assert after.left.value == after.positives.value - after.yes


def test_no_interval_without_width_or_images_is_printed(session: Session) -> None:
    session.answer(truth(begin_audit(session, looks=100).ids), source="audit")
    done = status_of(session)
    rows = dict(done.rows())
    assert rows["left"].startswith("0, certain")
    assert "100%" in rows["precision"]
    assert "(" not in rows["precision"]
    assert done.stop
    assert rows["next"] == "likewise export disc --to disc-dataset"
    nothing = Status(
        "disc", 2, 0, Interval(1, 0, 9), Interval(3, 2, 11), 0, None, True, False, "next"
    )
    assert dict(nothing.rows())["precision"] == "not known: no image reaches the threshold"


def test_too_few_answers_say_nothing_of_precision(workspace: Workspace) -> None:
    """Two examples and no answer: a share of right images would be made up."""
    fill_basket(workspace, "disc", like=["disc/00.png", "disc/01.png"], new=True)
    with Session(workspace, "disc") as session:
        status = status_of(session)
    assert status.precision is None
    assert not status.says_precision
    assert "not known yet: 5 answers of yes and 5 of no" in status.to_text()
