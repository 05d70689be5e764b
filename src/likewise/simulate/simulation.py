"""Replays a person at work: a page, answers, a better rule, the next page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Evidence, Samples
from likewise.core.rule import Rule
from likewise.core.space import Space
from likewise.core.vectors import Scores, Vectors
from likewise.errors import BadInputError
from likewise.review.query_strategies.base import Picker, Pool, make_picker
from likewise.rules.base import Learner, learn
from likewise.rules.prevalence_curves import Answered, Shown
from likewise.rules.retrieval import average_precision
from likewise.rules.score_levels import levels_of, scale_in
from likewise.simulate.replay import hint_samples, score_all


@dataclass(frozen=True, eq=False)
class Turn:
    """One turn of the loop: what is known, the rule learned from it, and the page it asks for.

    Attributes:
        verdicts: int8 (n,), answers so far: 1 for yes, -1 for no, 0 where none was given.
        rule: learned from them.
        scores: (n,) by that rule.
        page: rows to be shown next, in order; none when nothing is left.
        answered: the pages before, and the examples.
    """

    verdicts: NDArray[np.int8]
    rule: Rule
    scores: Scores
    page: NDArray[np.intp]
    answered: Answered


@dataclass(frozen=True, eq=False)
class SimulatedSession:
    """What one simulated reviewer found, looking at one image after the other.

    Attributes:
        concept: the class that was looked for.
        learner: what it is called in the replay.
        words: whether it had a hint as well.
        repeat: which draw of the first examples.
        found: (looks,), wanted images met after 1, 2, ... looks; the first examples not counted.
        to_find: how many there were to find.
        average_precision: of the rule learned from all answers, over what was kept out, or else
            over what was never shown; None where nothing of it is wanted.
    """

    concept: str
    learner: str
    words: bool
    repeat: int
    found: NDArray[np.int64]
    to_find: int
    average_precision: float | None = None

    def inspected_until(self, count: int) -> int | None:
        """How many looks until `count` were found; None when they never were."""
        after = np.flatnonzero(self.found >= count)
        return int(after[0]) + 1 if len(after) else None

    @property
    def share_of_oracle(self) -> float:
        """What was found, as a share of what someone who knows the truth finds in as many looks."""
        return float(self.found[-1] / min(self.to_find, len(self.found)))


@dataclass(frozen=True, eq=False)
class Simulation:
    """A few examples to start from; then page after page of what was not judged yet.

    Attributes:
        vectors: (n, dim) unit rows.
        is_relevant: (n,), the truth; more of them are true than there are examples.
        learner: what learns from the answers, once a page.
        space: the map for rules, as the collection would have it.
        picker: what chooses the pages.
        mapped: `space.apply(vectors)`, if it is at hand.
        hints: (t, dim) meanings of a word, of which a longer one counts for more, or None.
        examples: how many wanted images are known from the start.
        page_size: how many are shown before the rule is learned again.
        background: how many unlabelled rows the learner sees.
        error_rate: share of the answers that are wrong.
        calibrate: whether pickers see probabilities; takes about twice as long.
        precision: aim of the thresholds; the best F1 when None.
        kept_out: (n,), true for images that are never shown, so that rules which come of different
            pages can be judged on the same images.
        repeat: which draw of the first examples.
        seed: of the draws.
        concept: name of the class, for the record.

    Raises:
        BadInputError: nothing to find, or a page of nothing.

    Example:
        >>> from likewise.core.space import plain_space
        >>> rows = np.float32([[1, 0, 0], [0.8, 0.6, 0], [0.8, 0, 0.6], [-1, 0, 0], [0, -1, 0]])
        >>> wanted = np.array([True, True, True, False, False])
        >>> Simulation(rows, wanted, "mean", plain_space("demo", 3)).session(2).found.tolist()
        [1, 2]
    """

    vectors: Vectors
    is_relevant: NDArray[np.bool_]
    learner: str | Learner
    space: Space
    picker: str | Picker = "most_alike"
    mapped: Vectors | None = None
    hints: Vectors | None = None
    examples: int = 1
    page_size: int = 20
    background: int = 2000
    error_rate: float = 0.0
    calibrate: bool = False
    precision: float | None = None
    kept_out: NDArray[np.bool_] | None = None
    repeat: int = 0
    seed: int = 0
    concept: str = "concept"

    def __post_init__(self) -> None:
        members = int((self.is_relevant & self._can_be_shown).sum())
        if members <= self.examples or self.page_size < 1 or self.examples < 1:
            raise BadInputError(
                f"{members} wanted images, {self.examples} examples and pages of "
                f"{self.page_size} make no session; one example, one more image to find and one "
                "on a page are the least"
            )

    @property
    def _can_be_shown(self) -> NDArray[np.bool_]:
        return np.ones(len(self.vectors), bool) if self.kept_out is None else ~self.kept_out

    def session(self, budget: int = 100, name: str = "") -> SimulatedSession:
        """What the reviewer finds.

        Args:
            budget: how many images the reviewer looks at, at most.
            name: of the learner, for the record.

        Raises:
            BadInputError: no looks.
        """
        if budget < 1:
            raise BadInputError(f"{budget} looks make no session; give 1 or more")
        shown: list[NDArray[np.intp]] = []
        for turn in self.turns():
            if sum(map(len, shown)) >= budget or not len(turn.page):
                break
            shown.append(turn.page)
        is_relevant = self.is_relevant
        rest = turn.verdicts == 0 if self.kept_out is None else self.kept_out
        precision = None
        if is_relevant[rest].any():
            precision = average_precision(turn.scores[rest], is_relevant[rest])
        found = np.cumsum(is_relevant[np.concatenate(shown)[:budget]], dtype=np.int64)
        words = self.hints is not None and len(self.hints) > 0
        to_find = int(is_relevant[self._can_be_shown].sum()) - self.examples
        learner = name or str(self.learner)
        return SimulatedSession(
            self.concept, learner, words, self.repeat, found, to_find, precision
        )

    def turns(self) -> Iterator[Turn]:
        """The turns until everything was seen; stop listening to end it sooner."""
        vectors, is_relevant, space = self.vectors, self.is_relevant, self.space
        can_be_shown = self._can_be_shown
        members = np.flatnonzero(is_relevant & can_be_shown)
        random = np.random.default_rng([self.seed, self.repeat, *self.concept.encode()])
        chooser = make_picker(self.picker) if isinstance(self.picker, str) else self.picker
        mapped = space.apply(vectors) if self.mapped is None else self.mapped
        first = random.permutation(members)[: self.examples]
        sample = random.permutation(len(vectors))[: self.background]
        verdicts = np.zeros(len(vectors), dtype=np.int8)
        verdicts[first] = 1
        lately = first
        answered = Answered((), frozenset(map(str, first)))
        while True:
            evidence = Evidence(
                space,
                Samples(vectors[verdicts > 0], tuple(map(str, np.flatnonzero(verdicts > 0)))),
                vectors[verdicts < 0],
                vectors[sample[verdicts[sample] == 0]],
                hint_samples(self.concept, self.hints, space.dim_in),
                collection_size=len(vectors),
            )
            rule = learn(
                evidence, self.learner, calibrate=self.calibrate, precision=self.precision,
                answered=answered,
            )  # fmt: skip
            scores = score_all(rule, vectors, mapped, space)
            left = np.flatnonzero(can_be_shown & (verdicts == 0))
            pool = Pool(
                scores[left],
                mapped[left],
                rule.probability(scores[left]),
                rule.threshold,
                mapped[lately],
                yes=int((verdicts > 0).sum()),
                no=int((verdicts < 0).sum()),
                seed=int(random.integers(2**31)),
            )
            page = left[chooser.pick(pool, self.page_size)]
            yield Turn(verdicts.copy(), rule, scores, page, answered)
            if not len(page):
                return
            truthful = random.random(len(page)) >= self.error_rate
            verdicts[page] = np.where(is_relevant[page] == truthful, 1, -1)
            scale = scale_in(rule.provenance)
            if scale is not None:
                shown = Shown(levels_of(scores[page], *scale), verdicts[page] > 0)
                answered = replace(answered, pages=(*answered.pages, shown))
            lately = page
