"""Names that differ only in their Unicode form, such as a Mac's file names and those in a table."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property
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


class FileNames:
    """Paths as the file system spells them; each folder is listed once.

    Example:
        >>> FileNames().path("no/such/file")
        'no/such/file'
    """

    def __init__(self) -> None:
        self._folders: dict[str, Names] = {}

    def path(self, path: str | os.PathLike[str]) -> str:
        """The path itself where it exists, else the only one in another Unicode form that does.

        Where there is none, or several, it is the path itself, too.
        """
        text = os.fspath(path)
        if text.isascii() or os.path.lexists(text):
            return text
        parent, name = os.path.split(text)
        if not name:
            return text
        parent = self.path(parent)
        if parent not in self._folders:
            self._folders[parent] = Names(_listed(parent or "."))
        found = self._folders[parent].find(name)
        return text if found is None else os.path.join(parent, found)  # noqa: PTH118


def _listed(folder: str) -> list[str]:
    try:
        return [path.name for path in Path(folder).iterdir()]
    except (OSError, ValueError):  # ValueError: a null character
        return []
