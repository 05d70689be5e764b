"""Opens the newest version of a Lance dataset that is whole, and sets broken heads aside.

A power cut between a commit and the flush of its manifest can leave the manifest empty,
cut short, or full of zeros; Lance opens the last of these as a dataset of no rows. Such a commit
was never acknowledged, so the version before it is the truth. A manifest that was altered later
is set aside, too: what its commit added is made again from the images.

A disk that does not let a whole manifest be read now (an input/output error, too many open files)
proves nothing against it: that is said, and nothing is set aside.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from likewise.core.shortage import shortage_in
from likewise.errors import CorruptError, StorageError
from likewise.search.store import _checksums

_VERSIONS = "_versions"
_NEWEST_FIRST = 2**64 - 1  # manifests are named by what is left to this number


def open_head(path: Path) -> tuple[Any | None, tuple[str, ...]]:
    """Open a dataset at its newest whole version.

    Args:
        path: the dataset's folder, which need not exist.

    Returns:
        The dataset, or None when there is none yet, and the names of manifests that were
        renamed to ``*.bad``.

    Raises:
        CorruptError: there were several versions and none of them can be read.
        StorageError: the disk does not let one be read that is whole.
    """
    manifests = _manifests(path / _VERSIONS)
    broken: list[Path] = []
    for manifest in manifests:
        dataset = _complete_version(path, manifest)
        if dataset is not None:
            break
        broken.append(manifest)
    else:
        dataset = None
    if dataset is None and broken and _version(broken[0]) > 1:
        raise CorruptError(
            f"none of the {len(broken)} versions in {path} can be read; move that folder away and "
            "index again: vectors are made from the images, and no label is kept there"
        )
    for manifest in broken:
        manifest.rename(manifest.with_suffix(".bad"))
    if broken:
        (path / _VERSIONS / "latest_version_hint.json").unlink(missing_ok=True)
    return dataset, tuple(manifest.name for manifest in broken)


def _version(manifest: Path) -> int:
    digits = manifest.name.partition(".")[0]
    if not digits.isdigit():
        return -1
    return _NEWEST_FIRST - int(digits) if len(digits) == 20 else int(digits)


def _manifests(folder: Path) -> list[Path]:
    """The newest first; none where there is no folder, and an error where it cannot be listed."""
    try:
        found = [file for file in folder.iterdir() if file.suffix == ".manifest"]
    except (FileNotFoundError, NotADirectoryError):  # it is yet to be made
        return []
    except OSError as error:
        raise _unreadable(folder, error) from error
    return sorted(found, key=_version, reverse=True)


def _complete_version(path: Path, manifest: Path) -> Any | None:
    """The dataset at a version, or None if that version is broken."""
    try:
        changed, unknown = _checksums.differ(path, [manifest])
        if changed:
            return None
        dataset, error = _opened(path, _version(manifest))
        if error is not None:  # the manifest itself can be read, or else the next line says why
            manifest.read_bytes()
            dataset, error = _opened(path, _version(manifest))
        if error is not None and not unknown:  # it is what was written
            raise error
        if error is not None and (lack := shortage_in(error)) is not None:
            raise lack
        return dataset
    except OSError as error:
        raise _unreadable(manifest, error) from error


def _opened(path: Path, version: int) -> tuple[Any | None, OSError | None]:
    """The dataset at a version, None if it is not whole; or the error of opening it."""
    import lance

    try:
        # By number: without one, Lance takes a head full of zeros for a dataset of no rows.
        dataset = lance.dataset(str(path), version=version)
        complete = all(
            is_complete(path / "data" / file.path, file.file_size_bytes)
            for fragment in dataset.get_fragments()
            for file in fragment.metadata.files
        )
    except (ValueError, OSError, RuntimeError) as error:
        return None, error if isinstance(error, OSError) else OSError(str(error))
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # Rust's, which has no name to import
            raise
        return None, OSError(str(error))
    return (dataset if complete else None), None


def _unreadable(location: Path, error: OSError) -> StorageError:
    reason = error.strerror or str(error).split(", /")[0].partition("\n")[0]
    return StorageError(
        f"{location} cannot be read now ({reason}); nothing was changed: check the disk and the "
        "permissions, then run the command again"
    )


def is_complete(file: Path, size: int | None) -> bool:
    """Whether a file is there, with all of its bytes."""
    return file.is_file() and (size is None or file.stat().st_size == size)
