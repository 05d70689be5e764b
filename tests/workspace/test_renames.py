"""Names of concepts: given again, changed, and restored."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from decision_places import Place

from likewise.core.concept import Concept
from likewise.errors import BadInputError, NotFoundError
from likewise.maintenance.shared_decisions import LOCAL, move_decisions
from likewise.rules.learn import learn_concept
from likewise.rules.query import rule_to_search_with
from likewise.workspace import Workspace
from likewise.workspace.audits import Audits
from likewise.workspace.concepts import Concepts
from likewise.workspace.label import COLUMNS
from likewise.workspace.labels import Label, LabelLog
from likewise.workspace.machine_labels import MachineLabel, MachineLabels
from likewise.workspace.renames import renames


def label(concept: str, number: int, verdict: str = "yes") -> Label:
    return Label(concept, f"{number}.jpg", verdict, who="ana", event=f"{concept}-{number}")  # type: ignore[arg-type]


def test_a_name_that_is_used_again_begins_empty(place: Place) -> None:
    database, other = place.connect(), place.connect()
    concepts, log, elsewhere = Concepts(database), LabelLog(database), LabelLog(other)
    concepts.save(Concept("barn", ("0.jpg",), precision=0.9), new=True)
    log.record([label("barn", n) for n in range(3)])
    Audits(database).add("barn", 1, {"items": ["a"]})
    assert len(elsewhere.current("barn")) == 3  # another process has read them
    concepts.remove("barn")
    with pytest.raises(NotFoundError, match="was removed; bring it back with: likewise concept re"):
        concepts.get("barn")
    concepts.save(Concept("barn", ("9.jpg",)), new=True)
    assert (concepts.names(), concepts.removed()) == (["barn"], ["barn removed 1"])
    assert concepts.get("barn") == Concept("barn", ("9.jpg",))
    assert log.current("barn") == elsewhere.current("barn") == {}
    assert Audits(database).newest("barn") is None
    restored = concepts.restore("barn removed 1")
    assert restored == Concept("barn removed 1", ("0.jpg",), precision=0.9)
    assert len(log.current("barn removed 1")) == len(elsewhere.current("barn removed 1")) == 3
    assert Audits(database).newest("barn removed 1") is not None


def test_every_removed_one_gets_a_name_of_its_own(place: Place) -> None:
    concepts = Concepts(place.connect())
    name = "x" * 100
    for number in range(3):
        concepts.save(Concept(name, (f"{number}.jpg",)), new=True)
        concepts.remove(name)
    assert {one[-9:] for one in concepts.removed()} == {"x" * 9, "removed 1", "removed 2"}
    assert {len(one) for one in concepts.removed()} == {100}
    first = next(one for one in concepts.removed() if one.endswith("1"))
    assert concepts.restore(first).examples == ("0.jpg",)


def test_what_is_restored_is_as_it_was(place: Place) -> None:
    database = place.connect()
    concepts, log = Concepts(database), LabelLog(database)
    barn = Concept("barn", ("0.jpg",), hints=("red",), weights={"red": 0.5}, precision=0.9)
    concepts.save(barn)
    log.record([label("barn", 1)])
    before = concepts.changed_at("barn")
    concepts.remove("barn")
    assert concepts.restore("barn", "ben") == concepts.get("barn") == barn
    assert [one.event for one in log.history("barn")] == ["barn-1"]
    assert concepts.changed_at("barn") == before  # a rule learned since is as new as ever
    with pytest.raises(BadInputError, match="exists, so nothing was restored"):
        concepts.restore("barn")
    with pytest.raises(NotFoundError, match="no concept 'bern' was removed; removed concepts: no"):
        concepts.restore("bern")


def test_all_of_it_follows_a_new_name(place: Place) -> None:
    database, other = place.connect(), place.connect()
    concepts, log, machine = Concepts(database), LabelLog(database), MachineLabels(database)
    concepts.save(Concept("barn", ("0.jpg",), hints=("red",), precision=0.9))
    log.record([label("barn", n) for n in range(3)])
    log.undo("barn", "ana", "barn-2")
    log.record([label("tree", 1)])
    said = MachineLabel("barn", "5.jpg", "no", 0.9)
    number = machine.add_round("threshold", {}, [said], "barn", who="ana")
    Audits(database).add("barn", 1, {"items": ["a"]})
    assert len(LabelLog(other).history("barn")) == 3
    before = [[getattr(one, name) for name in COLUMNS] for one in log.history("barn")]
    assert concepts.rename("barn", "shed", "ben").name == "shed"
    assert concepts.get("shed") == Concept("shed", ("0.jpg",), hints=("red",), precision=0.9)
    after = [[getattr(one, name) for name in COLUMNS] for one in log.history("shed")]
    assert [["shed" if x == "barn" else x for x in row] for row in before] == after
    assert (log.history("barn"), LabelLog(other).history("barn")) == ([], [])
    assert [one.round for one in machine.rounds("shed")] == [number]
    assert set(machine.current("shed")) == {"5.jpg"}
    assert Audits(database).newest("shed") is not None
    assert log.undo("shed", "ana", "barn-1") is not None  # an action is known by its id
    assert set(log.current("shed")) == {"0.jpg"}
    assert log.record([label("barn", 0)]) == 0  # what is sent again is the same answer
    (noted,) = renames(database)
    assert (noted.old, noted.new, noted.who) == ("barn", "shed", "ben")
    with pytest.raises(NotFoundError, match="no concept 'barn'; it was renamed to 'shed'"):
        concepts.get("barn")
    with pytest.raises(NotFoundError, match="was removed or renamed meanwhile; nothing was"):
        log.record([label("barn", 7)], must_exist=True)


def test_a_name_in_use_is_not_given_twice(place: Place) -> None:
    database = place.connect()
    concepts = Concepts(database)
    concepts.save(Concept("barn"))
    concepts.save(Concept("shed"))
    LabelLog(database).record([label("tree", 1)])
    with pytest.raises(BadInputError, match="'shed' exists already, so 'barn' was not renamed"):
        concepts.rename("barn", "shed")
    with pytest.raises(BadInputError, match="'tree' has labels of its own"):
        concepts.rename("barn", "tree")
    with pytest.raises(BadInputError, match="cannot name a concept"):
        concepts.rename("barn", "../shed")
    concepts.remove("shed")
    concepts.rename("barn", "shed")
    assert (concepts.names(), concepts.removed()) == (["shed"], ["shed removed 1"])
    assert concepts.name_now("barn") == "shed"


def test_rules_follow_and_know_their_name(workspace: Workspace) -> None:
    workspace.concepts.save(Concept("disc", ("disc/00.png", "disc/01.png"), precision=0.9))
    _, shelved = learn_concept(workspace, "disc", "mean")
    workspace.concepts.rename("disc", "round")
    assert [one.version for one in workspace.rules.versions("round")] == [shelved.version]
    assert workspace.rules.open("round").provenance["concept"] == "round"
    assert workspace.rules.version(shelved.version).provenance["concept"] == "round"
    assert rule_to_search_with(workspace, "round")[1] == []  # it is as new as ever
    workspace.concepts.remove("round")
    workspace.concepts.save(Concept("round", ("square/00.png",)), new=True)
    assert workspace.rules.versions("round") == []
    assert len(workspace.rules.versions("round removed 1")) == 1
    workspace.concepts.restore("round removed 1")
    assert rule_to_search_with(workspace, "round removed 1")[1] == []


def test_rules_of_every_machine_follow_a_team(home: Path, address: str) -> None:
    path = home / "shapes.likewise"
    with Workspace(path) as first:
        first.concepts.save(Concept("disc", ("disc/00.png", "disc/01.png")))
        first.labels.record([Label("disc", "disc/02.png", "yes", event="e1")])
        learn_concept(first, "disc", "mean")
        move_decisions(first, address)
    with Workspace(path) as first:  # elsewhere somebody renames it
        first.concepts.rename("disc", "round")
        with closing(sqlite3.connect(path / "workspace.sqlite")) as own:
            assert own.execute("SELECT concept FROM rules").fetchall() == [("disc",)]
        assert len(first.rules.versions("round")) == 1
        assert first.rules.versions("disc") == []
        move_decisions(first, LOCAL)
    with Workspace(path) as first:
        assert first.concepts.names() == ["round"]
        assert [one.event for one in first.labels.history("round")] == ["e1"]
        first.concepts.rename("round", "disc")
        first.concepts.remove("disc")
        move_decisions(first, address)
    with Workspace(path) as first:
        assert first.labels.concepts() == ["disc"]
