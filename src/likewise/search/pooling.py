"""The best of an image and its patches: found, scored and picked out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from threading import Lock
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from likewise.core.rule import Rule
from likewise.core.vectors import Scores, Vectors
from likewise.images.grid import grid_of
from likewise.search.patches import PatchStore
from likewise.search.scan.codes import Codes
from likewise.search.scan.inverted import Inverted
from likewise.search.scan.search import dense_scores, exact_scores, search

WHOLE = -1
"""Number of the patch where the whole image is the best match."""

_NONE = -1
_NEVER = (-1, -1)


class _Items(Protocol):
    @property
    def version(self) -> int: ...

    def scan(self, columns: list[str]) -> Iterator[pa.RecordBatch]: ...


class Pooled:
    """Images with their patches, if they have any.

    For a rule that was taught with patches the best of an image and its patches counts. Any other
    rule scores whole images, for its threshold and its probabilities are of those.

    Args:
        items: the store of the images.
        codes: of the images' vectors.
        patches: of the same encoder, or None.
        inverted: searches whole images where the scan would take long.
    """

    def __init__(
        self,
        items: _Items,
        codes: Codes,
        patches: PatchStore | None,
        inverted: Inverted | None = None,
    ) -> None:
        self._items, self._codes, self._patches = items, codes, patches
        self._search = partial(search, codes) if inverted is None else inverted.search
        self._rows = np.empty(0, dtype=np.int64)
        self._rows_of = _NEVER  # versions of the images and of the patches
        self._lock = Lock()

    def search(
        self, rule: Rule, k: int, mask: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], Scores, NDArray[np.int64]]:
        """Find the images a rule scores highest.

        The k best whole images and the k images with the best patches are found each by a scan;
        the k best of both are among them, and their scores are computed exactly.

        Args:
            rule: over the vectors of the encoder.
            k: how many, at most.
            mask: over the images; None is everywhere.

        Returns:
            Places of images, the best first and the lower place first among equals; their scores;
            and the number of the patch that each score is of, `WHOLE` for the image itself.
        """
        indices, scores = self._search(rule, k, mask)
        patches = self._for(rule)
        if patches is None:
            return indices, scores, np.full(len(indices), WHOLE)
        rows = self._row_of_each(patches)
        is_requested = np.zeros(len(patches) + 1, dtype=np.bool_)
        is_requested[rows if mask is None else rows[mask]] = (
            True  # the last is of images without any
        )
        if is_requested[:-1].any():
            found, _ = search(patches.codes, rule, k, is_requested[:-1])
            is_requested[:] = False
            is_requested[found] = True
            of_patches = is_requested[rows] if mask is None else is_requested[rows] & mask
            indices = np.union1d(indices, np.flatnonzero(of_patches))
        scores, which = self.scores_of(rule, indices)
        order = np.lexsort((indices, -scores))[:k]
        return indices[order], scores[order], which[order]

    def all_scores(self, rule: Rule) -> Scores:
        """Every image's score, by place."""
        scores = dense_scores(self._codes, rule)
        patches = self._for(rule)
        if patches is not None and len(patches):
            rows = self._row_of_each(patches)
            cut = rows != _NONE
            best = dense_scores(patches.codes, rule)
            scores[cut] = np.maximum(scores[cut], best[rows[cut]])
        return scores

    def scores_of(self, rule: Rule, indices: NDArray[np.int64]) -> tuple[Scores, NDArray[np.int64]]:
        """Exact scores of images, and the number of the patch that each is of."""
        scores, _ = exact_scores(self._codes, rule, indices)
        which = np.full(len(indices), WHOLE)
        patches = self._for(rule)
        if patches is not None:
            rows = self._row_of_each(patches)[indices]
            cut = np.flatnonzero(rows != _NONE)
            # Once for all copies of an image, so that they score the same to the last digit.
            each, of_each = np.unique(rows[cut], return_inverse=True)
            best, number = (x[of_each] for x in exact_scores(patches.codes, rule, each))
            better = best > scores[cut]
            scores[cut[better]], which[cut[better]] = best[better], number[better]
        return scores, which

    def vectors(self, indices: NDArray[np.int64], rule: Rule | None = None) -> Vectors:
        """Vectors of images; with a rule, of the patch of each that it scores higher, if any.

        Returns:
            float32 of shape (len(places), dim).
        """
        view = self._codes.follow()
        vectors = view.take(view.rows_of(indices))
        patches = None if rule is None else self._for(rule)
        if patches is not None and rule is not None:
            _, which = self.scores_of(rule, indices)
            cut = np.flatnonzero(which != WHOLE)
            rows = self._row_of_each(patches)[indices[cut]]
            view = patches.codes.follow()
            vectors[cut] = view.take_patches(view.rows_of(rows), which[cut])
        return vectors

    def _for(self, rule: Rule) -> PatchStore | None:
        return None if grid_of(rule) is None else self._patches

    def _row_of_each(self, patches: PatchStore) -> NDArray[np.int64]:
        """The place of each image's patches among all patches, -1 where it has none; (images,)."""
        with self._lock:
            versions = self._items.version, patches.version
            if self._rows_of != versions:
                chunks = [batch.column(0) for batch in self._items.scan(["digest"])]
                digests = pa.chunked_array(chunks, pa.string()).cast(pa.large_string())
                rows = pc.index_in(digests, value_set=patches.digests()).fill_null(_NONE)
                self._rows = rows.to_numpy().astype(np.int64)
                self._rows_of = versions
            return self._rows
