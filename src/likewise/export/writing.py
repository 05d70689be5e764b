"""A dataset written beside its place and moved there, all or nothing, with where it came from."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from likewise.core.file_names import MANIFEST, PROVENANCE
from likewise.core.output_files import refuse_in_workspace
from likewise.core.progress import Progress
from likewise.errors import BadInputError, BusyError, StorageError
from likewise.export.base import Dataset, Exporter, Row, Rows
from likewise.export.manifest import PLAN, REPORT_EVERY, foreign_file, manifest_of, text_digest

_REPLACED = "[0-9a-f]" * 12  # in the name of an export that another one replaces


def target_of(to: str | os.PathLike[str]) -> Path:
    """The folder that is meant, whatever folder one is in."""
    return Path(os.path.abspath(Path(to).expanduser()))


def refuse_to_destroy(target: Path, overwrite: bool) -> None:
    """Refuse a target that exists, unless it is a dataset of ours that may be replaced.

    Raises:
        BadInputError: it is something else, or may not be replaced.
    """
    refuse_in_workspace(target)
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / PROVENANCE).is_file():
        raise BadInputError(
            f"{target} exists and was not made by likewise, so it is left alone; "
            "give another folder with --to"
        )
    if not overwrite:
        raise BadInputError(
            f"{target} holds an earlier export; replace it with --overwrite, "
            "or give another folder with --to"
        )
    added = foreign_file(target)
    if added is not None:
        raise BadInputError(
            f"{added} is no file of the export that {target} holds, so nothing is replaced; move "
            "it away, or give another folder with --to"
        )


def write_dataset(
    exporter: Exporter,
    dataset: Dataset,
    target: Path,
    overwrite: bool,
    digest: str,
    progress: Progress = lambda done, total: None,
) -> None:
    """Write a dataset, its manifest and its provenance.

    It is made in a folder beside the target. When it is interrupted, what is there stays, and
    the same export goes on from it; another one begins anew.

    Args:
        exporter: writes the files.
        dataset: what to write; its `about` goes into the provenance.
        target: the folder to make.
        overwrite: whether an earlier export there may be replaced.
        digest: names the content.
        progress: told how many rows were read, then how many files the manifest has.

    Raises:
        BadInputError: the target is there and may not be replaced.
        StorageError: the disk is full or refuses; the target is untouched.
    """
    staging, lock = _claimed(target)
    try:
        _begin(staging, f"{digest} {exporter!r}\n")
        exporter.write(replace(dataset, rows=_Reported(dataset.rows, progress)), staging)
        manifest = manifest_of(staging, progress)
        (staging / MANIFEST).write_text(manifest, encoding="utf-8")
        about = {**dataset.about, "manifest": text_digest(manifest)}
        (staging / PROVENANCE).write_text(json.dumps(about, indent=2, default=str) + "\n")
        _move_into(staging, target, overwrite)
        finish(target)
    except KeyboardInterrupt:  # what is done is kept for the next run
        raise
    except BaseException as error:
        shutil.rmtree(staging, ignore_errors=True)
        if isinstance(error, OSError):
            raise StorageError(
                f"{target} could not be written ({error.strerror or error}); nothing was left "
                "there: free some space or choose another folder with --to"
            ) from error
        raise
    finally:
        os.close(lock)


class _Reported:
    """Rows, with a word about how many were read."""

    def __init__(self, rows: Rows, progress: Progress) -> None:
        self._rows, self._progress = rows, progress

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        for done, row in enumerate(self._rows, 1):
            yield row
            if done % REPORT_EVERY == 0 or done == len(self):
                self._progress(done, len(self))


def _claimed(target: Path) -> tuple[Path, int]:
    """The folder to make a dataset in, and a handle that no other export has while it is open.

    Raises:
        BusyError: another export is writing to the same target.
        StorageError: the folder cannot be made.
    """
    staging = target.with_name(f".{target.name}.partial")
    if staging.exists() and any(staging.iterdir()) and not (staging / PLAN).is_file():
        staging = target.with_name(f".{target.name}.{secrets.token_hex(6)}.partial")
    try:
        staging.mkdir(parents=True, exist_ok=True)
        lock = os.open(staging, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise BusyError(
            f"another export is writing to {target}; wait for it, or give another folder with --to"
        ) from error
    except OSError as error:
        raise StorageError(
            f"{target} could not be written ({error.strerror or error}); nothing was left there: "
            "free some space or choose another folder with --to"
        ) from error
    if not staging.exists() or not os.path.samestat(os.fstat(lock), staging.stat()):
        os.close(lock)  # it took its target's name meanwhile
        raise BusyError(f"another export wrote {target} just now; run the same command again")
    return staging, lock


def _begin(staging: Path, plan: str) -> None:
    """An empty folder, or what an interrupted run of the same export left."""
    mark = staging / PLAN
    if not (mark.is_file() and mark.read_text() == plan):
        for entry in list(staging.iterdir()):  # the folder itself stays: it is locked
            if entry == mark:  # without it the folder could be anybody's
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        mark.write_text(plan)
    for name in (MANIFEST, PROVENANCE):  # of a run that ended at the last step: they are no rows
        (staging / name).unlink(missing_ok=True)


def _move_into(staging: Path, target: Path, overwrite: bool) -> None:
    """Move a whole dataset to its target; what is replaced goes last, so one is always there."""
    refuse_to_destroy(target, overwrite)  # it may have come into being meanwhile
    old = target.with_name(f".{target.name}.{secrets.token_hex(6)}.old")
    if target.exists():
        target.rename(old)
    try:
        staging.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise


def finish(target: Path) -> None:
    """Remove what a whole export leaves beside its files, also one that was killed before this."""
    (target / PLAN).unlink(missing_ok=True)
    for old in target.parent.glob(f".{glob.escape(target.name)}.{_REPLACED}.old"):
        with contextlib.suppress(OSError):
            if not any(old.iterdir()):
                old.rmdir()
            elif (old / PROVENANCE).is_file() and foreign_file(old) is None:
                _remove(old)


def _remove(old: Path) -> None:
    """Remove an export that was replaced; the files that tell it is one go last."""
    for entry in old.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name not in (MANIFEST, PROVENANCE):
            entry.unlink()
    (old / MANIFEST).unlink(missing_ok=True)
    (old / PROVENANCE).unlink()
    old.rmdir()
