"""What a picker is, what it sees, and how near-copies are put off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Scores, Vectors
from likewise.errors import BadInputError
from likewise.registry import part

ALIKE = 0.97
"""Cosine in the collection's centred space from which two images pass for copies of each other."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Images that may be shown next, none of them answered yet; rows mean nothing outside of it.

    A whole collection need not be in it: the best few thousand by score and a random sample are
    what pickers choose from. `random_audit` wants a random sample and nothing else.

    Attributes:
        scores: (n,) by the rule of the moment.
        rows: (n, d) the same images as unit rows in the rule's space.
        probabilities: (n,), or None where the rule has too few labels to say.
        threshold: the score from which the rule says yes.
        answered: (m, d) what was answered lately, in the same space: near-copies of it are not
            shown before all else. May be empty.
        yes: how many images were answered with yes so far.
        no: how many with no.
        seed: of random draws; another one for each page.

    Example:
        >>> pool = Pool(np.array([0.1, 0.9]), np.eye(2, dtype=np.float32))
        >>> len(pool), pool.answer_count
        (2, 0)
    """

    scores: Scores
    rows: Vectors
    probabilities: Scores | None = None
    threshold: float = 0.0
    answered: Vectors | None = None
    yes: int = 0
    no: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.rows.ndim != 2 or len(self.rows) != count:
            raise BadInputError(
                f"a pool of {count} scores has rows of shape {self.rows.shape}; one row for each "
                "score is wanted"
            )
        if self.probabilities is not None and len(self.probabilities) != count:
            raise BadInputError(
                f"a pool of {count} scores has {len(self.probabilities)} probabilities; one for "
                "each is wanted, or None"
            )
        lately = self.rows[:0] if self.answered is None else self.answered
        if lately.ndim != 2 or (len(lately) and lately.shape[1] != self.rows.shape[1]):
            raise BadInputError(
                f"what was answered has shape {lately.shape}; rows of {self.rows.shape[1]} "
                "columns are wanted, as the pool has"
            )

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def answer_count(self) -> int:
        """How many images were answered so far."""
        return self.yes + self.no


@runtime_checkable
class Picker(Protocol):
    """A frozen dataclass whose fields are its options, and whose one method picks a page."""

    def pick(self, pool: Pool, count: int) -> NDArray[np.intp]:
        """Different rows of the pool, in the order to show them: `count`, or all if fewer."""
        ...


def make_picker(name: str, **options: Any) -> Picker:
    """Build a picker by name.

    Raises:
        BadInputError: no such picker or option.

    Example:
        >>> make_picker("most_alike")
        MostAlike(alike=0.97)
    """
    kind = part("pick", name)
    unknown = sorted(set(options) - set(kind.__dataclass_fields__))
    if unknown:
        has = ", ".join(sorted(kind.__dataclass_fields__)) or "none"
        raise BadInputError(f"the picker '{name}' has no option '{unknown[0]}'; its options: {has}")
    picker: Picker = kind(**options)
    return picker


def best_first(pool: Pool) -> NDArray[np.intp]:
    """All rows of the pool, the highest score first."""
    return np.argsort(-pool.scores, kind="stable")


def doubtful_first(pool: Pool) -> NDArray[np.intp]:
    """All rows of the pool, those first of which the rule knows least whether they are a yes.

    That is where the probability is nearest to one half; without probabilities, where the score
    is nearest to the threshold.
    """
    if pool.probabilities is not None:
        return np.argsort(np.abs(pool.probabilities - 0.5), kind="stable")
    return np.argsort(np.abs(pool.scores - pool.threshold), kind="stable")


def without_copies(
    order: Iterable[int], pool: Pool, count: int, alike: float, page: Iterable[int] = ()
) -> list[int]:
    """The first `count` of an order that look like nothing on the page or answered lately.

    Near-copies are put off, not left out: they come last, in their order, where the rest does
    not fill the page. Once other answers are the latest, nothing holds them back.

    Args:
        order: rows of the pool.
        pool: what they are rows of.
        count: how many are wanted.
        alike: cosine from which two images pass for copies of each other.
        page: rows that are on the page already; they are passed over.

    Returns:
        At most `count` rows; those of the page are not repeated.
    """
    on_page = list(page)
    lately = 0 if pool.answered is None else len(pool.answered)
    shown_rows = np.empty((lately + len(on_page) + count, pool.rows.shape[1]), dtype=np.float32)
    if pool.answered is not None:
        shown_rows[:lately] = pool.answered
    shown_rows[lately : lately + len(on_page)] = pool.rows[on_page]
    filled, taken = lately + len(on_page), set(on_page)
    chosen: list[int] = []
    put_off: list[int] = []
    for row in order:
        if len(chosen) == count:
            break
        if row in taken:
            continue
        if filled and (shown_rows[:filled] @ pool.rows[row]).max() >= alike:
            put_off.append(int(row))
            continue
        chosen.append(int(row))
        shown_rows[filled] = pool.rows[row]
        filled += 1
    return (chosen + put_off)[:count]


def farthest_first(
    candidates: NDArray[np.intp], pool: Pool, count: int, page: Iterable[int] = ()
) -> list[int]:
    """Greedy k-centre: each time the candidate least like all that is shown (Gonzalez 1985).

    What is shown is what was answered lately, what is on the page already, and what was chosen
    before. Where there is nothing of it yet, the first candidate comes first.

    Args:
        candidates: rows of the pool.
        pool: what they are rows of.
        count: how many are wanted.
        page: rows that are on the page already; they are passed over.

    Returns:
        At most `count` of the candidates.
    """
    on_page = np.fromiter(page, np.intp)
    candidates = candidates[~np.isin(candidates, on_page)]
    rows = pool.rows[candidates]
    nearest = np.full(len(rows), -np.inf, np.float32)
    for shown in (pool.answered, pool.rows[on_page]):
        if shown is not None and len(shown) and len(rows):
            nearest = np.maximum(nearest, (rows @ shown.T).max(axis=1))
    chosen: list[int] = []
    for _ in range(min(count, len(candidates))):
        farthest = int(nearest.argmin())
        chosen.append(int(candidates[farthest]))
        nearest = np.maximum(nearest, rows @ rows[farthest])
        nearest[farthest] = np.inf  # and it stays so, for nothing is larger
    return chosen
