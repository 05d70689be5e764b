"""What a mirror is: a copy of a collection's vectors in a database, that a rule can be run on."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from likewise.core.addresses import shown, without_secrets_of
from likewise.core.space import Space
from likewise.core.vectors import Vectors
from likewise.errors import BadInputError, StorageError
from likewise.registry import build, names, part
from likewise.search.store.base import ITEM_SCHEMA

FACTS = tuple(name for name in ITEM_SCHEMA.names if name != "item_id")
"""What a mirror keeps of each item besides its id: the columns of the collection."""

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,47}")


@dataclass(frozen=True, eq=False)
class About:
    """What a mirror says about itself.

    Attributes:
        space: the map that its vectors went through: ``vector = unit(x - space.mean)``.
        owner: id of the workspace that it mirrors.
        contents: names the state of the collection that it holds; "" while it is being written.
    """

    space: Space
    owner: str
    contents: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain strings."""
        mean = np.ascontiguousarray(self.space.mean, "<f4")
        return {
            "format": 1,
            "encoder": self.space.encoder,
            "mean": base64.b64encode(mean.tobytes()).decode(),
            "owner": self.owner,
            "contents": self.contents,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> About:
        """The reverse of `to_json`.

        Raises:
            BadInputError: a newer likewise wrote it, or something else did.

        Example:
            >>> from likewise.core.space import plain_space
            >>> About.from_json(About(plain_space("demo", 3), "me", "7").to_json()).contents
            '7'
        """
        try:
            mean = np.frombuffer(base64.b64decode(value["mean"]), "<f4").astype(np.float32)
            if value["format"] == 1:
                return cls(Space(value["encoder"], mean), value["owner"], value["contents"])
        except (KeyError, TypeError, ValueError):
            pass
        raise BadInputError(
            "the mirror's description of itself is not one that this likewise reads; "
            "upgrade likewise, or write the mirror anew with --replace"
        )


@dataclass(frozen=True, eq=False)
class MirrorRows:
    """Items on their way into a mirror.

    Attributes:
        ids: item ids.
        marks: of each row's whole content, so that what is there already is not sent again.
        lengths: float32 of shape (n,): how far each image is from the mean.
        vectors: float32 of shape (n, dim): ``unit(x - mean)``.
        facts: the columns of `FACTS`, one dictionary an item.
    """

    ids: Sequence[str]
    marks: Sequence[str]
    lengths: NDArray[np.float32]
    vectors: Vectors
    facts: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Near:
    """What one question to a mirror answered, the best first.

    Attributes:
        ids: item ids.
        lengths: as in `MirrorRows`; shape (n,).
        vectors: as in `MirrorRows`; shape (n, dim).
    """

    ids: Sequence[str]
    lengths: NDArray[np.float32]
    vectors: Vectors


class Mirror(Protocol):
    """A dataclass whose fields are its options, `url` and `name` among them.

    Every method may raise StorageError: the server cannot be reached or refuses.
    """

    schemes: ClassVar[tuple[str, ...]]
    """What its URLs begin with."""

    most: ClassVar[int]
    """The most hits that one question may ask for."""

    def about(self) -> About | None:
        """What it says about itself, or None where there is no mirror of that name yet."""
        ...

    def create(self, about: About) -> None:
        """Make it, empty; one that is there is dropped first.

        Raises:
            BadInputError: something of that name is there that is no mirror of ours.
        """
        ...

    def describe(self, about: About) -> None:
        """Change what it says about itself."""
        ...

    def marks(self, ids: Sequence[str]) -> dict[str, str]:
        """Marks of those of the ids that it holds."""
        ...

    def upsert(self, rows: MirrorRows) -> None:
        """Add or replace items."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Remove items; ids that are not there are passed over."""
        ...

    def ids(self) -> Iterator[Sequence[str]]:
        """All ids, in pages of bounded size; rows of pages that were answered may be deleted."""
        ...

    def count(self, where: str | None = None, exclude: Sequence[str] = ()) -> int:
        """How many items it holds, or how many of them `nearest` would look at."""
        ...

    def finish(self) -> None:
        """All rows are there: build what index there is to be."""
        ...

    def is_exact(self, approximate: bool) -> bool:
        """Whether `nearest` compares every row."""
        ...

    def nearest(
        self,
        directions: Vectors,
        count: int,
        where: str | None = None,
        exclude: Sequence[str] = (),
        approximate: bool = False,
    ) -> list[Near]:
        """For each direction the items with the largest inner products.

        Args:
            directions: float32 of shape (p, dim).
            count: how many for each, at most.
            where: a SQL condition on the items' columns.
            exclude: ids that are not wanted.
            approximate: let the server use its index, which is faster and may miss some.

        Raises:
            BadInputError: a condition that has no exact equivalent there.
        """
        ...

    def close(self) -> None:
        """Let go of the server."""
        ...


def refused_by(url: str, reason: str) -> StorageError:
    """The error for a server that refuses or cannot be reached.

    Args:
        url: its address, of which no password is shown.
        reason: what its client says; the first line counts.
    """
    lines = without_secrets_of(url, reason).strip().splitlines() or ["no reason given"]
    return StorageError(
        f"{shown(url)} refused or was cut off ({lines[0]}); what it had confirmed stays: "
        "check the server and run the same command again"
    )


def is_absent(url: str) -> bool:
    """Whether a URL names a local file or folder that is not there; its client would make it.

    Example:
        >>> is_absent("qdrant+file:///no/such/folder"), is_absent("qdrant://host")
        (True, False)
    """
    parts = urlsplit(url)
    return parts.scheme.endswith("+file") and not Path(parts.path).exists()


def open_mirror(url: str, name: str, options: Mapping[str, Any] | None = None) -> Mirror:
    """The mirror of a URL, which need not exist yet.

    Args:
        url: such as ``postgresql://user@host/database``.
        name: of the table or collection: letters, digits and _, up to 48.
        options: fields of the mirror.

    Raises:
        BadInputError: a scheme that no mirror has, or a name or option that cannot be used.
        MissingExtraError: its client library is not installed.
        StorageError: the server cannot be reached.
    """
    if not _NAME.fullmatch(name):
        raise BadInputError(
            f"'{name}' cannot name a table or collection; use lower-case letters, digits and _, "
            "48 at most: --name photos"
        )
    scheme = urlsplit(url).scheme
    schemes = {
        scheme: kind for kind in names("mirrors") for scheme in part("mirrors", kind).schemes
    }
    if scheme not in schemes:
        raise BadInputError(
            f"'{shown(url)}' is no address of a database that is known; it begins with one of "
            f"{', '.join(f'{scheme}://' for scheme in sorted(schemes))}"
        )
    arguments = {**(options or {}), "url": url, "name": name}
    mirror: Mirror = build("mirrors", schemes[scheme], "mirror", arguments)
    return mirror
