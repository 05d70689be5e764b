"""What a curator is, what it is given, and how it is run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

import likewise.registry
from likewise.errors import BadInputError, NotFoundError
from likewise.neighbours import Neighbours, find_neighbours, repaired
from likewise.selection import Selection
from likewise.vectors import Vectors, checked_vectors

Progress = Callable[[int, int | None], None]

NEIGHBOURS = 20
"""How many neighbours an item is judged by."""

NOBODY = -1


@dataclass(frozen=True, eq=False)
class Pool:
    """What is curated: ids, and what is known of them.

    Attributes:
        ids: item ids, each once.
        vectors: (n, dim), one an id; brought to unit length. None where only facts are known.
        labels: one an id, "" where there is none; or nothing at all.
        facts: columns by name, one value an id: "digest", "width", "height", "sharpness", "site".
        sketches: uint8 (n, 32, 32), as `likewise.picture_facts` makes them: near-duplicates are
            then told by their pixels too.
        graph: neighbours that were computed before, of these very ids in this order.
        progress: called with rows done and rows in all while neighbours are looked for.

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
    def places(self) -> Mapping[str, int]:
        """Place of each id; for use inside one function."""
        return {item: place for place, item in enumerate(self.ids)}

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
        wanted = min(k, max(len(self) - 1, 0))
        graph: Neighbours | None = self.__dict__.get("_found")
        if graph is None and self.graph is not None:
            graph = repaired(self.graph, self.rows(), self.progress)
        if graph is None or graph.k < wanted:
            graph = find_neighbours(self.ids, self.rows(), max(k, NEIGHBOURS), self.progress)
        self.__dict__["_found"] = graph
        return graph

    def subset(self, ids: Sequence[str]) -> Pool:
        """The pool of some of the ids, in that order.

        Raises:
            NotFoundError: an id is not in the pool.
        """
        missing = next((item for item in ids if item not in self.places), None)
        if missing is not None:
            raise NotFoundError(f"'{missing}' is not in the pool; give ids that are")
        places = [self.places[item] for item in ids]
        known: Neighbours | None = self.__dict__.get("_found", self.graph)
        return replace(
            self,
            ids=tuple(ids),
            vectors=None if self.vectors is None else self.vectors[places],
            labels=tuple(self.labels[place] for place in places) if self.labels else (),
            facts={name: [column[p] for p in places] for name, column in self.facts.items()},
            sketches=None if self.sketches is None else self.sketches[places],
            graph=None if known is None else known.among(ids),
        )


@runtime_checkable
class Curator(Protocol):
    """A frozen dataclass whose fields are its options."""

    def select(self, pool: Pool) -> Selection:
        """Decide about every item of a pool.

        Raises:
            BadInputError: the pool lacks what is needed, or an option cannot be met.
        """
        ...


def make(name: str, **options: Any) -> Curator:
    """A curator by name, with the options checked.

    Raises:
        BadInputError: no such curator or option.

    Example:
        >>> make("diverse", k=10)
        Diverse(k=10, chosen=())
    """
    given = {key: tuple(v) if isinstance(v, list) else v for key, v in options.items()}
    curator: Curator = likewise.registry.build("curate", name, "curator", given)
    return curator


def curate(pool: Pool, name: str, **options: Any) -> Selection:
    """Run one curator over a pool.

    Args:
        pool: ids with vectors, labels and facts.
        name: of the curator: `likewise.registry.names("curate")` lists them.
        options: its fields.

    Raises:
        BadInputError: an empty pool, no such curator or option, or what the curator refuses.
        NotFoundError: a column that the pool does not have.

    Example:
        >>> pool = Pool(("a", "b", "c"), np.float32([[1, 0], [0.99, 0.1], [0, 1]]))
        >>> curate(pool, "diverse", k=2).kept
        ('b', 'c')
    """
    curator = make(name, **options)
    if not len(pool):
        raise BadInputError(f"the pool is empty, so '{name}' has nothing to choose from")
    return curator.select(pool)


def curate_all(pool: Pool, steps: Sequence[tuple[str, Mapping[str, Any]]]) -> Selection:
    """Run curators one after the other, each over what the one before kept.

    Args:
        pool: what to begin with.
        steps: names of curators and their options.

    Returns:
        One selection of the whole pool: each item that went, with the reason of the step it went
        in; parts and scores are the last step's.

    Raises:
        BadInputError: no steps, or what a step refuses.

    Example:
        >>> pool = Pool(("a", "b"), facts={"digest": ("1", "1"), "site": ("n", "s")})
        >>> steps = [("exact_duplicates", {}), ("balance", {"by": ("site",)})]
        >>> curate_all(pool, steps).because
        ('a',)
    """
    curators = [make(name, **options) for name, options in steps]  # a typo is told before the work
    if not curators:
        raise BadInputError("there is no step to take; name one curator or more")
    found: list[Selection] = []
    left = pool
    for (name, options), _ in zip(steps, curators, strict=True):
        if found:
            left = left.subset(found[-1].kept)
        try:
            found.append(curate(left, name, **options))
        except BadInputError as error:
            if len(steps) == 1:
                raise
            raise BadInputError(f"step {len(found) + 1}, {name}: {error}") from error
    if len(found) == 1:
        return found[0]
    last = found[-1]
    return Selection(
        last.kept,
        tuple(item for one in found for item in one.dropped),
        tuple(reason for one in found for reason in one.reasons),
        tuple(item for one in found for item in one.because),
        np.concatenate([one.scores for one in found]),
        last.parts,
        last.kept_scores,
        " > ".join(one.method for one in found),
        {"steps": [{"curator": one.method, **one.parameters} for one in found]},
        tuple(f"{one.method}: {note}" for one in found for note in one.notes),
    )


def chosen(
    curator: Curator,
    pool: Pool,
    keep: NDArray[np.intp],
    *,
    reasons: Sequence[str] | str = "",
    because: NDArray[np.signedinteger] | None = None,
    scores: NDArray[np.float32] | None = None,
    parts: Sequence[str] = (),
    kept_scores: NDArray[np.float32] | None = None,
    notes: Sequence[str] = (),
) -> Selection:
    """A selection from places in a pool: here places become ids, and nowhere else.

    Args:
        curator: whose answer it is.
        pool: what was chosen from.
        keep: places that stay, in the order of choice.
        reasons: of every place of the pool, or one for all that go.
        because: (n,) the place each goes because of, -1 for none.
        scores: (n,) how strong the reason is.
        parts: of each place of the pool.
        kept_scores: one for each of `keep`.
        notes: see `Selection`.
    """
    stays = np.zeros(len(pool), dtype=np.bool_)
    stays[keep] = True
    gone = np.flatnonzero(~stays).tolist()
    ids = pool.ids
    of = np.full(len(pool), NOBODY) if because is None else because
    given = np.ones(len(pool), np.float32) if scores is None else scores
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(curator).__name__).lower()
    return Selection(
        tuple(ids[place] for place in keep.tolist()),
        tuple(ids[place] for place in gone),
        tuple(reasons if isinstance(reasons, str) else reasons[place] for place in gone),
        tuple(ids[of[place]] if of[place] >= 0 else "" for place in gone),
        np.asarray(given[gone], np.float32),
        tuple(parts[place] for place in keep.tolist()) if len(parts) else (),
        None if kept_scores is None else np.asarray(kept_scores, np.float32),
        name,
        asdict(curator),  # type: ignore[call-overload]
        tuple(notes),
    )


def check_k(k: int, pool: Pool) -> None:
    """Refuse a number of items that a pool cannot give.

    Raises:
        BadInputError: below 1, or more than there are.
    """
    if k < 1:
        raise BadInputError(f"k is {k}; ask for 1 item or more")
    if k > len(pool):
        raise BadInputError(
            f"{k} items are wanted and the pool has {len(pool)}; ask for {len(pool)} at most"
        )


def ticket(item: str, seed: int = 0) -> int:
    """A lot of 64 bits for an id: the same whatever else is in the pool.

    Example:
        >>> ticket("a") == ticket("a"), ticket("a") == ticket("b")
        (True, False)
    """
    digest = hashlib.blake2b(f"{seed}/{item}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def tickets(ids: Sequence[str], seed: int = 0) -> NDArray[np.uint64]:
    """`ticket` of each id, shape (n,)."""
    return np.array([ticket(item, seed) for item in ids], dtype=np.uint64)
