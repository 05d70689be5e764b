"""What the rooms of decisions need of a database: one schema, in SQLite or in PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from likewise.core.addresses import shown
from likewise.errors import BadInputError

SHARED = "LIKEWISE_DECISIONS"
"""Environment variable with the address of decisions that a team shares."""


class Answer(Protocol):
    """What a statement answered."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed; of many statements together, their sum."""
        ...

    def fetchone(self) -> Any:
        """The next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        ...


class Transaction(Protocol):
    """Statements that all take effect, or none."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Answer:
        """Run one statement; ``?`` stands for a value."""
        ...

    def executemany(self, sql: str, values: Iterable[Sequence[Any]], /) -> Answer:
        """Run one statement for each of many rows of values."""
        ...


class Decisions(Protocol):
    """Where labels, concepts, machine labels and audits are kept.

    Their SQL keeps to what SQLite and PostgreSQL both understand. Transactions come one after the
    other, whoever makes them, so that numbers grow in the order in which others see the rows.
    """

    @property
    def where(self) -> str:
        """Where it is, without a password."""
        ...

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """Held by a thread that must not see a change between two reads."""
        ...

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query and answer all its rows."""
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """One transaction: all of it is on the disk when the block ends, or none."""
        ...

    def problems(self) -> list[str]:
        """What is wrong with it; empty when all is well."""
        ...

    def close(self) -> None:
        """Close the connection; what was written is on the disk already."""
        ...


def default_set(workspace: Path) -> str:
    """The name of a workspace's decisions in a shared database when nothing is said.

    Example:
        >>> default_set(Path("/data/Wild life.likewise"))
        'likewise_wild_life'
    """
    stem = re.sub(r"\W+", "_", workspace.resolve().stem.lower(), flags=re.ASCII).strip("_")
    return f"likewise_{stem or 'images'}"[:48]


def shared_decisions(address: str, name: str) -> Decisions:
    """Decisions that a team shares; the server is asked at the first call.

    Args:
        address: ``postgresql://user@host:5432/database``, and perhaps ``#NAME`` of the set.
        name: of the set where the address gives none.

    Raises:
        BadInputError: another address, or a name that cannot be used.
        MissingExtraError: psycopg is not installed.
    """
    url, _, fragment = address.partition("#")
    if not url.startswith(("postgresql://", "postgres://")):
        raise BadInputError(
            f"'{shown(address)}' is no place for decisions; give "
            "postgresql://user@host/database#NAME, or 'local' for the workspace itself"
        )
    if "@" in fragment:
        raise BadInputError(
            f"the password for {shown(address)} holds a '#'; write it as %23, or leave the "
            "password out and give it with PGPASSWORD"
        )
    from likewise.workspace.postgres import Postgres

    return Postgres(url, fragment or name)
