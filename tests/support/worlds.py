"""Small worlds of unit vectors whose structure is known, for tests that need no images."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Evidence, Samples
from likewise.core.space import Space, centred_space, plain_space
from likewise.core.vectors import Vectors, unit


def at(*degrees: float) -> Vectors:
    """Unit vectors in the plane, at angles from the first axis."""
    radians = np.deg2rad(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def on_plane(**roles: Samples | Vectors) -> Evidence:
    """Evidence of vectors in the plane, compared as they are."""
    return Evidence(plain_space("plane", 2), **roles)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class World:
    """A collection with one concept in it.

    Attributes:
        rows: (n, dim).
        wanted: (n,), true for members of the concept.
        word: (1, dim), a direction near the concept's middle, as a hint would be.
        space: centred on the collection.
    """

    rows: Vectors
    wanted: NDArray[np.bool_]
    word: Vectors
    space: Space

    def evidence(
        self, yes: int = 0, no: int = 0, background: int = 200, words: bool = False, seed: int = 0
    ) -> Evidence:
        """Random members, the non-members most like them, and a random background."""
        random = np.random.default_rng(seed)
        members = random.permutation(np.flatnonzero(self.wanted))[:yes]
        mapped = self.space.apply(self.rows)
        likeness = mapped @ (mapped[members].mean(axis=0) if yes else self.word[0])
        others = np.flatnonzero(~self.wanted)
        misses = others[np.argsort(-likeness[others], kind="stable")[:no]]
        crowd = random.permutation(len(self.rows))[:background]
        crowd = crowd[~np.isin(crowd, [*members, *misses])]
        return Evidence(
            self.space,
            positives=Samples(self.rows[members], tuple(f"yes-{row}" for row in members)),
            negatives=Samples(self.rows[misses], tuple(f"no-{row}" for row in misses)),
            background=self.rows[crowd],
            hints=self.word if words else self.word[:0],
            collection_size=len(self.rows),
        )


def world(
    members: int = 40,
    others: int = 360,
    dim: int = 24,
    noise: float = 0.9,
    clumps: int = 1,
    word_noise: float = 1.2,
    seed: int = 0,
) -> World:
    """Classes of like size around random centres; the concept is the first, or the first few.

    Args:
        members: images of the concept.
        others: images of anything else, in eight classes.
        dim: dimensions.
        noise: length of the noise that is added to a centre of length 1.
        clumps: how many centres the concept has.
        word_noise: length of the noise that is added to the hint.
        seed: of every draw.
    """
    random = np.random.default_rng(seed)
    centres = unit(random.standard_normal((clumps + 8, dim)))
    owner = np.concatenate(
        [np.arange(members) % clumps, clumps + np.arange(others) % 8]  # the concept, the rest
    )
    drift = unit(random.standard_normal((len(owner), dim))) * np.float32(noise)
    rows = unit(centres[owner] + drift + 0.5)  # a large common direction, as encoders have
    word = unit(centres[:1] + np.float32(word_noise) * unit(random.standard_normal((1, dim))))
    return World(rows, owner < clumps, word, centred_space("world", rows))


def some_of(
    evidence: Evidence,
    positives: NDArray[np.intp] | None = None,
    negatives: NDArray[np.intp] | None = None,
) -> Evidence:
    """The same evidence with only these rows of positives and negatives; None keeps all."""
    if positives is not None:
        evidence = replace(evidence, positives=evidence.positives.take(positives))
    if negatives is not None:
        evidence = replace(evidence, negatives=evidence.negatives.take(negatives))
    return evidence
