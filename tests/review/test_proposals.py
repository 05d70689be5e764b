from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from likewise.concepts.labelling import fill_basket
from likewise.errors import BadInputError, NotFoundError
from likewise.export.concept import plan_concept
from likewise.indexing.index import index
from likewise.review.proposals import (
    METHOD,
    accept_proposals,
    open_proposals,
    propose,
    proposed_verdict,
    select_proposals,
)
from likewise.review.ranges import accept_range
from likewise.review.session import Session
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import MachineLabel, questions_of

ANSWERS = (("disc/02.png", "yes"), ("disc/03.png", "yes"), ("square/00.png", "no"))


@pytest.fixture
def disc(workspace: Workspace) -> Workspace:
    """With the concept "disc" of one example."""
    fill_basket(workspace, "disc", like=["disc/00.png"], new=True)
    return workspace


def test_proposals_count_for_nothing_until_they_are_accepted(disc: Workspace) -> None:
    before, _ = learn_concept(disc, "disc")
    exported = plan_concept(disc, "disc").digest
    made = propose(disc, "disc", ANSWERS, "agent of ann")
    assert (made.counts, made.decided) == ({"yes": 2, "no": 1}, 0)
    assert disc.labels.count("disc") == 0
    with Session(disc, "disc") as session:
        assert session.accepted == frozenset()
        assert dict(session.known) == {"disc/00.png": "yes"}
    after, _ = learn_concept(disc, "disc")
    assert after.provenance["examples"] == before.provenance["examples"]
    assert plan_concept(disc, "disc").digest == exported
    (stored,) = disc.machine_labels.rounds("disc")
    assert (stored.method, stored.who, stored.labels) == (METHOD, "agent of ann", 3)


def test_a_review_shows_them_first_and_an_answer_settles_one(disc: Workspace) -> None:
    propose(disc, "disc", ANSWERS, "agent")
    with Session(disc, "disc", page_size=6) as session:
        batch = session.next_batch()
        assert batch.ids[:3] == ("disc/02.png", "disc/03.png", "square/00.png")
        session.answer({"disc/03.png": "no"})
        assert session.asked == ("disc/02.png", "square/00.png")
    assert list(open_proposals(disc, "disc")) == ["disc/02.png", "square/00.png"]


def test_accepting_records_a_persons_answers_that_undo_takes_back(disc: Workspace) -> None:
    with Session(disc, "disc", page_size=6, picker="most_alike") as session:
        batch = session.next_batch()
    shown = {item: (float(s), batch.rule) for item, s in zip(batch.ids, batch.scores, strict=True)}
    propose(disc, "disc", [(item, "yes") for item in batch.ids], "agent", shown)
    left_out = batch.ids[0]
    proposals = select_proposals(disc, "disc", without=[left_out])
    assert accept_proposals(disc, "disc", proposals, "ann") == {"yes": 5}
    labels = disc.labels.current("disc")
    assert set(labels) == set(batch.ids) - {left_out}
    assert {(x.who, x.source, x.rule) for x in labels.values()} == {("ann", METHOD, batch.rule)}
    for item, label in labels.items():
        assert label.score == pytest.approx(shown[item][0], abs=1e-6)
    assert list(open_proposals(disc, "disc")) == [left_out]
    undone = disc.labels.undo("disc", "ann")
    assert undone is not None
    assert len(undone.labels) == 5
    assert set(open_proposals(disc, "disc")) == set(batch.ids)


def test_what_is_decided_is_not_proposed(disc: Workspace) -> None:
    with Session(disc, "disc", who="ann") as session:
        answers = {f"disc/{n:02d}.png": "yes" for n in range(1, 6)}
        session.answer(answers | {f"square/{n:02d}.png": "no" for n in range(6)})
        ranking = session.ranking(100, answered=False)
        lowest = disc.collection.vectors(["disc/06.png"])
        accept_range(session, float(session.rule.score(lowest)[0]) - 1e-4)
        accepted = session.accepted
    assert "disc/06.png" in accepted
    pairs = [("disc/01.png", "no"), ("disc/06.png", "no"), (ranking.ids[-1], "no")]
    made = propose(disc, "disc", pairs, "agent")
    assert (made.counts, made.decided) == ({"no": 1}, 2)
    with Session(disc, "disc") as session:
        assert session.accepted == accepted
    with pytest.raises(BadInputError, match="all 2 images are decided"):
        propose(disc, "disc", pairs[:2], "agent")


def test_a_round_is_taken_back_by_itself(disc: Workspace) -> None:
    first = propose(disc, "disc", ANSWERS, "agent")
    second = propose(disc, "disc", [("stripes/00.png", "unsure")], "agent")
    assert len(open_proposals(disc, "disc")) == 4
    assert list(select_proposals(disc, "disc", second.round)) == ["stripes/00.png"]
    disc.machine_labels.undo(first.round)
    assert list(open_proposals(disc, "disc")) == ["stripes/00.png"]
    with pytest.raises(NotFoundError, match=r"by round 1; see: likewise propagate rounds"):
        select_proposals(disc, "disc", first.round)


def test_ids_that_are_not_proposed_are_refused(disc: Workspace) -> None:
    with pytest.raises(NotFoundError, match="nothing is proposed for 'disc'"):
        select_proposals(disc, "disc")
    propose(disc, "disc", ANSWERS, "agent")
    with pytest.raises(NotFoundError, match=r"'disc/07.png' is not among the 3 proposals"):
        select_proposals(disc, "disc", without=["disc/07.png"])
    with pytest.raises(NotFoundError, match="1 of 1 ids are not in the collection"):
        propose(disc, "disc", [("nowhere.png", "yes")], "agent")
    with pytest.raises(BadInputError, match="'maybe' is not a verdict"):
        propose(disc, "disc", [("disc/02.png", "maybe")], "agent")


def test_a_picture_that_took_the_name_is_not_accepted(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as workspace:
        fill_basket(workspace, "disc", like=["disc/00.png"], new=True)
        propose(workspace, "disc", ANSWERS, "agent")
    Image.new("RGB", (64, 64), "navy").save(home / "shapes" / "disc" / "02.png")
    index(home / "shapes", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as workspace:
        assert list(select_proposals(workspace, "disc")) == ["disc/03.png", "square/00.png"]


def test_proposals_wait_though_propagation_asks_anew(disc: Workspace) -> None:
    propose(disc, "disc", ANSWERS[:1], "agent")
    for item in ("stripes/01.png", "stripes/02.png"):
        disc.machine_labels.add_round("asked", {}, [MachineLabel("disc", item, "unsure", 0.5)])
    current = disc.machine_labels.current("disc")
    assert questions_of(current) == ("disc/02.png", "stripes/02.png")
    assert proposed_verdict(current["disc/02.png"]) == "yes"
