"""Images that people chose to stay among their copies: a log of rows beside the settings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from likewise.errors import BadInputError
from likewise.workspace.database import Database, now
from likewise.workspace.label import current_user

_KEYS = "key >= 'keeper:' AND key < 'keeper;'"


class Keepers:
    """The choices of keepers in a workspace; a change is a new row, none is overwritten."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def choose(
        self, stay: Mapping[str, str], release: Sequence[str] = (), who: str | None = None
    ) -> None:
        """Record which images stay and of which that is no longer said; all of it or nothing.

        Args:
            stay: digests of the pictures by item id.
            release: ids of items that are left to the method again.
            who: whose choice it is; the current user unless given.

        Raises:
            BadInputError: an item would stay and be released.
        """
        both = sorted(set(stay) & set(release))
        if both:
            raise BadInputError(f"'{both[0]}' cannot both stay and be released; decide for one")
        said = {"who": who or current_user(), "at": now()}
        choices = [{"item": item, "digest": digest, "stays": True} for item, digest in stay.items()]
        choices += [{"item": item, "digest": "", "stays": False} for item in dict.fromkeys(release)]
        with self._database.writing() as connection:
            (count,) = connection.execute(f"SELECT count(*) FROM settings WHERE {_KEYS}").fetchone()
            connection.executemany(
                "INSERT INTO settings VALUES (?, ?)",
                [
                    (f"keeper:{number:08d}", json.dumps({**choice, **said}))
                    for number, choice in enumerate(choices, count + 1)
                ],
            )

    def current(self) -> dict[str, str]:
        """Digest of the picture that was chosen, by the id of each item that stays."""
        found: dict[str, str] = {}
        for row in self.history():
            found.pop(row["item"], None)
            if row["stays"]:
                found[row["item"]] = row["digest"]
        return found

    def history(self) -> list[dict[str, Any]]:
        """Every choice, the oldest first: item, digest, stays, who and at."""
        rows = self._database.rows(f"SELECT value FROM settings WHERE {_KEYS} ORDER BY key")
        return [json.loads(value) for (value,) in rows]
