"""A stored graph follows what is added, removed and replaced, and a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from graphs import add, assert_exact, collection_of, space_of, write
from pools import clumps

from likewise.core.vectors import Vectors
from likewise.search.collection import Collection
from likewise.search.graph import GRAPH_FILE, contents_digest
from likewise.search.graph.build import write_graph
from likewise.search.graph.file import open_graph_file, save_arrays


def rows(count: int, seed: int = 0) -> Vectors:
    return clumps((count,), dim=16, seed=seed, noise=2)


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """Five hundred items with their graph, so many that the mean hardly moves by a few."""
    made = collection_of(tmp_path, 16)
    add(made, rows(500))
    write(made)
    return made


def test_what_is_added_enters_the_lists_of_what_was_there(collection: Collection) -> None:
    space = space_of(collection)
    add(collection, rows(7, seed=1), "new")
    graph = write(collection)
    assert space_of(collection).fingerprint == space.fingerprint, "it was not made anew"
    assert_exact(collection, graph)
    assert (graph.neighbours[:500] >= 500).any()


def test_what_is_removed_leaves_the_lists(collection: Collection) -> None:
    collection.store.delete(["000", "017", "499"])
    collection.refresh()
    assert_exact(collection, write(collection))
    assert collection.graph_state() == "of 497 images"


def test_what_is_replaced_moves_to_its_new_neighbours(collection: Collection) -> None:
    collection.store.delete(["100", "101"])
    add(collection, rows(2, seed=3), "replaced")
    assert_exact(collection, write(collection))


def test_joined_files_and_moved_rows_are_the_same_rows(collection: Collection) -> None:
    space = space_of(collection)
    add(collection, rows(5, seed=1), "new")
    collection.store.delete(["003"])
    collection.store.optimize()
    collection.refresh()
    assert_exact(collection, write(collection))
    assert space_of(collection).fingerprint == space.fingerprint


def test_much_that_is_new_and_a_moved_mean_make_it_anew(collection: Collection) -> None:
    add(collection, rows(300, seed=1), "new")
    assert_exact(collection, write(collection))
    far = np.repeat(rows(1, seed=9), 200, axis=0)
    add(collection, far, "far")
    assert_exact(collection, write(collection))
    assert space_of(collection).fingerprint == collection.space().fingerprint


def test_through_cells_nearly_all_are_found_and_updates_add_to_them(tmp_path: Path) -> None:
    collection = collection_of(tmp_path, 16)
    add(collection, clumps((150,) * 6, dim=16, noise=0.7))
    for more in (0, 20, 200):  # none, fewer than cells, more than cells
        if more:
            add(collection, clumps((more,), dim=16, seed=more, noise=0.7), str(more))
        collection.write_codes()
        view, store = collection._codes.follow(), collection.store
        file = collection._codes_folder / GRAPH_FILE
        contents = contents_digest(store.segments())
        write_graph(file, view, contents, collection.space(), exact_up_to=0)
        graph = collection.graph()
        assert graph is not None
        mapped = space_of(collection).apply(collection.vectors(collection.ids()))
        cosines = mapped @ mapped.T
        np.fill_diagonal(cosines, -2)
        tenth = -np.sort(-cosines, axis=1)[:, 9:10]
        assert (graph.cosines >= tenth - 2e-3).mean() > 0.95


_KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from graphs import collection_of
from likewise.search.graph import GRAPH_FILE, contents_digest
from likewise.search.graph.build import write_graph
collection = collection_of(Path(sys.argv[1]), 16)
file = collection._codes_folder / GRAPH_FILE
steps = 0

def progress(done, total):
    global steps
    steps += 1
    if steps == 9:
        os.kill(os.getpid(), 9)

contents = contents_digest(collection.store.segments())
write_graph(
    file, collection._codes.follow(), contents, collection.space(), progress,
    exact_up_to=0, part_seconds=0,
)
"""


def test_a_kill_leaves_the_old_graph_and_a_part_that_is_gone_on_with(
    collection: Collection, tmp_path: Path
) -> None:
    file = collection._codes_folder / GRAPH_FILE
    before = file.read_bytes()
    add(collection, rows(400, seed=5), "new")
    collection.write_codes()
    folders = [x for x in sys.path if "tests" in x]
    done = subprocess.run([sys.executable, "-c", _KILLED, tmp_path, *folders], check=False)
    assert done.returncode == -signal.SIGKILL
    assert file.read_bytes() == before
    part = file.with_suffix(".part")
    assert part.exists()
    assert collection.graph() is None
    seen: list[int] = []
    view, contents = collection._codes.follow(), contents_digest(collection.store.segments())
    write_graph(
        file, view, contents, collection.space(), lambda done, _: seen.append(done), exact_up_to=0
    )
    whole: list[int] = []
    again = tmp_path / "again" / GRAPH_FILE
    write_graph(
        again, view, contents, collection.space(), lambda done, _: whole.append(done), exact_up_to=0
    )
    assert seen == whole[8:], "what the part holds is not done again"
    graph = collection.graph()
    assert graph is not None
    assert not part.exists()
    other = open_graph_file(again)
    assert other is not None
    np.testing.assert_array_equal(graph.neighbours, other.neighbours)
    np.testing.assert_array_equal(graph.cosines, other.cosines)


def test_a_part_of_something_else_is_not_gone_on_with(collection: Collection) -> None:
    part = (collection._codes_folder / GRAPH_FILE).with_suffix(".part")
    add(collection, rows(3, seed=1), "new")
    collection.write_codes()
    nobody = np.full((503, 10), -1, np.int32)
    lists = {"neighbours": nobody, "cosines": nobody.astype(np.float32)}
    save_arrays(lists, {"key": "of something else", "done": "1"}, part)
    assert_exact(collection, write(collection))
    assert not part.exists()
