"""How a source differs from the index: files to read, moved, unchanged and missing ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from likewise.core.box import Box
from likewise.core.closing import Closing
from likewise.errors import BadInputError
from likewise.images.decode import BadImageError, Limits
from likewise.indexing.seen_items import SeenItem, SeenItems
from likewise.sources._allowed_folders import leads_outside
from likewise.sources._summary import Summary
from likewise.sources.base import UNKNOWN, Item, Refused, Source, counted_items
from likewise.workspace import Workspace
from likewise.workspace.item_states import ItemState
from likewise.workspace.source_roots import stored_uri

_OUTSIDE = "it leads out of the folders that may be read"


class Walk:
    """The entries of a source, each yielded once, however often its first image was looked for.

    Attributes:
        source: the source. Its tally is that of this walk.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._entries = counted_items(source)
        self._looked_at: list[Item | Refused] = []

    def __iter__(self) -> Iterator[Item | Refused]:
        yield from self._looked_at
        self._looked_at = []
        yield from self._entries

    def need_an_image(self) -> None:
        """Refuse a source without images, before anything is made for it.

        Raises:
            BadInputError: there is none; the message says what the source holds instead.
        """
        while not (self._looked_at and isinstance(self._looked_at[-1], Item)):
            entry = next(self._entries, None)
            if entry is None:
                raise self._without_images()
            self._looked_at.append(entry)

    def _without_images(self) -> BadInputError:
        root, skipped = self.source.root, self.source.skipped
        refused = next((x for x in self._looked_at if isinstance(x, Refused)), None)
        if refused is not None:
            return BadInputError(
                f"no image of {root} can be read; the first, '{refused.id}': {refused.reason}"
            )
        if skipped:
            return BadInputError(
                f"{root} holds {skipped} file(s) and none is an image by its name; "
                "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC and AVIF are read"
            )
        omitted = self.source.tally.summary().omitted
        what = f"holds no image; left out: {omitted[0]}" if omitted else "is empty"
        return BadInputError(f"{root} {what}; give something with images in it")


@dataclass(eq=False)
class Diff(Closing):
    """One walk over a source, compared with the workspace.

    Attributes:
        seen_items: what was noted of every item of the source that has a vector. Those that it
            has not seen after a whole walk are of files that are gone.
        unchanged: how many were met and need nothing.
        failures: files that cannot be read, known from before or refused by the source.
        back: items that were marked and are well again.
        summary: what the source understood; None until the walk is whole.
        within: folders out of which no file that is read may lead; none given means anywhere.
        walk: over the source; a new one unless given.
    """

    workspace: Workspace
    prefix: str
    source: Source
    seen_items: SeenItems = field(init=False, default_factory=SeenItems)
    unchanged: int = 0
    failures: list[ItemState] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    summary: Summary | None = None
    within: Sequence[str | Path] = ()
    walk: Walk | None = None

    def __post_init__(self) -> None:
        self._others = tuple(p for p in self.workspace.sources.all() if p and p != self.prefix)
        try:
            self._recall()
        except BaseException:
            self.close()
            raise
        self.states = self.workspace.states.all()
        failed = (x.item for x in self.states.values() if x.state == "failed")
        self._failed_unseen = {item for item in failed if self._is_ours(item)}

    def close(self) -> None:
        """Let go of what was known."""
        self.seen_items.close()

    def work(self, retry_failed: bool) -> Iterator[Item]:
        """The files that must be read, under their ids; settles all others on the way."""
        for entry in self.walk or Walk(self.source):
            name = self.prefix + entry.id
            self._failed_unseen.discard(name)
            if not self._is_ours(name):
                why = "its name begins like the ids of another source; rename it"
                self.failures.append(self._refused(name, why))
                continue
            if isinstance(entry, Refused):
                if name not in self.seen_items:  # one that has a vector counts as gone
                    self.failures.append(self._refused(name, entry.reason))
                continue
            before = self.seen_items.see(name)
            state = self.states.get(name)
            stamp = (entry.size, entry.modified)
            if before is not None and self._is_unchanged(entry, before):
                self.unchanged += 1
                if state is not None:
                    self.back.append(name)
            elif self._failed_before(state, stamp) and state is not None and not retry_failed:
                self.failures.append(state)
            elif self._leads_outside(entry):
                self.failures.append(self._refused(name, _OUTSIDE))
            else:
                parent = None if entry.parent is None else self.prefix + entry.parent
                yield replace(entry, id=name, parent=parent, metadata=dict(entry.metadata))
        self.summary = self.source.tally.summary()

    def gone(self) -> list[ItemState]:
        """After a whole walk: what to note of items whose file is gone and was not noted yet."""
        noted = {x.item for x in self.states.values() if x.state == "missing"}
        new = (item for item in self.seen_items.unseen() if item not in noted)
        return [ItemState(item, "missing", "the file is gone") for item in new]

    def over(self) -> list[str]:
        """After a whole walk: files that failed once and are not there any more."""
        return sorted(self._failed_unseen)

    def _is_unchanged(self, entry: Item, before: SeenItem) -> bool:
        if before.uri is not None and before.uri != stored_uri(entry, self.source):
            return False
        if entry.box != before.box or entry.modified != before.modified:
            return False
        return entry.size in (before.size, UNKNOWN)

    def _is_ours(self, item: str) -> bool:
        if self.prefix:
            return item.startswith(self.prefix)
        return not item.startswith(self._others)

    def read(self, item: Item, limits: Limits) -> bytes:
        """The bytes of an item, which may not lead out of the folders by now.

        Raises:
            BadImageError: it does, or it is gone, forbidden, too large or has changed.
        """
        if self._leads_outside(item):
            raise BadImageError(_OUTSIDE)
        return self.source.read(item, limits)

    def _leads_outside(self, item: Item) -> bool:
        path = self.source.path(item) if self.within else None
        return path is not None and leads_outside(path, self.within)

    def _recall(self) -> None:
        columns = ["item_id", "bytes", "modified", "digest", "box", "uri"]
        if self.source.ids_are_paths:
            columns.remove("uri")
        for batch in self.workspace.collection.store.scan(columns):
            rows = zip(*(x.to_pylist() for x in batch.columns), strict=True)
            self.seen_items.add(
                (item, SeenItem(size, modified, digest, None if box is None else Box(*box), *uri))
                for item, size, modified, digest, box, *uri in rows
                if self._is_ours(item)
            )

    def _refused(self, name: str, reason: str) -> ItemState:
        before = self.states.get(name)
        if before is not None and before.reason == reason:
            return before
        return ItemState(name, "failed", reason)

    @staticmethod
    def _failed_before(state: ItemState | None, stamp: tuple[int, int]) -> bool:
        if state is None or state.state != "failed":
            return False
        return (state.bytes, state.modified) == stamp
