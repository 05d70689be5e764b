"""Main commands ask nothing of a network, and write nothing outside of the named folders."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from drawings import draw

COMMAND = str(Path(sys.executable).with_name("likewise"))
COMMANDS = (
    "index photos",
    "search zebra --like photos/disc/00.png",
    "concept create disc --like disc/00.png --like disc/01.png",
    "learn disc --out disc.rule",
    "classify photos/square --rule disc.rule",
    "curate duplicates --labels none",
    "export disc --to out",
    "rule export disc --to disc.onnx",
    "fewshot train photos --out shapes.classifier",
    "report disc",
    "info",
    "doctor",
    "encoders list",
)
CALLS = "connect,sendto,sendmsg,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink"
WRITES = re.compile(
    r'(?:openat\([^"]*|creat\(|mkdir\(|mkdirat\([^"]*|rename[a-z0-9]*\([^"]*)"(/[^"]*)"'
)
NOT_FILES = ("/dev/", "/proc/", "/sys/")


@pytest.fixture(scope="module")
def strace() -> str:
    """The tracer, where it may trace here."""
    found = shutil.which("strace")
    if found is None or subprocess.run([found, "-qq", "true"], check=False).returncode:
        pytest.skip("strace is missing or may not trace here; run: apt-get install strace")
    return found


@pytest.mark.slow
def test_no_command_uses_a_network_or_writes_elsewhere(tmp_path: Path, strace: str) -> None:
    home, temporary, work = (tmp_path / name for name in ("home", "temporary", "work"))
    for folder in (home / ".cache", temporary, work):
        folder.mkdir(parents=True)
    draw(work / "photos", 4)
    own = {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    log = tmp_path / "trace"
    allowed = (str(work), str(temporary), str(home / ".cache" / "likewise"), *NOT_FILES)
    for line in COMMANDS:
        traced = [strace, "-f", "-qq", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(log)]
        done = subprocess.run(
            [*traced, COMMAND, *line.split()],
            cwd=work, env=own, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (line, done.stderr[-2000:])
        for call in log.read_text(errors="replace").splitlines():
            assert "AF_INET" not in call, f"{line}: {call}"
            match = WRITES.search(call)
            if match is None or "ENOENT" in call or "EEXIST" in call:
                continue
            if "openat" in call and not re.search("O_WRONLY|O_RDWR|O_CREAT", call):
                continue
            assert match[1].startswith(allowed), f"{line} writes {match[1]}: {call}"


def test_telemetry_is_off_before_any_library_is_imported() -> None:
    code = (
        "import likewise, os, sys;"
        "print([os.environ[x] for x in ('ORT_DISABLE_TELEMETRY', 'DO_NOT_TRACK')],"
        "'onnxruntime' in sys.modules)"
    )
    own = {k: v for k, v in os.environ.items() if "TELEMETRY" not in k and "TRACK" not in k}
    done = subprocess.run(
        [sys.executable, "-c", code], env=own, capture_output=True, text=True, check=True
    )
    assert done.stdout == "['1', '1'] False\n"
