"""A concept turned into matrices, with random images of the background: what a learner sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from likewise.core.space import Space
from likewise.core.vectors import Vectors
from likewise.errors import BadInputError

_NONE = np.empty((0, 0), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Samples:
    """Rows of one role in evidence, with their ids and weights.

    Attributes:
        rows: (n, dim).
        ids: of the rows, when they have any; of hints the words.
        weights: float32 (n,), how much each row counts; 1 each unless given.

    Example:
        >>> Samples(np.eye(3), ("a", "b", "c")).take([2, 0]).ids
        ('c', 'a')
    """

    rows: Vectors
    ids: tuple[str, ...] = ()
    weights: NDArray[np.float32] = None  # type: ignore[assignment]  # filled in below

    def __post_init__(self) -> None:
        rows = np.asarray(self.rows, dtype=np.float32)
        weights = np.ones(rows.shape[:1]) if self.weights is None else self.weights
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "weights", np.asarray(weights, dtype=np.float32))

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, index: NDArray[np.bool_] | NDArray[np.integer] | Sequence[int]) -> Samples:
        """The rows of a mask or at indices, with their ids and weights."""
        index = np.asarray(index)
        ids = tuple(np.array(self.ids, dtype=object)[index]) if self.ids else ()
        return Samples(self.rows[index], ids, self.weights[index])


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Images of a collection, labelled or not, and the graph of their nearest neighbours.

    Attributes:
        rows: (m, dim_out) unit rows in the space where rules score.
        spread: answers what labels, (m, f) weights of these rows, spread to over the graph of
            their nearest neighbours; see `likewise.numeric.diffusion.Diffusion`.
        index_of: answers where ids are among the rows, -1 for those that are not; (k,).
        regress: answers the directions, (dim_out, f), whose scores over the collection are
            nearest to targets (m, f) of these rows, by ridge regression; the target of all
            other rows is 0, and the scale of the scores is any.
        is_all: whether the rows are the whole collection.
    """

    rows: Vectors
    spread: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    index_of: Callable[[Sequence[str]], NDArray[np.int64]]
    regress: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    is_all: bool


class Unlabelled(Protocol):
    """A collection with a graph of nearest neighbours."""

    def around(
        self, direction: NDArray[np.float32], ids: Sequence[str], least_cosine: float = 2.0
    ) -> Neighbourhood:
        """The whole collection, or where it is large the images that score best.

        Args:
            direction: (dim_out,), of a rule in the default space.
            ids: of labelled images, which are always among them; others are passed over.
            least_cosine: an earlier answer will do whose direction is that near, though some of
                the ids may not be among its images; the default takes none.
        """
        ...


@dataclass(frozen=True, eq=False, init=False)
class Evidence:
    """One concept's labelled and unlabelled vectors, as unit rows in the encoder's own space.

    Each role takes samples, or plain rows (n, dim) without ids, each of weight 1. A learner needs
    positives or hints; every other role may be empty. Ids go into provenance and nowhere else. A
    row of weight 0 is left out.

    Attributes:
        space: the map that learners apply before they compare anything.
        positives: images that show the concept.
        negatives: images a person said no to; near misses as a rule, so learners weigh them down.
        background: random images of the collection, unlabelled: nearly all do not show the
            concept, and the few that do are no harm.
        hints: directions of words for it; rows with the same word are meanings of it, of which an
            image need only show one.
        counter_hints: directions of words for what it is not.
        collection_size: how many images the background stands for; 0 when unknown.
        unlabelled: the collection with its graph of nearest neighbours, where there is one.
        patches: name of the grid of patches where an image's score is the best of its own and its
            patches'; "" where only the whole image is scored.
        concept_digest: digest of the concept; "" when there is none.
        multiplies: whether an image must be like the hints and like the positives: where both are
            there, the rule `product` is the prior choice.

    Raises:
        BadInputError: rows of other columns than the space's, numbers that are not finite, another
            number of ids or weights than of rows, or an id that is both positive and negative.

    Example:
        >>> from likewise.core.space import plain_space
        >>> x = np.eye(2, dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 2), positives=x[:1], background=x)
        >>> evidence.positives.weights
        array([1.], dtype=float32)
    """

    space: Space
    positives: Samples
    negatives: Samples
    background: Samples
    hints: Samples
    counter_hints: Samples
    collection_size: int
    unlabelled: Unlabelled | None
    patches: str
    concept_digest: str
    multiplies: bool

    def __init__(
        self,
        space: Space,
        positives: Samples | Vectors = _NONE,
        negatives: Samples | Vectors = _NONE,
        background: Samples | Vectors = _NONE,
        hints: Samples | Vectors = _NONE,
        counter_hints: Samples | Vectors = _NONE,
        collection_size: int = 0,
        unlabelled: Unlabelled | None = None,
        patches: str = "",
        concept_digest: str = "",
        multiplies: bool = False,
    ) -> None:
        roles = {
            "positives": positives,
            "negatives": negatives,
            "background": background,
            "hints": hints,
            "counter_hints": counter_hints,
        }
        facts = {
            "space": space,
            **{role: _checked(role, samples, space.dim_in) for role, samples in roles.items()},
            "collection_size": collection_size,
            "unlabelled": unlabelled,
            "patches": patches,
            "concept_digest": concept_digest,
            "multiplies": multiplies,
        }
        for name, value in facts.items():
            object.__setattr__(self, name, value)
        both = set(self.positives.ids) & set(self.negatives.ids)
        if both:
            raise BadInputError(
                f"'{min(both)}' is both an example and a counter-example; take it out of one"
            )

    def __repr__(self) -> str:
        """One line: the number of rows of each role."""
        return (
            f"<Evidence: {len(self.positives)} positive(s), {len(self.negatives)} negative(s), "
            f"{len(self.background)} of background, {len(self.hints)} hint(s), "
            f"{len(self.counter_hints)} counter-hint(s)>"
        )

    @property
    def dim(self) -> int:
        """Number of columns of every matrix."""
        return self.space.dim_in


def _checked(role: str, given: Samples | Vectors, dim: int) -> Samples:
    """Samples of a role without those of weight 0."""
    samples = given if isinstance(given, Samples) else Samples(given)
    rows, weights = samples.rows, samples.weights
    if rows.size == 0:
        rows = np.empty((0, dim), dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != dim:
        raise BadInputError(
            f"{role} have shape {rows.shape}; give rows of {dim} columns, as the space has"
        )
    if not np.isfinite(rows).all():
        raise BadInputError(f"{role} hold a number that is not finite; encode those images again")
    if samples.ids and len(samples.ids) != len(rows):
        raise BadInputError(
            f"there are {len(samples.ids)} ids for {len(rows)} {role}; give one a row, or none"
        )
    if weights.shape != (len(rows),) or not np.isfinite(weights).all() or (weights < 0).any():
        raise BadInputError(
            f"weights of {role} have shape {weights.shape}; give {len(rows)} numbers of 0 or more"
        )
    samples = Samples(rows, samples.ids, weights)
    return samples if (weights > 0).all() else samples.take(weights > 0)
