"""`doctor` looks at the neighbour graph, and makes a damaged one again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.maintenance.doctor import Finding, examine, repair
from likewise.search.graph import GRAPH_FILE
from likewise.search.graph.file import GraphFile, open_graph_file, save_graph_file
from likewise.workspace import Workspace
from likewise.workspace.lock import writer_lock


def finding(workspace: Workspace) -> Finding:
    return next(x for x in examine(workspace, files=False) if x.check == "neighbours")


def stored(workspace: Workspace) -> tuple[Path, GraphFile]:
    file = workspace.path / "scan" / workspace.fingerprint / GRAPH_FILE
    opened = open_graph_file(file)
    assert opened is not None
    return file, opened


def test_a_sound_graph_is_ok(workspace: Workspace) -> None:
    assert finding(workspace) == Finding("neighbours", "ok", "of 24 images")


@pytest.mark.parametrize(
    ("array", "value", "fault"),
    [
        ("neighbours", 24, "image 3 of 24 has a neighbour that is no other image"),
        ("neighbours", -2, "image 3 of 24 has a neighbour that is no other image"),
        ("neighbours", 3, "image 3 of 24 has a neighbour that is no other image"),
        ("cosines", 7, "the cosines of image 3 of 24 are out of order or range"),
        ("cosines", np.nan, "the cosines of image 3 of 24 are out of order or range"),
        ("cosines", -1, "the cosines of 'disc/03.png' are not those of its neighbours"),
    ],
)
def test_a_graph_that_cannot_be_is_a_problem_and_is_made_again(
    workspace: Workspace, array: str, value: float, fault: str
) -> None:
    file, graph = stored(workspace)
    spoilt = np.array(getattr(graph, array))
    spoilt[3, -1] = value
    changes: dict[str, Any] = {array: spoilt}
    save_graph_file(replace(graph, **changes), file)
    found = finding(workspace)
    assert found.state == "problem"
    assert found.detail.startswith(f"{fault}; to make the graph again: likewise doctor --repair")
    with writer_lock(workspace.path):
        assert repair(workspace)[-1] == "made the neighbour graph again, of 24 images"
    assert finding(workspace).state == "ok"
    np.testing.assert_array_equal(stored(workspace)[1].neighbours, graph.neighbours)


def test_no_graph_is_worth_a_note_with_the_command(workspace: Workspace) -> None:
    stored(workspace)[0].unlink()
    command = f"likewise index --workspace {workspace.path}"
    assert finding(workspace) == Finding("neighbours", "note", f"none; to make it: {command}")
