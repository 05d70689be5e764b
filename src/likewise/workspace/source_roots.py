"""The folders a workspace was indexed from; item ids are relative to them."""

from __future__ import annotations

import os
from pathlib import Path

from likewise.errors import BadInputError
from likewise.workspace.database import Database, now


class SourceRoots:
    """Roots by prefix. The first folder's ids have no prefix, those of a later one have its name.

    A root is stored relative to the workspace, so that the two can be moved together; a folder
    that moved without it is put right with `likewise index FOLDER --relocate`.
    """

    def __init__(self, database: Database, workspace: Path) -> None:
        self._database, self._workspace = database, workspace
        self._known: dict[str, Path] | None = None

    def all(self) -> dict[str, Path]:
        """Absolute root of each prefix, as of the first time this was asked."""
        if self._known is None:
            self._known = self._read()
        return dict(self._known)

    def _read(self) -> dict[str, Path]:
        rows = self._database.rows("SELECT prefix, root FROM sources ORDER BY prefix")
        base = self._workspace.resolve()
        return {prefix: Path(os.path.normpath(base / root)) for prefix, root in rows}

    def prefix_for(self, root: Path) -> str:
        """The prefix of a folder's ids, or the one it would get.

        Raises:
            BadInputError: it lies inside a folder that is indexed already, or around one; or the
                only folder that was indexed is gone, so that this may be it in another place.
        """
        wanted = root.resolve()
        known = self.all()
        for prefix, other in known.items():
            if other == wanted:
                return prefix
            if wanted.is_relative_to(other) or other.is_relative_to(wanted):
                raise BadInputError(
                    f"{wanted} overlaps {other}, which is indexed in {self._workspace} already; "
                    "index that folder again, or choose another workspace with --workspace"
                )
            if not other.exists():
                raise BadInputError(
                    f"{other}, which is indexed in {self._workspace}, does not exist; if it is "
                    f"{wanted} now, say so with --relocate, else choose another workspace with "
                    "--workspace"
                )
        prefix = "" if not known else f"{wanted.name}:"
        count = 2
        while prefix in known:
            prefix, count = f"{wanted.name}-{count}:", count + 1
        return prefix

    def only(self) -> str:
        """The prefix of the only source, which can be put elsewhere.

        Raises:
            BadInputError: there is not exactly one source.
        """
        known = self.all()
        if len(known) != 1:
            raise BadInputError(
                f"{self._workspace} has {len(known)} sources and --relocate moves one; "
                "index the new folder instead, images that were seen before are not encoded again"
            )
        return next(iter(known))

    def put(self, prefix: str, root: Path) -> None:
        """Write down where the source of a prefix is."""
        stored = os.path.relpath(root.resolve(), self._workspace.resolve())
        if (prefix, stored) in self._database.rows("SELECT prefix, root FROM sources"):
            return
        self._known = None
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO sources VALUES (?, 'folder', ?, ?)", (prefix, stored, now())
            )

    def path_of(self, item: str) -> Path:
        """Where the file of an item is (or was)."""
        roots = self.all()
        for prefix in sorted(roots, key=len, reverse=True):
            if item.startswith(prefix):
                return roots[prefix] / item[len(prefix) :]
        return Path(item)

    def id_of(self, path: Path) -> str | None:
        """The id that a file has, or would have, in this workspace; None outside its roots."""
        where = Path(os.path.abspath(path))
        for prefix, root in self.all().items():
            for candidate in (where, where.parent.resolve() / where.name, where.resolve()):
                if candidate.is_relative_to(root):
                    return prefix + candidate.relative_to(root).as_posix()
        return None
