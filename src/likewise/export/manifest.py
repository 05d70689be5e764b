"""The list of an export's files with their digests: what it wrote, and whether it is whole."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from likewise.core.file_names import MANIFEST, PROVENANCE
from likewise.core.progress import Progress

PLAN = ".plan"
"""Names the export that a folder of unfinished work belongs to."""

REPORT_EVERY = 64
"""Files or rows between two calls of a progress function."""

_OWN = frozenset((PLAN, MANIFEST, PROVENANCE))
_OF_ONE_RUN = ("manifest", "made_at", "likewise", "python")


def manifest_of(folder: Path, progress: Progress) -> str:
    """The digest of every file, as ``sha256sum -c`` reads them.

    Raises:
        OSError: a file or folder may not be read.
    """
    files = sorted(path for path in _files_in(folder) if _name(path, folder) not in _OWN)
    lines = []
    for done, path in enumerate(files, 1):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        lines.append(_line(digest, _name(path, folder)))
        if done % REPORT_EVERY == 0 or done == len(files):
            progress(done, len(files))
    return "".join(lines)


def text_digest(manifest: str) -> str:
    """The digest of a manifest, which the provenance holds."""
    return hashlib.sha256(manifest.encode()).hexdigest()


def foreign_file(folder: Path) -> Path | None:
    """A file in the folder of an export that the export did not write, if there is one."""
    manifest = folder / MANIFEST
    listed = set(_OWN)
    if manifest.is_file():
        lines = manifest.read_text(encoding="utf-8").split("\n")
        listed |= {_unescaped(line) for line in lines if line}
    return next((path for path in _files_in(folder) if _name(path, folder) not in listed), None)


def holds_export(folder: Path, about: Mapping[str, Any], progress: Progress) -> bool:
    """Whether a folder holds an export of the same content and settings, every file unchanged.

    Args:
        folder: of an export.
        about: what its provenance would say.
        progress: told how many files were read.
    """
    try:
        found = json.loads((folder / PROVENANCE).read_text())
        expected = json.loads(json.dumps(dict(about), default=str))
        if _without_run(found) != _without_run(expected):
            return False
        manifest = (folder / MANIFEST).read_text(encoding="utf-8")
        is_listed = text_digest(manifest) == found["manifest"]
        return is_listed and manifest_of(folder, progress) == manifest
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _without_run(about: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in about.items() if key not in _OF_ONE_RUN}


def _files_in(folder: Path) -> Iterator[Path]:
    """Every file below a folder; a folder that may not be looked into is an error."""

    def refuse(error: OSError) -> None:
        raise error  # a glob would pass over it

    for index, _, names in os.walk(folder, onerror=refuse):
        yield from (path for name in names if (path := Path(index, name)).is_file())


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _line(digest: str, name: str) -> str:
    """A line as ``sha256sum`` writes it: one that begins with a backslash has some in the name."""
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if escaped == name else chr(92)}{digest}  {escaped}\n"


def _unescaped(line: str) -> str:
    name = line.partition("  ")[2]
    if not line.startswith("\\"):
        return name
    pairs = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}
    return re.sub(r"\\[\\nr]", lambda found: pairs[found[0]], name)
