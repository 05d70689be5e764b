"""What a run of indexing is to do: made once, by one walk over the source."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from likewise.core.closing import Closing
from likewise.core.spool import Spool
from likewise.images.grid import Grid
from likewise.indexing.diff import Diff
from likewise.indexing.patches import count_without
from likewise.indexing.report import IndexReport
from likewise.sources.base import Item

_FIRST_SECONDS = 2.0  # of walking before the first image is read
_SHARE = 0.25  # of a run that may be spent walking while images wait to be read


@dataclass(eq=False)
class IndexPlan(Closing):
    """The images that must be read, and how many entries the source has.

    The walk runs ahead of the reading: the total is known early, and no image waits for the end
    of a long walk. An error that ends the walk is raised by `check_walk`, when the images that
    were found before it have been read.

    Attributes:
        diff: the walk, compared with the workspace.
        retry_failed: whether files that failed before and have not changed are read again.
        total: entries of the source; 0 until the walk has ended, unless the source knows.
    """

    diff: Diff
    retry_failed: bool = False
    total: int = field(init=False)
    _found: Spool[Item] = field(init=False, default_factory=lambda: Spool("images to read"))
    _error: Exception | None = field(init=False, default=None)
    _seconds: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.total = self.diff.source.count() or 0
        self._walk: Iterator[Item] | None = self.diff.work(self.retry_failed)

    def close(self) -> None:
        """Let go of what was found."""
        self._found.close()
        self.diff.close()

    def items(self) -> Iterator[Item]:
        """The images that must be read, each once, under the workspace's ids."""
        started, taken = time.monotonic(), 0
        while True:
            while self._walk is not None:
                elapsed = time.monotonic() - started
                enough = self._seconds > max(_FIRST_SECONDS, _SHARE * elapsed)
                if enough and taken < len(self._found):
                    break
                self._walk_on(self._walk)
            if taken == len(self._found):
                break
            yield self._found[taken]
            taken += 1

    def check_walk(self) -> None:
        """Raise the error that ended the walk, if one did: what was not met is not gone."""
        if self._error is not None:
            raise self._error

    def report(self, grid: Grid | None) -> IndexReport:
        """What the run would do, from the names, sizes and times of files alone.

        Args:
            grid: the patches that the workspace is to have.
        """
        diff = self.diff
        changed = [item.id in diff.seen_items for item in self.items()]
        self.check_walk()
        patched = 0
        if grid is not None:
            patched = len(changed) + count_without(diff.workspace, grid, diff.prefix)
        return IndexReport(
            diff.workspace.path,
            added=changed.count(False),
            changed=changed.count(True),
            unchanged=diff.unchanged,
            missing=diff.seen_items.unseen_count,
            ignored=diff.source.skipped,
            patched=patched,
            failed=tuple(diff.failures),
            summary=diff.summary,
        )

    def _walk_on(self, walk: Iterator[Item]) -> None:
        """Find the next image that must be read."""
        begun = time.monotonic()
        try:
            item = next(walk, None)
        except Exception as error:
            item, self._error = None, error
        if item is not None:
            self._found.append(item)
        else:
            self._walk = None
            self.total = self.diff.unchanged + len(self.diff.failures) + len(self._found)
        self._seconds += time.monotonic() - begun
