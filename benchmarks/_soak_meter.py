"""What a soak measures: a process's memory and handles over time, latencies by kind, pauses."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import numpy as np
from scipy.stats import t as student

_MIB = 1024.0
_BLOCKS = 20  # means of neighbouring samples, which depend on one another less than samples do
_TICK, _GAP = 0.25, 1.0  # seconds


@dataclass(frozen=True)
class Sample:
    """One look at a process and its workspace.

    Attributes:
        at: seconds since the start, stopped time left out.
        resident: MiB of memory, files mapped into it included.
        own: MiB of memory that is no file's.
        descriptors, threads: how many are open, and run.
        disk: MiB that the workspace takes.
        processor: seconds of processor time that it and its dead children took.
    """

    at: float
    resident: float
    own: float
    descriptors: int
    threads: int
    disk: float
    processor: float


def look(process: int, workspace: Path, at: float) -> Sample:
    """Read a sample from Linux's /proc."""
    place = Path("/proc") / str(process)
    status = dict(
        line.split(":", 1) for line in (place / "status").read_text().splitlines() if ":" in line
    )
    spent = (place / "stat").read_text().rpartition(")")[2].split()[11:15]
    return Sample(
        at,
        int(status["VmRSS"].split()[0]) / _MIB,
        int(status["RssAnon"].split()[0]) / _MIB,
        len(list((place / "fd").iterdir())),
        int(status["Threads"]),
        _disk(workspace) / _MIB / 1024,
        sum(map(int, spent)) / os.sysconf("SC_CLK_TCK"),
    )


def _disk(folder: Path) -> int:
    total = 0
    for inside, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.stat(os.path.join(inside, name)).st_blocks * 512  # noqa: PTH116, PTH118
            except FileNotFoundError:  # written anew meanwhile
                continue
    return total


def slope(at: list[float], values: list[float]) -> tuple[float, float, float]:
    """Growth an hour and its 95 % interval, by least squares over means of 20 blocks.

    Args:
        at: seconds, increasing.
        values: as many.

    Example:
        >>> at = [float(second) for second in range(100)]
        >>> [round(one, 6) for one in slope(at, [2.0 * second / 3600 for second in at])]
        [2.0, 2.0, 2.0]
    """
    blocks = min(_BLOCKS, len(at))
    if blocks < 3:
        return math.nan, -math.inf, math.inf
    x = np.array([part.mean() for part in np.array_split(np.array(at), blocks)]) / 3600
    y = np.array([part.mean() for part in np.array_split(np.array(values), blocks)])
    away = x - x.mean()
    found = float(away @ y / (away @ away))
    left = y - y.mean() - found * away
    error = math.sqrt(float(left @ left) / (blocks - 2) / float(away @ away))
    reach = float(student.ppf(0.975, blocks - 2)) * error
    return found, found - reach, found + reach


class Pauses:
    """Times at which all of the soak was stopped (SIGSTOP) and went on (SIGCONT).

    A gap in the ticks of a thread counts only where SIGCONT came at its end: that the machine is
    slow is not left out.
    """

    def __init__(self) -> None:
        self._gaps: list[tuple[float, float]] = []
        self._continued: list[float] = []
        self._done = threading.Event()
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    @contextmanager
    def noticed(self) -> Iterator[None]:
        """Listen while this lasts; the main thread's to use."""
        before = signal.signal(signal.SIGCONT, self._went_on)
        self._thread.start()
        try:
            yield
        finally:
            self._done.set()
            self._thread.join()
            signal.signal(signal.SIGCONT, before)

    def all(self) -> list[tuple[float, float]]:
        """From when to when, by the clock of `time.monotonic`."""
        return [
            (start, end)
            for start, end in list(self._gaps)
            if any(start <= told <= end + 1 for told in list(self._continued))
        ]

    def within(self, start: float, end: float) -> float:
        """Seconds of a stretch of time that were no time at all."""
        return sum(max(0.0, min(end, b) - max(start, a)) for a, b in self.all())

    def _tick(self) -> None:
        while not self._done.wait(_TICK):
            now = time.monotonic()
            if now - self._last > _GAP:
                self._gaps.append((self._last, now))
            self._last = now

    def _went_on(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._continued.append(time.monotonic())


@dataclass
class Meter:
    """Latencies by kind, and what went wrong; for many threads.

    Attributes:
        pauses: what touches one of them is no latency.
        begun: when the load began.
        errors: a sentence each.
        left_out: how many latencies were touched by a pause.
    """

    pauses: Pauses
    begun: float = field(default_factory=time.monotonic)
    errors: list[str] = field(default_factory=list)
    left_out: int = 0
    _times: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self) -> float:
        """Seconds since the beginning, without those in which all was stopped."""
        now = time.monotonic()
        return now - self.begun - self.pauses.within(self.begun, now)

    @contextmanager
    def timed(self, kind: str) -> Iterator[None]:
        """Time one operation; one that fails is an error and has no latency."""
        started = time.monotonic()
        try:
            yield
        except Exception as error:  # whatever it is, it is written down and the load goes on
            with self._lock:
                self.errors.append(f"{kind} at {self.at():.0f} s: {error!r}")
            raise
        ended = time.monotonic()
        with self._lock:
            self._times[kind].append((started, ended))

    def count(self) -> int:
        """Operations that succeeded."""
        with self._lock:
            return sum(map(len, self._times.values()))

    def rows(self, until: float) -> list[tuple[str, int, list[float], list[float]]]:
        """Of each kind its name, count, and 50th, 95th and 99th percentile in ms.

        First those of the first quarter of the time until `until` (by `time.monotonic`), then
        those of the last.
        """
        pauses = self.pauses.all()
        quarter = (until - self.begun) / 4
        found = []
        self.left_out = 0
        for kind, times in sorted(self._times.items()):
            whole = [
                (a, b) for a, b in times if not any(a < end and b > start for start, end in pauses)
            ]
            self.left_out += len(times) - len(whole)
            first = [b - a for a, b in whole if a < self.begun + quarter]
            last = [b - a for a, b in whole if a >= until - quarter]
            found.append((kind, len(times), _percentiles(first), _percentiles(last)))
        return found


def _percentiles(seconds: list[float]) -> list[float]:
    if not seconds:
        return [math.nan] * 3
    return [1e3 * float(one) for one in np.percentile(seconds, (50, 95, 99))]
