"""Files that likewise keeps for itself: whole or not at all, and inside their folder."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from likewise.core.files import flush, is_inside, new_file

_KILLED = """
import os, signal, sys
from pathlib import Path
from likewise.core.files import new_file
with new_file(Path(sys.argv[1])) as part:
    part.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 200)
    path.write_text("before")
    with new_file(path) as part:
        part.write_text("after")
        assert path.read_text() == "before"
        assert part.parent == tmp_path
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


def test_after_an_error_all_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt), new_file(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert path.read_text() == "before"


def test_only_its_owner_may_read_it_from_the_start(tmp_path: Path) -> None:
    with new_file(tmp_path / "secret", mode=0o600) as part:
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


@pytest.mark.parametrize("links", [True, False])
def test_of_several_writers_one_gets_a_free_name(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"

    def refuse(*_: object) -> None:
        raise PermissionError(1, "no hard links here")

    if not links:
        monkeypatch.setattr(os, "link", refuse)

    def write(number: int) -> int | None:
        try:
            with new_file(path, overwrite=False) as part:
                part.write_text(str(number))
        except FileExistsError:
            return None
        return number

    if links:
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(write, range(8)))
    else:
        results = [write(number) for number in range(2)]
    (winner,) = [one for one in results if one is not None]
    assert path.read_text() == str(winner)
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_not_there_is_not_flushed(tmp_path: Path) -> None:
    assert flush(tmp_path)
    assert not flush(tmp_path / "none")


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "/etc/passwd", "a/b", "x\0", "link"])
def test_what_leads_out_is_not_inside(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "else")
    assert not is_inside(folder, name)
    assert is_inside(folder, "a.jpg")
    (tmp_path / "other").symlink_to(folder)
    assert is_inside(tmp_path / "other", "a.jpg")  # the folder itself may be a link
