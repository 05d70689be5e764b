"""Files that are written whole or not at all, and what a full disk says."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise.core.output_files import (
    complete_file,
    full_disk,
    refuse_full_folder,
    refuse_to_overwrite,
)
from likewise.errors import BadInputError, StorageError


def test_a_file_is_as_it_was_after_an_error(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("before")
    with pytest.raises(KeyError), complete_file(target) as part:
        part.write_text("half")
        raise KeyError
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_of_a_persons_that_looks_like_a_part_is_kept(tmp_path: Path) -> None:
    mine = tmp_path / ".a.txt.partial"
    mine.write_text("mine")
    with complete_file(tmp_path / "a.txt", durable=True) as part:
        part.write_text("whole")
    assert mine.read_text() == "mine"
    assert (tmp_path / "a.txt").read_text() == "whole"


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("before")
    (tmp_path / "a.txt").symlink_to("b.txt")
    with complete_file(tmp_path / "a.txt") as part:
        part.write_text("after")
    assert (tmp_path / "a.txt").is_symlink()
    assert (tmp_path / "b.txt").read_text() == "after"


def test_a_link_to_nothing_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("nothing")
    with pytest.raises(BadInputError, match="--overwrite"):
        refuse_to_overwrite(tmp_path / "a.txt")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is a folder"):
        refuse_to_overwrite(tmp_path, overwrite=True)
    refuse_full_folder(tmp_path)


def test_the_permissions_are_those_of_a_new_file(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    with complete_file(tmp_path / "a") as part:
        part.write_text("x")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_named_with_the_remedy(small_disk: Path) -> None:
    target = small_disk / "a.bin"
    with (
        pytest.raises(StorageError, match="the disk is full after") as caught,
        complete_file(target) as part,
    ):
        part.write_bytes(bytes(1_000_000))
    assert str(target) in str(caught.value)
    assert "free some space" in str(caught.value)
    assert not list(small_disk.iterdir())


def test_the_fullest_disk_is_named_where_the_error_names_no_file(small_disk: Path) -> None:
    (small_disk / "fill").write_bytes(bytes(60 * 1024))
    said = full_disk(OSError(errno.ENOSPC, "full"), ["index", str(small_disk / "w.likewise")])
    assert said is not None
    assert str(small_disk) in said
    assert full_disk(OSError(errno.EACCES, "no")) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", [["--help"], ["search", "--help"]])
def test_a_full_output_is_one_sentence(command: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "likewise", *command], stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert ran.returncode == 8
    assert "standard output could not be written" in ran.stderr
    assert "Traceback" not in ran.stderr
