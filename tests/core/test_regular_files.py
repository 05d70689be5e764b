"""Files of strangers: special ones are refused, large ones are not read into memory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from likewise.cli._shared import read_ids
from likewise.concepts.label_rows import rows_of_labels
from likewise.core.regular_files import open_regular, read_text
from likewise.errors import BadInputError


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(OSError, match=r"not a regular file|Is a directory"):
            open_regular(path)


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("four")
    assert read_text(tmp_path / "a.txt", largest=4) == "four"
    with pytest.raises(OSError, match="4 bytes, at most 3 are read"):
        read_text(tmp_path / "a.txt", largest=3)


def test_endless_texts_end() -> None:
    with pytest.raises(BadInputError, match="too large"):
        read_ids("/dev/zero")
    with pytest.raises(BadInputError, match="more than"):
        rows_of_labels(Path("/dev/zero"))


def test_ids_and_labels_of_a_pipe_are_read(tmp_path: Path) -> None:
    for text, read in (("a.jpg\nb.jpg\n", read_ids), ("id,label\na.jpg,x\n", rows_of_labels)):
        out, into = os.pipe()
        os.write(into, text.encode())
        os.close(into)
        path = f"/dev/fd/{out}"
        found = read(path) if read is read_ids else rows_of_labels(Path(path))
        os.close(out)
        assert "a.jpg" in str(found)
