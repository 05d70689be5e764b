"""How many there are: positives in the collection, precision and recall, from a few random looks.

A stratified random audit: the unjudged images are cut into bands of score, and a few of each
band are looked at, drawn at random. What was answered is known and counts as itself; only the
unjudged rest is estimated. Forty looks are few, and where a concept is rare nearly all of them
say no, which by itself would leave room for hundreds of positives. So the estimate is assisted
by a model (Särndal, Swensson and Wretman 1992): the rule's probabilities, put right by the
answers (`likewise.evaluate.recalibration`), are what is expected of each band, and the audit's
answers in the band correct that (a beta-binomial posterior for each band). Positives, precision
and recall are then functions of the same simulated collections, so that their intervals agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.errors import BadInputError
from likewise.evaluate.recalibration import Floats, Recalibration, logits_of, prior
from likewise.evaluate.shares import NO_STRAYS, STRAYS, posterior

_QUANTILES = 9  # by so many logits a band is described
_LOOKS_A_BAND = 4
_FEWEST_IN_A_BAND = 2
_MOST_BANDS = 12
_DRAWS = 4000
_PAGES_THAT_COUNT = 3
_OUTSIDE = 0.025


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
        left: how many of them are not answered yet.
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
        logits: (k, 9) what the rule expected of them, from the lowest to the highest.
        looked: (k,) how many were looked at since, drawn at random.
        yes: (k,) how many of those show the concept.
        known: answers from before: yes and no among the hits, yes and no among the rest.
        calibrated: whether the logits come from probabilities or are a guess from scores.
    """

    floors: Floats
    hits: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    logits: Floats
    looked: NDArray[np.int64]
    yes: NDArray[np.int64]
    known: tuple[int, ...]
    calibrated: bool = True

    @property
    def looks(self) -> int:
        """How many were looked at."""
        return int(self.looked.sum())

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
        bands, said = self.band_of(scores), np.asarray(yes, bool)
        looked = self.looked + np.bincount(bands, minlength=len(self.sizes))
        if (looked > self.sizes).any():
            band = int(np.flatnonzero(looked > self.sizes)[0])
            raise BadInputError(
                f"{looked[band]} looks were given for a band of {self.sizes[band]} images; give "
                "each image once, with the scores that the audit was planned with"
            )
        more = np.bincount(bands[said], minlength=len(self.sizes))
        return replace(self, looked=looked, yes=self.yes + more)

    def knowing(self, scores: ArrayLike, yes: ArrayLike) -> Audit:
        """The same audit after answers that came in some other way: pages, ranges, imports.

        They were not drawn at random, so they say nothing about the rest of their bands; but of
        these images the truth is known now, and they are counted as themselves.

        Args:
            scores: (m,) of the images answered, by the rule that the audit was planned with.
            yes: (m,), true where the answer was yes.

        Raises:
            BadInputError: more answers in a band than it has images that were not looked at.
        """
        bands, said = self.band_of(scores), np.asarray(yes, bool)
        sizes = self.sizes - np.bincount(bands, minlength=len(self.sizes))
        if (sizes < self.looked).any():
            band = int(np.flatnonzero(sizes < self.looked)[0])
            raise BadInputError(
                f"{self.sizes[band] - sizes[band]} answers were given for a band of which "
                f"{self.sizes[band] - self.looked[band]} images were open; give each image once, "
                "and none that the audit looked at"
            )
        hits = self.hits[bands]
        more = (hits & said, hits & ~said, ~hits & said, ~hits & ~said)
        known = tuple(old + int(new.sum()) for old, new in zip(self.known, more, strict=True))
        return replace(self, sizes=sizes, known=known)

    def estimate(self, pages: Sequence[Page] = (), seed: int = 0) -> Population:
        """Positives, precision and recall with their intervals.

        Args:
            pages: answers to recent pages, which say how far the rule's probabilities are off.
            seed: of the simulation.
        """
        above, below = self.simulate(pages, seed)
        yes_hits, no_hits, yes_rest, _ = self.known
        known = yes_hits + yes_rest + int(self.yes.sum())
        hits = yes_hits + no_hits + int(self.sizes[self.hits].sum())
        right, every = above + yes_hits, above + below + yes_hits + yes_rest
        return Population(
            positives=_interval(every),
            left=_interval(every - known),
            precision=_interval(right / hits) if hits else None,
            recall=_interval(right / np.maximum(every, 1)) if every.max() else None,
            known=known,
            looks=self.looks,
        )

    def simulate(
        self, pages: Sequence[Page] = (), seed: int = 0, *, strays: bool = True
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Collections as they may be: positives among the bands' images, hits and others; (4000,).

        Those that the audit found are among them. Without strays, only what the rule can know of
        is in them: no part of the concept that it does not recognise at all.
        """
        random = np.random.default_rng(seed)
        kinds = STRAYS if strays else NO_STRAYS
        right, wrong, weights = self._posterior(self._curve(pages), kinds)
        points = random.choice(len(weights), _DRAWS, p=weights)
        shares = random.beta(right[points], wrong[points])
        found = self.yes + random.binomial(self.sizes - self.looked, shares)
        return found[:, self.hits].sum(axis=1), found[:, ~self.hits].sum(axis=1)

    def recalibration(self, pages: Sequence[Page] = ()) -> Recalibration:
        """How far the rule's probabilities are off, by recent pages and by this audit."""
        curve = self._curve(pages)
        weights = self._posterior(curve, STRAYS)[2].reshape(len(curve.weights), -1)
        return replace(curve, weights=weights.sum(axis=1))

    def _curve(self, pages: Sequence[Page]) -> Recalibration:
        curve = prior(self.calibrated)
        for page in pages[-_PAGES_THAT_COUNT:]:
            if page.probabilities is not None and self.calibrated:
                curve = curve.given_answers(logits_of((), page.probabilities), page.yes)
        return curve

    def _posterior(
        self, curve: Recalibration, strays: Mapping[float, float]
    ) -> tuple[Floats, Floats, Floats]:
        seen = self.known[0] + self.known[2]
        return posterior(curve, strays, self.logits, self.sizes, self.looked, self.yes, seen)


@dataclass(frozen=True, eq=False)
class Page:
    """Answers to one page of images that were picked for their scores.

    Attributes:
        yes: (m,), true where the answer was yes.
        probabilities: (m,) as the rule had them when it picked the page; None when it had none.
    """

    yes: NDArray[np.bool_]
    probabilities: NDArray[np.float32] | None = None


def count_bands(
    scores: ArrayLike,
    probabilities: ArrayLike | None,
    answers: ArrayLike,
    *,
    threshold: float,
    bands: int = 10,
) -> Audit:
    """Bands with no looks in them yet: what can be said for free.

    Bands hold equal shares of the sum of ``sqrt(p * (1 - p))``, as is best for a sample in which
    each gets as many looks (Dalenius and Hodges 1959); the threshold is always an edge.

    Args:
        scores: (n,) of the whole collection.
        probabilities: (n,), or None where the rule has too few labels to say.
        answers: (n,) 1 for yes, -1 for no, 0 for what was not judged.
        threshold: of the rule.
        bands: about how many.

    Raises:
        BadInputError: arrays that do not run parallel.

    Example:
        >>> bands = count_bands([0.9, 0.5, 0.1], [0.9, 0.5, 0.1], [1, 0, 0], threshold=0.4)
        >>> bands.sizes.tolist(), bands.hits.tolist(), bands.known
        ([1, 1], [True, False], (1, 0, 0, 0))
    """
    values, said = np.asarray(scores, np.float64), np.asarray(answers)
    if values.ndim != 1 or said.shape != values.shape:
        raise BadInputError(
            f"scores of shape {values.shape} and answers of shape {said.shape} do not run "
            "parallel; give one of each for every image"
        )
    logits = logits_of(values, probabilities, threshold)
    known = tuple(
        int(np.sum(said[side] == verdict))
        for side in (values >= threshold, values < threshold)
        for verdict in (1, -1)
    )
    left = np.flatnonzero(said == 0)
    order = left[np.argsort(-values[left], kind="stable")]
    ordered, expected = values[order], logits[order]
    chances = prior(probabilities is not None).expected(expected)
    total = np.cumsum(np.sqrt(chances * (1 - chances)))
    edges = {int(np.searchsorted(-ordered, -threshold, side="right"))}
    if len(order):
        edges.update(np.searchsorted(total, total[-1] * np.arange(1, bands) / bands).tolist())
    # a band ends where the score changes, so that every score falls in one band
    starts = sorted({0, *(_next_change(ordered, edge) for edge in edges)} - {len(order)})
    parts = np.split(np.arange(len(order)), starts[1:]) if len(order) else []
    floors = [ordered[part[-1]] for part in parts]
    if floors:
        floors[-1] = -np.inf
    sizes = np.array([len(part) for part in parts], np.int64)
    inside = np.linspace(0.5 / _QUANTILES, 1 - 0.5 / _QUANTILES, _QUANTILES)
    return Audit(
        floors=np.array(floors, np.float64),
        hits=np.array([ordered[part[0]] >= threshold for part in parts], bool),
        sizes=sizes,
        logits=np.array([np.quantile(expected[part], inside) for part in parts]).reshape(
            -1, _QUANTILES
        ),
        looked=np.zeros(len(parts), np.int64),
        yes=np.zeros(len(parts), np.int64),
        known=known,
        calibrated=probabilities is not None,
    )


def plan_audit(
    scores: ArrayLike,
    probabilities: ArrayLike | None,
    answers: ArrayLike,
    *,
    threshold: float,
    looks: int = 40,
    seed: int = 0,
) -> tuple[Audit, NDArray[np.intp]]:
    """Which images to look at, for an estimate of the whole collection.

    Looks go where they tell most (Neyman 1934), by what the rule expects of each band, and two
    at least into each band that has as many.

    Args:
        scores: (n,) of the whole collection.
        probabilities: (n,), or None where the rule has too few labels to say.
        answers: (n,) 1 for yes, -1 for no, 0 for what was not judged; none of the latter is left
            out, or the estimate is not of the whole collection.
        threshold: of the rule.
        looks: how many to look at, 1 or more.
        seed: of the draw.

    Returns:
        The audit, with no looks in it yet, and the rows to look at, in random order. Give what
        they show to `Audit.adding`.

    Raises:
        BadInputError: arrays that do not run parallel, or no looks.
    """
    if looks < 1:
        raise BadInputError(f"an audit of {looks} looks says nothing; give 1 or more, 40 for one")
    bands = min(_MOST_BANDS, max(2, looks // _LOOKS_A_BAND))
    audit = count_bands(scores, probabilities, answers, threshold=threshold, bands=bands)
    chances = prior(audit.calibrated).expected(audit.logits)
    worth = audit.sizes * np.sqrt(chances * (1 - chances)).mean(axis=1)
    counts = _allocate(worth, audit.sizes, looks)
    random = np.random.default_rng(seed)
    values = np.asarray(scores, np.float64)
    left = np.flatnonzero(np.asarray(answers) == 0)
    band_of = audit.band_of(values[left])
    drawn = [
        random.choice(left[band_of == band], count, replace=False)
        for band, count in enumerate(counts.tolist())
    ]
    rows = np.concatenate([*drawn, np.empty(0, np.intp)]).astype(np.intp)
    return audit, random.permutation(rows)


def _allocate(worth: Floats, sizes: NDArray[np.int64], looks: int) -> NDArray[np.int64]:
    """Looks for each band: in proportion to its worth, a few at least, never more than it has."""
    counts = np.minimum(sizes, _FEWEST_IN_A_BAND)
    for _ in range(max(0, min(looks, int(sizes.sum())) - int(counts.sum()))):
        open_bands = counts < sizes
        gains = np.where(open_bands, worth / (counts + 1.0), -1.0)
        counts[int(gains.argmax())] += 1
    return counts


def _next_change(ordered: Floats, place: int) -> int:
    """The first place from here on whose score differs from that of the place before."""
    while 0 < place < len(ordered) and ordered[place] == ordered[place - 1]:
        place += 1
    return place


def _interval(draws: NDArray[np.float64] | NDArray[np.int64]) -> Interval:
    low, middle, high = np.quantile(draws, [_OUTSIDE, 0.5, 1 - _OUTSIDE], method="inverted_cdf")
    return Interval(float(middle), float(low), float(high))
