"""The walk over a source runs ahead of the reading, in bounded memory; its errors come in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest
from shapes import draw_shapes

from likewise.errors import BadInputError
from likewise.indexing import plan
from likewise.indexing.diff import Diff
from likewise.indexing.index import index
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
