"""Several classes as plain arrays: predicts a class and how likely it is, or none of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.core.data_frames import Library, frame
from likewise.core.space import Space
from likewise.core.vectors import Scores, Vectors, unit
from likewise.errors import BadInputError

NONE_OF_THESE = "none of these"
"""What `Classifier.predict` answers where it abstains; no class may have this name."""

_SMALLEST = 1e-12
_BLOCK_ROWS = 512


@dataclass(frozen=True)
class Abstention:
    """When to answer "none of these".

    Attributes:
        by: "probability" of the likeliest class, which is low between two classes; or
            "likeness", which is low far from all of them.
        least: below this there is no answer.
        means: float32 (classes, dim_in), unit means of the classes' images: likeness is then the
            cosine to the nearest of them in the encoder's own space. Without them it is the
            score of the best class.
    """

    by: Literal["probability", "likeness"]
    least: float
    means: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.by not in ("probability", "likeness"):
            raise BadInputError(
                f"abstaining by '{self.by}' is not known; give 'probability' or 'likeness'"
            )
        if not np.isfinite(self.least):
            raise BadInputError(f"abstaining below {self.least} is not usable; give a number")


@dataclass(frozen=True, eq=False)
class Classifier:
    """``score(x, class) = max over the class's rows of row . z``, with ``z = space(x)``.

    This form holds the answer of every method: all references (several rows a class, the most
    similar counts), class means and medoids (one row), prototypes (a few), words, and linear heads
    (one row of weights). All rows have unit length, so every score is a cosine. Probabilities are
    a softmax of ``slope * score``.

    Attributes:
        method: name of the method that made it.
        space: the map applied to vectors first.
        classes: their names, each once, sorted.
        rows: float32 of shape (r, space.dim_out), unit length, those of one class together.
        owners: (r,), the index of each row's class in `classes`; ascending, each class at least
            once.
        slope: scores to logits (temperature scaling; Guo et al. 2017), above 0.
        calibrated_on: how many held-out images the slope was fitted on; 0 where it is the default,
            and probabilities tell the order only.
        abstention: when to answer "none of these"; None for never.
        provenance: how it was trained, as JSON.

    Example:
        >>> from likewise.core.space import plain_space
        >>> rows = np.eye(2, dtype=np.float32)
        >>> it = Classifier("demo", plain_space("demo", 2), ("cat", "dog"), rows, np.arange(2))
        >>> it.predict([[1.0, 0.2], [0.1, 1.0]]).tolist()
        ['cat', 'dog']
    """

    method: str
    space: Space
    classes: tuple[str, ...]
    rows: NDArray[np.float32]
    owners: NDArray[np.intp]
    slope: float = 10.0
    calibrated_on: int = 0
    abstention: Abstention | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(set(self.classes)) != len(self.classes) or NONE_OF_THESE in self.classes:
            raise BadInputError(
                f"the classes {list(self.classes)} repeat a name or hold '{NONE_OF_THESE}', "
                "which stands for no class; rename one"
            )
        if self.rows.ndim != 2 or self.rows.shape[1] != self.space.dim_out:
            raise BadInputError(
                f"a classifier's rows have shape {self.rows.shape}; rows of {self.space.dim_out} "
                "columns are wanted, as its space has"
            )
        if self.owners.shape != (len(self.rows),):
            raise BadInputError(
                f"{len(self.rows)} rows have owners of shape {self.owners.shape}; one for every "
                "row is wanted"
            )
        if len(self.classes) < 2 or not np.array_equal(
            np.unique(self.owners), np.arange(len(self.classes))
        ):
            raise BadInputError(
                f"the rows are not of all of {len(self.classes)} classes; two classes or more "
                "are wanted, each with a row"
            )
        if (np.diff(self.owners) < 0).any():
            raise BadInputError("the rows of a class must stand together, in the classes' order")
        if not np.isfinite(self.rows.sum()):
            raise BadInputError("a classifier holds a number that is not finite; train it again")
        if not 0 < self.slope < float("inf"):
            raise BadInputError(f"the slope {self.slope} is not usable; it must be above 0")
        means, shape = self._class_means, (len(self.classes), self.space.dim_in)
        if means is not None and (means.shape != shape or not np.isfinite(means.sum())):
            raise BadInputError(
                f"the class means have shape {means.shape}; finite ones of shape {shape} are wanted"
            )

    def __repr__(self) -> str:
        """One line: its classes, the method, when it abstains."""
        shown = ", ".join(map(repr, self.classes[:5])) + (", ..." if len(self.classes) > 5 else "")
        least = self.abstention
        abstains = f"abstains below {least.by} {least.least:.4g}" if least else "always answers"
        return (
            f"<Classifier of {len(self.classes)} classes ({shown}): {self.method}, "
            f"{len(self.rows)} row(s) over {self.encoder}, {abstains}>"
        )

    @property
    def encoder(self) -> str:
        """Fingerprint of the encoder whose vectors it classifies."""
        return self.space.encoder

    def score(self, vectors: ArrayLike) -> NDArray[np.float32]:
        """Score of each class; shape (n, dim_in) to (n, classes). Higher is better.

        Raises:
            BadInputError: another number of columns, or rows that are zero or not finite.
        """
        x = np.asarray(vectors, dtype=np.float32)
        if x.ndim != 2 or x.shape[1] != self.space.dim_in:
            raise BadInputError(
                f"vectors have shape {x.shape} where (n, {self.space.dim_in}) is wanted; "
                "encode them with the same encoder"
            )
        scores = np.empty((len(x), len(self.classes)), dtype=np.float32)
        for start in range(0, len(x), _BLOCK_ROWS):  # a block is read twice, so it stays in cache
            block = x[start : start + _BLOCK_ROWS]
            sizes = np.sqrt(np.einsum("ij,ij->i", block, block))
            bad = ~np.isfinite(sizes) | (sizes <= _SMALLEST)
            if bad.any():
                raise BadInputError(
                    f"row {start + int(np.flatnonzero(bad)[0])} of vectors is zero or not finite; "
                    "leave it out or encode that image again"
                )
            scores[start : start + len(block)] = self._score_block(block, sizes)
        return scores

    def _score_block(self, x: NDArray[np.float32], sizes: Scores) -> NDArray[np.float32]:
        # row . z is linear in x up to the length from the centre, so nothing as large as x is
        # made on the way: the products with the rows and with the mean say it all.
        weights, mean = self._weights, self.space.mean
        products = (x @ weights.T) / sizes[:, None]
        if self.space.projection is None:
            centred = 1 - 2 * products[:, -1] + np.float32(mean @ mean)
            lengths = np.sqrt(np.maximum(centred, _SMALLEST))
        else:
            lengths = self.space.lengths(x / sizes[:, None])
        return self._best_rows((products[:, :-1] - weights[:-1] @ mean) / lengths[:, None])

    def score_in_space(self, mapped: Vectors) -> NDArray[np.float32]:
        """Score vectors that went through the space already; (n, dim_out) to (n, classes)."""
        return self._best_rows(mapped @ self.rows.T)

    def probabilities(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores to probabilities, both (n, classes); each row adds up to 1."""
        return softmax(scores * np.float32(self.slope))

    def predict_proba(self, vectors: ArrayLike) -> NDArray[np.float32]:
        """Probability of each class, (n, classes), were there no others."""
        return self.probabilities(self.score(vectors))

    def predict(self, vectors: ArrayLike) -> NDArray[np.object_]:
        """Name of the likeliest class of each vector, or "none of these"; (n,)."""
        return self.decide(self.score(vectors), vectors)

    def decide(
        self, scores: NDArray[np.float32], vectors: ArrayLike | None = None
    ) -> NDArray[np.object_]:
        """What `predict` answers, from scores of shape (n, classes); see `sureness`."""
        named = np.array(self.classes, dtype=object)[scores.argmax(axis=1)]
        named[self.abstains(scores, vectors)] = NONE_OF_THESE
        return np.asarray(named)

    def abstains(
        self, scores: NDArray[np.float32], vectors: ArrayLike | None = None
    ) -> NDArray[np.bool_]:
        """Where the answer is "none of these", from scores (n, classes); (n,). See `sureness`."""
        if self.abstention is None:
            return np.zeros(len(scores), dtype=bool)
        sure = self.sureness(scores, self.abstention.by, vectors)
        return np.asarray(sure < self.abstention.least)

    def sureness(
        self,
        scores: NDArray[np.float32],
        by: Literal["probability", "likeness"],
        vectors: ArrayLike | None = None,
    ) -> Scores:
        """What abstention compares: the probability of the best class, or the likeness; (n,).

        Args:
            scores: (n, classes).
            by: which of the two.
            vectors: (n, dim_in), what was scored; wanted for a likeness to class means.

        Raises:
            BadInputError: vectors are wanted and not given.
        """
        means = self._class_means
        if by == "likeness" and means is not None:
            if vectors is None:
                raise BadInputError(
                    "likeness to class means cannot be told from scores; give the vectors, too"
                )
            return np.asarray((unit(vectors) @ means.T).max(axis=1), dtype=np.float32)
        of = self.probabilities(scores) if by == "probability" else scores
        return np.asarray(of.max(axis=1), dtype=np.float32)

    def as_frame(self, library: Library = "pandas") -> Any:
        """A table of pandas, polars or Arrow, a class a row: images, and held-out figures.

        Args:
            library: "pandas", "polars" or "arrow".

        Raises:
            MissingExtraError: it is not installed.
        """
        rows = self.class_rows()
        return frame({name: [row[name] for row in rows] for name in rows[0]}, library)

    def class_rows(self) -> list[dict[str, Any]]:
        """One dictionary a class: its images, its rows, and its held-out figures."""
        counts = self.provenance.get("counts", {})
        held_out = {
            row["name"]: row for row in self.provenance.get("validation", {}).get("classes", ())
        }
        return [
            {
                "class": name,
                "references": counts.get(name),
                "rows": int((self.owners == index).sum()),
                **{
                    figure: held_out.get(name, {}).get(figure)
                    for figure in ("precision", "recall", "f1")
                },
            }
            for index, name in enumerate(self.classes)
        ]

    def with_provenance(self, **facts: Any) -> Classifier:
        """The same classifier with more facts in its provenance."""
        return replace(self, provenance={**self.provenance, **facts})

    @property
    def _class_means(self) -> NDArray[np.float32] | None:
        return None if self.abstention is None else self.abstention.means

    @cached_property
    def _weights(self) -> NDArray[np.float32]:
        """Rows as they act on raw vectors, and the mean below them; (r + 1, dim_in)."""
        projection = self.space.projection
        rows = self.rows if projection is None else self.rows @ projection.T
        return np.concatenate([rows, self.space.mean[None]])

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        return np.searchsorted(self.owners, np.arange(len(self.classes)))

    def _best_rows(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        if len(self.rows) > len(self.classes):
            scores = np.maximum.reduceat(scores, self._starts, axis=1)
        return np.asarray(scores, dtype=np.float32)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of logits to rows of probabilities, without overflow.

    Example:
        >>> softmax(np.array([[0.0, 0.0], [900.0, 0.0]], np.float32)).tolist()
        [[0.5, 0.5], [1.0, 0.0]]
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)
