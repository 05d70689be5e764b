"""Places where decisions can be kept, each empty at first."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from likewise.workspace.database import Database
from likewise.workspace.decisions import Decisions, shared_decisions


@dataclass
class Place:
    """A SQLite file, or a set of decisions in PostgreSQL.

    Attributes:
        file: the file; or None.
        address: in PostgreSQL, with the set's name; or "".
        opened: connections that were made.
    """

    file: Path | None
    address: str = ""
    opened: list[Decisions] = field(default_factory=list)

    def connect(self) -> Decisions:
        """A connection of its own."""
        database: Decisions = (
            Database(self.file) if self.file else shared_decisions(self.address, "unused")
        )
        self.opened.append(database)
        return database

    def close(self) -> None:
        """Close every connection."""
        for database in self.opened:
            database.close()


def place_of(word: str) -> Place:
    """The place that a command line names."""
    return Place(None, word) if "://" in word else Place(Path(word))
