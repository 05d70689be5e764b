from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from reviews import review_of_discs

from likewise.curate.workspace import curate_workspace, save_tag, tagged, tags
from likewise.export.concept import plan_concept
from likewise.review.session import Session
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import MachineLabel, accepted_by, questions_of


@pytest.fixture
def session(workspace: Workspace) -> Iterator[Session]:
    """On discs, of which two of eight are known; 22 pictures are open."""
    with review_of_discs(workspace, page_size=4) as session:
        yield session


def ask(workspace: Workspace, items: Sequence[str], concept: str = "disc") -> int:
    """A round that is unsure of these, in this order of importance."""
    labels = [
        MachineLabel(concept, item, "unsure", 0.5, because={"place": place})
        for place, item in enumerate(items)
    ]
    return workspace.machine_labels.add_round("asked", {}, labels)


def accept(workspace: Workspace, *items: str) -> int:
    labels = [MachineLabel("disc", item, "yes", 0.95) for item in items]
    return workspace.machine_labels.add_round("agreement", {"names": ["disc"]}, labels)


def test_what_is_asked_comes_first_in_its_order_and_the_picker_fills_the_page(
    session: Session,
) -> None:
    asked = ["stripes/03.png", "square/05.png"]
    ask(session.workspace, asked)
    best = [item for item in session.ranking(10, answered=False).ids if item not in asked]
    page = session.next_batch()
    assert page.ids == (*asked, *best[:2])
    assert page.asked == 2
    scores = session.learned.rule.score(session.workspace.collection.vectors(page.ids))
    assert page.scores.tolist() == pytest.approx(scores.tolist(), abs=1e-5)
    session.answer({"stripes/03.png": "no"})
    assert session.asked == ("square/05.png",)
    assert not set(session.next_batch().ids) & set(page.ids)  # shown, if not answered


def test_more_is_asked_than_fits_a_page(session: Session) -> None:
    asked = [f"stripes/0{n}.png" for n in range(6)]
    ask(session.workspace, asked)
    first, second = session.next_batch(), session.next_batch()
    assert (first.ids, first.asked) == (tuple(asked[:4]), 4)
    assert (second.ids[:2], second.asked) == (tuple(asked[4:]), 2)
    seen = {*first.ids, *second.ids}
    for _ in range(3):
        seen |= set(session.next_batch().ids)
    assert len(seen) == 20
    assert set(session.next_batch().ids[:4]) == set(asked[:4])  # all was shown, so once more


def test_a_random_sample_stays_random_and_doubt_begins_with_what_is_asked(
    session: Session,
) -> None:
    fair = Session(session.workspace, "disc", page_size=4, picker="random_audit")
    with fair:
        before = fair.next_batch().ids
    ask(session.workspace, ["stripes/03.png", "square/05.png"])
    with Session(session.workspace, "disc", page_size=4, picker="random_audit") as again:
        assert again.next_batch().ids == before
    assert session.order("unsure", 5).ids[:2] == ("stripes/03.png", "square/05.png")
    assert session.order("most_alike", 22).ids == session.ranking(22, answered=False).ids
    assert len(set(session.order("unsure", 22).ids)) == 22


def test_a_condition_holds_for_what_is_asked(session: Session) -> None:
    ask(session.workspace, ["stripes/03.png", "square/05.png"])
    page = session.next_batch(where="item_id LIKE 'square/%'")
    assert page.asked == 1
    assert all(item.startswith("square/") for item in page.ids)


def test_what_is_not_there_is_not_asked(session: Session) -> None:
    ask(session.workspace, ["gone.png", "square/05.png"])
    assert session.next_batch().ids[0] == "square/05.png"


def test_only_a_yes_is_accepted_and_only_the_newest_questions_are_asked(
    session: Session,
) -> None:
    place = session.workspace
    accept(place, "disc/05.png", "disc/06.png")
    ask(place, ["stripes/03.png", "disc/05.png"])

    def asked() -> list[str]:
        session.follow()
        return list(session.asked)

    assert asked() == ["stripes/03.png", "disc/05.png"]
    assert session.accepted == {"disc/06.png"}  # of the other the newest word is a question
    newest = ask(place, ["square/05.png"])
    assert asked() == ["square/05.png"]
    place.machine_labels.undo(newest)
    assert asked() == ["stripes/03.png", "disc/05.png"]
    accept(place, "disc/05.png")
    assert asked() == ["stripes/03.png"]
    assert "disc/05.png" not in session.next_batch(20).ids


def test_what_is_only_asked_about_is_left_to_the_rule_in_an_export(session: Session) -> None:
    place = session.workspace
    ask(place, ["disc/05.png"])
    accept(place, "disc/06.png")
    sure_of_all = replace(session.rule, threshold=-1.0)
    rows = {row.id: row.decided_by for row in plan_concept(place, "disc", rule=sure_of_all)}
    assert rows["disc/05.png"] == "rule"
    assert rows["disc/06.png"] == "round"


def test_a_selection_kept_under_the_concepts_name_is_none_of_its_business(
    session: Session,
) -> None:
    kept = curate_workspace(session.workspace, [("exact_duplicates", {})])
    save_tag(session.workspace, kept, "disc")
    session.follow()
    assert session.accepted == frozenset()
    assert tagged(session.workspace, "disc").kept == kept.kept
    assert list(tags(session.workspace)) == ["disc"]


def test_words_of_rounds() -> None:
    labels = [
        MachineLabel("disc", "a", "yes", 1.0, round=1),
        MachineLabel("disc", "b", "no", 1.0, round=1),
        MachineLabel("disc", "c", "unsure", 0.4, because={"place": 1}, round=2),
        MachineLabel("disc", "d", "unsure", 0.4, because={"place": 0}, round=2),
        MachineLabel("disc", "e", "unsure", 0.4, because={"place": 0}, round=1),
    ]
    words = {label.item: label for label in labels}
    assert accepted_by(words) == {"a"}
    assert questions_of(words) == ("d", "c")
    assert questions_of({}) == ()
