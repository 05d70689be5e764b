from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reviews import review_of_discs
from shapes import truth

from likewise.concepts.evidence import verdicts
from likewise.concepts.labelling import fill_basket
from likewise.errors import BadInputError, NotFoundError
from likewise.review.session import Session
from likewise.workspace import Workspace
from likewise.workspace.labels import Label, Undone

STEPS = st.integers(0, 23)


@pytest.fixture
def session(workspace: Workspace) -> Iterator[Session]:
    """On discs, of which there are eight among 24 pictures; three are known."""
    with review_of_discs(workspace, examples=3, page_size=4) as session:
        yield session


def test_pages_never_repeat_and_end(session: Session) -> None:
    seen: list[str] = []
    for _ in range(6):
        batch = session.next_batch()
        seen += batch.ids
        session.answer(truth(batch.ids), source="page")
    assert len(seen) == len(set(seen)) == 21  # 24 without the three examples
    assert sum(item.startswith("disc/") for item in seen[:8]) == 5
    assert len(session.next_batch()) == 0


def test_what_was_passed_over_comes_again_when_all_was_shown(session: Session) -> None:
    first = session.next_batch(20)
    assert len(session.next_batch(20)) == 20  # one is left, so all the unanswered come again
    session.answer(truth(first.ids))
    assert len(session.next_batch(20)) == 1


def test_a_rule_knows_the_answers_and_a_batch_stays_as_it_was(session: Session) -> None:
    batch = session.next_batch()
    before = batch.ids
    session.answer(truth(batch.ids))
    rule = session.rule
    assert set(rule.provenance["examples"]) == {i for i, v in session.known.items() if v == "yes"}
    assert batch.ids == before
    assert session.ranking(5).scores.tolist() == pytest.approx(
        session.workspace.collection.search(rule, 5).scores.tolist()
    )


def test_an_answer_carries_what_it_was_shown_under(session: Session) -> None:
    batch = session.next_batch()
    session.answer({batch.ids[0]: "yes"}, source="key")
    (label,) = session.workspace.labels.history("disc")
    assert (label.rule, label.source, label.who) == (batch.rule, "key", "ann")
    assert label.score == pytest.approx(float(batch.scores[0]))
    assert session.workspace.rules.newest("disc").version == batch.rule


def test_undo_takes_back_one_action_after_the_other(session: Session) -> None:
    start = session.known
    page = session.next_batch()
    session.answer(truth(page.ids), source="page")
    after = session.known
    session.answer({"stripes/00.png": "no"})
    undone = session.undo()
    assert isinstance(undone, Undone)
    assert [label.item for label in undone.labels] == ["stripes/00.png"]
    assert session.known == after
    assert session.undo() is not None
    assert session.known == start
    assert session.undo() is None
    assert len(session.workspace.labels.history("disc")) == 5  # nothing is ever deleted


def test_another_session_sees_the_answers(session: Session) -> None:
    with Workspace(session.workspace.path) as elsewhere:
        with Session(elsewhere, "disc", who="bob", picker="most_alike") as other:
            batch = session.next_batch()
            session.answer(truth(batch.ids))
            assert not set(other.next_batch().ids) & set(batch.ids)
            other.answer({"stripes/01.png": "no"})
        session.follow()
        assert session.known["stripes/01.png"] == "no"


def test_the_same_answer_sent_twice_is_kept_once(session: Session) -> None:
    for _ in range(2):
        session.answer({"disc/05.png": "yes"}, action="a1", events={"disc/05.png": "e1"})
    assert len(session.workspace.labels.history("disc")) == 1


def test_a_changed_basket_is_taken_in(session: Session) -> None:
    first = session.rule
    fill_basket(session.workspace, "disc", unlike=["stripes/00.png"])
    session.follow()
    assert session.rule is not first
    assert session.rule.provenance["counter_examples"] == ["stripes/00.png"]


def test_mistakes_change_nothing(session: Session) -> None:
    with pytest.raises(NotFoundError, match=r"'gone\.png'"):
        session.answer({"disc/05.png": "yes", "gone.png": "no"})
    with pytest.raises(BadInputError, match="'maybe' is not a verdict"):
        session.answer({"disc/05.png": "maybe"})
    with pytest.raises(BadInputError, match="a batch of 0"):
        session.next_batch(0)
    with pytest.raises(BadInputError, match="favourites"):
        session.next_batch(picker="favourites")
    with pytest.raises(BadInputError, match="a page of 0"):
        Session(session.workspace, "disc", page_size=0)
    assert session.workspace.labels.history("disc") == []


def test_a_concept_without_a_start_says_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="there is no concept 'barn'"):
        Session(workspace, "barn", picker="most_alike")


def test_answers_survive_a_session_that_never_closed(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as workspace:
        fill_basket(workspace, "disc", like=["disc/00.png"], new=True)
        lost = Session(workspace, "disc", picker="most_alike")
        lost.answer({"disc/01.png": "yes"})
    with (
        Workspace(home / "shapes.likewise") as workspace,
        Session(workspace, "disc", picker="most_alike") as session,
    ):
        assert session.known == {"disc/00.png": "yes", "disc/01.png": "yes"}
    lost.close()


def test_a_screens_order_is_the_plain_ranking_of_what_is_unanswered(session: Session) -> None:
    first = session.order("most_alike", 10)
    assert first.ids == session.ranking(10, answered=False).ids
    assert session.order("most_alike", 10).ids == first.ids  # shown, but not answered
    session.answer({first.ids[0]: "yes"})
    assert first.ids[0] not in session.order("most_alike", 30).ids
    assert session.order("most_alike", 10).rule == first.rule  # a page of answers is not full yet
    session.answer(truth(first.ids[1:5]))
    session.rule  # noqa: B018 - waited for
    assert session.order("varied", 10).rule > first.rule
    assert len(session.order("random_audit", 100)) == 24 - 3 - 5


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["yes", "no", "unsure", "undo", "other"]), STEPS)))
def test_what_is_followed_step_by_step_is_what_the_whole_log_says(
    session: Session, steps: list[tuple[str, int]]
) -> None:
    place = session.workspace
    concept = place.concepts.get("disc")
    ids = place.collection.ids()
    for what, number in steps:
        if what == "undo":
            session.undo(who=f"person {number % 2}")
        elif what == "other":  # as another process would
            digest = "" if number % 3 else place.collection.digests([ids[number]])[0]
            label = Label("disc", ids[number], "no", digest=digest, who="person 1")
            place.labels.record([label])
            session.follow()
        else:
            session.answer({ids[number]: what}, who=f"person {number % 2}")
        expected = verdicts(place, concept)
        assert list(session.known.items()) == list(expected.items())
        counts = {verdict: count for verdict, count in session.counts.items() if count}
        assert counts == Counter(expected.values())
        if "yes" not in expected.values():  # no rule can be learned of it
            continue
        settled = session.ranking(30, answered=False).ids
        assert set(settled) == set(ids) - set(expected)
