"""Files deleted from the disk: only here, only by name, only after a manifest was written."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from likewise.core.escaping import cell
from likewise.core.output_files import refuse_in_workspace
from likewise.curate.file_identities import Identity, folder_outside, identity_of, remaining_files
from likewise.errors import BadInputError, NotFoundError, StorageError
from likewise.search.items import ORIGINAL_COLUMNS
from likewise.workspace import Workspace, writer_lock
from likewise.workspace.database import now
from likewise.workspace.item_states import ItemState

_FIELDS = ("id", "path", "digest", "bytes", "reason", "at")


@dataclass(frozen=True)
class Removal:
    """What was deleted, or would be.

    Attributes:
        files: paths.
        ids: of the items whose files these are, in the same order.
        bytes: of them together.
        gone: ids whose file does not exist any more.
        changed: ids whose file is not the one that was indexed, left alone.
        shared: by id, the item that stays and has the same file under another name; left alone.
        outside: by id, the folder outside of what was indexed that a link leads to; left alone.
        manifest: the file that lists them; None for a dry run.
    """

    files: tuple[Path, ...]
    ids: tuple[str, ...]
    bytes: int
    gone: tuple[str, ...]
    changed: tuple[str, ...]
    shared: Mapping[str, str]
    outside: Mapping[str, Path]
    manifest: Path | None


@dataclass(frozen=True)
class _File:
    item: str
    path: Path
    fact: Mapping[str, Any]

    def state(self, remaining: Mapping[Identity, str]) -> str:
        """Whether it may be deleted: "ready", "gone", "changed" or "shared"."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return "gone"
        if (status.st_size, status.st_mtime_ns) != (self.fact["bytes"], self.fact["modified"]):
            return "changed"
        return "shared" if (status.st_dev, status.st_ino) in remaining else "ready"


def remove_files(
    workspace: Workspace,
    ids: Sequence[str],
    manifest: Path,
    reasons: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> Removal:
    """Delete the files of items from the disk, for good.

    The manifest, a CSV with id, path, digest, size and reason, is on the disk before the first
    file goes. A file that was changed since it was indexed is another one, and is left alone. So
    is a file that an item which stays leads to under another name, by a link, a mounted folder or
    a hard link, and one outside of what was indexed. Every file is checked again at the moment it
    is deleted.

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
    existing = workspace.collection.known(unique)
    missing = next((item for item in unique if item not in existing), None)
    if missing is not None:
        raise NotFoundError(f"'{missing}' is not in the collection; nothing was deleted")
    refuse_in_workspace(manifest)
    if manifest.exists():
        raise BadInputError(f"{manifest} exists; give another file with --manifest")
    files = _files_of(workspace, unique)
    if dry_run:
        return _planned(workspace, files, unique)[0]
    with writer_lock(workspace.path):
        plan, ready, remaining = _planned(workspace, files, unique)
        _write_manifest(manifest, ready, reasons or {})
        deleted: list[_File] = []
        changed = list(plan.changed)
        try:
            for file in ready:
                if file.state(remaining) == "ready" and not folder_outside(
                    workspace, file.item, file.path
                ):
                    file.path.unlink(missing_ok=True)
                    deleted.append(file)
                else:
                    changed.append(file.item)
        except OSError as error:
            raise StorageError(
                f"{file.path} cannot be deleted ({error.strerror}); {len(deleted)} of "
                f"{len(ready)} were deleted before it, all are listed in {manifest}"
            ) from error
        finally:
            workspace.states.update(
                [
                    ItemState(state.item, "missing", f"removed, see {manifest.name}")
                    for state in deleted
                ]
            )
    return replace(
        plan,
        files=tuple(state.path for state in deleted),
        ids=tuple(state.item for state in deleted),
        bytes=sum(state.fact["bytes"] for state in deleted),
        changed=tuple(changed),
        manifest=manifest,
    )


def _files_of(workspace: Workspace, ids: Sequence[str]) -> list[_File]:
    facts = workspace.collection.facts(ids, ["digest", *ORIGINAL_COLUMNS])
    files = []
    for item, fact in zip(ids, facts, strict=True):
        original = workspace.collection.original_of(item, fact)
        if original.path is None:
            raise BadInputError(
                f"'{item}' is no file of its own ({original.uri}), so it cannot be deleted; "
                "nothing was"
            )
        files.append(_File(item, original.path, fact))
    return files


def _planned(
    workspace: Workspace, files: Sequence[_File], ids: Sequence[str]
) -> tuple[Removal, list[_File], Mapping[Identity, str]]:
    """What would be deleted, as it is at this moment, and the files that stay."""
    remaining = remaining_files(workspace, ids)
    by_state: dict[str, list[_File]] = {"ready": [], "gone": [], "changed": [], "shared": []}
    outside: dict[str, Path] = {}
    for file in files:
        state = file.state(remaining)
        elsewhere = folder_outside(workspace, file.item, file.path) if state == "ready" else None
        if elsewhere is None:
            by_state[state].append(file)
        else:
            outside[file.item] = elsewhere
    shared = {}
    for file in by_state["shared"]:
        identity = identity_of(file.path)
        shared[file.item] = remaining.get(identity, "") if identity else ""
    ready = by_state["ready"]
    removal = Removal(
        tuple(file.path for file in ready),
        tuple(file.item for file in ready),
        sum(file.fact["bytes"] for file in ready),
        tuple(file.item for file in by_state["gone"]),
        tuple(file.item for file in by_state["changed"]),
        shared,
        outside,
        None,
    )
    return removal, ready, remaining


def _write_manifest(manifest: Path, files: Sequence[_File], reasons: Mapping[str, str]) -> None:
    at = now()
    try:
        with manifest.open("x", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(_FIELDS)
            for file in files:
                why = reasons.get(file.item, "")
                size = file.fact["bytes"]
                row = (file.item, str(file.path), file.fact["digest"], size, why, at)
                writer.writerow([cell(value) for value in row])
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise StorageError(
            f"{manifest} cannot be written ({error.strerror}), so nothing was deleted; give "
            "another --manifest"
        ) from error
