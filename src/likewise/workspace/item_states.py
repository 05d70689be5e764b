"""Items whose files failed to decode or are missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from likewise.workspace.database import Database, now

_CHUNK = 500  # SQLite takes a limited number of bound values in one statement


@dataclass(frozen=True)
class ItemState:
    """One exception.

    Attributes:
        item: id of the item.
        state: "failed" (never encoded, with the reason) or "missing" (encoded, file gone).
        reason: one line.
        bytes, modified: of the file when it failed, so that an unchanged one is not tried again.
        since: when it was noticed, UTC.
    """

    item: str
    state: Literal["failed", "missing"]
    reason: str
    bytes: int = 0
    modified: int = 0
    since: str = field(default_factory=now)


class ItemStates:
    """The exceptions of a workspace, by item id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, state: str | None = None) -> dict[str, ItemState]:
        """Every exception, or those of one state."""
        sql = "SELECT item, state, reason, bytes, modified, since FROM item_states"
        rows = self._database.rows(
            f"{sql} WHERE state = ?" if state else sql, (state,) if state else ()
        )
        return {row[0]: ItemState(*row) for row in rows}

    def update(self, states: Sequence[ItemState] = (), cleared: Iterable[str] = ()) -> None:
        """Record exceptions and forget others, in one transaction."""
        healed = list(cleared)
        if not states and not healed:
            return
        with self._database.writing() as connection:
            for start in range(0, len(healed), _CHUNK):
                chunk = healed[start : start + _CHUNK]
                marks = ",".join("?" * len(chunk))
                connection.execute(f"DELETE FROM item_states WHERE item IN ({marks})", chunk)
            connection.executemany(
                "INSERT OR REPLACE INTO item_states VALUES (?, ?, ?, ?, ?, ?)",
                [(x.item, x.state, x.reason, x.bytes, x.modified, x.since) for x in states],
            )
