"""Images in a bucket: s3://, gs://, az://, through fsspec."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from likewise.core.addresses import refuse_secret
from likewise.errors import BadInputError, NotFoundError
from likewise.images.decode import Limits
from likewise.images.decode.open_image import words_of
from likewise.sources import _buckets
from likewise.sources._files import named_as_image
from likewise.sources.base import UNKNOWN, Item, Refused, Source, is_url

_TIMES = ("LastModified", "mtime", "updated", "last_modified")
_ATTEMPTS = 3


@dataclass(eq=False)
class ObjectStorage(Source):
    """Image objects below a prefix of a bucket, folder by folder.

    Credentials are looked for where the storage's own tools look: environment variables, files
    of the user, the machine's role. None is ever written into a workspace. Objects are read into
    memory, never onto the disk; a broken connection is tried again.

    Attributes:
        root: such as ``s3://bucket/photos``.
        skipped: how many objects the last walk passed over because no image is named so.
    """

    root: str
    skipped: int = field(default=0, init=False)
    ids_are_paths: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root).rstrip("/")
        if not is_url(self.root) or not self.root.partition("://")[2]:
            raise BadInputError(
                f"'{self.root}' is no place in object storage; give one such as s3://bucket/photos"
            )
        refuse_secret(self.root)
        self._system = _buckets.file_system(_buckets.scheme_of(self.root))

    @classmethod
    def recognises(cls, what: str) -> int:
        """1 for a URL of object storage."""
        return int(is_url(what) and _buckets.scheme_of(what) in _buckets.SCHEMES)

    @property
    def base(self) -> str:
        """The root, with a slash."""
        return f"{self.root}/"

    @property
    def name(self) -> str:
        """The last part of the root."""
        return self.root.rpartition("/")[2]

    def items(self) -> Iterator[Item | Refused]:
        """Every object with the name of an image.

        Raises:
            NotFoundError: there is nothing below the root.
            BadInputError: it cannot be listed.
        """
        self.skipped = 0
        top = self._system._strip_protocol(self.root).rstrip("/")
        ahead = [top]
        while ahead:
            for facts in self._listed(ahead.pop()):
                name = str(facts["name"]).rstrip("/")
                if not name.startswith(f"{top}/") or name.rpartition("/")[2].startswith("."):
                    continue
                if facts["type"] == "directory":
                    ahead.append(name)
                elif named_as_image(name):
                    yield _item(name[len(top) + 1 :], self.base, facts)
                else:
                    self.skipped += 1

    def _listed(self, folder: str) -> list[dict[str, Any]]:
        for attempt in range(_ATTEMPTS):
            try:
                found: list[dict[str, Any]] = self._system.ls(folder, detail=True)
                return sorted(found, key=lambda facts: str(facts["name"]))
            except FileNotFoundError:
                raise NotFoundError(
                    f"there is nothing at {self.root}; check its spelling and which credentials "
                    "are in the environment"
                ) from None
            except PermissionError as error:
                remedy = "put credentials that may into the environment"
                if "RequestTimeTooSkewed" in str(error.__cause__):
                    remedy = "set the clock of this machine, which the storage says is wrong"
                raise BadInputError(
                    f"{self.root} may not be listed ({words_of(error)}); {remedy}"
                ) from error
            except Exception as error:  # of the storage's own kinds
                if attempt + 1 == _ATTEMPTS:
                    raise BadInputError(
                        f"{self.root} cannot be listed ({words_of(error)}); check the connection "
                        "and the credentials in the environment"
                    ) from error
        raise AssertionError("not reached")

    def read(self, item: Item, limits: Limits) -> bytes:
        """The bytes of an object; see `Source.read`."""
        return _buckets.read(item.uri, limits, item.size)

    def path(self, item: Item) -> Path | None:
        """No file."""
        return None


def _item(name: str, base: str, facts: dict[str, Any]) -> Item:
    size = facts.get("size")
    when = next((facts[key] for key in _TIMES if facts.get(key) is not None), None)
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    modified = 0 if when is None else int(when.timestamp() * 1e6) * 1000
    folder = name.rpartition("/")[0]
    return Item(
        name, base + name, UNKNOWN if size is None else int(size), modified, {"folder": folder}
    )
