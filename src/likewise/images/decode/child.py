"""The process that decodes: ``likewise.core.isolation.python_main`` starts it with FD and
MEGABYTES.

It reads one request a line from standard input and answers one line each to standard output, as
JSON. The bytes of the file and the pixels go through the shared memory behind FD; the parent
makes it larger when this process says what it needs.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import sys
from types import TracebackType
from typing import Any, BinaryIO

from PIL import Image

from likewise.core.box import Box
from likewise.images.decode.confinement import allow_seconds, confine
from likewise.images.decode.facts import BadImageError, Decoded, Limits
from likewise.images.decode.read import decode_parts


class _Turn:
    """Asks the parent before a large picture is decoded: of all processes one at a time may."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def __enter__(self) -> None:
        self._wire.ask({"turn": True})

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The parent takes the turn back when it has the answer."""


class _Wire:
    """Lines to the parent and back."""

    def __init__(self, reads: BinaryIO, writes: BinaryIO) -> None:
        self._reads, self._writes = reads, writes

    def next(self) -> dict[str, Any] | None:
        """The parent's next line, or None when it is gone."""
        line = self._reads.readline()
        return json.loads(line) if line.endswith(b"\n") else None

    def tell(self, what: dict[str, Any]) -> None:
        """One line to the parent."""
        self._writes.write(json.dumps(what).encode() + b"\n")
        self._writes.flush()

    def ask(self, what: dict[str, Any]) -> None:
        """One line to the parent, and its answer waited for."""
        self.tell(what)
        if self.next() is None:
            sys.exit()


def serve(memory: int, megabytes: float, wire: _Wire) -> None:
    """Decode what is asked for until the parent is gone."""
    Image.init()  # every format's module, while files can still be opened in any way
    wire.tell({"fences": confine(megabytes)})
    shared: mmap.mmap | None = None  # kept: mapping anew costs a page fault for every 4 KB
    while (request := wire.next()) is not None:
        allow_seconds(request["seconds"])
        limits = Limits(max_megapixels=request["megapixels"])
        shared = _mapped(shared, memory, request["room"])
        data = shared[: request["bytes"]]
        boxes = [None if box is None else Box(*box) for box in request["boxes"]]
        try:
            parts = decode_parts(data, boxes, request["shortest"], limits, turn=_Turn(wire))
        except BadImageError as error:
            wire.tell({"refused": str(error)})
            continue
        pixels = [b"" if isinstance(x, BadImageError) else x.image.tobytes() for x in parts]
        room = sum(map(len, pixels))
        if room > request["room"]:
            wire.ask({"room": room})
            shared = _mapped(shared, memory, room)
        shared[:room] = b"".join(pixels)
        wire.tell({"parts": [_answer_of(part) for part in parts]})


def _answer_of(part: Decoded | BadImageError) -> dict[str, Any]:
    """What is said of one part, its pixels apart."""
    if isinstance(part, BadImageError):
        return {"refused": str(part)}
    return {"facts": vars(part.without_image()), "size": part.image.size}


def _mapped(old: mmap.mmap | None, memory: int, room: int) -> mmap.mmap:
    """The shared memory in this process, all of it."""
    if old is not None and len(old) == room:
        return old
    if old is not None:
        old.close()
    return mmap.mmap(memory, room)


def main() -> None:
    """Run by the parent; see `likewise.images.decode.confined`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    wire = _Wire(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    serve(int(sys.argv[1]), float(sys.argv[2]), wire)


if __name__ == "__main__":
    main()
