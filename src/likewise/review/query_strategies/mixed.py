"""The default: the likeliest images, and a growing few that sharpen the boundary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.review.query_strategies.base import (
    ALIKE,
    Pool,
    best_first,
    doubtful_first,
    farthest_first,
    without_copies,
)


@dataclass(frozen=True)
class Mixed:
    """Most of a page is the best by score; the rest are doubtful images unlike one another.

    The first page has none of the latter: at first everything worth finding is at the top, and
    the boundary is not yet worth sharpening. Their share grows with the answers. Among the most
    doubtful they are chosen farthest first, for a page of the most doubtful alone is a page of
    look-alikes (diversity within a pre-selected informative batch, as in Zhdanov 2019, "Diverse
    mini-batch active learning"). Measured beside `most_alike` they cost
    next to no finds; the rule that comes of it is as good or a little better.

    Attributes:
        share: of a page that is spent on the boundary, in the end.
        after: number of answers after which that share is reached.
        pages: how many pages' worth of doubtful images take part.
        alike: cosine from which two images pass for copies of each other.

    Example:
        >>> pool = Pool(np.array([0.1, 0.9, 0.5]), np.eye(3, dtype=np.float32))
        >>> Mixed().pick(pool, 2).tolist()
        [1, 2]
    """

    share: float = 0.25
    after: int = 60
    pages: float = 3.0
    alike: float = ALIKE

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise BadInputError(f"share is {self.share}; give a number from 0 to 1")
        if not (np.isfinite(self.pages) and self.pages >= 1):
            raise BadInputError(f"pages is {self.pages}; give a finite number of 1 or more")
        if self.after < 1:
            raise BadInputError(f"after is {self.after}; give 1 or more")

    def pick(self, pool: Pool, count: int) -> NDArray[np.intp]:
        """The best rows in order of score, then the doubtful ones."""
        boundary = round(self.share * count * min(1.0, pool.answer_count / self.after))
        page = without_copies(best_first(pool), pool, count - boundary, self.alike)
        order = doubtful_first(pool)
        doubtful = order[~np.isin(order, page)][: round(self.pages * count)]
        page += farthest_first(doubtful, pool, boundary, page)
        page += without_copies(best_first(pool), pool, count - len(page), self.alike, page)
        return np.array(page, np.intp)
