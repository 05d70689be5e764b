"""The grid as Python has it: what it sends, what comes back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from likewise.core.ranking import Ranking
from likewise.core.selection import Selection
from likewise.errors import BadInputError, NotFoundError
from likewise.notebook.grid import Grid
from likewise.workspace import Workspace


def ranking(workspace: Workspace) -> Ranking:
    ids = workspace.collection.ids()
    return Ranking(ids, np.linspace(1, 0, len(ids), dtype=np.float32))


def pictures(grid: Grid) -> list[bytes]:
    ends = [0, *grid.ends]
    return [grid.first[start:end] for start, end in pairwise(ends)]


def test_a_ranking_shows_its_pictures(workspace: Workspace) -> None:
    shown = ranking(workspace)
    grid = shown.show(size=90)
    assert (tuple(grid.ids), grid.size, grid.selected) == (shown.ids, 90, [])
    assert pictures(grid) == workspace.pictures(shown.ids)


def test_what_is_selected_comes_back_as_ids(workspace: Workspace) -> None:
    grid = ranking(workspace).show()
    told: list[Any] = []
    grid.observe(lambda change: told.append(change["new"]), "selected")
    grid.set_state({"selected": ["disc/01.png", "disc/00.png"]})  # as the page sends it
    assert grid.selected == ["disc/01.png", "disc/00.png"]
    assert told == [grid.selected]


def test_pictures_further_down_are_sent_when_they_are_asked_for(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("likewise.notebook.grid._FIRST", 2)
    grid = ranking(workspace).show()
    assert len(grid.ends) == 2
    sent: list[tuple[Any, Any]] = []
    monkeypatch.setattr(grid, "send", lambda content, buffers: sent.append((content, buffers)))
    grid._handle_custom_msg({"want": ["disc/05.png", "/etc/passwd", "disc/06.png"]}, [])
    ((content, buffers),) = sent
    assert content == {"have": ["disc/05.png", "disc/06.png"]}
    assert buffers == workspace.pictures(content["have"])
    grid._handle_custom_msg("nonsense", [])


def test_a_selection_shows_what_it_keeps(workspace: Workspace) -> None:
    kept, dropped = ("disc/00.png",), ("disc/01.png",)
    chosen = Selection(kept, dropped, ("copy",), kept, np.ones(1, np.float32))
    assert chosen.show().ids == ["disc/00.png"]


def test_marks_are_verdicts(workspace: Workspace) -> None:
    ids = workspace.collection.ids()
    assert Grid(ids, marks={ids[0]: "yes", ids[1]: "no"}).marks == {ids[0]: 1, ids[1]: -1}
    with pytest.raises(BadInputError, match="'perhaps' is no verdict; give yes, no, unsure"):
        Grid(ids, marks={ids[0]: "perhaps"})


def test_a_ranking_of_no_open_workspace_says_what_to_do() -> None:
    with pytest.raises(NotFoundError, match="open the one it is from"):
        Ranking(("nowhere",), np.ones(1, np.float32)).show()


def test_a_saved_grid_names_its_pictures_as_text(workspace: Workspace) -> None:
    shown = ranking(workspace)
    made = shown.show()._repr_mimebundle_()
    data = made[0] if isinstance(made, tuple) else made
    assert data["text/plain"].startswith(f"{len(shown.ids)} pictures: {shown.ids[0]}, ")
    assert "application/vnd.jupyter.widget-view+json" in data
