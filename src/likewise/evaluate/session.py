"""Replays a person at work: a page, answers, a better rule, the next page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.evaluate.replay import hint_parts, score_all
from likewise.evaluate.retrieval import average_precision
from likewise.evidence import Evidence
from likewise.pick.base import Picker, Pool, make_picker
from likewise.rule import Rule
from likewise.rules.base import Learner, learn
from likewise.space import Space
from likewise.vectors import Scores, Vectors


@dataclass(frozen=True, eq=False)
class Turn:
    """One turn of the loop: what is known, the rule learned from it, and the page it asks for.

    Attributes:
        said: int8 (n,), answers so far: 1 for yes, -1 for no, 0 where none was given.
        rule: learned from them.
        scores: (n,) by that rule.
        page: rows to be shown next, in order; none when nothing is left.
    """

    said: NDArray[np.int8]
    rule: Rule
    scores: Scores
    page: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Session:
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

    def looks_until(self, count: int) -> int | None:
        """How many looks until `count` were found; None when they never were."""
        after = np.flatnonzero(self.found >= count)
        return int(after[0]) + 1 if len(after) else None

    @property
    def share_of_oracle(self) -> float:
        """What was found, as a share of what someone who knows the truth finds in as many looks."""
        return float(self.found[-1] / min(self.to_find, len(self.found)))


def replay_session(
    vectors: Vectors,
    wanted: NDArray[np.bool_],
    learner: str | Learner,
    space: Space,
    *,
    picker: str | Picker = "most_alike",
    mapped: Vectors | None = None,
    hints: Vectors | None = None,
    examples: int = 1,
    looks: int = 100,
    page_size: int = 20,
    background: int = 2000,
    error_rate: float = 0.0,
    calibrate: bool = False,
    kept_out: NDArray[np.bool_] | None = None,
    repeat: int = 0,
    seed: int = 0,
    concept: str = "concept",
    name: str = "",
) -> Session:
    """A few examples to start from; then page after page of what was not judged yet.

    Args:
        vectors: (n, dim) unit rows.
        wanted: (n,), the truth; more of them are true than there are examples.
        learner: what learns from the answers, once a page.
        space: the map for rules, as the collection would have it.
        picker: what chooses the pages.
        mapped: `space.apply(vectors)`, if it is at hand.
        hints: (t, dim) meanings of a word, of which a longer one counts for more, or None.
        examples: how many wanted images are known from the start.
        looks: how many images the reviewer looks at, at most.
        page_size: how many are shown before the rule is learned again.
        background: how many unlabelled rows the learner sees.
        error_rate: share of the answers that are wrong.
        calibrate: whether pickers see probabilities; takes about twice as long.
        kept_out: (n,), true for images that are never shown, so that rules which come of different
            pages can be judged on the same images.
        repeat: which draw of the first examples.
        seed: of the draws.
        concept: name of the class, for the record.
        name: of the learner, for the record.

    Raises:
        BadInputError: nothing to find, or a page of nothing.
    """
    turns = replay_turns(
        vectors, wanted, learner, space, picker=picker, mapped=mapped, hints=hints,
        examples=examples, page_size=page_size, background=background, error_rate=error_rate,
        calibrate=calibrate, kept_out=kept_out, repeat=repeat, seed=seed, concept=concept,
    )  # fmt: skip
    if looks < 1:
        raise BadInputError(f"{looks} looks make no session; give 1 or more")
    seen: list[NDArray[np.intp]] = []
    for turn in turns:
        if sum(map(len, seen)) >= looks or not len(turn.page):
            break
        seen.append(turn.page)
    rest = turn.said == 0 if kept_out is None else kept_out
    precision = None
    if wanted[rest].any():
        precision = average_precision(turn.scores[rest], wanted[rest])
    found = np.cumsum(wanted[np.concatenate(seen)[:looks]], dtype=np.int64)
    words = hints is not None and len(hints) > 0
    shown = slice(None) if kept_out is None else ~kept_out
    to_find = int(wanted[shown].sum()) - examples
    return Session(concept, name or str(learner), words, repeat, found, to_find, precision)


def replay_turns(
    vectors: Vectors,
    wanted: NDArray[np.bool_],
    learner: str | Learner,
    space: Space,
    *,
    picker: str | Picker = "most_alike",
    mapped: Vectors | None = None,
    hints: Vectors | None = None,
    examples: int = 1,
    page_size: int = 20,
    background: int = 2000,
    error_rate: float = 0.0,
    calibrate: bool = False,
    kept_out: NDArray[np.bool_] | None = None,
    repeat: int = 0,
    seed: int = 0,
    concept: str = "concept",
) -> Iterator[Turn]:
    """The turns of such a session, until everything was seen; stop listening to end it sooner.

    Arguments as for `replay_session`.

    Raises:
        BadInputError: nothing to find, or a page of nothing.
    """
    can_be_shown = np.ones(len(vectors), bool) if kept_out is None else ~kept_out
    members = np.flatnonzero(wanted & can_be_shown)
    if len(members) <= examples or page_size < 1 or examples < 1:
        raise BadInputError(
            f"{len(members)} wanted images, {examples} examples and pages of {page_size} "
            "make no session; one example, one more image to find and one on a page are the least"
        )
    random = np.random.default_rng([seed, repeat, *concept.encode()])
    chooser = make_picker(picker) if isinstance(picker, str) else picker
    if mapped is None:
        mapped = space.apply(vectors)
    first = random.permutation(members)[:examples]
    crowd = random.permutation(len(vectors))[:background]
    said = np.zeros(len(vectors), dtype=np.int8)
    said[first] = 1
    lately = first
    while True:
        evidence = Evidence(
            space,
            vectors[said > 0],
            vectors[said < 0],
            vectors[crowd[said[crowd] == 0]],
            collection_size=len(vectors),
            **hint_parts(concept, hints),
        )
        rule = learn(evidence, learner, calibrate=calibrate)
        scores = score_all(rule, vectors, mapped, space)
        left = np.flatnonzero(can_be_shown & (said == 0))
        pool = Pool(
            scores[left],
            mapped[left],
            rule.probability(scores[left]),
            rule.threshold,
            mapped[lately],
            yes=int((said > 0).sum()),
            no=int((said < 0).sum()),
            seed=int(random.integers(2**31)),
        )
        page = left[chooser.pick(pool, page_size)]
        yield Turn(said.copy(), rule, scores, page)
        if not len(page):
            return
        truthful = random.random(len(page)) >= error_rate
        said[page] = np.where(wanted[page] == truthful, 1, -1)
        lately = page
