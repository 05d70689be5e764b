"""What a source is: a place that items come from, each under the source's own key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Item:
    """One image as a source knows it, before anything has been read.

    Attributes:
        id: the source's own key: the path relative to its root with forward slashes.
        uri: where to open it; an absolute path for a folder.
        size: bytes.
        modified: when it was last changed, nanoseconds since 1970.
        metadata: what the source knows besides, strings and numbers.
    """

    id: str
    uri: str
    size: int
    modified: int
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """One thing a source saw and did not take, with the reason in a line."""

    id: str
    reason: str


class Source(Protocol):
    """Yields items in a stable order; ids are unique within the source."""

    @property
    def root(self) -> str:
        """Where it reads from, as a person would write it."""
        ...

    def items(self) -> Iterator[Item | Refused]:
        """Every item, or what was refused and why; one bad entry never stops the walk."""
        ...
