"""Label sets as they are stored: revisions, renames, removed concepts, other places."""

from __future__ import annotations

from pathlib import Path

import pytest
from decision_places import Place

from likewise.core.concept import Concept
from likewise.core.label_set import LabelSet
from likewise.errors import BadInputError, NotFoundError
from likewise.maintenance.backups import back_up_workspace
from likewise.maintenance.restore import restore_workspace
from likewise.maintenance.shared_decisions import add_decisions
from likewise.workspace import Workspace
from likewise.workspace.concepts import Concepts
from likewise.workspace.database import Database
from likewise.workspace.label_sets import LabelSets

MACHINES = LabelSet("machines", ("crane", "drill", "roller"))


def filled(place: Place) -> tuple[Concepts, LabelSets]:
    database = place.connect()
    concepts, label_sets = Concepts(database), LabelSets(database)
    for name in MACHINES.classes:
        concepts.save(Concept(name), new=True)
    label_sets.save(MACHINES, new=True)
    return concepts, label_sets


def test_a_set_is_kept_changed_and_removed(place: Place) -> None:
    concepts, label_sets = filled(place)
    concepts.save(Concept("paver"), new=True)
    assert LabelSets(place.connect()).get("machines") == MACHINES
    with pytest.raises(BadInputError, match="exists already"):
        label_sets.save(MACHINES, new=True)
    after = label_sets.change("machines", lambda x: x.adding(["paver"]).without(["drill"]))
    assert after.classes == ("crane", "roller", "paver")
    assert LabelSets(place.connect()).all() == [after]
    assert label_sets.of_concept("paver") == [after]
    assert label_sets.of_concept("drill") == []
    label_sets.remove("machines")
    assert label_sets.names() == []
    with pytest.raises(NotFoundError, match="make it with: likewise labels sets create machines"):
        label_sets.get("machines")
    label_sets.save(LabelSet("machines", ("crane", "drill"), exclusive=False), new=True)
    assert label_sets.get("machines").kind == "multi"
    with pytest.raises(NotFoundError, match="did you mean 'machines'"):
        label_sets.get("machnes")


def test_a_set_follows_the_names_of_its_concepts(place: Place) -> None:
    concepts, label_sets = filled(place)
    concepts.rename("crane", "tower crane")
    assert label_sets.get("machines").classes == ("tower crane", "drill", "roller")
    label_sets.change("machines", lambda x: x.without(["roller"]))
    concepts.rename("tower crane", "crane")
    assert label_sets.get("machines").classes == ("crane", "drill")


def test_a_removed_concept_is_in_no_set_until_it_is_restored(place: Place) -> None:
    concepts, label_sets = filled(place)
    concepts.remove("drill")
    assert label_sets.get("machines").classes == ("crane", "roller")
    label_sets.change("machines", lambda x: x.without(["crane"]))
    concepts.restore("drill")
    assert label_sets.get("machines").classes == ("roller", "drill")
    concepts.remove("roller")
    concepts.save(Concept("roller"), new=True)  # another concept under the name
    assert label_sets.get("machines").classes == ("drill",)


@pytest.mark.parametrize(
    ("classes", "problem"),
    [
        (("a", "a"), "repeat a name"),
        (("a", "none of these"), "no class at all"),
        (("a", "b/c"), "'b/c' cannot name a concept"),
    ],
)
def test_what_cannot_be_a_set_is_refused(classes: tuple[str, ...], problem: str) -> None:
    with pytest.raises(BadInputError, match=problem):
        LabelSet("x", classes)


def test_names_of_sets_are_checked_and_sets_travel_as_json() -> None:
    with pytest.raises(BadInputError, match="cannot name a label set"):
        LabelSet("../x", ("a", "b"))
    assert LabelSet.from_json(MACHINES.to_json()) == MACHINES
    for wrong in (3, {}, {"name": "x", "kind": "other", "classes": []}):
        with pytest.raises(BadInputError, match="this is not a label set"):
            LabelSet.from_json(wrong)
    with pytest.raises(BadInputError, match="its classes are: crane, drill, roller"):
        MACHINES.without(["paver"])


def test_sets_come_along_to_another_place(workspace: Workspace, place: Place) -> None:
    for name in MACHINES.classes:
        workspace.concepts.save(Concept(name), new=True)
    workspace.label_sets.save(MACHINES)
    there = place.connect()
    Concepts(there).save(Concept("crane"), new=True)
    Concepts(there).rename("crane", "lifter")
    assert add_decisions(workspace, there, dry_run=True)[-1] == 1
    assert LabelSets(there).names() == []
    assert add_decisions(workspace, there)[-1] == 1
    found = LabelSets(there).get("machines")
    assert set(found.classes) == {"lifter", "drill", "roller"}
    workspace.concepts.save(Concept("paver"), new=True)
    workspace.label_sets.change("machines", lambda x: x.adding(["paver"]))
    assert add_decisions(workspace, there)[-1] == 0
    assert LabelSets(there).get("machines").classes == (*found.classes, "paver")


def test_a_backup_holds_sets(workspace: Workspace, tmp_path: Path) -> None:
    for name in MACHINES.classes:
        workspace.concepts.save(Concept(name), new=True)
    workspace.label_sets.save(MACHINES)
    made = back_up_workspace(workspace.path, tmp_path / "b.tar")
    restore_workspace(made.path, tmp_path / "back.likewise")
    database = Database(tmp_path / "back.likewise" / "workspace.sqlite")
    assert LabelSets(database).get("machines") == MACHINES
    database.close()
