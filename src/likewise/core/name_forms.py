"""Names that differ only in their Unicode form, such as a Mac's file names and those in a table."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from unicodedata import normalize


class Names:
    """Names to look others up in: the same characters first, else the same text.

    "é" is one character, or "e" with an accent after it: file systems, archives and tables differ
    in which they write.

    Example:
        >>> known = Names(["cafe\u0301.jpg", "b.jpg"])
        >>> known.find("caf\u00e9.jpg") == "cafe\u0301.jpg", known.find("c.jpg")
        (True, None)
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def find(self, name: str) -> str | None:
        """The name itself, else the only one that is the same text; None where none is."""
        if name in self._names:
            return name
        if name.isascii():
            return None
        same = self._by_form.get(normalize("NFC", name), ())
        return same[0] if len(same) == 1 else None

    @cached_property
    def _by_form(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self._names:
            if not name.isascii():
                found.setdefault(normalize("NFC", name), []).append(name)
        return found


def existing_path(path: str | os.PathLike[str]) -> str:
    """The path as the file system spells it, where it is there in another Unicode form only.

    Returns:
        The path itself where it exists, and where none or several of that text do.

    Example:
        >>> existing_path("no/such/file")
        'no/such/file'
    """
    text = os.fspath(path)
    if text.isascii() or os.path.lexists(text):
        return text
    parent, name = os.path.split(text)
    if not name:
        return text
    parent = existing_path(parent)
    try:
        found = _names_in(parent or ".", Path(parent or ".").stat().st_mtime_ns).find(name)
    except (OSError, ValueError):  # ValueError: a null character
        return text
    return text if found is None else os.path.join(parent, found)  # noqa: PTH118


@lru_cache(maxsize=8)
def _names_in(folder: str, modified: int) -> Names:  # noqa: ARG001 - it is part of the key
    """The names in a folder as it was then: a table may name a million files of one."""
    return Names(path.name for path in Path(folder).iterdir())
