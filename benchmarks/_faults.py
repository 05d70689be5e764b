"""Runs a command of likewise in a fork of this process, with faults that strace injects.

This process has imported everything and used nothing, so that a fork can begin at once; each
command has a process of its own all the same. strace holds the fork while it goes on, and makes
its Nth call of a kind fail, or kills it there.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

from likewise import cli, registry

ERRNOS = {
    "write": ("ENOSPC", "EIO", "EINTR", "EDQUOT"),
    "pwrite64": ("ENOSPC", "EIO", "EINTR"),
    "fsync": ("EIO", "ENOSPC", "EINTR"),
    "fdatasync": ("EIO", "ENOSPC"),
    "rename": ("EACCES", "EPERM", "EIO", "ENOSPC", "EROFS"),
    "renameat2": ("EACCES", "EPERM", "EIO", "EINVAL"),
    "link": ("EPERM", "EACCES", "ENOSPC", "EMLINK"),
    "linkat": ("EPERM", "EACCES", "ENOSPC", "EMLINK"),
    "openat": ("EMFILE", "ENFILE", "EACCES", "EIO", "ENOSPC", "EINTR", "EROFS"),
    "unlink": ("EACCES", "EPERM", "EIO", "EBUSY"),
    "unlinkat": ("EACCES", "EPERM", "EIO"),
    "rmdir": ("EACCES", "EBUSY", "ENOTEMPTY"),
    "mkdir": ("ENOSPC", "EACCES", "EROFS", "EDQUOT"),
    "ftruncate": ("EIO", "ENOSPC"),
    "fallocate": ("ENOSPC", "EOPNOTSUPP"),
    "read": ("EIO", "EINTR"),
    "pread64": ("EIO",),
    "copy_file_range": ("EIO", "ENOSPC", "EXDEV"),
    "sendfile": ("EIO", "ENOSPC"),
    "getdents64": ("EIO", "EACCES"),
    "utimensat": ("EPERM", "EACCES"),
    "fchmod": ("EPERM",),
    "flock": ("ENOLCK", "EINTR"),
}
"""What each call may answer on a disk that is full, breaks, or refuses."""

_FAMILIES = ("sources", "encoders", "rules", "export")
KILLED = -signal.SIGKILL
_PATIENCE = 60.0
_SET_TRACER = 0x59616D61  # PR_SET_PTRACER of Linux


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        code: its exit code; negative for a signal, None where it had to be ended.
        out, err: what it wrote.
        calls: what strace noted, a line a call.
    """

    code: int | None
    out: str
    err: str
    calls: tuple[str, ...] = ()

    @property
    def injected(self) -> tuple[str, ...]:
        """The calls that were made to fail; none where one was about a pipe and the like."""
        found = tuple(x for x in self.calls if "(INJECTED)" in x)
        return () if any(map(_NO_FILE.search, found)) else found


def forked(work: Callable[[], Any]) -> Any:
    """What `work` answers in a fork, as JSON has it.

    Raises:
        RuntimeError: it failed, with its traceback.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer = {"answer": work()}
        except BaseException:
            answer = {"failed": traceback.format_exc()}
        with os.fdopen(writing, "w") as out:
            json.dump(answer, out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        text = said.read()
    os.waitpid(child, 0)
    told = json.loads(text or '{"failed": "it said nothing"}')
    if "failed" in told:
        raise RuntimeError(told["failed"])
    return told["answer"]


def run(
    work: Sequence[str] | Callable[[], object],
    inject: str | None = None,
    trace: str | None = None,
    notes: Path | None = None,
) -> Ended:
    """Run a command, or a function as if it were one, to its end.

    Args:
        work: arguments of `likewise`, or a function.
        inject: for strace, such as "rename:error=EIO:when=2".
        trace: names of calls to note; those of `inject` unless given.
        notes: a file for strace's notes; it must be given with `inject` or `trace`.
    """
    out, err = os.memfd_create("out"), os.memfd_create("err")
    held = inject is not None or trace is not None
    child = os.fork()
    if child == 0:
        _live(work, out, err, held)
    tracer = None
    if held:
        assert notes is not None
        what = ["-e", f"trace={trace or (inject or '').partition(':')[0]}"]
        what += ["-e", f"inject={inject}"] if inject else []
        command = ["strace", "-f", "-qq", "-y", "-o", str(notes), *what, "-p", str(child)]
        tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    code = _wait(child, tracer)
    if tracer is not None:
        tracer.wait()
    texts = []
    for handle in (out, err):
        os.lseek(handle, 0, os.SEEK_SET)
        with os.fdopen(handle, "rb") as file:
            texts.append(file.read().decode("utf-8", "replace"))
    lines = _joined(notes.read_text(errors="replace")) if held and notes else ()
    return Ended(code, texts[0], texts[1], lines)


def _joined(notes: str) -> tuple[str, ...]:
    """A line a call: strace breaks those in two during which another thread had its turn."""
    begun, lines = dict[str, str](), []
    for line in notes.splitlines():
        thread = line.partition(" ")[0]
        if line.endswith("<unfinished ...>"):
            begun[thread] = line.removesuffix("<unfinished ...>")
            continue
        if " resumed>" in line[:60]:
            line = begun.pop(thread, "") + line.partition(" resumed>")[2]
        lines.append(line)
    return (*lines, *begun.values())


def _live(work: Sequence[str] | Callable[[], object], out: int, err: int, held: bool) -> NoReturn:
    """The child's life: wait until strace has it, then be `likewise`."""
    code: object = 1
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        if held:  # where only parents may trace, strace, which is none, has to be let in
            ctypes.CDLL(None).prctl(_SET_TRACER, ctypes.c_ulong(-1))
        deadline = time.monotonic() + _PATIENCE
        while held and not _is_traced() and time.monotonic() < deadline:
            time.sleep(0.001)
        if callable(work):
            sys.argv = ["likewise"]
            vars(cli)["commands"] = click.Command("work", callback=lambda: work())
        else:
            sys.argv = ["likewise", *work]
        cli.main()
    except SystemExit as stop:
        code = stop.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code if isinstance(code, int) else 1)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Nothing of this process is shown; it is a fork and ends soon."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    yield


def import_what_is_used(works: Sequence[Sequence[str] | Callable[[], object]]) -> None:
    """Import here what each work imports when it is first done, so that no fork has to."""

    def modules(work: Sequence[str] | Callable[[], object]) -> list[str]:
        sys.argv = ["likewise"] if callable(work) else ["likewise", *work]
        with contextlib.suppress(SystemExit), _silence():
            work() if callable(work) else cli.main()
        return list(sys.modules)

    warnings.filterwarnings("ignore", "lance is not fork-safe")  # nothing of it runs here
    for work in works:
        for name in forked(partial(modules, work)):
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    for family in _FAMILIES:
        registry.names(family)


def _is_traced() -> bool:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return "TracerPid:\t0\n" not in status


def _wait(child: int, tracer: subprocess.Popen[bytes] | None) -> int | None:
    """Its exit code; one that goes on for a minute is ended."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        refused = tracer is not None and tracer.poll() not in (None, 0)
        if refused or time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            if refused:
                raise SystemExit("strace may not look into processes here; run it as root")
            return None
        time.sleep(0.002)


_CALL = re.compile(r"^(\d+) +(\w+)\(")
_NO_FILE = re.compile(r"<anon_inode:|memfd:|<pipe:|<socket:|[</](?:proc|sys|dev|etc)/")


def chances(ended: Ended) -> dict[str, tuple[list[int], int]]:
    """For each call: which of the first thread's concern a file, and how many others make."""
    first = next((match[1] for line in ended.calls if (match := _CALL.match(line))), "")
    counts, files = Counter[tuple[str, str]](), defaultdict[str, list[int]](list)
    for line in ended.calls:
        match = _CALL.match(line)
        if match is not None:
            thread, call = match.groups()
            counts[thread, call] += 1
            if thread == first and not _NO_FILE.search(line):
                files[call].append(counts[thread, call])
    others = {call: 0 for _, call in counts}
    for (thread, call), count in counts.items():
        if thread != first:
            others[call] = max(others[call], count)
    return {call: (files[call], others[call]) for call in others if files[call] or others[call]}


def need_strace() -> None:
    """Stop here where the faults cannot be injected."""
    if shutil.which("strace") is None:
        raise SystemExit("strace injects the faults; install it: apt-get install strace")
