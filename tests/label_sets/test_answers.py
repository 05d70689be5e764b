"""What people said about the classes of a set, and what follows from it."""

from __future__ import annotations

import pytest

from likewise.concepts.labelling import fill_basket, record_labels
from likewise.core.label_set import LabelSet
from likewise.errors import BadInputError, NotFoundError
from likewise.label_sets.answers import (
    SetAnswers,
    answers_of,
    contradictions,
    record_classes,
    undo_classes,
)
from likewise.label_sets.making import create_label_set
from likewise.workspace import Workspace

NAMES = ("disc", "square", "stripes")


@pytest.fixture
def shapes(workspace: Workspace) -> LabelSet:
    return create_label_set(workspace, "shapes", NAMES).label_set


def known(workspace: Workspace, label_set: LabelSet) -> SetAnswers:
    return answers_of(workspace, label_set)


def test_a_yes_is_a_no_for_the_others_and_is_recorded_once(
    workspace: Workspace, shapes: LabelSet
) -> None:
    said = {"disc/00.png": "disc", "square/00.png": "square"}
    assert record_classes(workspace, shapes, said, "ana") == {
        "disc": 1, "square": 1, "stripes": 0, "none of these": 0,
    }  # fmt: skip
    found = known(workspace, shapes)
    assert found.class_of == said
    assert found.refused("disc/00.png") == {"square", "stripes"}
    assert found.no == {}  # derived, and nowhere in the log
    assert sum(workspace.labels.count(name) for name in NAMES) == 2
    assert sum(record_classes(workspace, shapes, said, "ana").values()) == 0
    assert workspace.labels.count() == 2


def test_tags_are_no_answers_about_other_tags(workspace: Workspace) -> None:
    tags = create_label_set(workspace, "tags", ("red", "round"), exclusive=False).label_set
    record_classes(workspace, tags, [("disc/00.png", "red"), ("disc/00.png", "round")])
    found = known(workspace, tags)
    assert found.yes == {"disc/00.png": ("red", "round")}
    assert found.contradicting == {}
    assert found.contradicting is found.contradicting  # asked for once for each image
    assert found.refused("disc/00.png") == frozenset()
    assert found.counts() == {"red": 1, "round": 1}


def test_none_of_these_is_a_no_for_every_class(workspace: Workspace, shapes: LabelSet) -> None:
    record_classes(workspace, shapes, {"disc/00.png": "disc"})
    record_classes(workspace, shapes, {"disc/00.png": "none of these"})
    found = known(workspace, shapes)
    assert found.none_of_these == {"disc/00.png"}
    assert found.yes == {}
    assert found.answered == {"disc/00.png"}


def test_contradictions_are_listed_and_the_right_class_settles_them(
    workspace: Workspace, shapes: LabelSet
) -> None:
    record_labels(workspace, "disc", [("disc/00.png", "yes")], "ana")
    record_labels(workspace, "square", [("disc/00.png", "yes")], "ben")
    fill_basket(workspace, "stripes", like=["disc/00.png"])
    found = known(workspace, shapes)
    assert found.class_of == {}
    assert found.counts() == dict.fromkeys(NAMES, 0)  # a class of two is no class
    (one,) = contradictions(workspace, found)
    assert (one.item, one.classes) == ("disc/00.png", NAMES)
    assert one.who == {"disc": ("ana",), "square": ("ben",), "stripes": ()}
    record_classes(workspace, shapes, {"disc/00.png": "disc"}, "eva")
    settled = known(workspace, shapes)
    assert settled.class_of == {"disc/00.png": "disc"}
    assert settled.contradicting == {}
    assert workspace.labels.current("disc")["disc/00.png"].who == "ana"  # not said again


def test_an_action_is_taken_back_in_every_class(workspace: Workspace, shapes: LabelSet) -> None:
    first = {"disc/00.png": "disc", "square/00.png": "square"}
    record_classes(workspace, shapes, first, "ana")
    record_classes(workspace, shapes, {"disc/00.png": "square"}, "ana", action="mistake")
    record_classes(workspace, shapes, {"square/01.png": "square"}, "ben")
    assert known(workspace, shapes).class_of["disc/00.png"] == "square"
    taken = undo_classes(workspace, shapes, "ana")
    labels = [(x.concept, x.verdict) for one in taken for x in one.labels]
    assert sorted(labels) == [("disc", "no"), ("square", "yes")]
    assert known(workspace, shapes).class_of == {**first, "square/01.png": "square"}
    assert undo_classes(workspace, shapes, "eva", "mistake") == []  # once more changes nothing
    with pytest.raises(NotFoundError, match="no action 'x' on 'shapes'"):
        undo_classes(workspace, shapes, "ana", "x")
    assert undo_classes(workspace, shapes, "nobody") == []


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ([("disc/00.png", "disk")], "'disk' is no class of 'shapes'"),
        ([("disc/00.png", "disc"), ("disc/00.png", "square")], "allows one"),
        ([("disc/00.png", "disc"), ("shapes/nix.png", "square")], "'shapes/nix.png' is not in"),
    ],
)
def test_all_or_nothing_is_recorded(
    workspace: Workspace, shapes: LabelSet, said: list[tuple[str, str]], problem: str
) -> None:
    with pytest.raises((BadInputError, NotFoundError), match=problem):
        record_classes(workspace, shapes, said)
    assert workspace.labels.count() == 0


def test_folders_become_classes_with_their_images(workspace: Workspace) -> None:
    would = create_label_set(workspace, "shapes", column="folder", dry_run=True)
    assert (would.label_set.classes, would.concepts) == (NAMES, NAMES)
    assert workspace.concepts.names() == workspace.label_sets.names() == []
    made = create_label_set(workspace, "shapes", column="folder").label_set
    found = known(workspace, made)
    assert found.counts() == dict.fromkeys(NAMES, 8)
    assert found.no == {}
    some = create_label_set(workspace, "two", ("disc", "square"), column="folder")
    assert [taken.known for taken in some.recorded] == [8, 8]


def test_a_set_that_cannot_be_made_leaves_nothing(workspace: Workspace) -> None:
    for name, classes, problem in (
        ("one", ("disc",), "two or more tell images apart"),
        ("../x", ("disc", "square"), "cannot name a label set"),
        ("x", ("disc", "a/b"), "'a/b' cannot name a concept"),
    ):
        with pytest.raises(BadInputError, match=problem):
            create_label_set(workspace, name, classes)
    assert workspace.concepts.names() == workspace.label_sets.names() == []
