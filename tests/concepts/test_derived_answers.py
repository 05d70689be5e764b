"""A yes for one class of an exclusive set is a no for the others, which nobody said."""

from __future__ import annotations

import pytest

from likewise.concepts.derived_answers import derived_no
from likewise.concepts.evidence import verdicts
from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.export.concept import at_threshold, plan_concept
from likewise.label_sets.answers import record_classes, undo_classes
from likewise.label_sets.making import create_label_set
from likewise.review.estimate.audit import begin_audit
from likewise.review.estimate.estimates import Estimates, everyone
from likewise.review.estimate.reviewed_concept import kept_rule
from likewise.review.estimate.saved_audit import newest_audit
from likewise.review.ranges import look_at_range
from likewise.review.session import Session
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace

NAMES = ("disc", "square", "stripes")


@pytest.fixture
def taught(workspace: Workspace) -> Workspace:
    """A set of three classes; a disc in the basket, and two images of each other class."""
    change_basket(workspace, Concept("disc", ("disc/00.png",)), new=True)
    label_set = create_label_set(workspace, "shapes", NAMES).label_set
    others = {f"{name}/{n:02d}.png": name for name in NAMES[1:] for n in range(2)}
    record_classes(workspace, label_set, others, "ana", action="others")
    return workspace


def derived(workspace: Workspace, concept: str = "disc") -> dict[str, str]:
    known = verdicts(workspace, workspace.concepts.get(concept))
    return derived_no(workspace, concept, known)


def test_other_classes_are_a_no_that_nobody_said(taught: Workspace) -> None:
    assert derived(taught) == {f"{x}/{n:02d}.png": x for x in NAMES[1:] for n in range(2)}
    assert derived(taught, "square")["disc/00.png"] == "disc"
    assert taught.labels.current("disc") == {}
    label_set = taught.label_sets.get("shapes")
    record_classes(taught, label_set, {}, refused=[("square/00.png", "disc")])
    assert "square/00.png" not in derived(taught)  # somebody has said it by now
    undo_classes(taught, label_set, action="others")
    assert derived(taught) == {}


def test_tags_and_images_with_two_classes_say_nothing(taught: Workspace) -> None:
    label_set = taught.label_sets.get("shapes")
    change_basket(taught, Concept("stripes", ("square/00.png",)))
    assert "square/00.png" not in derived(taught)
    assert "square/01.png" in derived(taught)
    taught.label_sets.remove(label_set.name)
    create_label_set(taught, "tags", NAMES, exclusive=False)
    assert derived(taught) == {}


def test_a_rule_learns_from_them(taught: Workspace) -> None:
    rule, _ = learn_concept(taught, "disc", "logistic")
    scores = dict(taught.collection.rank_all(rule))
    taught.label_sets.remove("shapes")
    without, _ = learn_concept(taught, "disc", "logistic")
    other = dict(taught.collection.rank_all(without))
    away = [item for item in scores if item.startswith("square/")]
    assert scores != other
    best, best_without = scores["disc/00.png"], other["disc/00.png"]
    gap = sum(best - scores[item] for item in away) / best
    assert gap > sum(best_without - other[item] for item in away) / best_without


def test_a_review_shows_them_as_derived_and_not_for_answers(taught: Workspace) -> None:
    with Session(taught, "disc", who="ann") as session:
        assert set(session.derived.values()) == set(NAMES[1:])
        assert set(session.known) == {"disc/00.png"}
        shown = session.next_batch(24).ids
        assert not set(shown) & set(session.derived)
        label_set = taught.label_sets.get("shapes")
        record_classes(taught, label_set, {"stripes/05.png": "stripes"}, "ben")
        session.follow()
        assert session.derived["stripes/05.png"] == "stripes"
        taught.label_sets.remove("shapes")
        session.follow()
        assert session.derived == {}
        assert set(session.order("most_alike", 24).ids) >= {"square/00.png", "stripes/05.png"}


def test_they_are_no_answers_and_nothing_to_estimate(taught: Workspace) -> None:
    others = {f"square/{n:02d}.png": "square" for n in range(2, 8)}
    record_classes(taught, taught.label_sets.get("shapes"), others, "ana", action="more")
    with Session(taught, "disc", who="ann") as session:
        known = set(session.derived)
        assert len(known) == 10
        estimates = Estimates(session)
        assert not estimates.says_precision  # they are as many, and nobody's answers
        assert estimates.population.known == 1
        audit = begin_audit(session, 24, "ann")
        assert set(audit.ids) == set(taught.collection.ids()) - known - {"disc/00.png"}
        session.answer({audit.ids[0]: "no"}, source="audit")
        assert Estimates(session).population.looks == 1
        ranking, answers = everyone(session)
        judged = {item for item, answer in zip(ranking.ids, answers, strict=True) if answer}
        assert judged == known | {"disc/00.png", audit.ids[0]}
        assert look_at_range(session, -1.0).count == 24 - len(judged)
        kept = kept_rule(taught, "disc", session.rule)
        assert dict(kept.derived) == dict(session.derived)


def test_what_follows_after_an_audit_is_known_and_no_look_of_it(taught: Workspace) -> None:
    label_set = taught.label_sets.get("shapes")
    with Session(taught, "disc", who="ann") as session:
        drawn = begin_audit(session, 4, "ann").ids
        session.answer({drawn[0]: "no"}, source="audit")
        before = newest_audit(session)
        assert before is not None
        record_classes(taught, label_set, {drawn[1]: "stripes"}, "ben", action="late")
        session.follow()
        after = newest_audit(session)
        assert after is not None
        assert (before.audit.looks, after.audit.looks) == (1, 1)
        assert after.audit.room.sum() == before.audit.room.sum() - 1
        assert after.audit.since_no.sum() == before.audit.since_no.sum() + 1
        undo_classes(taught, label_set, action="late")
        session.follow()
        again = newest_audit(session)
        assert again is not None
        assert again.audit.room.sum() == before.audit.room.sum()


def test_an_export_of_the_concept_leaves_them_out(taught: Workspace) -> None:
    rule, _ = learn_concept(taught, "disc", "mean")
    everything = at_threshold(rule, -1.0)
    ids = {chosen.id for chosen in plan_concept(taught, "disc", rule=everything).chosen}
    assert ids == set(taught.collection.ids()) - derived(taught).keys()
