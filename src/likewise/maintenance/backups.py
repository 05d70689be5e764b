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
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import likewise
from likewise.core.files import WORKSPACE_FILE, new_file
from likewise.core.output_files import refuse_in_workspace
from likewise.errors import BadInputError, StorageError
from likewise.maintenance.shared_decisions import add_decisions
from likewise.workspace import Workspace
from likewise.workspace.backup import back_up
from likewise.workspace.concepts import Concepts
from likewise.workspace.database import Database, now
from likewise.workspace.labels import LabelLog
from likewise.workspace.shared_address import remove_passwords

FORMAT = 1
MANIFEST = "manifest.json"
FOLDERS = ("rules", "exemplars")


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
    refuse_in_workspace(to)
    with temporary_folder() as folder:
        database = Path(folder, WORKSPACE_FILE)
        with Workspace(workspace) as open_workspace:
            back_up(open_workspace.path / WORKSPACE_FILE, database)
            remove_passwords(database)
            if open_workspace.shared:
                with contextlib.closing(Database(database)) as copy:
                    add_decisions(open_workspace, copy)
        members = {WORKSPACE_FILE: database, **_files_of(workspace)}
        answers, concepts = _decided(database)
        digests = {name: _digest(path) for name, path in members.items()}
        backup = Backup(to, workspace.name, made_at, digests, answers, concepts)
        try:
            with new_file(to, overwrite=False) as part:
                _write(part, backup, members)
        except FileExistsError:
            raise BadInputError(f"{to} exists and is not written over; give another name") from None
        except OSError as error:
            raise refused(to, error) from error
    return backup


@contextlib.contextmanager
def temporary_folder() -> Iterator[str]:
    """As `tempfile.TemporaryDirectory`, which recurses without end where it may not look."""
    folder = tempfile.mkdtemp()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def refused(path: Path, error: OSError) -> StorageError:
    """The error for a file that could not be written."""
    return StorageError(
        f"{path} could not be written ({error.strerror}); nothing was left behind: free some "
        "space or choose another place"
    )


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
        for folder in FOLDERS
        if (workspace / folder).is_dir()
        for path in sorted((workspace / folder).iterdir())
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
    }


def _write(part: Path, backup: Backup, members: Mapping[str, Path]) -> None:
    manifest = {
        "format": FORMAT,
        "likewise": likewise.__version__,
        **{name: getattr(backup, name) for name in ("workspace", "made_at", "answers", "concepts")},
        "files": dict(backup.files),
        "sizes": {name: path.stat().st_size for name, path in members.items()},
    }
    data = json.dumps(manifest, indent=1).encode()
    with tarfile.open(part, "w") as archive:
        head = tarfile.TarInfo(MANIFEST)
        head.size = len(data)
        archive.addfile(head, io.BytesIO(data))
        for name, path in members.items():
            entry = tarfile.TarInfo(name)  # no owners and no times of the machine it came from
            entry.size = path.stat().st_size
            with path.open("rb") as file:
                archive.addfile(entry, file)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
