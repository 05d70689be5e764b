"""Digests of the files that a dataset is made of, so that a flipped bit is found.

Lance never writes a file twice, and has no digests of its own: a bit that flips on the disk comes
back as another vector, without an error. Here each file's digest is noted when it was written, a
line each, in ``checksums.log`` beside the dataset's folders.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from likewise.core.files import new_file

_LOG = "checksums.log"
_LASTING = {".lance", ".arrow", ".bin", ".manifest"}  # the others are hints and drafts


def note(root: Path, files: Iterable[Path]) -> None:
    """Remember files as they are now.

    The log is not flushed: a line that a power cut takes leaves a file that cannot be checked,
    and nothing worse.
    """
    lasting = sorted(file for file in files if file.suffix in _LASTING)
    lines = [f"{_digest(file)} {file.relative_to(root).as_posix()}\n" for file in lasting]
    if lines:
        with (root / _LOG).open("a", encoding="utf-8") as log:
            log.writelines(lines)


def differ(root: Path, files: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Files that are not as they were noted, and files that never were."""
    noted = _read(root)
    changed, unknown = [], []
    for file in files:
        digest = noted.get(file.relative_to(root).as_posix())
        if digest is None:
            unknown.append(file)
        elif digest != _digest(file):
            changed.append(file)
    return changed, unknown


def forget(root: Path) -> None:
    """Leave out of the log what is there no more."""
    lines = [f"{digest} {name}\n" for name, digest in _read(root).items() if (root / name).exists()]
    with new_file(root / _LOG, durable=False) as part:
        part.write_text("".join(lines), encoding="utf-8")


def _read(root: Path) -> dict[str, str]:
    try:
        text = (root / _LOG).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    lines = (line.partition(" ") for line in text.split("\n")[:-1])  # the last may be half a line
    return {name: digest for digest, _, name in lines if len(digest) == 64}


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as data:
            return hashlib.file_digest(data, "sha256").hexdigest()
    except FileNotFoundError:
        return "gone"
