from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_disk import small_disk

from likewise.core import spool
from likewise.core.spool import Spool
from likewise.errors import StorageError


@given(st.lists(st.integers(0, 40)), st.randoms())
def test_a_spool_is_the_list_of_what_was_added(values: list[int], choice: random.Random) -> None:
    with pytest.MonkeyPatch.context() as patch, Spool[int]("numbers") as spooled:
        patch.setattr(spool, "_BLOCK", 3)
        for count, value in enumerate(values, 1):
            spooled.append(value)
            index = choice.randrange(count)
            assert spooled[index] == values[index]
        assert len(spooled) == len(values)
        for _ in range(2):
            assert list(spooled) == values


def test_blocks_leave_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_BLOCK", 100)
    spooled = Spool[str]("names")
    for number in range(1050):
        spooled.append(str(number))
    assert len(spooled._tail) == 50
    assert [spooled[index] for index in (7, 1049)] == ["7", "1049"]
    assert len(spooled._read[1]) == 100


def test_a_full_folder_for_temporary_files_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "_BLOCK", 100)
    numbers = random.Random(0)
    with small_disk(tmp_path / "disk", 16) as disk, Spool[float]("images to read") as spooled:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        with pytest.raises(StorageError, match=r"images to read .*\(No space left.*TMPDIR"):
            for _ in range(100_000):
                spooled.append(numbers.random())
