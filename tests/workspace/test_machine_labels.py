from __future__ import annotations

from collections.abc import Iterator

import pytest
from decision_places import Place

from likewise.concepts.evidence import evidence_for
from likewise.errors import BadInputError, NotFoundError
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import MachineLabel, MachineLabels


@pytest.fixture
def machine(place: Place) -> MachineLabels:
    return MachineLabels(place.connect())


def test_a_round_is_there_with_all_it_says(place: Place, machine: MachineLabels) -> None:
    label = MachineLabel("barn", "a", "yes", 0.9, "d", {"score": 0.5, "near": ["b", "c"]})
    number = machine.add_round("threshold", {"at": 0.4}, [label], "barn", "barn-3.rule", "ana")
    again = MachineLabels(place.connect())
    (known,) = again.rounds()
    assert (known.round, known.method, known.parameters) == (number, "threshold", {"at": 0.4})
    assert (known.labels, known.concept, known.source, known.who) == (
        1,
        "barn",
        "barn-3.rule",
        "ana",
    )
    assert again.current("barn") == {
        "a": MachineLabel("barn", "a", "yes", 0.9, "d", {"score": 0.5, "near": ["b", "c"]}, number)
    }


def test_the_newest_round_that_stands_counts(machine: MachineLabels) -> None:
    first = machine.add_round("one", {}, [MachineLabel("barn", i, "yes", 0.6) for i in "ab"])
    second = machine.add_round("two", {}, [MachineLabel("barn", i, "no", 0.7) for i in "bc"])
    assert {i: x.verdict for i, x in machine.current("barn").items()} == {
        "a": "yes", "b": "no", "c": "no"
    }  # fmt: skip
    assert [label.round for label in machine.of_item("b")] == [first, second]
    assert machine.undo(second, "ben")
    assert not machine.undo(second)
    assert {i: x.verdict for i, x in machine.current("barn").items()} == {"a": "yes", "b": "yes"}
    assert [label.round for label in machine.of_item("b")] == [first]
    assert [known.undone is None for known in machine.rounds()] == [True, False]


def test_a_round_may_speak_of_several_concepts(machine: MachineLabels) -> None:
    labels = [MachineLabel("barn", "a", "yes", 1.0), MachineLabel("tree", "a", "no", 1.0)]
    number = machine.add_round("spread", {}, labels)
    assert machine.current("tree")["a"].verdict == "no"
    assert [known.round for known in machine.rounds("tree")] == [number]
    assert machine.rounds("house") == []
    with pytest.raises(BadInputError, match="about 'barn' has a label about 'tree'"):
        machine.add_round("spread", {}, labels, concept="barn")
    assert len(machine.rounds()) == 1


def test_a_round_is_recorded_whole_or_not_at_all(machine: MachineLabels) -> None:
    def failing() -> Iterator[MachineLabel]:
        yield MachineLabel("barn", "a", "yes", 0.5)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        machine.add_round("broken", {}, failing())
    twice = [MachineLabel("barn", "a", "yes", 0.5), MachineLabel("barn", "a", "no", 0.5)]
    with pytest.raises(BadInputError, match="1 of 2 labels"):
        machine.add_round("broken", {}, twice)
    assert machine.rounds() == []
    assert machine.current("barn") == {}


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan"), float("inf")])
def test_what_is_no_confidence_is_refused(confidence: float) -> None:
    with pytest.raises(BadInputError, match="no confidence"):
        MachineLabel("barn", "a", "yes", confidence)


def test_a_wrong_verdict_and_an_unknown_round_are_refused(machine: MachineLabels) -> None:
    with pytest.raises(BadInputError, match="'maybe' is not a verdict"):
        MachineLabel("barn", "a", "maybe", 0.5)  # type: ignore[arg-type]
    with pytest.raises(NotFoundError, match="no round 7"):
        machine.undo(7)


def test_machine_labels_are_neither_answers_nor_evidence(workspace: Workspace) -> None:
    from likewise.core.concept import Concept

    workspace.concepts.save(Concept("disc", examples=("disc/00.png",)))
    before = workspace.labels.position()
    workspace.machine_labels.add_round(
        "threshold", {}, [MachineLabel("disc", "disc/01.png", "yes", 1.0)]
    )
    assert workspace.labels.current("disc") == {}
    assert workspace.labels.position() == before
    evidence = evidence_for(workspace, workspace.concepts.get("disc"))
    assert evidence.positives.ids == ("disc/00.png",)
