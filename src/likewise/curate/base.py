"""The protocol of curators, and the functions that run them over a pool."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

import likewise.registry
from likewise.core.selection import Selection
from likewise.curate.pool import NEIGHBOURS, Pool
from likewise.errors import BadInputError

__all__ = [
    "NEIGHBOURS",
    "NOBODY",
    "Curator",
    "Pool",
    "check_k",
    "chosen",
    "curate",
    "curate_all",
    "make",
]

NOBODY = -1


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
    arguments = {key: tuple(v) if isinstance(v, list) else v for key, v in options.items()}
    curator: Curator = likewise.registry.build("curate", name, "curator", arguments)
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
    curators = [make(name, **options) for name, options in steps]  # a typo is an error at once
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
        tuple(item for selection in found for item in selection.dropped),
        tuple(reason for selection in found for reason in selection.reasons),
        tuple(item for selection in found for item in selection.because),
        np.concatenate([selection.scores for selection in found]),
        last.parts,
        last.kept_scores,
        " > ".join(selection.method for selection in found),
        {"steps": [{"curator": selection.method, **selection.parameters} for selection in found]},
        tuple(f"{selection.method}: {note}" for selection in found for note in selection.notes),
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
    """A selection from indices of a pool; only here do indices become ids.

    Args:
        curator: made the choice.
        pool: what it chose from.
        keep: indices of the items that stay, in the order of choice.
        reasons: of every item of the pool, or one reason for all that are dropped.
        because: (n,) index of the item that each is dropped because of, -1 for none.
        scores: (n,) how strong the reason is.
        parts: of each item of the pool.
        kept_scores: one for each of `keep`.
        notes: see `Selection`.
    """
    stays = np.zeros(len(pool), dtype=np.bool_)
    stays[keep] = True
    gone = np.flatnonzero(~stays).tolist()
    ids = pool.ids
    of = np.full(len(pool), NOBODY) if because is None else because
    values = np.ones(len(pool), np.float32) if scores is None else scores
    class_name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(curator).__name__).lower()
    name = likewise.registry.name_of("curate", curator, otherwise=class_name)
    return Selection(
        tuple(ids[index] for index in keep.tolist()),
        tuple(ids[index] for index in gone),
        tuple(reasons if isinstance(reasons, str) else reasons[index] for index in gone),
        tuple(ids[of[index]] if of[index] >= 0 else "" for index in gone),
        np.asarray(values[gone], np.float32),
        tuple(parts[index] for index in keep.tolist()) if len(parts) else (),
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
