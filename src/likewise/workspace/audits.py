"""Random audits as they were planned; what was seen in them are answers in the label log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from likewise.workspace.database import now
from likewise.workspace.decisions import Decisions
from likewise.workspace.label import current_user


@dataclass(frozen=True)
class PlannedAudit:
    """One audit.

    Attributes:
        audit: its number.
        concept: name of the concept.
        rule: version of the rule whose scores it was planned with.
        plan: which images to look at and what they stand for, in JSON's types.
        who: who planned it.
        at: when, UTC.
    """

    audit: int
    concept: str
    rule: int
    plan: Mapping[str, Any]
    who: str
    at: str


class Audits:
    """The audits of a workspace, append-only."""

    def __init__(self, database: Decisions) -> None:
        self._database = database

    def add(self, concept: str, rule: int, plan: Mapping[str, Any], who: str | None = None) -> int:
        """Keep a plan; answers its number."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO audits (concept, rule, plan, who, at) VALUES (?, ?, ?, ?, ?)",
                (concept, rule, json.dumps(dict(plan)), who or current_user(), now()),
            )
            return int(connection.execute("SELECT max(audit) FROM audits").fetchone()[0])

    def newest(self, concept: str) -> PlannedAudit | None:
        """The last one of a concept, if there is any."""
        rows = self._database.rows(
            "SELECT audit, concept, rule, plan, who, at FROM audits WHERE concept = ? "
            "ORDER BY audit DESC LIMIT 1",
            (concept,),
        )
        for audit, of, rule, plan, who, at in rows:
            return PlannedAudit(audit, of, rule, json.loads(plan), who, at)
        return None
