"""Long tasks that ran over a workspace: when, how they ended, what they did."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

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


class Jobs:
    """The jobs of a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, kind: str) -> int:
        """Note that a task starts; answers its number."""
        with self._database.writing() as connection:
            cursor = connection.execute(
                "INSERT INTO jobs (kind, started_at, outcome, report) "
                "VALUES (?, ?, 'running', '{}')",
                (kind, now()),
            )
            return int(cursor.lastrowid or 0)

    def end(self, job: int, outcome: str, report: dict[str, Any]) -> None:
        """Note how a task ended: "done", "interrupted" or "failed"."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET ended_at = ?, outcome = ?, report = ? WHERE job = ?",
                (now(), outcome, json.dumps(report), job),
            )

    def newest(self, limit: int = 10) -> list[Job]:
        """The last few, the newest first."""
        rows = self._database.rows(
            "SELECT job, kind, started_at, ended_at, outcome, report FROM jobs "
            "ORDER BY job DESC LIMIT ?",
            (limit,),
        )
        return [
            Job(job, kind, started_at, ended_at, outcome, json.loads(report))
            for job, kind, started_at, ended_at, outcome, report in rows
        ]
