"""A workspace in object storage: vectors there, decisions and what is derived in a local folder.

::

    s3://bucket/ws/
      workspace.json   which encoder, which sources; the rest of the workspace is found by it
      vectors/         Lance dataset
    LOCAL/ws-1a2b3c4d.likewise/
      workspace.sqlite, scan/, thumbnails/, ...   as in every workspace
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import likewise
from likewise.core.files import WORKSPACE_FILE
from likewise.encoders.base import Encoder
from likewise.errors import UPGRADE, BusyError, CorruptError, MismatchError, command_line
from likewise.search.store._bucket import Bucket, bucket_url
from likewise.sources.base import is_url
from likewise.workspace.canaries import canary_vectors
from likewise.workspace.database import Database, now
from likewise.workspace.decisions import Transaction
from likewise.workspace.label import new_id
from likewise.workspace.source_roots import RegisteredSource

LOCAL = "LIKEWISE_LOCAL"
"""Environment variable with the folder in which the local parts of all such workspaces are."""

_FORMAT = 1
_FILE = "workspace.json"
SUFFIX = ".likewise"

Facts = dict[str, Any]
"""What ``workspace.json`` says."""


def local_folder(url: str) -> Path:
    """The local folder of a workspace in object storage; the same name on every machine.

    Example:
        >>> local_folder("s3://bucket/birds").name
        'birds-85a75d35.likewise'
    """
    import platformdirs

    named = os.environ.get(LOCAL)
    home = Path(named) if named else Path(platformdirs.user_data_dir("likewise"))
    stem = re.sub(r"[^\w.-]", "_", url.rpartition("/")[2])
    return home / f"{stem}-{hashlib.sha256(url.encode()).hexdigest()[:8]}{SUFFIX}"


def is_local_part(folder: Path, url: str) -> bool:
    """Whether a folder is the one that this machine makes for a URL when a person names it."""
    return folder.resolve() == local_folder(url).resolve()


def located(path: str | os.PathLike[str]) -> Path:
    """The folder of a workspace; that of one in object storage is made if this machine has none.

    Args:
        path: a folder, or a URL such as ``s3://bucket/ws``. Where nothing is at the URL, the
            answer is a folder that does not exist.

    Raises:
        NotFoundError: there is no such bucket.
        MismatchError: a newer likewise has written there.
        StorageError: it may not be read, or cannot be reached.
    """
    url = bucket_url(path)
    if not url:
        return Path(path)
    folder = local_folder(url)
    if not (folder / WORKSPACE_FILE).exists():
        facts = read_facts(url)
        if facts is not None:
            _attach(url, folder, facts)
    return folder


def read_facts(url: str) -> Facts | None:
    """What is said at the URL of a workspace; None where there is none.

    Raises:
        CorruptError: it cannot be made sense of.
        MismatchError: a newer likewise has written it.
        StorageError: it may not be read, or cannot be reached.
    """
    data = Bucket(url).read(_FILE)
    if data is None:
        return None
    try:
        facts: Facts = json.loads(data)
        newer = facts["format"] > _FORMAT
        missing = {"identity", "encoder", "fingerprint", "dim", "sources", "canaries"} - set(facts)
    except (ValueError, TypeError, KeyError) as error:
        facts, newer, missing = {}, False, {str(error)}
    if newer:
        raise MismatchError(
            f"{url} was made by likewise {facts.get('likewise')} in format {facts['format']} and "
            f"this one reads up to {_FORMAT}; {UPGRADE}"
        )
    if missing:
        raise CorruptError(
            f"{url}/{_FILE} is not what likewise writes there; put an older version of that object "
            "back, or index into another place with --workspace"
        )
    return facts


def made_at(url: str, encoder: Encoder) -> Path:
    """The local folder of a workspace that is made at a URL, or is there already.

    Raises:
        NotFoundError: there is no such bucket.
        StorageError: it may not be written, or cannot be reached; nothing was made.
    """
    folder = local_folder(url)
    if not (folder / WORKSPACE_FILE).exists():
        _attach(url, folder, _begun(url, encoder))
    return folder


def _begun(url: str, encoder: Encoder) -> Facts:
    facts = read_facts(url)
    if facts is None:
        canaries = canary_vectors(encoder)
        _write_facts(url, {
            "format": _FORMAT,
            "likewise": likewise.__version__,
            "identity": new_id(),
            "encoder": encoder.name,
            "fingerprint": encoder.fingerprint,
            "dim": encoder.dim,
            "made_at": now(),
            "sources": [],
            "canaries": "" if canaries is None else base64.b64encode(canaries).decode(),
        })  # fmt: skip
        facts = read_facts(url)  # of two drivers at once the last is right for both
    if facts is None:
        raise BusyError(f"{url} was deleted while it was being made; run the same command again")
    return facts


def _write_facts(url: str, facts: Facts) -> None:
    Bucket(url).write(_FILE, (json.dumps(facts, indent=1) + "\n").encode())


def _attach(url: str, folder: Path, facts: Facts) -> None:
    """Make the local part of a workspace that is at a URL; all of it or none."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{WORKSPACE_FILE}.new-{os.getpid()}"
    settings = {key: str(facts[key]) for key in ("encoder", "fingerprint", "dim", "identity")}
    settings |= {"vectors_at": url, "made_at": now()}
    database = Database(draft)
    try:
        with database.writing() as connection:
            connection.executemany("INSERT INTO settings VALUES (?, ?)", settings.items())
            _put_sources(connection, facts)
            if facts["canaries"]:
                canaries = base64.b64decode(facts["canaries"])
                connection.execute(
                    "INSERT INTO canaries VALUES (?, ?)", (facts["fingerprint"], canaries)
                )
        database.close()
        if not (folder / WORKSPACE_FILE).exists():
            shutil.move(draft, folder / WORKSPACE_FILE)
    finally:
        database.close()
        for left in folder.glob(f"{draft.name}*"):
            left.unlink(missing_ok=True)


class Remote:
    """What is said at the URL of a workspace, for all machines that write there.

    Args:
        url: the URL.
        identity: of the workspace.
        folder: the local one.
    """

    def __init__(self, url: str, identity: str, folder: Path) -> None:
        self.url, self._identity, self._folder = url, identity, folder

    @classmethod
    def of(cls, url: str, identity: Callable[[], str], folder: Path) -> Remote | None:
        """One for a URL, none for ""."""
        return cls(url, identity(), folder) if url else None

    def facts(self) -> Facts:
        """What is said, which must still be of the workspace that the folder belongs to.

        Raises:
            MismatchError: another workspace is there, or none.
            StorageError: it may not be read, or cannot be reached.
        """
        facts = read_facts(self.url)
        if facts is None or facts["identity"] != self._identity:
            what = "nothing there any more" if facts is None else "another workspace there now"
            keep = command_line("backup", "-w", self._folder)
            raise MismatchError(
                f"{self._folder} belongs to vectors at {self.url} and there is {what}; keep what "
                f"was decided with {keep}, then move that folder away and index again"
            )
        return facts

    def learn_sources(self, database: Database) -> None:
        """Know the sources that other machines have indexed, too.

        Raises:
            StorageError: it cannot be reached.
        """
        facts = self.facts()
        with database.writing() as connection:
            _put_sources(connection, facts)

    def tell_sources(self, registered: Iterable[RegisteredSource]) -> None:
        """Let other machines know of sources.

        Raises:
            BusyError: another machine has told of its own meanwhile.
            StorageError: it cannot be reached.
        """
        facts = self.facts()
        sources = [
            {
                "prefix": source.prefix,
                "kind": source.kind,
                "root": source.root if is_url(source.root) else os.path.abspath(source.root),
                "options": dict(source.options),
            }
            for source in registered
        ]
        if facts["sources"] == sources:
            return
        _write_facts(self.url, {**facts, "sources": sources})
        if self.facts()["sources"] != sources:
            raise BusyError(
                f"{self.url} was given another source at the same time, so nothing was added; run "
                "the same command again"
            )


def _put_sources(connection: Transaction, facts: Facts) -> None:
    rows = [
        (
            source["prefix"],
            source["kind"],
            source["root"],
            now(),
            json.dumps(source["options"], sort_keys=True),
        )
        for source in facts["sources"]
    ]
    connection.executemany("INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)", rows)
