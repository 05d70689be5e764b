"""Every flipped bit is found or harmless, and what is damaged can be taken out and made again."""

from __future__ import annotations

import os
import random
import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from likewise.core.vectors import Vectors, unit
from likewise.errors import LikewiseError
from likewise.indexing.index import index
from likewise.maintenance.doctor import examine, repair
from likewise.search.store.lance import Lance
from likewise.workspace import Workspace

LONG = os.environ.get("LIKEWISE_LONG") == "1"


def rows(count: int, seed: int) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, 16)))


def filled(path: Path) -> Lance:
    """Three batches, one with a row taken out again."""
    store = Lance(path, 16, "demo")
    for batch in range(3):
        ids = [f"{batch}-{row}" for row in range(40)]
        store.append(pa.table({"item_id": ids, "folder": ["f"] * 40}), rows(40, batch))
    store.delete(["1-7"])
    return store


def contents(store: Lance) -> tuple[list[str], bytes]:
    everything = np.concatenate([np.empty((0, 16), np.float32), *store.blocks()])
    return store.ids().to_pylist(), everything.tobytes()


def test_a_whole_store_is_sound_whatever_was_done_to_it(tmp_path: Path) -> None:
    store = filled(tmp_path / "s")
    assert store.damaged() == ((), 0)
    store.optimize()
    assert store.damaged() == ((), 0)
    store.append(pa.table({"item_id": ["1-7"]}), rows(1, 9))
    assert Lance(tmp_path / "s", 16, "demo").damaged() == ((), 0)


def test_every_flipped_bit_is_found_or_harmless(tmp_path: Path) -> None:
    before = contents(filled(tmp_path / "whole"))
    chance = random.Random(0)
    files = sorted(
        path.relative_to(tmp_path / "whole")
        for path in (tmp_path / "whole").rglob("*")
        if path.is_file()
    )
    silent = []
    for flip in range(5000 if LONG else 60):
        place = tmp_path / "flipped"
        shutil.copytree(tmp_path / "whole", place)
        file = place / chance.choice(files)
        data = bytearray(file.read_bytes())
        at, bit = chance.randrange(len(data)), chance.randrange(8)
        data[at] ^= 1 << bit
        file.write_bytes(bytes(data))
        try:
            store = Lance(place, 16, "demo")
            found = bool(store.damaged()[0] or store.repaired)
            same = found or contents(store) == before
        except LikewiseError:
            found = True
        if not found and not same:
            silent.append((flip, file.relative_to(place), at, bit))
        shutil.rmtree(place)
    assert silent == []


def test_old_files_without_a_digest_are_counted(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    (tmp_path / "s" / "checksums.log").unlink()
    damaged, unknown = Lance(tmp_path / "s", 16, "demo").damaged()
    assert damaged == ()
    assert unknown == 4  # three of data, one of deletions


def test_what_is_forgotten_leaves_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("likewise.search.store.lance._KEEP_VERSIONS", timedelta(0))
    store = filled(tmp_path / "s")
    store.optimize()
    lines = (tmp_path / "s" / "checksums.log").read_text().splitlines()
    assert lines
    assert all((tmp_path / "s" / line.split(" ")[1]).exists() for line in lines)
    assert store.damaged() == ((), 0)


def test_doctor_takes_damaged_vectors_out_and_indexing_makes_them_again(home: Path) -> None:
    place = home / "shapes.likewise"
    with Workspace(place) as workspace:
        ids = workspace.collection.ids()
        before = workspace.collection.vectors(ids)
    (file,) = (place / "vectors").rglob("*.lance/data/*.lance")
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 0x80  # the sign of some number: the row keeps its length
    file.write_bytes(bytes(data))
    with Workspace(place) as workspace:
        problems = [x for x in examine(workspace, files=False) if x.state == "problem"]
        assert [x.check for x in problems] == ["vectors"]
        assert "likewise doctor --repair" in problems[0].detail
        assert repair(workspace)[0] == (
            "took out 24 images whose vectors were damaged; run likewise index again"
        )
    assert index(home / "shapes", place).added == 24
    with Workspace(place) as workspace:
        assert not [x for x in examine(workspace) if x.state == "problem"]
        np.testing.assert_allclose(workspace.collection.vectors(ids), before, atol=1e-3)
