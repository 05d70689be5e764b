from __future__ import annotations

from pathlib import Path

import pytest
from shapes import truth

from likewise.concepts.labelling import fill_basket
from likewise.core.ranking import Ranking
from likewise.core.rule import Rule
from likewise.review.estimate.audit import begin_audit, estimate_population
from likewise.review.estimate.estimates import Estimates, answered_so_far
from likewise.review.report import make_report
from likewise.review.session import Session
from likewise.search.collection import Collection
from likewise.workspace import Workspace


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


def test_answers_since_the_audit_are_scored_by_its_rule(session: Session) -> None:
    audit = begin_audit(session, looks=8)
    session.answer(truth(audit.ids), source="audit")
    before = estimate_population(session)
    page = session.next_batch()
    session.answer(truth(page.ids), source="page")
    after = estimate_population(session)
    assert after.looks == 8
    assert after.known == list(session.known.values()).count("yes")
    assert 8 in after.positives
    assert after.positives.width <= before.positives.width
    assert Estimates(session).advice.left == after.left  # both say the same
    while len(page := session.next_batch()):
        session.answer(truth(page.ids), source="page")
    every = estimate_population(session)
    assert (every.positives.low, every.positives.value, every.positives.high) == (8, 8, 8)
    assert (every.left.high, every.looks) == (0, 8)


def test_a_plan_of_an_earlier_version_opens(session: Session) -> None:
    """It keeps the logits of probabilities, and neither pages nor held-out labels."""
    session.answer(truth(begin_audit(session, looks=8).ids), source="audit")
    newest = session.workspace.audits.newest("disc")
    assert newest is not None
    plan = dict(newest.plan)
    logits = [[3.0 * level - 2.0 for level in band] for band in plan.pop("levels")]
    for name in ("pages", "held_out"):
        del plan[name]
    now = estimate_population(session)
    plan |= {"logits": logits, "calibrated": True}
    session.workspace.audits.add("disc", newest.rule, plan)
    earlier = estimate_population(session)
    assert (earlier.looks, earlier.known) == (now.looks, now.known)
    assert 8 in earlier.positives


def test_answers_from_before_an_audit_can_be_changed(session: Session) -> None:
    page = session.next_batch()
    session.answer(truth(page.ids), source="page")
    session.answer(truth(begin_audit(session, looks=100).ids), source="audit")
    assert estimate_population(session).positives.value == 8
    wrong = next(item for item in page.ids if item.startswith("disc/"))
    session.answer({wrong: "no"})
    assert estimate_population(session).positives.value == 7
    session.undo()
    assert estimate_population(session).positives.value == 8


def test_images_indexed_since_the_audit_are_not_of_it(session: Session, home: Path) -> None:
    from shapes import draw_shapes

    from likewise.indexing.index import index

    session.answer(truth(begin_audit(session, looks=100).ids), source="audit")
    draw_shapes(home / "shapes", each=9)
    index(home / "shapes", home / "shapes.likewise")
    session.workspace.collection.refresh()
    session.answer({"disc/08.png": "yes"})
    assert estimate_population(session).positives.value == 8


def test_estimate_and_advice_rank_the_collection_once(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranked = []
    real = Collection.rank_all

    def counted(self: Collection, rule: Rule) -> Ranking:
        ranked.append(rule)
        return real(self, rule)

    monkeypatch.setattr(Collection, "rank_all", counted)
    report = make_report(session)
    assert len(ranked) == 1
    assert report.advice.startswith(f"about {report.population.left.value:.0f} ")


def test_pages_are_what_was_picked_by_score_the_newest_rules_last(session: Session) -> None:
    assert answered_so_far(session).pages == []
    sizes = []
    for _ in range(2):
        batch = session.next_batch()
        sizes.append(len(batch))
        session.answer(truth(batch.ids), source="page")
    session.answer(truth(begin_audit(session, looks=3).ids), source="audit")
    pages = answered_so_far(session).pages
    assert [len(page.yes) for page in pages] == sizes
    assert pages[0].yes.sum() == 6  # the discs come first
    assert not pages[1].yes.any()


def test_photos_a_true_count_is_in_the_interval(shared_data: Path, tmp_path: Path) -> None:
    from likewise.indexing.index import index

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
