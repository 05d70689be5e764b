from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from likewise.errors import BusyError
from likewise.workspace.lock import writer_lock

_HOLDER = """
import sys
from pathlib import Path
from likewise.workspace.lock import writer_lock
with writer_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    tmp_path /= "odd {0} name {"
    tmp_path.mkdir()
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=f"process {holder.pid} on .* since 20"):
            writer_lock(tmp_path).__enter__()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with writer_lock(tmp_path):  # a dead holder is no hindrance
        assert str(os.getpid()) in (tmp_path / "writer.json").read_text()
    assert not (tmp_path / "writer.json").exists()
