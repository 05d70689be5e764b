"""What people decided in a workspace, in one file that can be carried away and put back.

The file is a tar archive of the database, the rules and the outside examples, with the digest of
each in ``manifest.json``, its first member. Vectors, codes and thumbnails are left out: they are
made again from the images.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import likewise
from likewise.errors import BadInputError, CorruptError, NotFoundError, StorageError
from likewise.maintenance.sharing import add_decisions
from likewise.search.store._durable import sync
from likewise.sources._walk import WORKSPACE_FILE
from likewise.workspace import Workspace
from likewise.workspace.backup import back_up
from likewise.workspace.concepts import Concepts
from likewise.workspace.database import Database, now
from likewise.workspace.labels import LabelLog
from likewise.workspace.shared_address import remove_passwords

_FORMAT = 1
_MANIFEST = "manifest.json"
_FOLDERS = ("rules", "exemplars")
_MEMBER = re.compile(rf"{re.escape(WORKSPACE_FILE)}|({'|'.join(_FOLDERS)})/[^/\0]+")


@dataclass(frozen=True)
class Backup:
    """What a backup holds.

    Attributes:
        path: the file.
        workspace: name of the workspace it was made of.
        made_at: when, UTC.
        files: digest (SHA-256) of each member, by name.
        answers: how many answers stand.
        concepts: names of the concepts.
    """

    path: Path
    workspace: str
    made_at: str
    files: Mapping[str, str]
    answers: int
    concepts: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {
            "path": str(self.path),
            "workspace": self.workspace,
            "made_at": self.made_at,
            "files": len(self.files),
            "answers": self.answers,
            "concepts": list(self.concepts),
        }


def back_up_workspace(workspace: Path, to: Path) -> Backup:
    """Write a backup; others may go on working in the workspace.

    Decisions that a team shares are copied out of its database into the file.

    Args:
        workspace: its folder.
        to: the new file, or a folder to put one in, named by workspace and time.

    Raises:
        NotFoundError: there is no workspace.
        BadInputError: there is a file of that name.
        CorruptError: the database is damaged.
        StorageError: the disk is full or refuses; nothing was left behind.
    """
    made_at = now()
    if to.is_dir():
        to /= f"{workspace.stem}-{re.sub('[^0-9T]', '', made_at)[:15]}.tar"
    if to.exists():
        raise BadInputError(f"{to} exists and is not written over; give another name")
    with _folder_for_a_while() as folder:
        database = Path(folder, WORKSPACE_FILE)
        with Workspace(workspace) as place:
            back_up(place.path / WORKSPACE_FILE, database)
            remove_passwords(database)
            if place.shared:
                with contextlib.closing(Database(database)) as copy:
                    add_decisions(place, copy)
        members = {WORKSPACE_FILE: database, **_files_of(workspace)}
        answers, concepts = _decided(database)
        digests = {name: _digest(path) for name, path in members.items()}
        backup = Backup(to, workspace.name, made_at, digests, answers, concepts)
        part = to.with_name(f".{to.name}.{os.getpid()}.partial")
        try:
            _write(part, backup, members)
            sync([part], part.parent)
            part.replace(to)
            sync([to], to.parent)
        except OSError as error:
            raise StorageError(
                f"{to} could not be written ({error.strerror}); nothing was left behind: free some "
                "space or choose another place"
            ) from error
        finally:
            part.unlink(missing_ok=True)
    return backup


@contextlib.contextmanager
def _folder_for_a_while() -> Iterator[str]:
    """As `tempfile.TemporaryDirectory`, which recurses without end where it may not look."""
    folder = tempfile.mkdtemp()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_backup(path: Path) -> Backup:
    """What a backup says that it holds, every member checked against its digest.

    Raises:
        NotFoundError: there is no such file.
        CorruptError: it is not a backup, or it was altered or cut short.
    """
    with _opened(path) as archive:
        backup = _manifest(archive, path)
        for _ in _members(archive, backup):
            pass
    return backup


def restore_workspace(path: Path, to: Path) -> Backup:
    """Make a workspace of a backup, with everything but vectors, which indexing makes again.

    Args:
        path: the backup.
        to: the workspace's folder, which must not exist.

    Raises:
        NotFoundError: there is no such file.
        CorruptError: it is not a backup, or it was altered or cut short; nothing was made.
        BadInputError: the folder exists.
        StorageError: the disk is full or refuses; nothing was left behind.
    """
    if to.exists():
        raise BadInputError(f"{to} exists and is not written over; give another --workspace")
    part = to.with_name(f".{to.name}.{os.getpid()}.partial")
    try:
        with _opened(path) as archive:
            backup = _manifest(archive, path)
            for name, data in _members(archive, backup):
                target = part / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                sync([target], target.parent)
        part.rename(to)
        sync([], to)
    except OSError as error:
        raise StorageError(
            f"{to} could not be written ({error.strerror}); nothing was left behind: free some "
            "space or choose another place"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return backup


def _decided(database: Path) -> tuple[int, tuple[str, ...]]:
    """How many answers stand in a copy of the database, and the names of its concepts."""
    copy = Database(database)
    try:
        return LabelLog(copy).count(), tuple(Concepts(copy).names())
    finally:
        copy.close()


def _files_of(workspace: Path) -> dict[str, Path]:
    """Rules and examples by the name they get in the archive."""
    return {
        f"{folder}/{path.name}": path
        for folder in _FOLDERS
        if (workspace / folder).is_dir()
        for path in sorted((workspace / folder).iterdir())
        if path.is_file() and not path.name.startswith(".")
    }


def _write(part: Path, backup: Backup, members: Mapping[str, Path]) -> None:
    manifest = {
        "format": _FORMAT,
        "likewise": likewise.__version__,
        **{name: getattr(backup, name) for name in ("workspace", "made_at", "answers", "concepts")},
        "files": dict(backup.files),
    }
    data = json.dumps(manifest, indent=1).encode()
    with tarfile.open(part, "w") as archive:
        head = tarfile.TarInfo(_MANIFEST)
        head.size = len(data)
        archive.addfile(head, io.BytesIO(data))
        for name, path in members.items():
            entry = tarfile.TarInfo(name)  # no owners and no times of the machine it came from
            entry.size = path.stat().st_size
            with path.open("rb") as file:
                archive.addfile(entry, file)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    if not path.is_file():
        raise NotFoundError(f"{path} is not there; give a file that likewise backup made")
    try:
        with tarfile.open(path, "r:") as archive:
            yield archive
    except (tarfile.TarError, EOFError) as error:
        raise _altered(path, "it cannot be read to its end") from error


def _manifest(archive: tarfile.TarFile, path: Path) -> Backup:
    head = archive.next()
    file = archive.extractfile(head) if head and head.name == _MANIFEST and head.isfile() else None
    try:
        said = json.loads(file.read()) if file else {}
        if said["format"] > _FORMAT:
            raise CorruptError(
                f"{path} has format {said['format']} and this likewise reads up to {_FORMAT}; "
                "upgrade with: pip install --upgrade likewise"
            )
        return Backup(
            path, str(said["workspace"]), str(said["made_at"]), dict(said["files"]),
            int(said["answers"]), tuple(said["concepts"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError(
            f"{path} is not a backup; give a file that likewise backup made"
        ) from error


def _members(archive: tarfile.TarFile, backup: Backup) -> Iterator[tuple[str, bytes]]:
    """Each member that the manifest names, with its bytes, checked; nothing else is looked at."""
    found = set()
    for entry in archive:
        if entry.name == _MANIFEST:
            continue
        file = archive.extractfile(entry) if entry.isfile() else None
        if file is None or not _MEMBER.fullmatch(entry.name) or entry.name in found:
            raise _altered(backup.path, f"'{entry.name}' has no place in one")
        data = file.read()
        if hashlib.sha256(data).hexdigest() != backup.files.get(entry.name):
            raise _altered(backup.path, f"'{entry.name}' is not what was put in")
        found.add(entry.name)
        yield entry.name, data
    lacking = sorted(set(backup.files) - found)
    if lacking:
        raise _altered(backup.path, f"'{lacking[0]}' is not in it")


def _altered(path: Path, why: str) -> CorruptError:
    return CorruptError(f"{path} was altered or cut short ({why}); use another backup")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
