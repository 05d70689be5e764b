"""The walk over a source runs ahead of the reading, in bounded memory; its errors come in turn."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import draw_shapes
from small_disk import small_disk

from likewise.errors import BadInputError, StorageError
from likewise.indexing import item_queue, plan
from likewise.indexing.census import Diff
from likewise.indexing.index import index
from likewise.indexing.item_queue import ItemQueue
from likewise.indexing.plan import IndexPlan
from likewise.sources.base import Item, Refused
from likewise.sources.folder import Folder
from likewise.workspace import Workspace


@dataclass(init=False, eq=False)
class Watched(Folder):
    """A folder that counts what its walk has yielded."""

    yielded: int = field(default=0, init=False)

    def items(self) -> Iterator[Item | Refused]:
        for entry in super().items():
            self.yielded += 1
            yield entry


@contextmanager
def planned(home: Path) -> Iterator[tuple[IndexPlan, Watched]]:
    """The plan of a run over a folder of which nothing is indexed yet."""
    source = Watched(home / "shapes")
    with Workspace(home / "shapes.likewise") as workspace:
        workspace.collection.store.delete(list(workspace.collection.ids()))
        workspace.collection.refresh()
        with IndexPlan(Diff(workspace, "", source)) as made:
            yield made, source


def test_the_total_is_known_with_the_first_image(home: Path) -> None:
    with planned(home) as (made, source):
        assert made.total == 0
        items = made.items()
        first = next(items)
        assert made.total == source.yielded == 24
        assert [first.id, *(item.id for item in items)] == [
            x.id for x in Folder(source.root).items()
        ]


def test_no_image_waits_for_the_end_of_a_long_walk(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(plan, "_SHARE", 0.0)
    with planned(home) as (made, source):
        items = made.items()
        for number in range(1, 24):
            assert next(items).id
            assert (source.yielded, made.total) == (number, 0)
        assert len(list(items)) == 1
        assert made.total == 24


def test_what_comes_before_an_error_of_the_walk_is_indexed(home: Path) -> None:
    files = sorted((home / "shapes").rglob("*.png"))
    rows = [f"{file.relative_to(home)},{'x' * 4000}\n".encode() for file in files]
    table = home / "t.csv"
    table.write_bytes(b"".join([b"path,note\n", *rows[:20], b"\xff\n", *rows[20:]]))
    with pytest.raises(BadInputError, match="not text in UTF-8"):
        index(table, home / "t.likewise")
    with Workspace(home / "t.likewise") as workspace:
        before = len(workspace.collection)
        assert 10 <= before <= 20
        assert workspace.states.all() == {}  # what was not met is not called missing
        assert workspace.jobs.newest()[0].outcome == "failed"
    table.write_bytes(b"".join([b"path,note\n", *rows]))
    report = index(table, home / "t.likewise")
    assert (report.unchanged, report.added) == (before, 24 - before)


def test_ctrl_c_during_the_walk_ends_as_at_any_time(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = Folder.items

    def interrupted(source: Folder) -> Iterator[Item | Refused]:
        yield from islice(items(source), 5)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "items", interrupted)
        assert index(home / "shapes", home / "new.likewise").interrupted
    report = index(home / "shapes", home / "new.likewise")
    assert report.added + report.unchanged == 24


def test_progress_ends_with_all_of_all(tmp_path: Path) -> None:
    (draw_shapes(tmp_path / "shapes", 2) / "bad.png").write_bytes(b"no image")
    calls: list[tuple[int, int]] = []
    index(tmp_path / "shapes", tmp_path / "w.likewise", progress=lambda *call: calls.append(call))
    assert calls[-1] == (7, 7)
    assert calls == sorted(calls)


@given(st.lists(st.booleans(), max_size=60))
def test_a_queue_gives_back_what_was_put_in_order(puts: list[bool]) -> None:
    with pytest.MonkeyPatch.context() as patch, ItemQueue() as queue:
        patch.setattr(item_queue, "_CHUNK", 3)
        expected: deque[Item] = deque()
        for number, put in enumerate(puts):
            if put:
                expected.append(Item(str(number), f"/{number}", number, 7, {"a": number}))
                queue.put(expected[-1])
            else:
                assert queue.take() == (expected.popleft() if expected else None)
            assert len(queue) == len(expected)
        assert [queue.take() for _ in range(len(expected) + 1)] == [*expected, None]


def test_a_full_folder_for_temporary_files_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_queue, "_CHUNK", 100)
    with small_disk(tmp_path / "disk", 16) as disk, ItemQueue() as queue:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        with pytest.raises(StorageError, match=r"temporary files \(No space left.*TMPDIR"):
            for number in range(100_000):
                queue.put(Item(f"{number}-{hash(str(number))}.jpg", "/photos/a.jpg", 120, 7))
