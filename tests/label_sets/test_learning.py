"""One model over a label set: what it says, what is recorded, how far the set is."""

from __future__ import annotations

import numpy as np
import pytest

from likewise.concepts.labelling import record_labels
from likewise.core.classifier_file import from_bytes, to_bytes
from likewise.core.label_set import LabelSet
from likewise.errors import BadInputError, NotFoundError
from likewise.label_sets.answers import record_classes
from likewise.label_sets.classifier import classifier_of
from likewise.label_sets.learning import (
    learn_again,
    learn_label_set,
    record_model,
)
from likewise.label_sets.making import create_label_set
from likewise.label_sets.queues import new_kinds, next_images, queue_of
from likewise.label_sets.rounds import machine_labels_of, rounds_of
from likewise.label_sets.status import status_of
from likewise.workspace import Workspace


def folder(item: str) -> str:
    return item.partition("/")[0]


def test_a_model_says_the_class_of_the_rest(workspace: Workspace, answered: LabelSet) -> None:
    model = learn_label_set(workspace, "shapes", min_confidence=0.5)
    assert {one.item for one in model.predictions}.isdisjoint(model.answers.class_of)
    assert len(model.predictions) == 24 - 9
    assert all(one.name == folder(one.item) for one in model.predictions)
    found = [one.confidence for one in model.predictions]
    assert found == sorted(found, reverse=True)
    assert all(one.accepted == (one.confidence >= 0.5) for one in model.predictions)


def test_a_coverage_accepts_that_share(workspace: Workspace, answered: LabelSet) -> None:
    model = learn_label_set(workspace, "shapes", coverage=0.4)
    assert sum(1 for _ in model.accepted) == 6
    sure = min(one.confidence for one in model.accepted)
    assert all(one.confidence <= sure for one in model.predictions if not one.accepted)
    assert not list(learn_label_set(workspace, "shapes", coverage=0).accepted)


def test_what_people_said_it_is_not_is_not_predicted(
    workspace: Workspace, answered: LabelSet
) -> None:
    record_labels(workspace, "disc", [("disc/05.png", "no")], "ana")
    record_labels(workspace, "square", [("square/00.png", "no"), ("disc/00.png", "yes")], "ben")
    model = learn_label_set(workspace, "shapes", min_confidence=0)
    assert not any(one.item == "disc/05.png" and one.name == "disc" for one in model.predictions)
    assert "disc/00.png" not in {one.item for one in model.predictions}  # of two classes
    assert any("several classes" in note for note in model.notes)


def test_none_of_these_is_told_apart_too(workspace: Workspace, answered: LabelSet) -> None:
    two = create_label_set(workspace, "two", ("disc", "square")).label_set
    record_classes(workspace, two, {f"stripes/{n:02d}.png": "none of these" for n in range(3)})
    model = learn_label_set(workspace, "two", min_confidence=0.5)
    others = {one.name for one in model.predictions if folder(one.item) == "stripes"}
    assert others == {"none of these"}
    status = status_of(model)
    assert [one.name for one in status.classes] == ["disc", "square", "none of these"]


def test_a_round_takes_the_place_of_the_one_before(
    workspace: Workspace, answered: LabelSet
) -> None:
    first = record_model(workspace, learn_label_set(workspace, "shapes", min_confidence=0.5))
    assert {label.concept for label in machine_labels_of(workspace, answered)} == set(
        answered.classes
    )
    second = record_model(workspace, learn_label_set(workspace, "shapes", coverage=0.2), "ana")
    assert [round_.round for round_ in rounds_of(workspace, "shapes")] == [second]
    assert len(machine_labels_of(workspace, answered)) == 3
    rounds = {round_.round: round_ for round_ in workspace.machine_labels.rounds()}
    assert rounds[first].undone
    assert rounds[second].parameters["classes"] == list(answered.classes)
    label = machine_labels_of(workspace, answered)[0]
    assert set(label.because) >= {"method", "causes", "margin", "runner_up"}
    workspace.machine_labels.undo(second)
    assert machine_labels_of(workspace, answered) == []
    assert workspace.labels.count() == 9  # people's answers are as they were


def test_it_is_learned_again_as_it_was_asked(workspace: Workspace, answered: LabelSet) -> None:
    plain = learn_again(workspace, "shapes")
    assert (plain.min_confidence, plain.asked["method"]) == (0.9, "best")
    chosen = learn_label_set(
        workspace, "shapes", "label_spreading", min_confidence=0.7, options={"alpha": 0.5}
    )
    record_model(workspace, chosen)
    again = learn_again(workspace, "shapes")
    assert again.asked == {"method": "label_spreading", "options": {"alpha": 0.5}}
    assert again.min_confidence == 0.7
    assert again.predictions == chosen.predictions
    assert learn_again(workspace, "shapes", 0.2).min_confidence == 0.2


def test_a_set_without_answers_says_how_to_begin(workspace: Workspace) -> None:
    label_set = create_label_set(workspace, "shapes", ("disc", "square")).label_set
    with pytest.raises(BadInputError, match="0 class.es. of 'shapes' have an image"):
        learn_label_set(workspace, "shapes")
    record_classes(workspace, label_set, {"disc/00.png": "disc"})
    with pytest.raises(BadInputError, match="likewise labels sets label shapes square IMAGE"):
        learn_label_set(workspace, "shapes")
    with pytest.raises(NotFoundError):
        learn_label_set(workspace, "nothing")
    with pytest.raises(BadInputError, match="give one"):
        learn_label_set(workspace, "shapes", min_confidence=0.5, coverage=0.5)
    with pytest.raises(BadInputError, match="between 0 and 1"):
        learn_label_set(workspace, "shapes", coverage=1.5)


def test_the_status_counts_what_is_found_and_left(workspace: Workspace, answered: LabelSet) -> None:
    record_classes(workspace, answered, {"disc/03.png": "disc", "disc/04.png": "disc"})
    status = status_of(learn_label_set(workspace, "shapes", coverage=0.5))
    assert [one.people for one in status.classes] == [5, 3, 3]
    assert status.accepted == sum(one.accepted for one in status.classes) == 6
    left = sum(one.estimated_left for one in status.classes)
    right = sum(one.confidence for one in status.model.accepted)
    assert 24 - 11 - left == pytest.approx(right, abs=0.51)  # every image has some class
    assert status.held_out == 11
    assert status.to_json()["classes"][0]["name"] == "disc"
    assert status.most_to_gain in answered.classes


def test_the_queues(workspace: Workspace, answered: LabelSet) -> None:
    model = learn_label_set(workspace, "shapes", min_confidence=1)
    known = set(model.answers.class_of)
    teaching = queue_of(model, "teaching", 5)
    assert len({one.item for one in teaching} - known) == 5
    discs = queue_of(model, "class", 5, ["disc"])
    assert [folder(one.item) for one in discs] == ["disc"] * 5
    assert discs[0].confidence == max(one.confidence or 0 for one in discs)
    for one in queue_of(model, "between", 5, ["disc", "square"]):
        assert set(one.because.split(" or ")) == {"disc", "square"}
    assert queue_of(model, "between", 5)
    assert {one.name for one in queue_of(model, "teaching", 50, ["disc"])} == {"disc"}
    for queue, classes, problem in (
        ("class", [], "name one"),
        ("between", ["disc"], "name two"),
        ("other", [], "there is no queue 'other'"),
        ("class", ["disk"], "'disk' is no class"),
    ):
        with pytest.raises(BadInputError, match=problem):
            queue_of(model, queue, 5, classes)
    with pytest.raises(BadInputError, match="--queue new"):
        next_images(workspace, None, "shapes", "teaching", 5)


def test_wrong_answers_of_people_are_suspects(workspace: Workspace, answered: LabelSet) -> None:
    record_classes(workspace, answered, {"disc/06.png": "square"}, "ben")
    suspects = queue_of(learn_label_set(workspace, "shapes"), "suspects")
    assert suspects[0].item == "disc/06.png"
    assert suspects[0].because == "given as square, looks like disc"


def test_new_kinds_are_shown_before_anything_is_named(workspace: Workspace) -> None:
    label_set = create_label_set(workspace, "shapes", ("disc", "square")).label_set
    first = new_kinds(workspace, "shapes", 3)
    assert {folder(one.item) for one in first} == {"disc", "square", "stripes"}
    assert first[0].because.startswith("stands for")
    record_classes(workspace, label_set, {x.item: "none of these" for x in first})
    more = next_images(workspace, None, "shapes", "new", 3)
    assert not {x.item for x in first} & {x.item for x in more}


def test_tags_are_learned_one_against_the_rest(workspace: Workspace) -> None:
    tags = create_label_set(workspace, "tags", ("disc", "square"), exclusive=False).label_set
    for name in tags.classes:
        other = "square" if name == "disc" else "stripes"
        yes = [(f"{name}/{n:02d}.png", "yes") for n in range(5)]
        no = [(f"{other}/{n:02d}.png", "no") for n in range(6)]
        record_labels(workspace, name, yes + no, "ana")
    model = learn_label_set(workspace, "tags", "logistic", min_confidence=0.6)
    assert all(folder(one.item) == one.name for one in model.predictions)
    status = status_of(model)
    assert [one.people for one in status.classes] == [5, 5]
    record_model(workspace, model)
    with pytest.raises(BadInputError, match="set of tags"):
        learn_label_set(workspace, "tags", coverage=0.5)
    with pytest.raises(BadInputError, match="likewise learn CLASS"):
        classifier_of(workspace, "tags")
    with pytest.raises(BadInputError, match="no method or rule|no rule 'nothing'|'nothing'"):
        learn_label_set(workspace, "tags", "nothing")


def test_a_classifier_of_the_set_is_a_file_for_new_images(
    workspace: Workspace, answered: LabelSet
) -> None:
    made = classifier_of(workspace, "shapes", coverage=1)
    assert made.classes == answered.classes
    assert made.provenance["label_set"] == answered.to_json()
    again = from_bytes(to_bytes(made))
    items = [f"{name}/07.png" for name in answered.classes]
    vectors = workspace.collection.vectors(items)
    assert again.predict(vectors).tolist() == list(answered.classes)
    assert np.isfinite(again.predict_proba(vectors)).all()
