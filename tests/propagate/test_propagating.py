from __future__ import annotations

import numpy as np
import pytest

from likewise.errors import NotFoundError
from likewise.numeric.intervals import wilson_interval
from likewise.propagate.workspace import (
    Labelled,
    audited_noise,
    draw_audit,
    propagate_workspace,
    record,
    standing,
)
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import MachineLabel

KINDS = ("disc", "square", "stripes")
GIVEN = {f"{kind}/{n:02d}.png": kind for kind in KINDS for n in range(2)}


@pytest.fixture
def labelled(workspace: Workspace) -> Labelled:
    return propagate_workspace(workspace, GIVEN, "label_spreading", 0.2)


def test_a_receipt_names_labelled_items_by_id(labelled: Labelled) -> None:
    item, name = next(iter(labelled.accepted.items()))
    why = labelled.receipt(item)
    assert why["method"] == "label_spreading"
    assert {GIVEN[cause] for cause in why["causes"]} == {name}
    with pytest.raises(NotFoundError, match=r"nowhere\.png"):
        labelled.receipt("nowhere.png")


def test_answers_are_taken_in_without_a_new_landscape(labelled: Labelled) -> None:
    answers = {"disc/05.png": "square"}
    again = labelled.again(answers)
    assert again.propagation_graph is labelled.propagation_graph
    assert again.class_of == {**GIVEN, **answers}
    assert "disc/05.png" not in again.accepted
    row = again.ids.index("disc/05.png")
    assert again.classes[again.done.labels[row]] == "square"


def test_what_stands_is_the_newest_round_that_was_not_undone(
    workspace: Workspace, labelled: Labelled
) -> None:
    first = record(workspace, labelled, "labels.csv")
    second = record(workspace, labelled.again({"disc/05.png": "square"}), ask=2)
    known = standing(workspace)
    assert {label.verdict for label in known.values()} == {"yes"}
    assert {label.round for label in known.values()} <= {*first, *second}
    for number in second:
        workspace.machine_labels.undo(number)
    back = standing(workspace)
    assert {item: label.concept for item, label in back.items()} == labelled.accepted
    facts = workspace.machine_labels.rounds()[0]
    assert facts.parameters["given"] == 6
    assert facts.source == "labels.csv"


def test_a_newer_round_overrules_an_older_one_about_another_class(workspace: Workspace) -> None:
    for name in ("square", "disc", "stripes"):
        label = MachineLabel(name, "disc/05.png", "yes", 0.9)
        workspace.machine_labels.add_round("agreement", {"names": [name]}, [label])
    assert standing(workspace)["disc/05.png"].concept == "stripes"
    workspace.machine_labels.undo(3)
    assert standing(workspace)["disc/05.png"].concept == "disc"
    workspace.machine_labels.undo(2)
    assert standing(workspace)["disc/05.png"].concept == "square"


def test_an_audit_draws_what_stands(workspace: Workspace, labelled: Labelled) -> None:
    record(workspace, labelled)
    drawn = draw_audit(workspace, 5, seed=1)
    assert len({label.item for label in drawn}) == 5
    assert [label.item for label in drawn] == [
        label.item for label in draw_audit(workspace, 5, seed=1)
    ]
    assert {label.item for label in drawn} <= set(labelled.accepted)


@pytest.mark.parametrize("wrong", [0, 10, 50, 200])
def test_the_audits_interval_holds_the_true_noise(wrong: int) -> None:
    labels = {str(number): "cat" for number in range(1000)}
    truths = {item: "dog" if int(item) < wrong else "cat" for item in labels}
    random = np.random.default_rng(wrong)
    held = 0
    for _ in range(300):
        looked = random.permutation(1000)[:40].tolist()
        noise, low, high = audited_noise({str(row): truths[str(row)] for row in looked}, labels)
        assert low <= noise <= high
        assert (low, high) == wilson_interval(round(noise * 40), 40)
        held += low <= wrong / 1000 <= high
    assert held / 300 >= 0.9
