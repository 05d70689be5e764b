"""What stands in for a source that cannot be opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from likewise.images.decode import BadImageError, Limits
from likewise.sources.base import Item, Refused, Source, location, with_slash


@dataclass(eq=False)
class Lost(Source):
    """A source that is gone: its items can be named and not be read.

    Attributes:
        root: where it was.
        reason: why it cannot be opened, in a sentence.
    """

    root: str
    reason: str

    @property
    def base(self) -> str:
        """Where its items would be if it is a folder."""
        return with_slash(location(self.root))

    def items(self) -> Iterator[Item | Refused]:
        """None."""
        return iter(())

    def read(self, item: Item, limits: Limits) -> bytes:
        """Refuses; see `likewise.sources.base.Source.read`."""
        raise BadImageError(f"missing: {self.reason}")

    def path(self, item: Item) -> Path | None:
        """No file."""
        return None

    def there(self, item: Item) -> bool:
        """Never."""
        return False
