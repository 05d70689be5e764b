"""Backups of workspaces, read and restored: nothing in one is trusted before it was checked."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

from likewise.core.files import WORKSPACE_FILE, sync
from likewise.core.sqlite_files import refuse_foreign_schema
from likewise.errors import (
    UPGRADE,
    BadInputError,
    CorruptError,
    NotFoundError,
    StorageError,
)
from likewise.maintenance.backups import (
    FOLDERS,
    FORMAT,
    MANIFEST,
    Backup,
    refused,
    temporary_folder,
)
from likewise.workspace.damage import damage, is_sound, reading

_MEMBER = re.compile(rf"{re.escape(WORKSPACE_FILE)}|({'|'.join(FOLDERS)})/[^/\0]+")
_BLOCK = 2**20
_MOST_MANIFEST = 64 * 2**20  # bytes


def read_backup(path: Path) -> Backup:
    """What a backup says that it holds, every member checked; nothing stays of the check.

    Raises:
        NotFoundError: there is no such file.
        CorruptError: it is not a backup, it was altered or cut short, or it has no sound database.
        StorageError: there is no room for what it holds.
    """
    with temporary_folder() as folder:
        return _extract(path, Path(folder))


def workspace_in(path: Path) -> str:
    """The name of the workspace that a backup was made of; its members are not looked at.

    Raises:
        NotFoundError: there is no such file.
        CorruptError: it is not a backup.
    """
    with _opened(path) as archive:
        return _manifest(archive, path)[0].workspace


def restore_workspace(path: Path, to: Path) -> Backup:
    """Make a workspace of a backup, with everything but vectors, which indexing makes again.

    Args:
        path: the backup.
        to: the workspace's folder, which must not exist.

    Raises:
        NotFoundError: there is no such file.
        CorruptError: as `read_backup`; nothing was made.
        BadInputError: the folder exists.
        StorageError: the disk is full or refuses; nothing was left behind.
    """
    if to.exists():
        raise BadInputError(f"{to} exists and is not written over; give another --workspace")
    missing = [folder for folder in to.parents if not folder.exists()]
    part = to.with_name(f".{to.name}-{token_hex(6)}.partial")
    try:
        part.mkdir(parents=True)
        backup = _extract(path, part)
        part.rename(to)
        sync([], to)
    except OSError as error:
        raise refused(to, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        for folder in missing:  # those that are empty, where nothing was restored
            with contextlib.suppress(OSError):
                folder.rmdir()
    return backup


def _extract(path: Path, folder: Path) -> Backup:
    """Write the members that the manifest names into a folder, each checked, and no others."""
    with _opened(path) as archive:
        backup, sizes = _manifest(archive, path)
        found: set[str] = set()
        room = shutil.disk_usage(folder).free
        for entry in archive:
            if entry.name == MANIFEST:
                continue
            if entry.issparse() or not entry.isreg():
                kind = "a link, a device or a sparse file"
                raise _altered(path, f"'{entry.name}' is {kind} and has no place in one")
            if not _MEMBER.fullmatch(entry.name) or entry.name in found:
                raise _altered(path, f"'{entry.name}' has no place in one")
            if entry.name not in backup.files or entry.size != sizes.get(entry.name, entry.size):
                raise _altered(path, f"'{entry.name}' is not what was put in")
            room -= entry.size
            if room < 0:
                raise StorageError(
                    f"there is no room for what {path} holds: '{entry.name}' says that it has "
                    f"{entry.size:,} bytes, and {shutil.disk_usage(folder).free:,} are free in "
                    f"{folder.parent}; nothing was changed: free some space, or use another backup"
                )
            target = folder / entry.name
            try:
                if _copied(archive, entry, target) != backup.files[entry.name]:
                    raise _altered(path, f"'{entry.name}' is not what was put in")
            except OSError as error:
                raise refused(target, error) from error
            found.add(entry.name)
    lacking = sorted(set(backup.files) - found)
    if lacking:
        raise _altered(path, f"'{lacking[0]}' is not in it")
    _check_database(path, folder / WORKSPACE_FILE)
    return backup


def _copied(archive: tarfile.TarFile, entry: tarfile.TarInfo, target: Path) -> str:
    """Write a member to a file that is then on the disk; answers its digest."""
    file = archive.extractfile(entry)
    assert file is not None
    digest = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        while block := file.read(_BLOCK):
            digest.update(block)
            out.write(block)
    sync([target], target.parent)
    return digest.hexdigest()


def _check_database(path: Path, database: Path) -> None:
    """Refuse a backup whose database is none, is damaged or has what likewise did not make."""
    if not database.is_file():
        raise CorruptError(f"{path} holds no database, so there is nothing to restore; use another")
    if is_sound(database):
        return
    with contextlib.suppress(sqlite3.Error), reading(database) as connection:
        refuse_foreign_schema(connection, f"the database in {path}")
    why = damage(database) or "it has no answers of a format that is known"
    raise CorruptError(f"the database in {path} cannot be used ({why}); use another backup")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    if not path.is_file():
        raise NotFoundError(f"{path} is not there; give a file that likewise backup made")
    try:
        with tarfile.open(path, "r:") as archive:
            yield archive
    except (tarfile.TarError, EOFError, MemoryError, OverflowError, RecursionError) as error:
        raise _altered(path, "it cannot be read to its end") from error


def _manifest(archive: tarfile.TarFile, path: Path) -> tuple[Backup, dict[str, int]]:
    """What the first member says, and how many bytes each member has, where it says so."""
    head = archive.next()
    if head is None or head.name != MANIFEST or not head.isreg() or head.issparse():
        raise _not_a_backup(path)
    if head.size > _MOST_MANIFEST:
        raise _altered(path, f"'{MANIFEST}' has {head.size:,} bytes")
    file = archive.extractfile(head)
    try:
        answers = json.loads(file.read()) if file else {}
        if answers["format"] > FORMAT:
            raise CorruptError(
                f"{path} has format {answers['format']} and this likewise reads up to {FORMAT}; "
                + UPGRADE
            )
        sizes = {str(name): int(size) for name, size in answers.get("sizes", {}).items()}
        workspace = str(answers["workspace"])
        if Path(workspace).name != workspace or not workspace.strip("."):
            raise _altered(path, f"{workspace!r} cannot name a workspace")
        return Backup(
            path, workspace, str(answers["made_at"]), dict(answers["files"]),
            int(answers["answers"]), tuple(map(str, answers["concepts"])),
        ), sizes  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _not_a_backup(path) from error


def _not_a_backup(path: Path) -> CorruptError:
    return CorruptError(f"{path} is not a backup; give a file that likewise backup made")


def _altered(path: Path, why: str) -> CorruptError:
    return CorruptError(f"{path} was altered or cut short ({why}); use another backup")
