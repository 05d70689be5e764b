"""The k best of a rule by an inverted file, where a scan would take too long.

Derived from the codes as they are from the store, and never the truth: candidates come from the
index, scores from the vectors. What it cannot answer as the scan would goes to the scan.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Lock, Thread

import numpy as np
from numpy.typing import NDArray

from likewise.core.rule import Rule
from likewise.core.space import Space
from likewise.core.vectors import Scores
from likewise.search.scan.codes import Codes
from likewise.search.scan.files import Rows
from likewise.search.scan.inverted_file import (
    Indexer,
    InvertedFile,
    index_in_process,
    make_file,
    open_file,
)
from likewise.search.scan.kernel import predicted_ms
from likewise.search.scan.search import best_rows, check, exact, rescored, search
from likewise.search.scan.view import View

SCAN_MS = 80.0
"""A scan that is expected to take longer is replaced, where the index can."""

_LEFT_OUT = 1 << 15  # candidates that may be asked for in vain, for a mask leaves them out
_SURE = 4.0  # standard deviations of the index's error
_TAIL = 0.02  # of the rows may wait for the next update, and at least:
_TAIL_ROWS = 50_000


class Inverted:
    """Searches by an index where that is faster than the scan and gives its answers.

    A new process scans at first: the index is read into memory (0.35 GB a million rows) in the
    background from the second search on.

    Args:
        codes: of the store; not of patches.
        folder: where the index is, beside the codes.
        from_ms: a scan expected to take less is preferred.

    Attributes:
        answered: how many searches the index has answered.
    """

    def __init__(self, codes: Codes, folder: Path, from_ms: float = SCAN_MS) -> None:
        self._codes, self._folder, self._from_ms = codes, folder, from_ms
        self._lock = Lock()
        self._searches = 0
        self._warming: tuple[str, Thread] | None = None
        self._opened: InvertedFile | None = None
        self.answered = 0

    def search(
        self, rule: Rule, k: int = 100, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], Scores]:
        """As `likewise.search.scan.search.search`, with the same answers but for what a note here
        says.

        The index answers rules over a space centred as it is, without a projection, and masks
        as far as the best that they allow are among the best 32,768 of all; rows that it does
        not have yet are scanned. Where its error could have kept a better row out, and for
        anything else, everything is scanned.

        Raises:
            BadInputError: a k below 1, or a mask of another shape.
            MismatchError: a rule over another encoder's vectors.
            StorageError: the codes could not be brought up to date.
        """
        view = self._codes.follow()
        if self._pays(view):
            opened = self._ready(view)
            if opened is not None:
                check(self._codes, view, rule, k, mask)
                found = self._by_index(opened, view, rule, k, view.row_mask(mask))
                if found is not None:
                    self.answered += 1
                    return view.indices_of(found[0]), found[1]
        return search(self._codes, rule, k, mask)

    def write(self, space: Callable[[], Space], index: Indexer = index_in_process) -> bool:
        """Make the index, or add what is new to it, where it pays; for the one who writes.

        Args:
            space: the default space of the collection now.
            index: makes the index of all rows; what is new is always added here.

        Returns:
            Whether there is an index after it. A disk that is full means none: the scan does.
        """
        view = self._codes.follow()
        if not self._pays(view):
            shutil.rmtree(self._folder, ignore_errors=True)
            return False
        requested_space, part = space(), view.parts[0]
        try:
            opened = open_file(self._folder, part)
            if opened is None or not opened.fits(requested_space):
                make_file(self._folder, part, requested_space, index)
            elif len(part) - opened.rows > max(_TAIL_ROWS, _TAIL * len(part)):
                opened.add(part)
        except OSError:
            return False
        return True

    def wait(self) -> str:
        """Have the index in memory if there is one; what searches now, in words."""
        view = self._codes.follow()
        self._searches += 1
        if self._pays(view):
            self._ready(view)
            if self._warming is not None:
                self._warming[1].join()
        opened = self._opened
        if opened is None or not self._pays(view):
            return "a scan of the codes"
        return f"an index of {opened.rows:,} of {view.rows:,} rows and a scan of the rest"

    def _pays(self, view: View) -> bool:
        if view.vectors_a_row != 1 or not view.parts:
            return False
        codes = sum(part.codes.size for part in view.parts)
        return predicted_ms(codes) >= self._from_ms

    def _ready(self, view: View) -> InvertedFile | None:
        """The index for these rows, once it is in memory."""
        part = view.parts[0]
        with self._lock:
            self._searches += 1
            key = f"{part.generation} {len(part)}"
            if self._warming is None or self._warming[0] != key:
                if self._searches < 2:
                    return None
                # Not a daemon: a library that is killed while it reads ends the process badly.
                thread = Thread(target=self._warm, args=(part,), name="likewise-index")
                self._warming = key, thread
                thread.start()
            opened = self._opened
        fits = opened is not None and opened.generation == part.generation
        return opened if fits and opened is not None and opened.rows <= len(part) else None

    def _warm(self, part: Rows) -> None:
        try:
            opened = open_file(self._folder, part)
            now = self._opened
            if opened is not None and now is not None and opened.same_as(now):
                return
            if opened is not None:
                opened.warm()
        except (OSError, ValueError, RuntimeError):
            opened = None  # being written, or damaged: the scan does
        self._opened = opened

    def _by_index(
        self,
        opened: InvertedFile,
        view: View,
        rule: Rule,
        k: int,
        allowed: NDArray[np.bool_] | None,
    ) -> tuple[NDArray[np.int64], Scores] | None:
        flags = None if allowed is None else allowed[: opened.rows]
        open_to = opened.rows if flags is None else int(np.count_nonzero(flags))
        candidates = rescored(k)
        if not opened.fits(rule.space) or open_to <= candidates:
            return None
        # As many as leave enough where a mask is like any other rows; then as many as leave
        # enough where it leaves out the very best, as a review does.
        counts = {int(candidates * opened.rows / open_to) + 1, candidates + opened.rows - open_to}
        found = None
        for count in sorted(count for count in counts if count <= candidates + _LEFT_OUT):
            try:
                found = _best_of(opened, view, rule, k, count, flags)
            except (OSError, ValueError, RuntimeError):
                self._opened = None
            if found is not None:
                break
        if found is None:
            return None
        rows, scores = found
        if opened.rows < view.rows:
            more, more_scores = self._tail(opened, view, rule, k, allowed)
            rows = np.concatenate([rows, more])
            scores = np.concatenate([scores, more_scores])
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def _tail(
        self,
        opened: InvertedFile,
        view: View,
        rule: Rule,
        k: int,
        allowed: NDArray[np.bool_] | None,
    ) -> tuple[NDArray[np.int64], Scores]:
        """The best of the rows that the index does not have, by a scan."""
        first, *others = view.parts
        start = opened.rows
        rest = replace(
            first,
            codes=first.codes[start:],
            scales=first.scales[start:],
            vectors=first.vectors[start:],
            generation=f"{first.generation}+{start}",  # what is kept of rows is kept by this name
        )
        tail = View(view.version, (rest, *others), None)
        flags = None if allowed is None else allowed[start:]
        rows, scores = best_rows(self._codes, tail, rule, k, flags)
        return rows + start, scores


def _best_of(
    opened: InvertedFile,
    view: View,
    rule: Rule,
    k: int,
    count: int,
    flags: NDArray[np.bool_] | None,
) -> tuple[NDArray[np.int64], Scores] | None:
    """Some of the index's best rows with exact scores, the k best among them; None if unsure."""
    rows, rough, bound = opened.candidates(rule, count)
    if flags is not None:
        rows, rough = rows[flags[rows]], rough[flags[rows]]
    if len(rows) < k:
        return None
    if len(rows) > rescored(k):
        order = np.argsort(-rough, kind="stable")
        bound = max(bound, float(rough[order[rescored(k)]]))
        rows, rough = rows[order[: rescored(k)]], rough[order[: rescored(k)]]
    scores, _ = exact(view, rule, rows)
    # Of the square, not about the mean: rows chosen for high rough scores err upwards together.
    error = float(np.sqrt(np.mean((rough - scores) ** 2)))
    worst = np.partition(scores, -k)[-k] - _SURE * error
    if bound > worst:
        return None  # one that the index did not name may belong among them
    return rows, scores
