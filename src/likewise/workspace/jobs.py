"""Long tasks that ran over a workspace, and exports: when, how they ended, what they did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from likewise.errors import LikewiseError
from likewise.workspace.database import Database, now


@dataclass(frozen=True)
class Job:
    """One run of a long task; `outcome` is "running" also for one that was killed."""

    job: int
    kind: str
    started_at: str
    ended_at: str | None
    outcome: str
    report: dict[str, Any]

    @property
    def ending(self) -> str:
        """Of one that did not come to its end, and does not run: what ended it, and the remedy."""
        why = {"running": "it was killed", "failed": "an error ended it"}
        command = "import-vectors" if self.kind == "import" else self.kind
        return (
            f"likewise {command}, started {self.started_at}, did not finish "
            f"({why.get(self.outcome, 'it was interrupted')}); run the same command again"
        )


@dataclass
class Progress:
    """What a task has come to so far; recorded when it ends, also by an error."""

    outcome: str = "failed"
    report: dict[str, Any] = field(default_factory=dict)


class Jobs:
    """The jobs of a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def run(self, kind: str) -> Iterator[Progress]:
        """Record a task that runs while the block does.

        The block sets the outcome, "done" or "interrupted", and the report.
        """
        job = self._start(kind)
        progress = Progress()
        try:
            yield progress
        except BaseException:
            with suppress(LikewiseError):  # the error itself says more than a full disk here
                self._end(job, progress)
            raise
        self._end(job, progress)

    def _start(self, kind: str) -> int:
        with self._database.writing() as connection:
            cursor = connection.execute(
                "INSERT INTO jobs (kind, started_at, outcome, report) "
                "VALUES (?, ?, 'running', '{}')",
                (kind, now()),
            )
            return int(cursor.lastrowid or 0)

    def _end(self, job: int, progress: Progress) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET ended_at = ?, outcome = ?, report = ? WHERE job = ?",
                (now(), progress.outcome, json.dumps(progress.report), job),
            )

    def newest(self, limit: int = 10) -> list[Job]:
        """The last few, the newest first."""
        return self._read("ORDER BY job DESC LIMIT ?", limit)

    def unfinished(self) -> list[Job]:
        """The newest of each kind, where it did not come to its end."""
        newest = "job IN (SELECT max(job) FROM jobs GROUP BY kind)"
        return self._read(f"WHERE {newest} AND outcome != ? ORDER BY job", "done")

    def _read(self, which: str, value: str | int) -> list[Job]:
        rows = self._database.rows(
            f"SELECT job, kind, started_at, ended_at, outcome, report FROM jobs {which}", (value,)
        )
        return [
            Job(job, kind, started_at, ended_at, outcome, json.loads(report))
            for job, kind, started_at, ended_at, outcome, report in rows
        ]

    def ended(self) -> int:
        """How many have ended, however they did."""
        return int(self._database.rows("SELECT count(ended_at) FROM jobs")[0][0])

    def record_export(self, facts: dict[str, Any], again: bool = True) -> None:
        """Note a dataset that was written, so that it can be made again.

        Args:
            facts: the columns of the table ``exports``.
            again: whether to note it where the very same is noted already.
        """
        same = " AND ".join(f"{key} = ?" for key in facts)
        query = f"SELECT 1 FROM exports WHERE {same}"
        if not again and self._database.rows(query, list(facts.values())):
            return
        row = {**facts, "at": now()}
        marks = ", ".join(f":{key}" for key in row)
        with self._database.writing() as connection:
            connection.execute(f"INSERT INTO exports ({', '.join(row)}) VALUES ({marks})", row)
