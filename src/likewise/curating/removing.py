"""Files deleted from the disk: only here, only by name, only after a manifest was written."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from likewise.collection import ORIGINAL_COLUMNS
from likewise.csv_cells import marked
from likewise.errors import BadInputError, NotFoundError, StorageError
from likewise.workspace import Workspace, writer_lock
from likewise.workspace.database import now
from likewise.workspace.states import ItemState

_FIELDS = ("id", "path", "digest", "bytes", "reason", "at")


@dataclass(frozen=True)
class Removal:
    """What was deleted, or would be.

    Attributes:
        files: paths.
        bytes: of them together.
        gone: ids whose file was not there any more.
        changed: ids whose file is not the one that was indexed, left alone.
        manifest: the file that lists them; None for a dry run.
    """

    files: tuple[Path, ...]
    bytes: int
    gone: tuple[str, ...]
    changed: tuple[str, ...]
    manifest: Path | None


def remove_files(
    workspace: Workspace,
    ids: Sequence[str],
    manifest: Path,
    reasons: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> Removal:
    """Delete the files of items from the disk, for good.

    The manifest, a CSV with id, path, digest, size and reason, is on the disk before the first
    file goes. A file that was changed since it was indexed is another one, and is left alone.

    Args:
        workspace: where the items are.
        ids: of the items.
        manifest: a file that does not exist yet.
        reasons: why, by id.
        dry_run: only look.

    Raises:
        NotFoundError: an id that is not in the collection; nothing was deleted.
        BadInputError: the manifest exists, or an item is no file of its own.
        BusyError: another process writes the workspace.
        StorageError: a file cannot be deleted; those before it are.
    """
    unique = list(dict.fromkeys(ids))
    known = workspace.collection.known(unique)
    missing = next((item for item in unique if item not in known), None)
    if missing is not None:
        raise NotFoundError(f"'{missing}' is not in the collection; nothing was deleted")
    if manifest.exists():
        raise BadInputError(f"{manifest} exists; give another file with --manifest")
    facts = workspace.collection.facts(unique, ["digest", *ORIGINAL_COLUMNS])
    found, gone, changed = [], [], []
    for item, fact in zip(unique, facts, strict=True):
        original = workspace.collection.original_of(item, fact)
        path = original.path
        if path is None:
            raise BadInputError(
                f"'{item}' is no file of its own ({original.uri}), so it cannot be deleted; "
                "nothing was"
            )
        try:
            status = path.stat()
        except FileNotFoundError:
            gone.append(item)
            continue
        if (status.st_size, status.st_mtime_ns) != (fact["bytes"], fact["modified"]):
            changed.append(item)
            continue
        found.append((item, path, fact))
    size = sum(fact["bytes"] for _, _, fact in found)
    paths = tuple(path for _, path, _ in found)
    if dry_run:
        return Removal(paths, size, tuple(gone), tuple(changed), None)
    with writer_lock(workspace.path):
        at = now()
        try:
            with manifest.open("x", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(_FIELDS)
                for item, path, fact in found:
                    why = (reasons or {}).get(item, "")
                    row = (item, str(path), fact["digest"], fact["bytes"], why, at)
                    writer.writerow([marked(value) for value in row])
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(
                f"{manifest} cannot be written ({error.strerror}), so nothing was deleted; give "
                "another --manifest"
            ) from error
        done: list[ItemState] = []
        try:
            for item, path, _ in found:
                path.unlink(missing_ok=True)
                done.append(ItemState(item, "missing", f"removed, see {manifest.name}"))
        except OSError as error:
            raise StorageError(
                f"{path} cannot be deleted ({error.strerror}); {len(done)} of {len(found)} were "
                f"deleted before it, all are listed in {manifest}"
            ) from error
        finally:
            workspace.states.update(done)
    return Removal(paths, size, tuple(gone), tuple(changed), manifest)
