"""Opens the newest version of a Lance dataset that is whole, and sets broken heads aside.

A power cut between a commit and the flush of its manifest can leave the manifest empty,
cut short, or full of zeros; Lance opens the last of these as a dataset of no rows. Such a commit
was never acknowledged, so the version before it is the truth. A manifest that was altered later
is set aside, too: what its commit added is made again from the images.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from likewise.errors import CorruptError
from likewise.stores import _checksums

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
    """
    manifests = sorted((path / _VERSIONS).glob("*.manifest"), key=_version, reverse=True)
    broken: list[Path] = []
    for manifest in manifests:
        dataset = (
            None if _checksums.differ(path, [manifest])[0] else _opened(path, _version(manifest))
        )
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


def _opened(path: Path, version: int) -> Any | None:
    import lance

    try:
        # By number: without one, Lance takes a head full of zeros for a dataset of no rows.
        dataset = lance.dataset(str(path), version=version)
        whole = all(
            is_whole(path / "data" / file.path, file.file_size_bytes)
            for fragment in dataset.get_fragments()
            for file in fragment.metadata.files
        )
    except (ValueError, OSError, RuntimeError):
        return None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # Rust's, which has no name to import
            raise
        return None
    return dataset if whole else None


def is_whole(file: Path, size: int | None) -> bool:
    """Whether a file is there, with all of its bytes."""
    return file.is_file() and (size is None or file.stat().st_size == size)
