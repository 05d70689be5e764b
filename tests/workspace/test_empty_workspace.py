"""A first run that fails before anything is in its workspace leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small_disk import fill, small_disk

from likewise.encoders.precomputed import Precomputed
from likewise.errors import BusyError, StorageError
from likewise.indexing.index import index
from likewise.workspace import Workspace, writer_lock
from likewise.workspace.empty_workspace import removed_if_empty

ENCODER = Precomputed("demo@4")


class RefusedError(Exception):
    """What goes wrong after the workspace was made."""


def fail(path: Path, meanwhile: Callable[[Workspace], object] = lambda opened: None) -> None:
    with (
        pytest.raises(RefusedError),
        removed_if_empty(path),
        Workspace.create(path, ENCODER) as made,
        writer_lock(made.path),
    ):
        meanwhile(made)
        raise RefusedError


def test_the_folder_and_those_above_it_are_gone(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    fail(tmp_path / "kept" / "new" / "a.likewise")
    assert list((tmp_path / "kept").iterdir()) == []
    neighbour = tmp_path / "new" / "file"
    fail(tmp_path / "new" / "a.likewise", lambda made: neighbour.write_text("a person's"))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]


@pytest.mark.parametrize("what", ["concept", "answer", "failed image", "image"])
def test_what_is_in_it_stays(tmp_path: Path, what: str) -> None:
    import numpy as np
    import pyarrow as pa

    from likewise.concepts.labelling import record_labels
    from likewise.core.concept import Concept
    from likewise.workspace.item_states import ItemState

    def put(made: Workspace) -> None:
        if what == "concept":
            made.concepts.save(Concept("barn", hints=("barn",)))
        elif what == "failed image":
            made.states.update([ItemState("a.jpg", "failed", "no image")])
        else:
            made.collection.store.append(
                pa.table({"item_id": ["a.jpg"]}), np.eye(4, dtype=np.float32)[:1]
            )
        if what == "answer":
            made.collection.refresh()
            made.concepts.save(Concept("barn", hints=("barn",)))
            record_labels(made, "barn", [("a.jpg", "yes")])

    fail(tmp_path / "a.likewise", put)
    Workspace(tmp_path / "a.likewise").close()


def test_one_that_was_there_stays(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "a.likewise", ENCODER).close()
    fail(tmp_path / "a.likewise")
    Workspace(tmp_path / "a.likewise").close()
    (tmp_path / "empty").mkdir()
    fail(tmp_path / "empty")
    assert (tmp_path / "empty").is_dir()


def test_one_that_another_process_holds_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.likewise"
    hold = "import sys; from pathlib import Path; from likewise.workspace import writer_lock\n"
    hold += "with writer_lock(Path(sys.argv[1])):\n    print('held', flush=True); input()"
    with pytest.raises(BusyError), removed_if_empty(path):
        Workspace.create(path, ENCODER).close()
        other = subprocess.Popen(
            [sys.executable, "-c", hold, str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with writer_lock(path):
            raise AssertionError("the lock was free")
    other.communicate("\n")
    Workspace(path).close()


def test_ray_that_does_not_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    monkeypatch.chdir(home)
    too_long = home / ("x" * 120)  # for the path of a socket below it
    too_long.mkdir()
    before = sorted(path.name for path in home.iterdir())
    command = [sys.executable, "-m", "likewise", "index", "shapes", "-w", "new.likewise"]
    ran = subprocess.run(
        [*command, "--ray", "local"], capture_output=True, text=True, check=False,
        env={**os.environ, "RAY_TMPDIR": str(too_long)},
    )  # fmt: skip
    assert (ran.returncode, ran.stderr.count("\n")) == (8, 1), ran.stderr
    assert "Ray did not start on this machine" in ran.stderr
    assert sorted(path.name for path in home.iterdir()) == before


def test_a_disk_without_room(home: Path) -> None:
    with small_disk(home / "disk", 4096) as disk:
        ballast = fill(disk, 0)
        with pytest.raises(StorageError):
            index(home / "shapes", disk / "new.likewise")
        assert list(disk.iterdir()) == [ballast]
        ballast.unlink()
        assert index(home / "shapes", disk / "new.likewise").added == 24
