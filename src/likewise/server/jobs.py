"""Long tasks of the server: one of a kind at a time, with progress, that can be cancelled."""

from __future__ import annotations

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from likewise.core.progress import Progress
from likewise.errors import BusyError, LikewiseError, NotFoundError
from likewise.server.events import Events

_TELL_EVERY = 0.2  # seconds between two messages about one job's progress
_KEPT = 50
_MOST = 8  # of one kind that run or wait for their turn
_LOOK_EVERY = 0.2  # seconds between two looks at whether a task that waits is still wanted


class Cancelled(Exception):  # noqa: N818 - a wish, not a fault
    """The person does not want the task to go on."""


@dataclass
class Job:
    """One task.

    Attributes:
        id: its number, while this server runs.
        kind: "index", "export", "map" ...
        key: names what it makes; the same thing is not made twice at once.
        state: "running", "done", "failed" or "cancelled".
        waiting: whether it waits for another of its kind to end.
        done, total: how far it is; total is 0 before it is known.
        result: what it answered, in JSON's types.
        error: why it failed: one sentence.
        seconds: how long it has run.
    """

    id: int
    kind: str
    key: str | None = None
    state: str = "running"
    waiting: bool = True
    done: int = 0
    total: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    active: bool = True

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings, with the rate and the seconds left."""
        seconds = (self.ended or time.monotonic()) - self.started
        rate = self.done / seconds if seconds > 0 else 0.0
        left = (self.total - self.done) / rate if rate and self.total else None
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state,
            "waiting": self.waiting,
            "done": self.done,
            "total": self.total,
            "seconds": round(seconds, 1),
            "rate": round(rate, 1),
            "seconds_left": None if left is None else round(left, 1),
            "result": self.result,
            "error": self.error,
        }


class Jobs:
    """The tasks of one server; each is told about as it goes."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._jobs: dict[int, Job] = {}
        self._threads: dict[int, threading.Thread] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def start(
        self, kind: str, work: Callable[[Progress], dict[str, Any]], key: str | None = None
    ) -> Job:
        """Begin a task in a thread of its own, when no other of its kind runs.

        Args:
            kind: what it is.
            work: does it, and answers the result in JSON's types.
            key: names what it makes; where a task that makes this runs or waits, that one is
                answered and no other begun.

        Raises:
            BusyError: very many of this kind wait already.
        """
        with self._lock:
            open_jobs = [job for job in self._jobs.values() if job.kind == kind and not job.ended]
            same = [job for job in open_jobs if key is not None and job.key == key and job.active]
            if same:
                return same[0]
            if len(open_jobs) >= _MOST:
                raise BusyError(
                    f"{len(open_jobs)} tasks of the kind '{kind}' run or wait already; start this "
                    "one when some of them have ended"
                )
            job = Job(next(self._numbers), kind, key)
            run = (job, work, self._turns[kind])
            thread = threading.Thread(target=self._run, args=run, name=f"likewise-{kind}")
            self._jobs[job.id] = job
            self._threads[job.id] = thread
            for old in [n for n, job in self._jobs.items() if job.ended][: -_KEPT or None]:
                del self._jobs[old]
                self._threads.pop(old, None)
            thread.start()
        return job

    def get(self, number: int) -> Job:
        """One job.

        Raises:
            NotFoundError: there is none of that number, or it was long ago.
        """
        with self._lock:
            if number not in self._jobs:
                raise NotFoundError(f"there is no job {number}; see GET /api/jobs")
            return self._jobs[number]

    def all(self) -> list[Job]:
        """Every job, the oldest first."""
        with self._lock:
            return list(self._jobs.values())

    def cancel(self, number: int) -> Job:
        """Ask a job to end; what it has done so far is kept."""
        job = self.get(number)
        job.active = False
        return job

    def close(self) -> None:
        """Cancel all that runs, and wait for its end."""
        for job in self.all():
            job.active = False
        for thread in list(self._threads.values()):
            thread.join()

    def _run(
        self, job: Job, work: Callable[[Progress], dict[str, Any]], turn: threading.Lock
    ) -> None:
        last_report = 0.0

        def progress(done: int, total: int | None = None) -> None:
            nonlocal last_report
            job.done, job.total = done, total or 0
            if not job.active:
                raise Cancelled
            if time.monotonic() - last_report >= _TELL_EVERY:
                last_report = time.monotonic()
                self._events.publish("job", job.to_json())

        try:
            self._events.publish("job", job.to_json())
            while job.waiting:
                if not job.active:
                    raise Cancelled
                job.waiting = not turn.acquire(timeout=_LOOK_EVERY)
            job.started = time.monotonic()
            job.result = work(progress)
            job.state = "done" if job.active else "cancelled"
        except Cancelled:
            job.state = "cancelled"
        except LikewiseError as error:
            job.state, job.error = "failed", str(error)
        except OSError as error:
            job.state, job.error = "failed", f"{error.filename or job.kind}: {error.strerror}"
        except BaseException as error:
            job.state = "failed"
            job.error = f"likewise failed at this ({error!r}); see the terminal where it runs"
            raise
        finally:
            if not job.waiting:
                turn.release()
            job.waiting = False
            job.ended = time.monotonic()
            self._events.publish("job", job.to_json())
