from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from waiting import LIMIT

from likewise.workspace.audit_log import AuditLog, Entry


def entry(who: str, number: int = 0) -> Entry:
    return Entry("2026", who, "owner", "127.0.0.1", "POST", "/api/x/{name}", {"name": f"{number}"})


def test_what_is_added_is_read_in_order(tmp_path: Path) -> None:
    trail = AuditLog(tmp_path)
    assert list(trail.entries()) == []
    wanted = [entry("ann", 1), Entry("", "", "", "", "", ""), entry("ben\n\u2028\x1b", 3)]
    for one in wanted:
        trail.add(one)
    assert list(AuditLog(tmp_path).entries()) == wanted
    assert stat.S_IMODE((tmp_path / "trail.jsonl").stat().st_mode) == 0o600


@pytest.mark.parametrize("left", [b"{", b"\x00\xff", b'{"at": 1}', b"[]\n", b"1\n\n\n"])
def test_a_line_that_was_cut_short_takes_none_along(left: bytes, tmp_path: Path) -> None:
    trail = AuditLog(tmp_path)
    trail.add(entry("ann"))
    with (tmp_path / "trail.jsonl").open("ab") as file:
        file.write(left)
    trail.add(entry("ben"))
    assert [one.who for one in trail.entries()] == ["ann", "ben"]


def test_it_stays_within_its_size_and_keeps_the_newest(tmp_path: Path) -> None:
    trail = AuditLog(tmp_path, most_bytes=1_000, files_kept=2)
    for number in range(100):
        trail.add(entry("ann", number))
    files = sorted(path.name for path in tmp_path.glob("trail*.jsonl"))
    assert files == ["trail-1.jsonl", "trail-2.jsonl", "trail.jsonl"]
    assert all((tmp_path / name).stat().st_size <= 1_000 for name in files)
    numbers = [int(one.target["name"]) for one in trail.entries()]
    assert numbers == list(range(numbers[0], 100))
    assert 10 < len(numbers) < 30


def test_a_long_name_is_cut(tmp_path: Path) -> None:
    trail = AuditLog(tmp_path)
    trail.add(Entry("", "ann", "owner", "", "POST", "/{name}", {"name": "x" * 100_000}))
    (one,) = trail.entries()
    assert len(one.target["name"]) == 200


ADD_MANY = """
import sys
from pathlib import Path
from likewise.workspace.audit_log import AuditLog, Entry

trail = AuditLog(Path(sys.argv[1]), most_bytes=20_000, files_kept=20)
for number in range(300):
    trail.add(Entry("2026", sys.argv[2], "owner", "", "POST", "/api/x", {"name": str(number)}))
"""


def test_several_processes_lose_no_line_when_a_file_is_full(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ADD_MANY, str(tmp_path)]
    writers = [subprocess.Popen([*command, who]) for who in ("ann", "ben")]
    assert [writer.wait(LIMIT) for writer in writers] == [0, 0]
    files = list(tmp_path.glob("trail*.jsonl"))
    assert len(files) > 3
    entries = list(AuditLog(tmp_path, files_kept=20).entries())
    assert Counter(one.who for one in entries) == {"ann": 300, "ben": 300}
    lines = [line for path in files for line in path.read_text().splitlines()]
    assert all(json.loads(line) for line in lines if line)  # no line is cut in two


def test_a_name_moves_no_cursor() -> None:
    one = Entry("", "", "", "", "DELETE", "/api/concepts/{name}", {"name": "a\x1b[2J\nb"})
    assert one.request == "DELETE /api/concepts/a\ufffd[2J\ufffdb"
