"""The audit trail: who asked the web app for what, one line of JSON a request.

It is a file beside the database and no table in it: it only grows, is only read from end to end,
may lose its last second in a power cut without harm (what was decided has a log of its own, with
names and times, that loses nothing), and a database that is damaged or full must not take it along.
Lines are handed to the operating system before the request is answered, so ``kill -9`` loses none.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from filelock import FileLock

MOST_BYTES = 8 * 2**20
"""Of one file; then another is begun."""

KEPT = 4
"""Full files that are kept beside the one that grows; the oldest goes."""

_LONGEST = 200  # characters of a value; the rest says nothing more


@dataclass(frozen=True)
class Entry:
    """One request that changed something, or that was refused for want of a role.

    Attributes:
        at: when it was answered, UTC.
        who: by whose token.
        role: what they might do then.
        peer: the address it came from.
        method, route: of HTTP; the route with its parameters in braces.
        target: what it was about: the route's parameters, and a name or folder from the request.
        status: how it was answered; 403 is a refusal.
        unwritten: refusals of the same person right before that were too many to write down.
    """

    at: str
    who: str
    role: str
    peer: str
    method: str
    route: str
    target: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    unwritten: int = 0

    @property
    def request(self) -> str:
        """Method and path as they were asked for, and the rest of the target behind.

        Example:
            >>> about = {"name": "disc", "to": "a/b"}
            >>> Entry("", "ann", "owner", "", "POST", "/api/x/{name}", about).request
            'POST /api/x/disc to=a/b'
        """
        path, rest = self.route, ""
        for name, value in self.target.items():
            shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in value)
            if f"{{{name}}}" in path:
                path = path.replace(f"{{{name}}}", shown)
            else:
                rest += f" {name}={shown}"
        return f"{self.method} {path}{rest}"


class AuditLog:
    """The files of one workspace's trail; several processes may write them.

    Args:
        folder: of the workspace.
        most_bytes: of one file.
        kept: full files that are kept.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     trail = AuditLog(Path(folder))
        ...     trail.add(Entry("2026-11-28T06:00:00Z", "ann", "owner", "", "POST", "/api"))
        ...     [entry.who for entry in trail.entries()]
        ['ann']
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES, files_kept: int = KEPT) -> None:
        self._path, self._most, self._kept = folder / "trail.jsonl", most_bytes, files_kept
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Write a line.

        Raises:
            OSError: the disk is full or refuses; what was written before is as it was.
        """
        target = {name: value[:_LONGEST] for name, value in entry.target.items()}
        line = (json.dumps({**asdict(entry), "target": target}) + "\n").encode()
        with self._lock:
            if self._size() + len(line) > self._most:
                self._turn_over(len(line))
            handle = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                # Of a line that another process is writing the first part may be there already:
                # then an empty line comes after it, which readers pass over.
                size = os.fstat(handle).st_size
                cut = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
                os.write(handle, b"\n" + line if cut else line)  # at once: none is cut in two
            finally:
                os.close(handle)

    def entries(self) -> Iterator[Entry]:
        """All that is kept, the oldest first; a line that was cut short is passed over."""
        for number in range(self._kept, -1, -1):
            try:
                lines = self._file(number).read_text("utf-8", "replace").splitlines()
            except FileNotFoundError:
                continue
            for line in lines:
                try:
                    yield Entry(**json.loads(line))
                except (ValueError, TypeError):
                    continue

    def _file(self, number: int) -> Path:
        return self._path.with_name(f"trail-{number}.jsonl") if number else self._path

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def _turn_over(self, more: int) -> None:
        with FileLock(self._path.with_suffix(".lock")):
            if self._size() + more <= self._most:
                return  # another process was first
            for number in range(self._kept - 1, -1, -1):
                if self._file(number).exists():
                    self._file(number).replace(self._file(number + 1))
