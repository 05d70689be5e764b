"""The sources a workspace was indexed from, and how to open each of them again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from likewise.errors import BadInputError, LikewiseError, command_line
from likewise.images.decode import BadImageError, Limits
from likewise.registry import part
from likewise.sources.base import (
    Item,
    Original,
    Refused,
    Source,
    absolute_uri,
    is_url,
    location,
    open_source,
    short_uri,
    with_slash,
)
from likewise.workspace.consent import RemoteConsent
from likewise.workspace.database import Database, now


@dataclass(frozen=True)
class RegisteredSource:
    """A source as a workspace remembers it.

    Attributes:
        prefix: what the ids of its items begin with.
        kind: name of the part that reads it, such as "folder".
        root: an absolute path, or a URL.
        options: of the part.
    """

    prefix: str
    kind: str
    root: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ids_are_paths(self) -> bool:
        """Whether an item's id alone says where it lies; see `Source`."""
        return bool(part("sources", self.kind).ids_are_paths)

    @property
    def is_remote(self) -> bool:
        """Whether reading it asks a network."""
        return is_url(self.root) or bool(self.options.get("allow_urls"))


class SourceRoots:
    """Sources by prefix. The first one's ids have no prefix, those of a later one have its name.

    A path is stored relative to the workspace, so that the two can be moved together; a folder
    that moved without it is put right with `likewise index FOLDER --relocate`.

    Args:
        database: of the workspace.
        workspace: its folder.
        consent: which remote sources this user agreed to read.
    """

    def __init__(self, database: Database, workspace: Path, consent: RemoteConsent) -> None:
        self._database, self._workspace, self._consent = database, workspace, consent
        self._sources: dict[str, RegisteredSource] | None = None
        self._opened: dict[str, Source] = {}

    def all(self) -> dict[str, RegisteredSource]:
        """Each prefix's source, as of the first time this was asked."""
        if self._sources is None:
            self._sources = {source.prefix: source for source in self._read()}
        return dict(self._sources)

    def look_again(self) -> None:
        """Ask the database anew."""
        self._sources = None

    def _read(self) -> list[RegisteredSource]:
        rows = self._database.rows("SELECT prefix, kind, root, options FROM sources ORDER BY 1")
        base = self._workspace.resolve()
        return [
            RegisteredSource(prefix, kind, _absolute_root(root, base), json.loads(options))
            for prefix, kind, root, options in rows
        ]

    def with_root(self, root: str) -> RegisteredSource | None:
        """The source that reads from a root, if it is one of them."""
        where = _resolved(root)
        return next((source for source in self.all().values() if source.root == where), None)

    def prefix_for(self, source: Source) -> str:
        """The prefix of a source's ids, or the one it would get.

        Raises:
            BadInputError: it lies inside a folder that is indexed already, or around one; or the
                only folder that was indexed is gone, so that this may be it in another place.
        """
        same = self.with_root(source.root)
        if same is not None:
            return same.prefix
        requested = _resolved(source.root)
        if not is_url(requested) and Path(requested).is_dir():
            self._refuse_overlap(Path(requested))
        sources = self.all()
        prefix = "" if not sources else f"{source.name}:"
        count = 2
        while prefix in sources:
            prefix, count = f"{source.name}-{count}:", count + 1
        return prefix

    def _refuse_overlap(self, requested: Path) -> None:
        for source in self.all().values():
            other = Path(source.root)
            if is_url(source.root) or other.is_file():
                continue
            if requested.is_relative_to(other) or other.is_relative_to(requested):
                raise BadInputError(
                    f"{requested} overlaps {other}, which is indexed in {self._workspace} already; "
                    "index that folder again, or choose another workspace with --workspace"
                )
            if not other.exists():
                moved = command_line(
                    "index", requested, "--workspace", self._workspace, "--relocate"
                )
                raise BadInputError(
                    f"{other}, which is indexed in {self._workspace}, does not exist; if it is "
                    f"{requested} now: {moved}; else choose another workspace with --workspace"
                )

    def only(self) -> str:
        """The prefix of the only source, which can be put elsewhere.

        Raises:
            BadInputError: there is not exactly one source.
        """
        sources = self.all()
        if not sources:
            again = command_line("index", "FOLDER", "--relocate", "--workspace", "NAME.likewise")
            raise BadInputError(
                f"{self._workspace} was indexed from nothing yet, so nothing in it can have moved; "
                f"name the workspace of the folder that moved: {again}"
            )
        if len(sources) != 1:
            raise BadInputError(
                f"{self._workspace} has {len(sources)} sources and --relocate moves one; "
                "index the new folder instead, images that were seen before are not encoded again"
            )
        return next(iter(sources))

    def put(
        self,
        prefix: str,
        root: str | os.PathLike[str],
        kind: str = "folder",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down where the source of a prefix is, and how it is read.

        Whoever calls this has the source from its user, who thereby agrees that it is read.
        """
        requested = RegisteredSource(prefix, kind, _resolved(os.fspath(root)), dict(options or {}))
        if requested.is_remote:
            self._consent.note(requested.root)
        if self.all().get(prefix) == requested:
            return
        self._sources = None
        self._opened.pop(prefix, None)
        stored = requested.root
        if not is_url(stored):
            stored = os.path.relpath(stored, self._workspace.resolve())
        row = (prefix, kind, stored, now(), json.dumps(requested.options, sort_keys=True))
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)", row)

    def of(self, item: str) -> RegisteredSource | None:
        """The source that an item is from."""
        sources = self.all()
        fitting = [prefix for prefix in sources if item.startswith(prefix)]
        return sources[max(fitting, key=len)] if fitting else None

    def original(self, item: Item) -> Original:
        """An item with the source that can read it again, which is opened once.

        Args:
            item: under the workspace's id, with the uri as it is stored.
        """
        registered = self.of(item.id)
        if registered is None:
            return Original(item, Lost(item.uri, "its vector was imported without an image"))
        source = self._open(registered)
        by_id = registered.ids_are_paths and item.box is None
        uri = item.id[len(registered.prefix) :] if by_id else item.uri
        return Original(replace(item, uri=absolute_uri(uri, source.base)), source)

    def open(self, registered: RegisteredSource) -> Source:
        """Open a source.

        Raises:
            BadInputError: it is remote, and this user has not agreed to that.
            LikewiseError: it is gone, or is not what it was.
        """
        self.require_consent(registered)
        return open_source(registered.root, registered.kind, registered.options)

    def require_consent(self, registered: RegisteredSource) -> None:
        """Refuse a remote source that this user has not agreed to read.

        Raises:
            BadInputError: with the command that agrees.
        """
        if registered.is_remote:
            self._consent.require(registered.root, "images")

    def _open(self, registered: RegisteredSource) -> Source:
        source = self._opened.get(registered.prefix)
        if source is None:
            try:
                source = self._opened[registered.prefix] = self.open(registered)
            except LikewiseError as error:
                return Lost(registered.root, str(error))  # not remembered: it may come back
        return source

    def id_of(self, path: Path) -> str | None:
        """The id that a file has, or would have, in this workspace; None outside its folders."""
        where = Path(os.path.abspath(path))
        for source in self.all().values():
            for candidate in (where, where.parent.resolve() / where.name, where.resolve()):
                if candidate.is_relative_to(source.root):
                    return source.prefix + candidate.relative_to(source.root).as_posix()
        return None


def stored_uri(item: Item, source: Source) -> str:
    """An item's uri without what is written down once for its whole source."""
    return short_uri(item.uri, source.base)


def _resolved(root: str) -> str:
    """A root without links in it, the same however it is written."""
    return root if is_url(root) else str(Path(location(root)).resolve())


def _absolute_root(stored: str, workspace: Path) -> str:
    return stored if is_url(stored) else os.path.normpath(workspace / stored)


@dataclass(eq=False)
class Lost(Source):
    """A source that is gone: its items can be named and not be read.

    Attributes:
        root: where it was.
        reason: why it cannot be opened, in a sentence.
    """

    root: str
    reason: str

    @property
    def base(self) -> str:
        """Where its items would be if it is a folder."""
        return with_slash(location(self.root))

    def items(self) -> Iterator[Item | Refused]:
        """None."""
        return iter(())

    def read(self, item: Item, limits: Limits) -> bytes:
        """Refuses; see `likewise.sources.base.Source.read`."""
        raise BadImageError(f"missing: {self.reason}")

    def path(self, item: Item) -> Path | None:
        """No file."""
        return None

    def there(self, item: Item) -> bool:
        """Never."""
        return False
