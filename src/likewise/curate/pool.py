"""What curators select from: ids, and what is known of each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from likewise.core.progress import Progress
from likewise.core.vectors import Vectors, checked_vectors
from likewise.errors import BadInputError, NotFoundError
from likewise.numeric.neighbours import Neighbours, find_neighbours, repaired

T = TypeVar("T")

PictureReader = Callable[[Sequence[str]], NDArray[np.uint8]]
"""From ids to their pictures, RGB squeezed into a square, uint8 (n, 128, 128, 3)."""

NEIGHBOURS = 20
"""How many neighbours an item is judged by."""


@dataclass(frozen=True, eq=False)
class Pool:
    """What is curated: ids, and what is known of them.

    Attributes:
        ids: item ids, each once.
        vectors: (n, dim), one an id; brought to unit length. None where only facts are known.
        labels: one an id, "" where there is none; or nothing at all.
        facts: columns by name, one value an id: "digest", "width", "height", "sharpness", "site".
        sketches: uint8 (n, 32, 32), as `likewise.images.picture_facts` makes them: near-duplicates
            are then told by their pixels too.
        graph: neighbours that were computed before, of these very ids in this order.
        progress: called with rows done and rows in all while neighbours are looked for, and with
            pairs while their pictures are compared.
        pictures: reads pictures: near-duplicates are then told by their colours and details.
        keepers: ids that a person chose to stay: a method that looks for copies drops none of them.
        memo: what was calculated of these very ids, for the next method that needs it.

    Raises:
        BadInputError: an id given twice, a column of another length, or vectors of no use.

    Example:
        >>> pool = Pool(("a", "b"), facts={"site": ("north", "south")})
        >>> pool.subset(("b",)).column("site")
        ('south',)
    """

    ids: tuple[str, ...]
    vectors: Vectors | None = None
    labels: tuple[str, ...] = ()
    facts: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    sketches: NDArray[np.uint8] | None = None
    graph: Neighbours | None = None
    progress: Progress | None = None
    pictures: PictureReader | None = None
    keepers: frozenset[str] = frozenset()
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if len(set(self.ids)) < len(self.ids):
            raise BadInputError("a pool holds an id twice; give each id once")
        columns = {"labels": self.labels or None, "vectors": self.vectors, "graph": self.graph}
        for name, values in {**columns, "sketches": self.sketches, **self.facts}.items():
            if values is not None and len(values) != len(self.ids):
                raise BadInputError(
                    f"a pool of {len(self.ids)} ids has '{name}' for {len(values)}; give one an id"
                )
        if self.vectors is not None:
            object.__setattr__(self, "vectors", checked_vectors(self.vectors))
        if self.graph is not None and self.graph.ids != self.ids:
            raise BadInputError("the neighbours are of other ids; give those of this pool")

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def index_of(self) -> Mapping[str, int]:
        """Place of each id; for use inside one function."""
        return {item: index for index, item in enumerate(self.ids)}

    def column(self, name: str) -> tuple[Any, ...]:
        """One fact of every item; "label" is the labels.

        Raises:
            NotFoundError: there is no such column.
        """
        if name in ("label", "labels") and self.labels:
            return self.labels
        if name not in self.facts:
            has = ", ".join([*(["label"] if self.labels else []), *self.facts]) or "none"
            raise NotFoundError(
                f"nothing is known of '{name}' here; the pool's columns: {has}"
                + ("; add labels with --labels" if name in ("label", "labels") else "")
            )
        return tuple(self.facts[name])

    def rows(self) -> Vectors:
        """The vectors.

        Raises:
            BadInputError: the pool has none.
        """
        if self.vectors is None:
            raise BadInputError("this needs vectors and the pool has none; give Pool(ids, vectors)")
        return self.vectors

    def neighbours(self, k: int = NEIGHBOURS) -> Neighbours:
        """The nearest neighbours of each item; found once and kept.

        Args:
            k: how many at least; fewer where the pool is smaller.
        """
        count = min(k, max(len(self) - 1, 0))
        graph: Neighbours | None = self.memo.get("neighbours")
        if graph is None and self.graph is not None:
            graph = repaired(self.graph, self.rows(), self.progress)
        if graph is None or graph.k < count:
            graph = find_neighbours(self.ids, self.rows(), max(k, NEIGHBOURS), self.progress)
        self.memo["neighbours"] = graph
        return graph

    def subset(self, ids: Sequence[str]) -> Pool:
        """The pool of some of the ids, in that order.

        Raises:
            NotFoundError: an id is not in the pool.
        """
        missing = next((item for item in ids if item not in self.index_of), None)
        if missing is not None:
            raise NotFoundError(f"'{missing}' is not in the pool; give ids that are")
        rows = [self.index_of[item] for item in ids]
        graph: Neighbours | None = self.memo.get("neighbours", self.graph)
        return replace(
            self,
            ids=tuple(ids),
            vectors=None if self.vectors is None else self.vectors[rows],
            labels=tuple(self.labels[row] for row in rows) if self.labels else (),
            facts={name: [column[p] for p in rows] for name, column in self.facts.items()},
            sketches=None if self.sketches is None else self.sketches[rows],
            graph=None if graph is None else graph.among(ids),
            memo={},
        )

    def remembered(self, key: Hashable, calculate: Callable[[], T]) -> T:
        """What was calculated of these ids under a key, calculated now where it was not yet."""
        if key not in self.memo:
            self.memo[key] = calculate()
        found: T = self.memo[key]
        return found
