"""A crew makes the graph that one machine makes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pools import clumps

from likewise.curate.cache import neighbours_of
from likewise.curate.on_cluster import find_stored_neighbours
from likewise.distribute.shards import Local
from likewise.errors import BadInputError, LikewiseError, NotFoundError
from likewise.numeric.neighbours import nearest_rows
from likewise.workspace import Workspace


def fill(workspace: Workspace, count: int) -> None:
    """Replace what is in a workspace by clumps of made-up vectors, in several segments."""
    store = workspace.collection.store
    store.delete(store.ids().to_pylist())
    rows = clumps((count // 10,) * 10, workspace.dim, noise=0.7)
    for start in range(0, count, count // 3):
        names = [f"{number:05d}.jpg" for number in range(start, min(start + count // 3, count))]
        store.append(pa.table({"item_id": names}), rows[start : start + len(names)])
    store.delete(["00007.jpg", f"{count - 1:05d}.jpg"])
    workspace.collection.refresh()


@pytest.mark.parametrize("from_codes", [True, False])
@pytest.mark.parametrize("exact_up_to", [20_000, 0])
def test_the_same_graph_of_all_pairs_and_through_cells(
    workspace: Workspace, exact_up_to: int, from_codes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("likewise.curate.on_cluster._BLOCK", 128)
    monkeypatch.setattr("likewise.curate.on_cluster._KEPT", 1 << 18)
    fill(workspace, 600)
    if from_codes:
        workspace.collection.write_codes()
    assert (workspace.collection.written_codes() is not None) == from_codes
    told: list[int] = []
    graph = find_stored_neighbours(
        workspace, Local, 7, lambda done, _: told.append(done), exact_up_to, probes=4
    )
    collection = workspace.collection
    ids = collection.ids()
    vectors = collection.space().apply(collection.vectors(ids))
    rows, scores = nearest_rows(vectors, 7, exact_up_to=exact_up_to, probes=4)
    assert (graph.ids, len(graph), told[-1]) == (ids, 598, 598)
    np.testing.assert_allclose(graph.scores, scores, atol=1e-6)
    assert (graph.rows == rows).mean() > 0.999  # but for equals that differ in their last digit


def test_curation_keeps_it_and_reads_it_again(workspace: Workspace) -> None:
    graph = neighbours_of(workspace, crew=Local)
    again = neighbours_of(workspace, crew=_nobody)
    assert np.array_equal(graph.rows, again.rows)
    with pytest.raises(BadInputError, match="k is 0"):
        find_stored_neighbours(workspace, Local, 0)


def _nobody(task: Any) -> Any:
    raise AssertionError("nothing is to be done")


class _Fails:
    """A crew whose every shard fails."""

    def __init__(self, task: Any) -> None:
        self.open: list[int] = []

    def slots(self) -> int:
        return 1

    def start(self, number: int, shard: Sequence[Any]) -> None:
        self.open.append(number)

    def finished(self, seconds: float) -> list[Any]:
        from likewise.distribute.shards import Finished

        return [Finished(self.open.pop(), error=RuntimeError("a bug"))]

    def close(self) -> None:
        self.open.clear()


def test_a_block_that_nobody_can_do_is_an_error_and_not_a_gap(workspace: Workspace) -> None:
    with pytest.raises(LikewiseError, match="RuntimeError: a bug"):
        find_stored_neighbours(workspace, _Fails)


def test_workers_see_the_version_that_was_meant(workspace: Workspace, home: Path) -> None:
    from likewise.workspace.on_cluster import Stored

    stored = Stored.of(workspace, workspace.collection.space())
    store = workspace.collection.store
    first = stored.open()[np.arange(3)]
    store.delete(["disc/00.png"])
    rows = stored.open()
    assert (len(rows), len(store)) == (24, 23)
    np.testing.assert_array_equal(rows[np.arange(3)], first)
    with pytest.raises(NotFoundError, match="is not there any more"):
        store.as_of(999)
