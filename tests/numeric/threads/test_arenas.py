"""A server's many threads share few heaps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_COUNT = """
import ctypes, sys, threading
from likewise.numeric.threads.arenas import few_arenas
if sys.argv[1] == "few":
    assert few_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.fopen.restype = ctypes.c_void_p
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fclose.argtypes = [ctypes.c_void_p]
together = threading.Barrier(12)
def work():
    together.wait()
    libc.malloc(10_000)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
out = libc.fopen(sys.argv[2].encode(), b"w")
libc.malloc_info(0, out)
libc.fclose(out)
"""


def arenas(how: str, out: Path) -> int:
    """How many heaps twelve threads make."""
    own = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    subprocess.run([sys.executable, "-c", _COUNT, how, str(out)], check=True, env=own)
    return out.read_text().count("<heap nr=")


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not os.confstr("CS_GNU_LIBC_VERSION"),
    reason="heaps are counted as glibc tells them",
)
def test_threads_share_two_heaps(tmp_path: Path) -> None:
    assert arenas("few", tmp_path / "few.xml") <= 2 < arenas("many", tmp_path / "many.xml")


def test_what_the_environment_says_goes_before(monkeypatch: pytest.MonkeyPatch) -> None:
    from likewise.numeric.threads.arenas import few_arenas

    monkeypatch.setenv("MALLOC_ARENA_MAX", "7")
    assert not few_arenas()
