"""Decoding in processes of its own, which the kernel ends when they take too much.

A decoder is the one part of this program that reads hostile bytes in C. Here it may crash, hang
or ask for all memory there is, and costs one file. On Linux and macOS; elsewhere, and with
``LIKEWISE_DECODE=threads``, pictures are decoded in this process.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import platform
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from PIL import Image

from likewise.core.box import Box
from likewise.core.isolation import python_main
from likewise.errors import BadInputError, StorageError
from likewise.images.decode.confinement import has_filter
from likewise.images.decode.facts import BadImageError, Decoded, ImageFacts, Limits
from likewise.images.decode.read import decode_parts, large_image_lock, read_bytes

_ROOM = 2**20  # bytes of shared memory to begin with; it grows to what is asked for
_KEPT_ROOM = 2**26  # what a process keeps of it between pictures
_PATIENCE = 3.0  # wall time over processor time, and a process that waits is ended


def read_confined(
    path: str | os.PathLike[str], shortest: int | None = None, limits: Limits | None = None
) -> Decoded:
    """Read an image file as `likewise.images.decode.read_image` does, in a process that may be
    ended.

    Raises:
        BadImageError: it cannot be read, for the reason in the message; also when it takes more
            processor time or memory than `limits` allow, or crashes the decoder.
    """
    return decode_confined(read_bytes(path, limits), shortest, limits)


def decode_confined(
    data: bytes,
    shortest: int | None = None,
    limits: Limits | None = None,
    box: Box | None = None,
) -> Decoded:
    """Decode as `likewise.images.decode.decode` does, in a process that may be ended.

    Raises:
        BadImageError: see `read_confined`.
        StorageError: a process cannot be started.
    """
    (part,) = decode_parts_confined(data, [box], shortest, limits)
    if isinstance(part, BadImageError):
        raise part
    return part


def decode_parts_confined(
    data: bytes,
    boxes: Sequence[Box | None],
    shortest: int | None = None,
    limits: Limits | None = None,
) -> list[Decoded | BadImageError]:
    """Decode as `likewise.images.decode.decode_parts` does, in a process that may be ended.

    Called from several threads, each has a process of its own; processes are kept for the next.

    Raises:
        BadImageError: see `read_confined`.
        StorageError: a process cannot be started.
    """
    caps = limits or Limits()
    if not decodes_in_processes():
        return decode_parts(data, boxes, shortest, caps)
    if not data:
        raise BadImageError("empty file (0 bytes)")
    with _at_once:
        child = _take(caps.max_memory_megabytes)
        try:
            decoded = child.decode(data, boxes, shortest, caps)
        except BadImageError:
            _give_back(child)
            raise
        except BaseException:
            child.end()
            raise
        _give_back(child)
        return decoded


def decodes_in_processes() -> bool:
    """Whether pictures are decoded in processes of their own here."""
    how = os.environ.get("LIKEWISE_DECODE", "processes")
    if how not in ("processes", "threads"):
        raise BadInputError(f"LIKEWISE_DECODE is '{how}'; processes or threads is wanted")
    return how == "processes" and sys.platform != "win32"


def fences() -> tuple[str, ...]:
    """What keeps a decoding process in here, in a few words each; none where there are none."""
    if not decodes_in_processes():
        return ()
    child = _take(Limits().max_memory_megabytes)
    _give_back(child)
    return child.fences


def missing_fence() -> str:
    """What this platform does not keep a decoding process from, as a sentence; "" on Linux.

    Also "" where ``LIKEWISE_DECODE=threads`` leaves the processes out by choice.
    """
    if not decodes_in_processes() or has_filter():
        return ""
    return (
        f"this machine ({sys.platform}, {platform.machine()}) has no fence around the processes "
        "that decode images: a hostile image could use the network, programs and files; index "
        "only images that you trust, or use Linux"
    )


class _Child:
    """One decoding process, used by one thread at a time."""

    def __init__(self, megabytes: float) -> None:
        self.megabytes = megabytes
        self.made_by = os.getpid()
        self.alive = True
        self._memory = _shared_memory()
        os.ftruncate(self._memory, _ROOM)
        self._room = _ROOM
        try:
            self._process = subprocess.Popen(
                [*python_main("likewise.images.decode.child"), str(self._memory), str(megabytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[self._memory],
            )
        except OSError as error:
            os.close(self._memory)
            raise StorageError(
                f"a process to decode images in cannot be started ({error.strerror}); "
                "free some memory, or decode in this one with LIKEWISE_DECODE=threads"
            ) from error
        answer = self._answer(60.0)
        if answer is None:
            self.end()
            raise StorageError(
                "the process to decode images in ended at once, as for lack of memory; raise its "
                "limit (ulimit -v), or decode in this one with LIKEWISE_DECODE=threads"
            )
        self.fences: tuple[str, ...] = tuple(answer["fences"])

    def decode(
        self, data: bytes, boxes: Sequence[Box | None], shortest: int | None, limits: Limits
    ) -> list[Decoded | BadImageError]:
        """Have it decode one file.

        Raises:
            BadImageError: refused, or the process did not live through it; then it is ended.
        """
        self._make_room(len(data))
        os.pwrite(self._memory, data, 0)
        self._tell(
            {
                "bytes": len(data),
                "boxes": boxes,
                "room": self._room,
                "shortest": shortest,
                "megapixels": limits.max_megapixels,
                "seconds": limits.max_seconds,
            }
        )
        with ExitStack() as turn:
            while True:
                answer = self._answer(limits.max_seconds * _PATIENCE)
                if answer is None:
                    raise BadImageError(self._how_it_ended(limits))
                if "turn" in answer:
                    turn.enter_context(large_image_lock)
                    self._tell({})
                elif "room" in answer:
                    self._make_room(answer["room"])
                    self._tell({})
                else:
                    break
        if "refused" in answer:
            raise BadImageError(str(answer["refused"]))
        decoded = list(self._decoded(answer["parts"]))
        if self._room > _KEPT_ROOM:
            os.ftruncate(self._memory, _ROOM)
            self._room = _ROOM
        return decoded

    def _decoded(self, parts: list[dict[str, Any]]) -> Iterator[Decoded | BadImageError]:
        start = 0
        for part in parts:
            if "refused" in part:
                yield BadImageError(str(part["refused"]))
                continue
            width, height = part["size"]
            pixels = os.pread(self._memory, width * height * 3, start)
            start += len(pixels)
            facts = ImageFacts(**part["facts"])
            yield Decoded(**vars(facts), image=Image.frombytes("RGB", (width, height), pixels))

    def _make_room(self, size: int) -> None:
        if size > self._room:
            os.ftruncate(self._memory, size)
            self._room = size

    def _tell(self, what: dict[str, Any]) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        with contextlib.suppress(BrokenPipeError):  # the answer says how it ended
            pipe.write(json.dumps(what).encode() + b"\n")
            pipe.flush()

    def _answer(self, seconds: float) -> dict[str, Any] | None:
        """Its next line, or None when it ended or took too long."""
        pipe = self._process.stdout
        assert pipe is not None
        ready, _, _ = select.select([pipe], [], [], seconds)
        line = pipe.readline() if ready else b""
        answer: dict[str, Any] | None = json.loads(line) if line.endswith(b"\n") else None
        return answer

    def _how_it_ended(self, limits: Limits) -> str:
        """Why there is no answer, and the process put out of its misery."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)  # it may be on its way out
        code = self._process.poll()
        self.end()
        if code is None or -code == signal.SIGXCPU:
            return (
                f"takes more than {limits.max_seconds:g} s to decode; raise the cap with "
                "--max-seconds"
            )
        if code < 0:
            return f"crashes the decoder (signal {-code}, {signal.Signals(-code).name})"
        return f"needs more than {self.megabytes:g} megabytes of memory to decode"

    @property
    def runs(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def end(self) -> None:
        """Kill it and let go of what it held."""
        if not self.alive:
            return
        self.alive = False
        if self.made_by == os.getpid():
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        os.close(self._memory)


_MOST = 2 * (os.cpu_count() or 1)  # processes at once; threads beyond that wait for one
_at_once = threading.BoundedSemaphore(_MOST)
_idle: list[_Child] = []
_lock = threading.Lock()


def _take(megabytes: float) -> _Child:
    """An idle process with that cap, or a new one."""
    with _lock:
        # After a fork the pipes are shared with the parent; its processes are not ours to use.
        for child in _idle[::-1]:  # the one used last is warm
            if child.made_by != os.getpid() or child.megabytes != megabytes:
                continue
            _idle.remove(child)
            if child.runs:
                return child
            child.end()  # it ended while nobody used it: no image is to blame
    return _Child(megabytes)


def _give_back(child: _Child) -> None:
    """Keep a process for the next picture, if it lives."""
    with _lock:
        if child.alive and len(_idle) < _MOST:
            _idle.append(child)
            return
    child.end()


@atexit.register
def _end_all() -> None:
    with _lock:
        while _idle:
            _idle.pop().end()


def _shared_memory() -> int:
    """A file descriptor of memory that another process can map."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("likewise-pixels", os.MFD_CLOEXEC)
    number, name = tempfile.mkstemp()
    Path(name).unlink()
    return number
