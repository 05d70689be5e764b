"""When to stop: what another page would bring, and how many are likely left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from likewise.errors import BadInputError
from likewise.review.estimate.population import Audit, Interval, Population
from likewise.rules.prevalence_curves import Shown

_PAGES_TOLD = 2
_NO_IN_A_ROW, _MOST_IN_A_ROW = 200, 100  # the first by one positive, by two half of it ...
_FEW = 5  # positives; fewer tell little, however many answers are no


@dataclass(frozen=True)
class StopAdvice:
    """Whether to go on looking, and why.

    Attributes:
        stop: True when what is left is likely no more than may be left.
        sentence: the same in plain words.
        left: how many wanted images are not answered yet.
        positives: how many there are, the answered ones included.
        next_page: how many wanted images the next page is expected to bring.
        probability: how likely it is that no more is left than may be.
    """

    stop: bool
    sentence: str
    left: Interval
    positives: Interval
    next_page: float
    probability: float


def advise(
    audit: Audit,
    pages: Sequence[Shown],
    *,
    population: Population | None = None,
    page_size: int = 20,
    leave: float = 0.05,
    sure: float = 0.5,
    since_yes: int | None = None,
    seed: int = 0,
) -> StopAdvice:
    """Advice from what is expected of what is left, and any audit.

    Nothing of it costs a look: `count_bands` makes an audit without looks. An audit makes the
    interval honest about images that the rule does not recognise as the concept at all. Whether
    to stop is decided without them: no page that is picked by this rule would find them. But where
    an example itself is not recognised, they count: it says that there are such images.

    Args:
        audit: the bands of what is left, with or without looks.
        pages: what was answered lately, page by page, the latest last; for the sentence.
        population: what is known of the whole collection where that is more than these bands say,
            such as by an audit under an earlier rule.
        page_size: of the next page.
        leave: the share of the wanted images that may stay unseen.
        sure: how likely that must be.
        since_yes: how many answers in a row were no up to now; those of the pages when None.
        seed: of the simulation.

    Raises:
        BadInputError: shares that are none.

    Example:
        >>> from likewise.review.estimate.audit_plan import count_bands
        >>> scores = np.linspace(1, 0, 200)
        >>> page = Shown(np.full(20, 1.5), np.zeros(20, bool))
        >>> answers = np.where(scores > 0.9, 1, 0)
        >>> bands = count_bands(scores, answers, threshold=0.9, pages=[page])
        >>> advise(bands, [page]).sentence
        'about 0 (0 to 8) of 20 are still unseen; the last page brought none; stop here'
    """
    if not (0 <= leave < 1 and 0 < sure < 1):
        raise BadInputError(
            f"leave is {leave} and sure is {sure}; give shares of 1, such as .05 and .8"
        )
    population = audit.estimate(seed) if population is None else population
    above, below = audit.simulate(seed, unscored_positives=False)
    left = audit.simulate_left(seed, unscored_positives=False)
    before = audit.known[0] + audit.known[2]
    probability = float(np.mean(left <= leave * (above + below + before)))
    coming = _expected_on(audit, page_size)
    unseen = population.left
    sentence = (
        f"about {unseen.value:.0f} ({unseen.low:.0f} to {unseen.high:.0f}) of "
        f"{population.positives.value:.0f} are still unseen; {lately(pages)}"
    )
    accepted = 0 if audit.accepted is None else int(audit.accepted.sum())
    missing, unanswered = 0, int(audit.room.sum()) - accepted
    if not population.looks:
        missing = min(unanswered, _answers_missing(population.known, pages, since_yes))
    stop = probability >= sure and not missing
    if stop and population.known < _FEW and not population.looks and unanswered:
        sentence += f"; stop here, and audit: {population.known} yes say little of what is left"
    elif stop:
        sentence += "; stop here"
    elif probability >= sure:
        more = "1 more answer" if missing == 1 else f"{missing} more answers"
        sentence += f"; too soon to stop: {more} without a yes, or an audit"
    else:
        sentence += f"; the next page brings about {coming:.0f}"
    return StopAdvice(stop, sentence, unseen, population.positives, coming, probability)


def lately(pages: Sequence[Shown]) -> str:
    """What the last two pages that were answered brought.

    Args:
        pages: the latest last.
    """
    latest = pages[-_PAGES_TOLD:]
    if not latest:
        return "no page was answered yet"
    count = sum(int(np.sum(page.yes)) for page in latest)
    which = "the last page" if len(latest) == 1 else f"the last {_WORDS[len(latest)]} pages"
    return f"{which} brought {count or 'none'}"


_WORDS = {2: "two"}


def _answers_missing(positives: int, pages: Sequence[Shown], since_yes: int | None) -> int:
    """How many more answers have to be no before it can be said that hardly any yes is left."""
    if since_yes is None:
        yes = np.concatenate([np.zeros(0, bool), *(page.yes for page in pages)])
        since_yes = len(yes) - 1 - int(np.flatnonzero(yes).max(initial=-1))
    needed = min(_MOST_IN_A_ROW, -(-_NO_IN_A_ROW // max(1, positives)))
    return max(0, needed - since_yes)


def _expected_on(audit: Audit, page_size: int) -> float:
    """How many wanted images the best of what is left would show."""
    curves = audit.curves()
    expected, remaining = 0.0, page_size
    accepted = np.zeros_like(audit.sizes) if audit.accepted is None else audit.accepted
    bands = zip(audit.sizes.tolist(), accepted.tolist(), audit.levels, strict=True)
    for size, passed, levels in bands:
        taken = min(remaining, size - passed)
        quantiles = 1 - (passed + np.arange(taken) + 0.5) / size  # from the top of the band
        places = (np.arange(len(levels)) + 0.5) / len(levels)
        shown = np.interp(quantiles, places, levels)
        expected += float(curves.weights @ curves.probabilities(shown).sum(axis=1))
        remaining -= taken
    return expected
