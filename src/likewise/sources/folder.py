"""A folder of image files, subfolders included, walked like someone else's disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from likewise.errors import BadInputError, NotFoundError
from likewise.sources._files import named_as_image, walked
from likewise.sources._walk import NOT_TEXT, as_text, walk
from likewise.sources.base import Item, Refused, Source, is_url, location, with_slash


@dataclass(init=False, eq=False)
class Folder(Source):
    """Image files below a folder, in the order of their ids.

    Ids are paths relative to the root with forward slashes, in the very characters of the file
    system. Only names are read and nothing is opened, so that a FIFO cannot hang the walk. What
    begins with a dot is passed over. Links to files are followed, and so are links to folders
    that would not be read otherwise; no folder is read twice, so links that go round end.

    Args:
        root: the folder, as a person would write it.

    Attributes:
        skipped: how many files the last walk passed over because no image is named so.

    Raises:
        NotFoundError: there is no such folder.
        BadInputError: it is not a folder, or may not be listed.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as root:
        ...     for name in ("b.PNG", "a.jpg", "notes.txt"):
        ...         _ = Path(root, name).write_bytes(b"...")
        ...     folder = Folder(root)
        ...     [entry.id for entry in folder.items()], folder.skipped
        (['a.jpg', 'b.PNG'], 1)
    """

    root: str
    skipped: int = field(default=0, init=False)
    ids_are_paths: ClassVar[bool] = True

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = os.fspath(root)
        self.skipped = 0
        self._absolute = location(self.root)
        self._check()

    @classmethod
    def recognises(cls, what: str) -> int:
        """1 for a folder."""
        return int(not is_url(what) and Path(location(what)).is_dir())

    @property
    def base(self) -> str:
        """The folder, absolute, with a slash."""
        return with_slash(self._absolute)

    def items(self) -> Iterator[Item | Refused]:
        """Every file with the name of an image, or what was refused and why.

        In memory are the names of one folder and, of those above it, the ones still to come.
        """
        self._check()
        self.skipped = 0
        for name, entry in walk(self._absolute, self.tally):
            if isinstance(entry, Refused):
                yield entry
            elif not named_as_image(name):
                self.skipped += 1
            elif (item := walked(name, entry, {"folder": name.rpartition("/")[0]})) is not None:
                yield item

    def _check(self) -> None:
        if not self.root or "\0" in self.root:
            raise BadInputError(f"{self.root!r} cannot be the path of a folder; give another")
        if as_text(self._absolute) != self._absolute:
            raise BadInputError(
                f"the folder '{as_text(self._absolute)}' cannot be used: {NOT_TEXT}"
            )
        try:
            if not Path(self._absolute).is_dir():
                self._say_what_it_is()
            os.scandir(self._absolute).close()
        except PermissionError:
            raise BadInputError(
                f"the folder '{self.root}' may not be listed by this user; "
                "change its permissions (chmod u+rx) or give another"
            ) from None

    def _say_what_it_is(self) -> None:
        if not Path(self._absolute).exists():
            raise NotFoundError(f"the folder '{self.root}' does not exist; check its spelling")
        raise BadInputError(
            f"'{self.root}' is not a folder; give the folder that holds the images, "
            f"'{Path(self.root).parent}' perhaps"
        )
