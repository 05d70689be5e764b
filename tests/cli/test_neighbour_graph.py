"""The neighbour graph as `likewise index` and `likewise info` tell of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from commands import Run
from shapes import draw_shapes

from likewise.indexing.index import index, update
from likewise.search.graph import GRAPH_FILE
from likewise.workspace import Workspace


def graph_file(workspace: Path) -> Path:
    return next((workspace / "scan").iterdir()) / GRAPH_FILE


def state(workspace: Path) -> str:
    with Workspace(workspace) as place:
        return place.collection.graph_state()


def test_it_is_made_left_out_made_up_for_and_told(run: Run, home: Path) -> None:
    path = home / "shapes.likewise"
    assert "neighbour graph of 24 images\n" in run("info").out
    assert "neighbour graph" not in run("index", "shapes").out, "there was nothing to do"
    shutil.copy(home / "shapes/disc/00.png", home / "shapes/copy.png")
    left_out = run("index", "shapes", "--no-graph")
    assert (left_out.code, left_out.err) == (0, "")
    assert "neighbour graph" not in left_out.out
    told = run("info").out
    assert "older than the collection: of 24 images where 25 are indexed" in told
    assert f"likewise index --workspace {path}" in told.replace("shapes.likewise", str(path))
    made = run("index", "--workspace", "shapes.likewise")
    assert "neighbour graph: of 25 images, in " in made.out
    assert state(path) == "of 25 images"
    graph_file(path).unlink()
    report = json.loads(run("index", "shapes", "--json").out)["graph"]
    assert (report["made"], report["state"]) == (True, "of 25 images")


def test_ctrl_c_during_it_loses_nothing_of_the_index(home: Path) -> None:
    path = home / "new.likewise"

    def stop(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    report = index(home / "shapes", path, graph_progress=stop)
    assert report.interrupted
    assert report.graph is not None
    assert report.graph.interrupted
    assert (report.added, report.unchanged) == (24, 0)
    assert state(path).startswith("none; to make it: likewise index --workspace ")
    with Workspace(path) as place:
        assert place.jobs.newest(1)[0].outcome == "done"
        assert len(place.collection.ids()) == 24
    assert index(home / "shapes", path).unchanged == 24
    assert state(path) == "of 24 images"


def test_a_disk_that_refuses_is_told_and_loses_nothing(run: Run, home: Path) -> None:
    file = graph_file(home / "shapes.likewise")
    file.unlink()
    file.mkdir()  # no file can take its name
    ran = run("index", "shapes")
    assert ran.code == 0
    assert ran.err.startswith(f"the neighbour graph at {file.relative_to(home)} could not be ")
    assert "run the same command again: nothing else is lost" in ran.err
    assert "24 unchanged" in ran.out
    file.rmdir()
    assert "neighbour graph: of 24 images" in run("index", "shapes").out


def test_several_sources_make_it_once(home: Path) -> None:
    draw_shapes(home / "more")
    path = home / "shapes.likewise"
    index(home / "more", path, graph=False)
    first, second = update(path)
    assert first.graph is None
    assert second.graph is not None
    assert second.graph.made
    with Workspace(path) as place:
        assert place.collection.graph_state() == f"of {len(place.collection)} images"


@pytest.mark.parametrize("graph", [True, False])
def test_a_dry_run_makes_none(home: Path, graph: bool) -> None:
    file = graph_file(home / "shapes.likewise")
    file.unlink()
    assert index(home / "shapes", home / "shapes.likewise", dry_run=True, graph=graph).graph is None
    assert not file.exists()
