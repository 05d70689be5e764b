from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise.labelling import fill_basket
from likewise.review.auditing import begin_audit, estimate_population, recent_pages
from likewise.review.session import Session
from likewise.workspace import Workspace


@pytest.fixture
def session(workspace: Workspace) -> Iterator[Session]:
    """On discs: eight of 24 pictures."""
    fill_basket(workspace, "disc", like=[f"disc/0{n}.png" for n in range(2)], new=True)
    with Session(workspace, "disc", page_size=6, picker="most_alike", who="ann") as session:
        yield session


def truth(ids: tuple[str, ...]) -> dict[str, str]:
    return {item: "yes" if item.startswith("disc/") else "no" for item in ids}


def test_looking_at_everything_leaves_no_doubt(session: Session) -> None:
    audit = begin_audit(session, looks=100)
    assert len(set(audit.ids)) == 22  # all but the two examples
    session.answer(truth(audit.ids), source="audit")
    found = estimate_population(session)
    assert (found.positives.value, found.positives.low, found.positives.high) == (8, 8, 8)
    assert (found.left.value, found.looks, found.known) == (0, 22, 8)


def test_a_few_looks_narrow_the_interval(session: Session) -> None:
    batch = session.next_batch()
    session.answer(truth(batch.ids), source="page")
    free = estimate_population(session)
    audit = begin_audit(session, looks=10)
    assert not set(audit.ids) & set(session.known)
    session.answer(truth(audit.ids), source="audit")
    told = estimate_population(session)
    assert told.looks == 10
    assert 8 in told.positives
    assert told.positives.width <= free.positives.width


def test_an_audit_survives_its_session_and_counts_answers_given_elsewhere(
    session: Session,
) -> None:
    audit = begin_audit(session, looks=8)
    half = dict(list(truth(audit.ids).items())[:4])
    session.answer(half, source="audit")
    with (
        Workspace(session.workspace.path) as again,
        Session(again, "disc", picker="most_alike", who="bob") as later,
    ):
        assert estimate_population(later).looks == 4
        rest = {item: verdict for item, verdict in truth(audit.ids).items() if item not in half}
        later.answer(rest, source="key")
        assert estimate_population(later).looks == 8
    session.follow()
    session.undo()  # of the first half, which was this session's
    assert estimate_population(session).looks == 4


def test_pages_are_what_was_picked_by_score_the_newest_rules_last(session: Session) -> None:
    assert recent_pages(session) == []
    sizes = []
    for _ in range(2):
        batch = session.next_batch()
        sizes.append(len(batch))
        session.answer(truth(batch.ids), source="page")
    session.answer(truth(begin_audit(session, looks=3).ids), source="audit")
    pages = recent_pages(session)
    assert [len(page.yes) for page in pages] == sizes
    assert pages[0].yes.sum() == 6  # the discs come first
    assert not pages[1].yes.any()


def test_photos_a_true_count_is_in_the_interval(shared_data: Path, tmp_path: Path) -> None:
    from likewise.indexing import index

    folder = shared_data / "trashnet"
    index(folder / "glass", tmp_path / "w.likewise")
    index(folder / "metal", tmp_path / "w.likewise")
    with Workspace(tmp_path / "w.likewise") as place:
        ids = list(place.collection.ids())
        metal = {item for item in ids if "metal" in item}
        fill_basket(place, "metal", like=sorted(metal)[:5], new=True)
        with Session(place, "metal") as session:
            for _ in range(2):
                page = session.next_batch()
                session.answer({i: "yes" if i in metal else "no" for i in page.ids}, "page")
            looks = begin_audit(session, looks=40)
            session.answer({i: "yes" if i in metal else "no" for i in looks.ids}, "audit")
            found = estimate_population(session)
    assert len(metal) in found.positives
    assert found.positives.width < len(ids) / 2
