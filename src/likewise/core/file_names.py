"""Names of files that are made from ids."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

PROVENANCE = "likewise.json"
"""The file in every dataset that says how it was made."""


MANIFEST = "sha256sums.txt"
"""The file in every dataset that lists the digests of the others, as ``sha256sum -c`` reads it."""


_LONGEST_NAME = 200  # bytes; file systems stop at 255, and a suffix may be added


_OURS = frozenset({PROVENANCE, MANIFEST})


def file_name(item: str) -> str:
    """A flat, portable file name for an item id, the same every time.

    Example:
        >>> file_name("2020/summer/barn.jpg")
        '2020__summer__barn.jpg'
    """
    joined = item.replace("/", "__")
    flat = re.sub(r'[\x00-\x1f\x7f<>:"\\|?*]', "_", joined).lstrip(".-") or "_"
    reversible = not re.search("__|_/|/_", item)  # "a/b" and "a__b" must not meet
    if flat == joined and reversible and len(flat.encode()) <= _LONGEST_NAME and flat not in _OURS:
        return flat
    return _with_mark(item, flat)


class FileNames:
    """File names of a dataset's items, none of which differ in capitals or accents' form alone.

    Some file systems take such names for one.

    Example:
        >>> names = FileNames()
        >>> names("A.jpg"), names("a.jpg")
        ('A.jpg', 'a-509b0d4641.jpg')
    """

    def __init__(self, stems: bool = False) -> None:
        """Make one; with `stems`, names differ before their last dot."""
        self._taken: dict[str, str] = {}
        self._stems = stems

    def __call__(self, item: str) -> str:
        """The name of an item; the same one again when it is asked for again."""
        name = file_name(item)
        while self._taken.setdefault(self._key(name), item) != item:
            name = _with_mark(item, name)
        return name

    def _key(self, name: str) -> str:
        stem = name.rpartition(".")[0] or name if self._stems else name
        return unicodedata.normalize("NFC", stem).casefold()


def _with_mark(item: str, flat: str) -> str:
    """The name with a digest of the id in it: two ids must never share a name."""
    stem, dot, suffix = flat.rpartition(".")
    mark = sha256(item.encode()).hexdigest()[:10]
    if not dot:
        stem, suffix = flat, ""
    short = stem.encode()[: _LONGEST_NAME - 40].decode(errors="ignore")
    return f"{short}-{mark}{dot}{suffix[:20]}"
