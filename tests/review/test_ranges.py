from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from itertools import count
from typing import Self

import pytest
from reviews import review_of_discs

from likewise.concepts.labelling import fill_basket
from likewise.errors import BadInputError
from likewise.export.concept import plan_concept
from likewise.review.ranges import accept_range, look_at_range
from likewise.review.session import Session
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import Round


@pytest.fixture
def session(workspace: Workspace) -> Iterator[Session]:
    """On discs, with enough answers for probabilities; two discs are still unanswered."""
    with review_of_discs(workspace, examples=1, page_size=20) as session:
        answers = {f"disc/{n:02d}.png": "yes" for n in range(1, 6)}
        answers |= {f"square/{n:02d}.png": "no" for n in range(6)}
        session.answer(answers, source="page")
        session.rule  # noqa: B018
        yield session


def test_a_look_shows_the_lowest_and_some_of_the_rest(session: Session) -> None:
    ranking = session.ranking(100, answered=False)
    bar = float(ranking.scores[7])
    seen = look_at_range(session, bar, lowest=3, random=2)
    assert seen.count == 8
    assert seen.lowest == tuple(reversed(ranking.ids[5:8]))
    assert len(seen.random) == 2
    assert set(seen.random) < set(ranking.ids[:5])
    assert seen.audit == seen.lowest + seen.random
    assert ranking.probabilities is not None
    assert seen.expected_right == pytest.approx(float(ranking.probabilities[:8].sum()))


def test_thresholds_beyond_every_score_are_compared_too(session: Session) -> None:
    everyone = len(session.ranking(100, answered=False))
    assert look_at_range(session, 3.4028235677973366e38).count == 0
    assert look_at_range(session, -1e300).count == everyone
    with pytest.raises(BadInputError, match="no unanswered image scores"):
        accept_range(session, 1e300)


def test_accepting_labels_what_nobody_answered_and_undo_takes_it_back(session: Session) -> None:
    people = session.workspace.labels.current("disc")
    evidence = session.rule.provenance["examples"]
    bar = float(session.ranking(100, answered=False).scores[1])
    number = accept_range(session, bar)
    machine = session.workspace.machine_labels.current("disc")
    assert set(machine) == {"disc/06.png", "disc/07.png"}
    assert all(label.verdict == "yes" and 0 <= label.confidence <= 1 for label in machine.values())
    assert session.workspace.labels.current("disc") == people  # kept apart from people's
    assert session.rule.provenance["examples"] == evidence  # and nothing is learned from them
    assert not set(session.next_batch(100).ids) & set(machine)
    undone = session.undo()
    assert isinstance(undone, Round)
    assert undone.round == number
    assert session.workspace.machine_labels.current("disc") == {}
    assert session.accepted == frozenset()
    assert not isinstance(session.undo(), Round)  # the next one is the page of answers


def test_answers_after_a_range_are_undone_first(session: Session) -> None:
    accept_range(session, float(session.ranking(100, answered=False).scores[1]))
    session.answer({"disc/06.png": "no"})
    assert session.known["disc/06.png"] == "no"  # a person overrules the machine
    undone = session.undo()
    assert not isinstance(undone, Round)
    assert undone is not None
    assert isinstance(session.undo(), Round)


@pytest.mark.parametrize("step", [0, -1], ids=["still", "back"])
def test_undo_takes_the_newest_first_whatever_the_clock_says(
    session: Session, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    clock = count(2_000_000_000, step)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(next(clock), tz)

    monkeypatch.setattr("likewise.workspace.database.datetime", Clock)
    first = session.answer({"disc/05.png": "yes"})
    accept_range(session, float(session.ranking(100, answered=False).scores[1]))
    second = session.answer({"disc/06.png": "no"})
    taken = [session.undo() for _ in range(3)]
    assert [x if x is None else "round" if isinstance(x, Round) else x.action for x in taken] == [
        second, "round", first,
    ]  # fmt: skip


def test_an_empty_range_and_one_without_probabilities_are_refused(session: Session) -> None:
    with pytest.raises(BadInputError, match=r"no unanswered image scores 2\.0000"):
        accept_range(session, 2.0)
    fill_basket(session.workspace, "few", like=["disc/00.png"], new=True)
    with (
        Session(session.workspace, "few", picker="most_alike") as other,
        pytest.raises(BadInputError, match="gives no probabilities"),
    ):
        accept_range(other, -1.0)


def test_what_was_accepted_is_exported_as_such(session: Session) -> None:
    accept_range(session, float(session.ranking(100, answered=False).scores[1]))
    session.save_rule()
    session.answer({"disc/07.png": "no"})
    rows = {row.id: row.decided_by for row in plan_concept(session.workspace, "disc")}
    assert rows["disc/01.png"] == "person"
    assert rows["disc/06.png"] == "round"
    assert "disc/07.png" not in rows  # a person overrules the round
