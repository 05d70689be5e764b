"""Labelled images of several classes, and words for them: what a classifier is trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from likewise.core.classifier import NONE_OF_THESE
from likewise.core.space import Space
from likewise.core.vectors import Vectors, checked_vectors, unit
from likewise.errors import BadInputError

_SHORTEST = 1e-6


@dataclass(frozen=True, eq=False)
class References:
    """A tiny training set, as unit rows in the encoder's own space.

    Attributes:
        vectors: (n, dim), one row an image.
        labels: the class of each row. Any text: unicode, slashes.
        ids: ids of the rows; "1", "2", ... unless given.
        words: directions of words (t, dim) by class. A class may have words and no image, and
            images and no words.
        encoder: fingerprint of the encoder that made the vectors.
        mean: (dim,), subtracted before vectors are compared: the mean of the collection that the
            images are of. The mean of the classes' means when None.

    Example:
        >>> few = References(np.eye(2, dtype=np.float32), ("dog", "cat"))
        >>> few.classes, few.owners.tolist()
        (('cat', 'dog'), [1, 0])
    """

    vectors: Vectors
    labels: Sequence[str]
    ids: Sequence[str] = ()
    words: Mapping[str, Vectors] = field(default_factory=dict)
    encoder: str = "unknown"
    mean: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        labels = tuple(self.labels)
        vectors = np.asarray(self.vectors, np.float32)
        if len(labels) == 0:
            vectors = vectors.reshape(0, self._width(vectors))
        vectors = checked_vectors(vectors, "the references")
        ids = tuple(self.ids) or tuple(str(row + 1) for row in range(len(labels)))
        if not len(vectors) == len(labels) == len(ids):
            raise BadInputError(
                f"{len(vectors)} references have {len(labels)} labels and {len(ids)} ids; one of "
                "each for every row is wanted"
            )
        words = {
            name: checked_vectors(rows, f"the words of '{name}'", vectors.shape[1])
            for name, rows in self.words.items()
            if len(rows)
        }
        for key, value in (("vectors", vectors), ("labels", labels), ("ids", ids)):
            object.__setattr__(self, key, value)
        object.__setattr__(self, "words", words)
        for name in self.classes:
            if not name.strip() or name == NONE_OF_THESE:
                raise BadInputError(f"'{name}' cannot name a class; give another name")
        if len(self.classes) < 2:
            raise BadInputError(
                f"there is one class, {list(self.classes)}, and nothing to tell it from; give two "
                "or more, or learn a single concept with: likewise learn"
                if self.classes
                else "there is no reference image; give a folder for each class, with images in it"
            )
        if not self.words and np.linalg.norm(self.rows, axis=1).max() <= _SHORTEST:
            raise BadInputError(
                f"all {len(labels)} references are the same image, so that nothing tells the "
                "classes apart; give others"
            )

    def __repr__(self) -> str:
        """One line: how many images of how many classes."""
        return f"<References: {len(self.vectors)} image(s) of {len(self.classes)} class(es)>"

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, sorted."""
        return tuple(sorted({*self.labels, *self.words}))

    @cached_property
    def owners(self) -> NDArray[np.intp]:
        """The index of each row's class in `classes`, (n,)."""
        number_of = {name: number for number, name in enumerate(self.classes)}
        return np.array([number_of[label] for label in self.labels], dtype=np.intp)

    @cached_property
    def counts(self) -> NDArray[np.intp]:
        """How many images each class has, (classes,)."""
        return np.bincount(self.owners, minlength=len(self.classes))

    @cached_property
    def space(self) -> Space:
        """The space that subtracts `mean`, or else the mean of the classes' means.

        The mean of all images would lie near the class with the most images.
        """
        if self.mean is not None:
            return Space(self.encoder, np.asarray(self.mean, np.float32))
        if not len(self.vectors):
            return Space(self.encoder, np.zeros(self.vectors.shape[1], np.float32))
        shares = 1 / self.counts[self.owners]
        mean = (shares / shares.sum()) @ self.vectors
        return Space(self.encoder, mean.astype(np.float32))

    @cached_property
    def rows(self) -> Vectors:
        """The images in the space, (n, dim_out)."""
        return self.space.apply(self.vectors)

    @cached_property
    def word_rows(self) -> tuple[Vectors, NDArray[np.intp]]:
        """One direction in the space for each class with words, and the index of its class."""
        named = [number for number, name in enumerate(self.classes) if name in self.words]
        rows = [unit(self.space.direction(self.words[self.classes[n]]).sum(axis=0)) for n in named]
        empty = np.empty((0, self.space.dim_out), np.float32)
        return np.stack(rows) if rows else empty, np.array(named, dtype=np.intp)

    def part(self, keep: NDArray[np.bool_]) -> References:
        """Only the images marked true, and all words."""
        rows = np.flatnonzero(keep).tolist()
        return replace(
            self,
            vectors=self.vectors[rows],
            labels=tuple(self.labels[row] for row in rows),
            ids=tuple(self.ids[row] for row in rows),
        )

    def _width(self, vectors: Vectors) -> int:
        if vectors.ndim == 2:
            return int(vectors.shape[1])
        return next((rows.shape[1] for rows in self.words.values()), 1)
