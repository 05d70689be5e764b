"""Models that follow the answers, most of them in a part of the time."""

from __future__ import annotations

import pytest

from likewise.core.label_set import LabelSet
from likewise.label_sets import models
from likewise.label_sets.answers import record_classes, undo_classes
from likewise.label_sets.confusion import confusion_of
from likewise.label_sets.learning import SetModel
from likewise.label_sets.models import SetModels
from likewise.label_sets.queues import queue_of
from likewise.workspace import Workspace


def calibration(model: SetModel) -> object:
    assert model.labelled is not None
    return model.labelled.done.calibration


def held_out(model: SetModel) -> set[str]:
    assert model.labelled is not None
    return {model.labelled.ids[row] for row in model.labelled.done.held_out_rows.tolist()}


def test_a_model_after_a_page_takes_the_calibration_over(
    workspace: Workspace, answered: LabelSet
) -> None:
    followed = SetModels(workspace)
    first = followed.get("shapes")
    assert followed.get("shapes") is first
    record_classes(workspace, answered, {"disc/05.png": "disc"}, "ana")
    second = followed.get("shapes")
    assert calibration(second) is calibration(first)
    assert "disc/05.png" not in {one.item for one in second.predictions}
    assert "disc/05.png" in {one.item for one in first.predictions}
    assert held_out(second) == held_out(first)
    whole = followed.get("shapes", validated=True)
    assert held_out(whole) == held_out(first) | {"disc/05.png"}
    assert followed.get("shapes", validated=True) is whole


def test_what_is_known_of_an_answer_that_changed_is_left_out(
    workspace: Workspace, answered: LabelSet
) -> None:
    followed = SetModels(workspace)
    followed.get("shapes")
    record_classes(workspace, answered, {"disc/00.png": "square"}, "ana", action="one")
    changed = followed.get("shapes")
    assert "disc/00.png" not in held_out(changed)
    assert "disc/00.png" not in [one.item for one in queue_of(changed, "suspects")]
    found = confusion_of(followed.get("shapes", validated=True))
    assert found.cells["square", "disc"] == ("disc/00.png",)
    undo_classes(workspace, answered, "ana", "one")
    assert followed.get("shapes").answers.class_of["disc/00.png"] == "disc"


def test_many_more_answers_or_other_classes_are_validated_anew(
    workspace: Workspace, answered: LabelSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_MORE", 1)
    followed = SetModels(workspace)
    first = followed.get("shapes")
    more = {f"{name}/{n:02d}.png": name for name in answered.classes for n in (4, 5)}
    record_classes(workspace, answered, more, "ana")
    assert calibration(followed.get("shapes")) is calibration(first)  # it is known after it
    record_classes(workspace, answered, {"disc/06.png": "disc"}, "ana")
    third = followed.get("shapes")
    assert calibration(third) is not calibration(first)
    record_classes(workspace, answered, {"disc/07.png": "none of these"}, "ana")
    assert calibration(followed.get("shapes")) is not calibration(third)
