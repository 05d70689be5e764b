"""A fixed random sample of a collection: the mean of its space, and the background of a rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Collection as Ids

import numpy as np
import pyarrow as pa

from likewise.core.rule import Rule
from likewise.core.space import Space, centred_space
from likewise.core.vectors import Vectors
from likewise.errors import NotFoundError
from likewise.search.store.lance import Lance

SAMPLE = 10_000
"""How many random images the mean of the default space is taken over."""

BACKGROUND = 2_000
"""How many random images stand for everything else when a rule is learned."""


class RandomSample:
    """Random images of one version of a store; drawn when it is first asked for."""

    def __init__(self, store: Lance) -> None:
        self._store = store
        self._drawn: tuple[Space, list[str], Vectors] | None = None
        self._of_rule: tuple[bytes, Vectors] | None = None  # as a rule saw it lately

    def forget(self) -> None:
        """Draw anew when it is next asked for."""
        self._drawn = self._of_rule = None

    def space(self) -> Space:
        """The space that is centred on the sample's mean.

        Raises:
            NotFoundError: the store is empty.
        """
        return self._draw()[0]

    def background(
        self,
        exclude: Ids[str],
        rule: Rule | None,
        vectors_of: Callable[[Sequence[str], Rule], Vectors],
    ) -> Vectors:
        """Up to `BACKGROUND` rows of the sample, without those of the ids to exclude.

        Args:
            exclude: ids.
            rule: where given, the rows are the vectors that the rule is scored on.
            vectors_of: answers those of ids.

        Raises:
            NotFoundError: the store is empty.
        """
        _, ids, rows = self._draw()
        if rule is not None:
            directions = rule.directions.tobytes()
            if self._of_rule is None or self._of_rule[0] != directions:
                self._of_rule = directions, vectors_of(ids, rule)
            rows = self._of_rule[1]
        excluded = set(exclude)
        return rows[[i for i, item in enumerate(ids) if item not in excluded][:BACKGROUND]]

    def _draw(self) -> tuple[Space, list[str], Vectors]:
        if self._drawn is not None:
            return self._drawn
        if not len(self._store):
            raise NotFoundError(
                "the collection is empty, so there is nothing to compare with; "
                "index some images first: likewise index FOLDER"
            )
        rng = np.random.default_rng(0)  # fixed: the same version answers the same rule
        indices = rng.permutation(len(self._store))[:SAMPLE]
        sample = self._store.take(np.sort(indices))
        space = centred_space(self._store.encoder, sample)
        order = rng.permutation(len(sample))[: 2 * BACKGROUND]
        ids = self._store.ids().take(pa.array(np.sort(indices)[order])).to_pylist()
        self._drawn = space, ids, sample[order]
        return self._drawn
