from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.core.concept import Concept
from likewise.errors import StorageError
from likewise.maintenance.backups import back_up_workspace
from likewise.maintenance.shared_decisions import LOCAL, _united, location_of, move_decisions
from likewise.rules.learn import learn_concept
from likewise.rules.query import rule_to_search_with
from likewise.workspace import Workspace
from likewise.workspace.labels import Label
from likewise.workspace.machine_labels import MachineLabel


@pytest.fixture
def taught(workspace: Workspace) -> Workspace:
    """A workspace with decisions of every kind."""
    workspace.concepts.save(Concept("disc", ("disc/00.png",), hints=("ball",)))
    workspace.concepts.save(Concept("disc", ("disc/00.png", "disc/01.png"), hints=("ball",)))
    labels = [Label("disc", f"disc/0{n}.png", "yes", who="ana", action="page") for n in (2, 3)]
    workspace.labels.record([*labels, Label("disc", "square/00.png", "no", who="ben", score=0.1)])
    workspace.labels.undo("disc", "ben")
    said = [
        MachineLabel("disc", f"stripes/0{n}.png", "no", 0.9, because={"n": n}) for n in range(3)
    ]
    first = workspace.machine_labels.add_round("threshold", {"at": 0.5}, said, "disc", "f", "ana")
    workspace.machine_labels.add_round("threshold", {"at": 0.6}, said[:1], "disc", "f", "ana")
    workspace.machine_labels.undo(first, "ben")
    workspace.audits.add("disc", 1, {"items": ["a", "b"]})
    workspace.labels.set_policy("majority")
    return workspace


def told(workspace: Workspace) -> tuple[object, ...]:
    """All that was decided."""
    return (
        workspace.labels.history("disc"),
        workspace.labels.current("disc"),
        workspace.labels.policy,
        workspace.concepts.get("disc"),
        [(r.method, r.parameters, r.labels, r.undone) for r in workspace.machine_labels.rounds()],
        {i: (x.verdict, x.because) for i, x in workspace.machine_labels.current("disc").items()},
        workspace.audits.newest("disc"),
    )


def test_everything_decided_moves_and_comes_back(taught: Workspace, address: str) -> None:
    before = told(taught)
    trial = move_decisions(taught, address, dry_run=True)
    assert (trial.answers, trial.concepts, trial.rounds, trial.audits) == (3, 1, 2, 1)
    with Workspace(taught.path) as still:
        assert still.shared == ""
    moved = move_decisions(taught, address)
    assert (moved.answers, moved.concepts, moved.rounds, moved.audits) == (3, 1, 2, 1)
    with Workspace(taught.path) as shared:
        assert location_of(shared) == address
        assert told(shared) == before
        shared.labels.record([Label("disc", "disc/05.png", "yes", who="cyd")])
        after = told(shared)
        back = move_decisions(shared, LOCAL)
        assert (back.answers, back.concepts, back.rounds, back.audits) == (1, 0, 0, 0)
    with Workspace(taught.path) as local:
        assert location_of(local) == LOCAL
        assert told(local) == after


def test_a_backup_holds_what_the_team_decided(
    taught: Workspace, address: str, tmp_path: Path
) -> None:
    move_decisions(taught, address)
    with Workspace(taught.path) as shared:
        shared.labels.record([Label("disc", "disc/05.png", "yes", who="cyd")])
        assert back_up_workspace(shared.path, tmp_path / "b.tar").answers == 3


def test_moving_twice_adds_nothing(taught: Workspace, address: str) -> None:
    move_decisions(taught, address)
    again = move_decisions(taught, address)
    assert (again.answers, again.concepts, again.rounds, again.audits) == (0, 0, 0, 0)


def test_a_team_sees_one_anothers_answers_at_once(
    workspace: Workspace, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.concepts.save(Concept("disc", ("disc/00.png",)))
    move_decisions(workspace, address)
    shutil.copytree(workspace.path, tmp_path / "ben" / "other_name.likewise")
    monkeypatch.delenv("LIKEWISE_DECISIONS", raising=False)
    with Workspace(workspace.path) as ana, Workspace(tmp_path / "ben/other_name.likewise") as ben:
        ana.labels.record([Label("disc", "disc/02.png", "yes", who="ana")])
        ben.labels.record([Label("disc", "square/02.png", "no", who="ben")])
        assert list(ana.labels.current("disc")) == ["disc/02.png", "square/02.png"]
        assert list(ben.labels.current("disc")) == ["disc/02.png", "square/02.png"]
        rule, _ = learn_concept(ben, "disc", "mean")
        assert ben.collection.search(rule, 1).ids[0].startswith("disc/")


def test_a_rule_learned_before_says_that_answers_are_newer(taught: Workspace, address: str) -> None:
    learn_concept(taught, "disc", "mean")
    assert "likewise learn" in " ".join(move_decisions(taught, address).remarks)
    with Workspace(taught.path) as shared:
        _, remarks = rule_to_search_with(shared, concept="disc")
        assert any("newer than the rule" in remark for remark in remarks)


def test_without_its_server_a_workspace_still_searches(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, _ = rule_to_search_with(workspace, like=["disc/00.png"])
    monkeypatch.setenv("LIKEWISE_DECISIONS", "postgresql://ana@127.0.0.1:9/db#team")
    with Workspace(workspace.path) as place:
        assert len(place.collection.search(rule, 3)) == 3
        with pytest.raises(StorageError, match=r"127\.0\.0\.1:9/db#team refused"):
            place.labels.record([Label("disc", "disc/00.png", "yes")])


PARTS = st.lists(st.sampled_from("abcdef"), unique=True, max_size=4).map(tuple)


@given(PARTS, PARTS, st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 2), max_size=3))
def test_two_concepts_of_a_name_are_united_without_loss(
    one: tuple[str, ...], other: tuple[str, ...], weights: dict[str, float]
) -> None:
    theirs = Concept("c", one)
    ours = Concept("c", other, weights={k: v for k, v in weights.items() if k in other})
    both = _united(theirs, ours)
    assert set(both.examples) == set(one) | set(other)
    assert _united(both, ours) == both
    for part in other:
        assert both.weight(part) == (1.0 if part in one else ours.weight(part))
