"""A yes for one class of an exclusive set is a no for the others, which nobody said."""

from __future__ import annotations

import pytest

from likewise.concepts.derived_answers import derived_no
from likewise.concepts.evidence import verdicts
from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.label_sets.answers import record_classes, undo_classes
from likewise.label_sets.making import create_label_set
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
