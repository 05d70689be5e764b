from __future__ import annotations

from pathlib import Path

from shapes import draw_shapes, truth

from likewise.concepts.labelling import fill_basket
from likewise.indexing.index import index
from likewise.review.estimate.audit import begin_audit
from likewise.review.estimate.population import Interval
from likewise.review.session import Session
from likewise.review.status import Status, status_of
from likewise.workspace import Workspace


def test_it_says_whether_an_audit_stands_behind_the_number(session: Session) -> None:
    first = status_of(session)
    assert (first.yes, first.accepted, first.looks) == (2, 0, 0)
    assert first.to_text().count("rests on 2 yes only, no audit: little is known") == 1
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


def test_images_that_came_after_an_audit_are_named(session: Session, home: Path) -> None:
    """The audit says nothing of them, so nothing is certain, and another one comes next."""
    session.answer(truth(begin_audit(session, looks=100).ids), source="audit")
    assert status_of(session).added == 0
    draw_shapes(home / "shapes", each=9)
    index(home / "shapes", home / "shapes.likewise")
    session.workspace.collection.refresh()
    status = status_of(session)
    assert status.added == 3
    assert "random looks, before 3 images were added" in status.to_text()
    assert ", before 3 images were added)" in status.to_line()
    assert "certain" not in status.to_text()
    assert status.next_command.startswith("likewise review disc")
