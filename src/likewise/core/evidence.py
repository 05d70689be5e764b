"""A concept turned into matrices, with a random background crowd: all that a learner sees."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from likewise.core.space import Space
from likewise.core.unlabelled import Unlabelled
from likewise.core.vectors import Vectors
from likewise.errors import BadInputError

_NAMES = {
    "positives": "positive_ids",
    "negatives": "negative_ids",
    "hints": "hint_words",
    "counter_hints": "counter_hint_words",
}
_ROLES = tuple(_NAMES)


def _none() -> Vectors:
    return np.empty((0, 0), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about one concept, as unit rows in the encoder's own space.

    Every matrix may be empty, but not all of positives, hints at once: there must be
    something to look for. Ids run parallel to rows and are only carried into provenance.

    Attributes:
        space: the map that learners apply before they compare anything.
        positives: (p, dim) images that show the concept.
        negatives: (n, dim) images a person said no to; near misses as a rule, so learners
            weigh them down.
        background: (b, dim) random images of the collection, unlabelled: nearly all are not
            the concept, and a few that are do no harm.
        hints: (t, dim) directions of words for it; rows with the same word are meanings of it,
            of which an image need only show one.
        counter_hints: (u, dim) directions of words for what it is not.
        positive_ids, negative_ids: ids of those rows, when they have any.
        hint_words, counter_hint_words: the words of those rows, when they are known.
        positive_weights, negative_weights, hint_weights, counter_hint_weights: (rows,), 1 each
            unless given.
        collection_size: how many images the background stands for; 0 when unknown.
        unlabelled: the collection with its graph of nearest neighbours, where there is one.
        patches: name of the grid of patches, where an image's score is to be the best of its own
            and its patches'; "" where it is to be its own.
        concept_digest: of the concept that this was read for; "" when there is none.

    Example:
        >>> from likewise.core.space import plain_space
        >>> x = np.eye(2, dtype=np.float32)
        >>> Evidence(plain_space("demo", 2), positives=x[:1], background=x).dim
        2
    """

    space: Space
    positives: Vectors = field(default_factory=_none)
    negatives: Vectors = field(default_factory=_none)
    background: Vectors = field(default_factory=_none)
    hints: Vectors = field(default_factory=_none)
    counter_hints: Vectors = field(default_factory=_none)
    positive_ids: tuple[str, ...] = ()
    negative_ids: tuple[str, ...] = ()
    hint_words: tuple[str, ...] = ()
    counter_hint_words: tuple[str, ...] = ()
    positive_weights: NDArray[np.float32] | None = None
    negative_weights: NDArray[np.float32] | None = None
    hint_weights: NDArray[np.float32] | None = None
    counter_hint_weights: NDArray[np.float32] | None = None
    collection_size: int = 0
    unlabelled: Unlabelled | None = None
    patches: str = ""
    concept_digest: str = ""

    def __repr__(self) -> str:
        """One line: how much of each there is."""
        return (
            f"<Evidence: {len(self.positives)} positive(s), {len(self.negatives)} negative(s), "
            f"{len(self.background)} of background, {len(self.hints)} hint(s), "
            f"{len(self.counter_hints)} counter-hint(s)>"
        )

    def __post_init__(self) -> None:
        for role in (*_ROLES, "background"):
            rows = np.asarray(getattr(self, role), dtype=np.float32)
            if rows.size == 0:
                rows = np.empty((0, self.dim), dtype=np.float32)
            if rows.ndim != 2 or rows.shape[1] != self.dim:
                raise BadInputError(
                    f"{role} have shape {rows.shape}; rows of {self.dim} columns are wanted, as "
                    "the space has"
                )
            if not np.isfinite(rows).all():
                raise BadInputError(
                    f"{role} hold a number that is not finite; encode those images again"
                )
            object.__setattr__(self, role, rows)
        for role in _ROLES:
            names, count = getattr(self, _NAMES[role]), len(getattr(self, role))
            if names and len(names) != count:
                raise BadInputError(
                    f"{len(names)} names were given for {count} {role}; give one a row, or none"
                )
            self._set_weights(role)
        both = set(self.positive_ids) & set(self.negative_ids)
        if both:
            raise BadInputError(
                f"'{min(both)}' is both an example and a counter-example; take it out of one"
            )

    def _set_weights(self, role: str) -> None:
        name = f"{role[:-1]}_weights"
        values, rows = getattr(self, name), len(getattr(self, role))
        weights = np.ones(rows, np.float32) if values is None else np.asarray(values, np.float32)
        if weights.shape != (rows,) or not np.isfinite(weights).all() or (weights < 0).any():
            raise BadInputError(
                f"{name} have shape {weights.shape}; {rows} numbers of 0 or more are wanted"
            )
        on = weights > 0
        if not on.all():  # a part that is switched off is as if it were never given
            object.__setattr__(self, role, getattr(self, role)[on])
            names = getattr(self, _NAMES[role])
            remaining = tuple(name for name, keep in zip(names, on.tolist(), strict=False) if keep)
            object.__setattr__(self, _NAMES[role], remaining)
            weights = weights[on]
        object.__setattr__(self, name, weights)

    @property
    def dim(self) -> int:
        """Number of columns of every matrix."""
        return self.space.dim_in
