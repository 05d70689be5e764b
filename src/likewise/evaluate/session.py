"""Replays a person at work: a page of the best, answers, a better rule, the next page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.evaluate.replay import hint_parts, score_all
from likewise.evidence import Evidence
from likewise.rules.base import Learner, learn
from likewise.space import Space
from likewise.vectors import Vectors


@dataclass(frozen=True, eq=False)
class Session:
    """What one simulated reviewer found, looking at one image after the other.

    Attributes:
        concept: the class that was looked for.
        learner: what it is called in the replay.
        words: whether it had a hint as well.
        repeat: which draw of the first example.
        found: (looks,), wanted images met after 1, 2, ... looks; the first example not counted.
        to_find: how many there were to find.
    """

    concept: str
    learner: str
    words: bool
    repeat: int
    found: NDArray[np.int64]
    to_find: int

    def looks_until(self, count: int) -> int | None:
        """How many looks until `count` were found; None when they never were."""
        after = np.flatnonzero(self.found >= count)
        return int(after[0]) + 1 if len(after) else None


def replay_session(
    vectors: Vectors,
    wanted: NDArray[np.bool_],
    learner: str | Learner,
    space: Space,
    *,
    mapped: Vectors | None = None,
    hints: Vectors | None = None,
    looks: int = 100,
    page_size: int = 20,
    background: int = 2000,
    error_rate: float = 0.0,
    repeat: int = 0,
    seed: int = 0,
    concept: str = "concept",
    name: str = "",
) -> Session:
    """One example to start from; then every page shows the best of what was not judged yet.

    Args:
        vectors: (n, dim) unit rows.
        wanted: (n,), the truth; two or more are true.
        learner: what learns from the answers, once a page.
        space: the map for rules, as the collection would have it.
        mapped: `space.apply(vectors)`, if it is at hand.
        hints: (t, dim) meanings of a word, of which a longer one counts for more, or None.
        looks: how many images the reviewer looks at, at most.
        page_size: how many are shown before the rule is learned again.
        background: how many unlabelled rows the learner sees.
        error_rate: share of the answers that are wrong.
        repeat: which draw of the first example.
        seed: of the draws.
        concept: name of the class, for the record.
        name: of the learner, for the record.

    Raises:
        BadInputError: fewer than two wanted images, or a page of nothing.
    """
    if wanted.sum() < 2 or page_size < 1 or looks < 1:
        raise BadInputError(
            f"{int(wanted.sum())} wanted images, pages of {page_size} and {looks} looks make no "
            "session; two images, one on a page and one look are the least"
        )
    random = np.random.default_rng([seed, repeat, *concept.encode()])
    if mapped is None:
        mapped = space.apply(vectors)
    first = random.permutation(np.flatnonzero(wanted))[0]
    crowd = random.permutation(len(vectors))[:background]
    said = np.zeros(len(vectors), dtype=np.int8)  # 1 for yes, -1 for no
    said[first] = 1
    seen: list[NDArray[np.intp]] = []
    while sum(map(len, seen)) < min(looks, len(vectors) - 1):
        evidence = Evidence(
            space,
            vectors[said > 0],
            vectors[said < 0],
            vectors[crowd[said[crowd] == 0]],
            collection_size=len(vectors),
            **hint_parts(concept, hints),
        )
        rule = learn(evidence, learner, calibrate=False)
        scores = score_all(rule, vectors, mapped, space)
        left = np.flatnonzero(said == 0)
        page = left[np.argsort(-scores[left], kind="stable")[:page_size]]
        truthful = random.random(len(page)) >= error_rate
        said[page] = np.where(wanted[page] == truthful, 1, -1)
        seen.append(page)
    found = np.cumsum(wanted[np.concatenate(seen)[:looks]], dtype=np.int64)
    words = hints is not None and len(hints) > 0
    return Session(concept, name or str(learner), words, repeat, found, int(wanted.sum()) - 1)
