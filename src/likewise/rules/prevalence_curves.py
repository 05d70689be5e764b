"""How the share of wanted images falls with the score, and how sure that is.

The share is taken to follow a logistic curve over the *level* of a score: how many standard
deviations it lies above the mean of the images that nobody has answered. So nothing depends on
the scale of a rule's scores, which differs from learner to learner. A curve has a slope and an
offset; which of many curves is right is a posterior over a grid, so nothing is iterated and
nothing can fail to converge.

Before any answer, the slope is believed to be about that of two normal distributions which lie
1.4 standard deviations apart, within a factor of two, and in proportion steeper where the held-out
positives lie more than 4 levels up: a concept that stands far apart ends more sharply. The share
of wanted images is believed to be anything from none to more than half, each order of magnitude
as likely. Three things tell more:

* answers to pages, at the level that each image had when it was shown: the rule had not seen the
  answer, so it is a fair sample of what images of that level show. The last page says most about
  what comes next; older ones count for less;
* labels at the level given by a rule that was learned without them. What lies far above all that
  is unanswered says little about it and counts for less;
* the examples that a concept started from. They were not picked by a rule, so if they lie among
  the levels that are unanswered, many like them are unanswered as well (presence-only data; Ward
  et al. 2009). An example that no other wanted image resembles says that there are more like it.
  Examples count for a little less than random ones, for people give typical examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.rules.curve_likelihood import Floats, sigmoid

_SLOPES = np.exp(np.linspace(-0.9, 1.7, 21))
_USUAL_SLOPE, _SLOPE_SPREAD = np.exp(0.35), 0.35  # the latter in natural logarithms
_USUAL_DISTANCE = 4.0  # levels of the median positive above which slopes are steeper
_SHARES = 37  # as many shares of wanted images are compared
_LARGEST_SHARE = 0.6
_OFFSETS = np.linspace(-60.0, 10.0, 141)  # among which the one of each share is looked up
_LEVELS = np.append(np.linspace(-4.0, 8.0, 97), (10.0, 14.0, 20.0, 30.0))
_GROUPS = 64  # so many groups of levels stand for a collection

_A_PAGE_LATER = 0.75  # what an answer counts for when a page of others came after it
_PAGE = 20.0
_LABEL = 0.4  # what a held-out label counts for,
_FAR_ABOVE = 0.5  # and at how many levels above the unanswered only a third of it
_AT_THE_TOP = 10  # unanswered images
_EXAMPLE = 0.8  # what an example counts for, where a random one counts 1
_MOST_EXAMPLES = 10.0  # for as many all examples count together, at most
_LEAST_DENSITY = 1e-3
_NEAR = 0.35  # levels, the width of the kernel


@dataclass(frozen=True, eq=False)
class Shown:
    """Answers to images that were picked for their scores, the oldest first.

    Attributes:
        levels: (m,) as the images had them when they were shown; nan where that is not known.
        yes: (m,), true where the answer was yes.
    """

    levels: Floats
    yes: NDArray[np.bool_]

    @property
    def weights(self) -> Floats:
        """(m,), what each answer counts for."""
        later = np.arange(len(self.yes))[::-1] // _PAGE
        return np.asarray(_A_PAGE_LATER**later, np.float64)


@dataclass(frozen=True, eq=False)
class HeldOutLevels:
    """Levels of labels under rules that were learned without them.

    Attributes:
        yes: (p,).
        no: (n,).
        is_example: (p,), true for those that nobody was shown: the concept started from them.
    """

    yes: Floats
    no: Floats
    is_example: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Answered:
    """How the labels of a concept came about.

    Attributes:
        pages: answers to images that rules picked for their scores, the oldest page first.
        examples: ids of the images that the concept started from.
        since_yes: how many such answers were no since the last yes, those of earlier pages than
            `pages` included; those of `pages` when None.
    """

    pages: Sequence[Shown] = ()
    examples: frozenset[str] = frozenset()
    since_yes: int | None = None


@dataclass(frozen=True, eq=False)
class Curves:
    """A posterior over curves from levels to the share of wanted images.

    Attributes:
        offsets: (g,), the points of the grid.
        slopes: (g,), likewise.
        shares: (g,), the share of wanted images among the unanswered at each point.
        weights: (g,), how likely each is; their sum is 1.
    """

    offsets: Floats
    slopes: Floats
    shares: Floats
    weights: Floats

    def probabilities(self, levels: ArrayLike) -> Floats:
        """Probability of a yes at every point of the grid; shape (..., ) to (g, ...)."""
        values = np.asarray(levels, np.float64)
        wide = (slice(None), *(None,) * values.ndim)
        return sigmoid(self.offsets[wide] + self.slopes[wide] * values)

    def expected(self, levels: ArrayLike) -> Floats:
        """The mean probability of a yes over the posterior; shape as given.

        Read off a table, so that a million levels take no longer than looking them up.
        """
        return np.asarray(np.interp(np.asarray(levels, np.float64), _LEVELS, self._table))

    @cached_property
    def _table(self) -> Floats:
        return np.asarray(self.weights @ self.probabilities(_LEVELS), np.float64)

    def after_answers(self, levels: ArrayLike, yes: ArrayLike, weights: ArrayLike) -> Curves:
        """The posterior after answers: (m,) levels, what was said, and what each counts for."""
        probabilities = np.clip(self.probabilities(levels), 1e-12, 1 - 1e-12)
        said = np.where(np.asarray(yes, bool), probabilities, 1 - probabilities)
        return self._after(np.log(said) @ np.asarray(weights, np.float64))

    def unscored_odds(self, held_out: HeldOutLevels, unanswered: Unanswered) -> Floats:
        """How much likelier each example is anywhere among the images than where the rule finds.

        Each is compared with all other wanted images. Many times 1 for an example that lies among
        the unanswered: the rule does not recognise it.
        """
        examples = held_out.yes[held_out.is_example]
        anywhere = _kernel(unanswered.levels, examples).T @ unanswered.sizes
        anywhere /= max(1.0, float(unanswered.sizes.sum()))
        found = self.weights @ self._density(examples, held_out.yes, unanswered)
        return np.asarray((anywhere + _LEAST_DENSITY) / (found + _LEAST_DENSITY), np.float64)

    def _density(self, examples: Floats, found: Floats, unanswered: Unanswered) -> Floats:
        """(g, e), of wanted images other than the example itself, at each example's level."""
        wanted = self.probabilities(unanswered.levels)
        unseen = wanted @ (unanswered.sizes[:, None] * _kernel(unanswered.levels, examples))
        seen = np.maximum(_kernel(found, examples).sum(axis=0) - 1 / _NEAR, 0)
        others = wanted @ unanswered.sizes + len(found) - 1
        return np.asarray((unseen + seen) / others[:, None], np.float64)

    def after_examples(self, examples: Floats, found: Floats, unanswered: Unanswered) -> Curves:
        """The posterior after examples: where each lies among all other wanted images.

        Args:
            examples: (e,) levels.
            found: (p,) levels of all that is known to be wanted, examples included.
            unanswered: what is not answered.
        """
        if not len(examples):
            return self
        density = self._density(examples, found, unanswered)
        each = min(_EXAMPLE, _MOST_EXAMPLES / len(examples))
        return self._after(each * np.log(density + 1e-12).sum(axis=1))

    def _after(self, log_likelihood: Floats) -> Curves:
        logs = np.log(self.weights + 1e-300) + log_likelihood
        weights = np.exp(logs - logs.max())
        return replace(self, weights=weights / weights.sum())


@dataclass(frozen=True, eq=False)
class Unanswered:
    """Levels that stand for all that is not answered, the highest first.

    Attributes:
        levels: (k,).
        sizes: (k,), how many images each stands for.
    """

    levels: Floats
    sizes: Floats

    def curves(self, shown: Sequence[Shown] = (), held_out: HeldOutLevels | None = None) -> Curves:
        """What is known of the curve of these images.

        Args:
            shown: answers to pages, the oldest page first.
            held_out: labels under rules that were learned without them.
        """
        curves = self._prior(_usual_slope(held_out))
        if shown:
            every = Shown(
                np.concatenate([page.levels for page in shown]),
                np.concatenate([page.yes for page in shown]),
            )
            known = np.isfinite(every.levels)
            curves = curves.after_answers(
                every.levels[known], every.yes[known], every.weights[known]
            )
        if held_out is None or not len(self.levels):
            return curves
        levels = np.concatenate([held_out.yes, held_out.no])
        yes = np.arange(len(levels)) < len(held_out.yes)
        place = int(np.searchsorted(np.cumsum(self.sizes), _AT_THE_TOP))
        above = np.maximum(0, levels - self.levels[min(place, len(self.levels) - 1)])
        curves = curves.after_answers(levels, yes, _LABEL * np.exp(-above / _FAR_ABOVE))
        return curves.after_examples(held_out.yes[held_out.is_example], held_out.yes, self)

    def _prior(self, usual_slope: float) -> Curves:
        """What is believed before anything was answered."""
        count = max(1.0, float(self.sizes.sum()))
        shares = np.exp(np.linspace(np.log(0.1 / count), np.log(_LARGEST_SHARE), _SHARES))
        levels, sizes = (self.levels, self.sizes) if len(self.levels) else (np.zeros(1), np.ones(1))
        offsets = [
            np.interp(
                np.log(shares),
                np.log(sigmoid(_OFFSETS[:, None] + slope * levels) @ sizes / sizes.sum() + 1e-300),
                _OFFSETS,
            )
            for slope in _SLOPES
        ]
        logs = -0.5 * (np.log(_SLOPES / usual_slope) / _SLOPE_SPREAD) ** 2
        weights = np.repeat(np.exp(logs), _SHARES)
        return Curves(
            np.concatenate(offsets),
            np.repeat(_SLOPES, _SHARES),
            np.tile(shares, len(_SLOPES)),
            weights / weights.sum(),
        )


def _usual_slope(held_out: HeldOutLevels | None) -> float:
    """The slope of two normals of equal width is in proportion to the distance of their means."""
    if held_out is None or not len(held_out.yes):
        return float(_USUAL_SLOPE)
    return float(_USUAL_SLOPE * max(1.0, float(np.median(held_out.yes)) / _USUAL_DISTANCE))


def unanswered_of(ordered: Floats) -> Unanswered:
    """A few levels that stand for many: each of the first, and ever more of the others.

    Args:
        ordered: (n,), the highest first.
    """
    if len(ordered) <= _GROUPS:
        return Unanswered(ordered, np.ones(len(ordered)))
    starts = np.unique(np.geomspace(1, len(ordered), _GROUPS).astype(np.intp) - 1)
    starts = starts[:-1] if starts[-1] == len(ordered) - 1 else starts
    sizes = np.diff(np.append(starts, len(ordered))).astype(np.float64)
    return Unanswered(np.add.reduceat(ordered, starts) / sizes, sizes)


def _kernel(levels: Floats, points: Floats) -> Floats:
    """(n, m), how near each level is to each point."""
    return np.asarray(np.exp(-0.5 * ((levels[:, None] - points) / _NEAR) ** 2) / _NEAR)
