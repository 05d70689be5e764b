"""A list of URLs of images, one a line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from likewise.core.addresses import shown
from likewise.core.regular_files import bounded_lines
from likewise.errors import BadInputError, NotFoundError
from likewise.images.decode import BadImageError, Limits
from likewise.sources import _web
from likewise.sources._locations import is_web, password_refusal
from likewise.sources.base import UNKNOWN, Item, Refused, Source, location

_LONGEST = 1 << 14  # characters of a line
_LOOKED_AT = 20  # lines that may be comments before the first URL


@dataclass(eq=False)
class Urls(Source):
    """Images of the web: a text file with a URL a line, or one URL.

    Nothing is downloaded unless `allow_urls` says so. Only public addresses are asked, also after
    a redirect, and each image may take so much time and so many bytes. An image that was read
    once is not looked at again: its URL is its id.

    Attributes:
        root: the text file, or the URL; empty lines and those that begin with # are passed over.
        allow_urls: whether the images may be downloaded.
        seconds: how long one image may take.
        skipped: 0.
    """

    root: str
    allow_urls: bool = False
    seconds: float = _web.SECONDS
    skipped: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        if not is_web(self.root) and not Path(location(self.root)).is_file():
            raise NotFoundError(
                f"'{self.root}' is neither a file of URLs nor a URL; check its spelling"
            )
        if not self.seconds > 0:
            raise BadInputError(f"seconds is {self.seconds}; a number above 0 is wanted")

    @classmethod
    def recognises(cls, what: str) -> int:
        """2 for a URL of the web, and for a text file that begins with one."""
        if is_web(what):
            return 2
        path = Path(location(what))
        if path.suffix.lower() not in (".txt", ".urls") or not path.is_file():
            return 0
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            lines = (file.readline(_LONGEST).strip() for _ in range(_LOOKED_AT))
            first = next((line for line in lines if line and not line.startswith("#")), "")
        return 2 * int(is_web(first))

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return Path(self.root).stem or "urls"

    def items(self) -> Iterator[Item | Refused]:
        """An item for each URL.

        Raises:
            BadInputError: they may not be downloaded, or the file is no text.
        """
        if not self.allow_urls:
            raise BadInputError(
                f"nothing of {shown(self.root)} is downloaded unless you say so with --allow-urls"
            )
        if is_web(self.root):
            if (why := password_refusal(self.root)) is not None:
                raise BadInputError(f"{shown(self.root)} is not read: {why}")
            yield Item(self.root, self.root, UNKNOWN, 0)
            return
        yielded: set[str] = set()
        try:
            with Path(location(self.root)).open(encoding="utf-8-sig") as file:
                for number, line in enumerate(bounded_lines(file), 1):
                    url = line.strip()
                    if not url or url.startswith("#"):
                        continue
                    if not is_web(url) or len(line) > _LONGEST:
                        yield Refused(f"line {number}", f"'{shown(url)[:80]}' is no http(s) URL")
                    elif (why := password_refusal(url)) is not None:
                        yield Refused(f"line {number}", why)
                    elif url in yielded:
                        yield Refused(f"{url} (line {number})", "it is given twice")
                    else:
                        yielded.add(url)
                        yield Item(url, url, UNKNOWN, 0)
        except UnicodeDecodeError as error:
            raise BadInputError(f"{self.root} is not text in UTF-8; save it again") from error
        except ValueError as error:
            raise BadInputError(f"{self.root} is no list of URLs ({error})") from error

    def read(self, item: Item, limits: Limits) -> bytes:
        """Download an image; see `likewise.sources._web.fetch`.

        Raises:
            BadImageError: it cannot be, or nothing may be downloaded.
        """
        if self.allow_urls:
            return _web.fetch(item.uri, limits, self.seconds)
        raise BadImageError(f"{shown(item.uri)} is a URL; allow that with --allow-urls")

    def path(self, item: Item) -> Path | None:
        """No file."""
        return None
