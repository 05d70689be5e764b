"""How many there are: positives in the collection, precision and recall, from a few random looks.

A stratified random audit: the unjudged images are cut into bands of score, and a few of each
band are looked at, drawn at random. What was answered is known and counts as itself; only the
unjudged rest is estimated. Forty looks are few, and where a concept is rare nearly all of them
say no, which by itself would leave room for hundreds of positives. So the estimate is assisted
by a model (Särndal, Swensson and Wretman 1992): curves from score to the share of wanted images,
which follow from all answers (`likewise.rules.prevalence_curves`), say what is expected of each
band, and the audit's answers in the band correct that (a beta-binomial posterior for each band).
Positives, precision and recall are then functions of the same simulated collections, so that their
intervals agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.errors import BadInputError
from likewise.review.estimate.band_shares import (
    NO_UNSCORED,
    UNSCORED,
    UNSCORED_BEFORE_EXAMPLES,
    after_examples,
    posterior,
)
from likewise.rules.curve_likelihood import Floats
from likewise.rules.prevalence_curves import Curves, HeldOutLevels, Shown, Unanswered

_DRAWS = 2000
_OUTSIDE = 0.025
_LIKELY = 0.5


@dataclass(frozen=True)
class Interval:
    """An estimate and the 95 % interval around it.

    Example:
        >>> print(Interval(12, 4, 25))
        12 (4 to 25)
    """

    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """From the low end to the high end."""
        return self.high - self.low

    def __contains__(self, value: float) -> bool:
        return bool(self.low - 1e-9 <= value <= self.high + 1e-9)

    def __str__(self) -> str:
        return f"{self.value:.3g} ({self.low:.3g} to {self.high:.3g})"


@dataclass(frozen=True)
class Population:
    """What is estimated of a whole collection.

    Attributes:
        positives: how many images show the concept, answered ones included.
        left: how many of them are neither answered nor accepted yet.
        precision: share of the images at or above the threshold that show it; None when no
            image is.
        recall: share of the images that show it that are at or above the threshold; None when
            there is none.
        known: how many answers were yes.
        looks: random looks that this rests on.
    """

    positives: Interval
    left: Interval
    precision: Interval | None
    recall: Interval | None
    known: int
    looks: int


@dataclass(frozen=True, eq=False)
class Audit:
    """Bands of score, from the highest to the lowest, and what was found in them.

    Attributes:
        floors: (k,) lowest score of each band; that of the last is minus infinity.
        hits: (k,), true for bands at or above the rule's threshold.
        sizes: (k,) images that were not judged when the audit was planned.
        levels: (k, 9) levels of their scores, from the lowest to the highest.
        looked: (k,) how many were looked at since, drawn at random.
        yes: (k,) how many of those show the concept.
        known: answers from before: yes and no among the hits, yes and no among the rest.
        since_yes: (k,) how many others were answered with yes since, not drawn at random.
        since_no: (k,) how many with no.
        pages: answers from before, to images that were picked for their scores.
        held_out: labels from before, under rules that were learned without them.
        accepted: (k,) images of which nothing is known but that a range accepted; none if None.
    """

    floors: Floats
    hits: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    levels: Floats
    looked: NDArray[np.int64]
    yes: NDArray[np.int64]
    known: tuple[int, ...]
    since_yes: NDArray[np.int64]
    since_no: NDArray[np.int64]
    pages: tuple[Shown, ...] = ()
    held_out: HeldOutLevels | None = None
    accepted: NDArray[np.int64] | None = None

    @property
    def looks(self) -> int:
        """How many were looked at."""
        return int(self.looked.sum())

    @property
    def found(self) -> int:
        """How many that show the concept were found since the audit was planned."""
        return int(self.yes.sum() + self.since_yes.sum())

    @property
    def room(self) -> NDArray[np.int64]:
        """(k,) images of which nothing is known yet."""
        return self.sizes - self.looked - self.since_yes - self.since_no

    def band_of(self, scores: ArrayLike) -> NDArray[np.intp]:
        """The band each score falls in; (m,)."""
        return np.searchsorted(-self.floors, -np.asarray(scores, np.float64), side="left")

    def adding(self, scores: ArrayLike, yes: ArrayLike) -> Audit:
        """The same audit with more looks.

        Args:
            scores: (m,) of the images looked at, by the rule that the audit was planned with.
            yes: (m,), true where the image shows the concept.

        Raises:
            BadInputError: more looks into a band than it has images.
        """
        bands, positive = self.band_of(scores), np.asarray(yes, bool)
        self._check_room(bands)
        looked = self.looked + np.bincount(bands, minlength=len(self.sizes))
        more = np.bincount(bands[positive], minlength=len(self.sizes))
        return replace(self, looked=looked, yes=self.yes + more)

    def knowing(self, scores: ArrayLike, yes: ArrayLike) -> Audit:
        """The same audit after answers that came in some other way: pages, ranges, imports.

        They were not drawn at random, so they say nothing of the rest of their bands; nor do
        they change what the looks say, which were drawn before. But no band holds fewer images
        that show the concept than were found in it, or fewer others.

        Args:
            scores: (m,) of the images answered, by the rule that the audit was planned with.
            yes: (m,), true where the answer was yes.

        Raises:
            BadInputError: more answers in a band than it has images that were not looked at.
        """
        bands, positive = self.band_of(scores), np.asarray(yes, bool)
        self._check_room(bands)
        of = len(self.sizes)
        return replace(
            self,
            since_yes=self.since_yes + np.bincount(bands[positive], minlength=of),
            since_no=self.since_no + np.bincount(bands[~positive], minlength=of),
        )

    def accepting(self, scores: ArrayLike) -> Audit:
        """The same audit where some images were accepted by score: they are not left to find.

        Nobody has looked at them, so they say nothing of the rest of their bands.

        Args:
            scores: (m,) of the images, by the rule that the audit was planned with.
        """
        counts = np.bincount(self.band_of(scores), minlength=len(self.sizes))
        return replace(self, accepted=np.minimum(counts, self.room))

    def _check_room(self, bands: NDArray[np.intp]) -> None:
        more, room = np.bincount(bands, minlength=len(self.sizes)), self.room
        if (more > room).any():
            band = int(np.flatnonzero(more > room)[0])
            raise BadInputError(
                f"{more[band]} answers were given for a band of which {room[band]} images were "
                "open; give each image once, with the score that the audit was planned with"
            )

    def estimate(self, seed: int = 0) -> Population:
        """Positives, precision and recall with their intervals.

        Args:
            seed: of the simulation.
        """
        above, below = self.simulate(seed)
        yes_hits, no_hits, yes_rest, _ = self.known
        found_yes = yes_hits + yes_rest + self.found
        hits = yes_hits + no_hits + int(self.sizes[self.hits].sum())
        right, every = above + yes_hits, above + below + yes_hits + yes_rest
        return Population(
            positives=_interval(every),
            left=_interval(self.simulate_left(seed)),
            precision=_interval(right / hits) if hits else None,
            recall=_interval(right / np.maximum(every, 1)) if every.max() else None,
            known=found_yes,
            looks=self.looks,
        )

    def simulate(
        self, seed: int = 0, *, unscored_positives: bool = True
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Collections as they may be: positives among the bands' images, hits and others; (2000,).

        Those that were found are among them. Without unscored positives, only what the rule can
        know of is in them: no part of the concept that it does not recognise at all, unless the
        examples make such a part likely.
        """
        found = self._collections(seed, unscored_positives)
        return found[:, self.hits].sum(axis=1), found[:, ~self.hits].sum(axis=1)

    def simulate_left(self, seed: int = 0, *, unscored_positives: bool = True) -> NDArray[np.int64]:
        """Positives that are neither answered nor accepted, in the same collections; (2000,)."""
        unknown = self._collections(seed, unscored_positives) - self.yes - self.since_yes
        if self.accepted is None:
            return np.asarray(unknown.sum(axis=1))
        share = 1 - self.accepted / np.maximum(self.room, 1)
        return np.rint(unknown @ share).astype(np.int64)

    def _collections(self, seed: int, unscored_positives: bool) -> NDArray[np.int64]:
        """Positives in each band; (2000, k)."""
        random = np.random.default_rng(seed)
        every = unscored_positives or self._an_example_is_unscored
        right, wrong, weights = self._posterior(self.unscored if every else NO_UNSCORED)
        points = random.choice(len(weights), _DRAWS, p=weights)
        shares = random.beta(right[points], wrong[points])
        others = self.sizes - self.looked
        drawn = random.binomial(others, shares)
        return np.asarray(self.yes + np.clip(drawn, self.since_yes, others - self.since_no))

    def curves(self) -> Curves:
        """Which curves from levels to shares are likely, by all answers and by this audit."""
        curves = self._curves
        weights = self._posterior(self.unscored)[2].reshape(len(curves.weights), -1)
        return replace(curves, weights=weights.sum(axis=1))

    @cached_property
    def _curves(self) -> Curves:
        """By all answers but those of this audit."""
        return self._unanswered.curves(self.pages, self.held_out)

    @cached_property
    def _unanswered(self) -> Unanswered:
        quantiles = self.levels.shape[1]
        order = np.argsort(-self.levels.ravel(), kind="stable")
        sizes = np.repeat(self.sizes / quantiles, quantiles)
        return Unanswered(self.levels.ravel()[order], sizes[order])

    @cached_property
    def unscored(self) -> Mapping[float, float]:
        """Shares of the concept that the rule does not recognise, and how likely each is."""
        if self.held_out is None or not self.held_out.is_example.any() or not len(self.levels):
            return UNSCORED
        odds = self._curves.unscored_odds(self.held_out, self._unanswered)
        return after_examples(UNSCORED_BEFORE_EXAMPLES, odds)

    @property
    def _an_example_is_unscored(self) -> bool:
        return self.unscored[0.0] < _LIKELY

    def _posterior(self, shares: Mapping[float, float]) -> tuple[Floats, Floats, Floats]:
        positives = self.known[0] + self.known[2]
        return posterior(
            self._curves, shares, self.levels, self.sizes, self.looked, self.yes, positives
        )


def _interval(draws: NDArray[np.float64] | NDArray[np.int64]) -> Interval:
    low, middle, high = np.quantile(draws, [_OUTSIDE, 0.5, 1 - _OUTSIDE], method="inverted_cdf")
    return Interval(float(middle), float(low), float(high))
