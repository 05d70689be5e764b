"""Which items are one file under two names: by a link, a linked or mounted folder, a hard link."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from likewise.core.selection import Selection
from likewise.search.items import ORIGINAL_COLUMNS
from likewise.sources._allowed_folders import leads_outside
from likewise.sources.base import is_url
from likewise.workspace import Workspace

Identity: TypeAlias = tuple[int, int]
"""Device and inode: two names have the same one where they are one file."""

SAME_FILE = "the same file under two names"

_BATCH = 10_000


@dataclass(frozen=True)
class FileIdentities:
    """Paths and the files that they lead to, of items that may be one file.

    Attributes:
        identities: of items whose file exists.
        links: ids of items whose path has a link in it, so that another name is the real one.
    """

    identities: Mapping[str, Identity]
    links: frozenset[str]


def identity_of(path: Path) -> Identity | None:
    """Device and inode of the file that a path leads to; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def file_identities(
    workspace: Workspace, ids: Sequence[str], digests: Sequence[str]
) -> FileIdentities:
    """The files of those items that share their digest with another one of `ids`."""
    counts = Counter(digests)
    several = [item for item, digest in zip(ids, digests, strict=True) if counts[digest] > 1]
    identities, links = {}, set()
    for item, path in _paths(workspace, several):
        identity = identity_of(path)
        if identity is not None:
            identities[item] = identity
            if os.path.realpath(path) != os.path.abspath(path):
                links.add(item)
    return FileIdentities(identities, frozenset(links))


def name_same_files(selection: Selection, files: FileIdentities) -> Selection:
    """The selection with its reason where an item goes because of another name of its file."""
    reasons = list(selection.reasons)
    for index, (item, because) in enumerate(zip(selection.dropped, selection.because, strict=True)):
        identity = files.identities.get(item)
        if identity is not None and identity == files.identities.get(because):
            reasons[index] = SAME_FILE
    return replace(selection, reasons=tuple(reasons))


def remaining_files(workspace: Workspace, leaving: Iterable[str]) -> dict[Identity, str]:
    """Every file that an item leads to, except those of `leaving`, with the id of such an item.

    The file of a part of an image is that image's.
    """
    gone = set(leaving)
    collection = workspace.collection
    ids = collection.sample(len(collection)) if len(collection) else []
    remaining = [item for item in ids if item not in gone]
    found: dict[Identity, str] = {}
    for item, path in _paths(workspace, remaining):
        identity = identity_of(path)
        if identity is not None:
            found.setdefault(identity, item)
    return found


def folder_outside(workspace: Workspace, item: str, path: Path) -> Path | None:
    """The real folder of an item's file where a link leads to it out of what was indexed."""
    source = workspace.sources.of(item)
    real = Path(os.path.realpath(path.parent))
    if source is None or is_url(source.root) or real == Path(os.path.abspath(path.parent)):
        return None
    root = Path(os.path.realpath(source.root))
    inside = root if root.is_dir() else root.parent
    return real if leads_outside(real, [inside]) else None


def _paths(workspace: Workspace, ids: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Id and path of every item that has a file on this machine."""
    collection = workspace.collection
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        rows: Sequence[Mapping[str, Any]] = collection.facts(some, ORIGINAL_COLUMNS)
        for item, row in zip(some, rows, strict=True):
            original = collection.original_of(item, row)
            path = original.source.path(original.item)
            if path is not None:
                yield item, path
