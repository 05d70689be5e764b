"""The stored neighbour graph of real stores, against every pair compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from graphs import add, assert_exact, collection_of, write
from pools import clumps
from worlds import at

from likewise.errors import BadInputError
from likewise.search.graph import GRAPH_FILE, NeighbourGraph
from likewise.workspace import Workspace


def test_points_on_a_circle_have_those_on_both_sides(tmp_path: Path) -> None:
    collection = collection_of(tmp_path, 2)
    add(collection, at(*range(0, 360, 6)))
    graph = write(collection)
    for point, line in enumerate(graph.neighbours.tolist()):
        steps = {(other - point + 30) % 60 - 30 for other in line}
        assert steps == {-5, -4, -3, -2, -1, 1, 2, 3, 4, 5}
        assert {(line[0] - point) % 60, (line[1] - point) % 60} == {1, 59}
    assert collection.graph_state() == "of 60 images"


@pytest.mark.parametrize("count", [1, 2, 3, 10, 11, 12, 40])
def test_every_size_has_ten_columns(tmp_path: Path, count: int) -> None:
    collection = collection_of(tmp_path, 8)
    add(collection, clumps((count,), dim=8, noise=2))
    assert_exact(collection, write(collection))


def test_copies_are_one_another_s_neighbours(tmp_path: Path) -> None:
    collection = collection_of(tmp_path, 8)
    add(collection, np.repeat(clumps((5,), dim=8, noise=2), 3, axis=0))
    graph = write(collection)
    assert_exact(collection, graph)
    for row, line in enumerate(graph.neighbours[:, :2].tolist()):
        assert {other // 3 for other in line} == {row // 3}


def test_a_collection_of_one_picture_alone_has_no_neighbours(tmp_path: Path) -> None:
    collection = collection_of(tmp_path, 2)
    add(collection, at(30))
    graph = write(collection)
    assert len(graph) == 1
    assert (graph.neighbours == -1).all()


def test_there_is_no_graph_before_it_is_made(tmp_path: Path) -> None:
    collection = collection_of(tmp_path, 2)
    assert collection.graph() is None
    assert collection.graph_state() == "none: nothing is indexed"
    assert not collection.write_graph()
    add(collection, at(1, 2, 3))
    assert collection.graph() is None
    command = f"likewise doctor --repair --workspace {tmp_path}"
    assert collection.graph_state() == f"none; to make it: {command}"


def test_a_graph_of_other_rows_is_not_answered(tmp_path: Path) -> None:
    collection = collection_of(tmp_path, 2)
    add(collection, at(*range(0, 90, 5)))
    write(collection)
    assert not collection.write_graph()
    add(collection, at(200), "new")
    assert collection.graph() is None
    assert collection.graph_state().startswith(
        "older than the collection: of 18 images where 19 are indexed; to bring it up to date: "
    )
    collection.store.delete(["new000"])
    collection.refresh()
    assert collection.graph() is not None, "these are the rows that it was made of"
    collection.store.delete(["003"])
    collection.refresh()
    assert collection.graph() is None
    add(collection, at(201), "other")
    assert len(collection) == 18
    assert collection.graph() is None, "as many as before are other rows"
    assert_exact(collection, write(collection))


def test_what_is_written_elsewhere_is_seen_and_stays_readable(tmp_path: Path) -> None:
    reader, writer = collection_of(tmp_path, 2), collection_of(tmp_path, 2)
    assert reader.graph() is None
    add(writer, at(*range(0, 90, 5)))
    write(writer)
    assert reader.graph() is None, "it reads an older version"
    reader.refresh()
    first = reader.graph()
    assert first is not None
    before = first.neighbours.tolist()
    add(writer, at(2.5), "new")
    write(writer)
    assert first.neighbours.tolist() == before, "the file was replaced, not written over"


@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "other"])
def test_a_damaged_file_is_no_graph(tmp_path: Path, damage: str) -> None:
    collection = collection_of(tmp_path, 2)
    add(collection, at(*range(0, 90, 5)))
    write(collection)
    file = tmp_path / "scan" / "demo" / GRAPH_FILE
    whole = file.read_bytes()
    other = whole.replace(b'"format":"1"', b'"format":"9"')
    assert other != whole
    spoilt = {"cut": whole[:-1], "empty": b"", "noise": b"\xff" * 99, "other": other}[damage]
    file.unlink()
    file.write_bytes(spoilt)
    assert collection.graph() is None
    assert collection.graph_state().startswith("none; ")
    assert_exact(collection, write(collection))


def test_shapes_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(BadInputError, match="give both as"):
        NeighbourGraph(np.zeros((3, 2), np.int32), np.zeros((3, 1), np.float32))


def test_indexing_leaves_a_graph(workspace: Workspace) -> None:
    graph = workspace.collection.graph()
    assert graph is not None
    assert_exact(workspace.collection, graph)
