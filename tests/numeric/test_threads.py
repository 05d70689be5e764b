"""Threads share out blocks, and share few heaps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from likewise.numeric.threads import Blocks, available_processors, share_blocks


@pytest.mark.parametrize(("rows", "block"), [(0, 4), (1, 4), (4, 4), (5, 4), (1003, 10)])
def test_every_row_is_in_one_block(rows: int, block: int) -> None:
    def mine(blocks: Blocks) -> list[tuple[int, int]]:
        return list(blocks)

    shared = share_blocks(rows, mine, block)
    assert all(part == sorted(part) for part in shared)
    together = sorted(one for part in shared for one in part)
    assert [row for start, end in together for row in range(start, end)] == list(range(rows))


def test_an_error_in_a_thread_is_not_lost() -> None:
    def work(blocks: Blocks) -> None:
        for start, _ in blocks:
            if start == 8:
                raise ValueError("row 8")

    with pytest.raises(ValueError, match="row 8"):
        share_blocks(100, work, 2)


def test_blocks_within_blocks_are_worked_on_though_every_thread_is_taken() -> None:
    def inner(blocks: Blocks) -> int:
        return sum(end - start for start, end in blocks)

    def outer(blocks: Blocks) -> int:
        return sum(sum(share_blocks(100, inner, 1)) for _ in blocks)

    assert sum(share_blocks(300, outer, 1)) == 300 * 100


_COUNT = """
import ctypes, sys, threading
from likewise.numeric.threads import few_arenas
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
    from likewise.numeric.threads import few_arenas

    monkeypatch.setenv("MALLOC_ARENA_MAX", "7")
    assert not few_arenas()


def test_without_a_way_to_ask_for_processors_all_of_the_machine_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on macOS and Windows, where the system does not say how many a process may use."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert available_processors() == os.cpu_count()
    assert sum(share_blocks(100, lambda blocks: sum(b - a for a, b in blocks), 3)) == 100
