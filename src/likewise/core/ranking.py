"""Ids and scores, best first: the result of a search, a rule or a query strategy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.core.box import Box
from likewise.core.data_frames import Library, frame
from likewise.core.thumbnail_sources import Album
from likewise.core.vectors import Scores
from likewise.errors import BadInputError
from likewise.registry import part


@dataclass(frozen=True, eq=False)
class Ranking:
    """Items in order, the best first.

    Attributes:
        ids: item ids.
        scores: float32 of shape (len(ids),), not increasing.
        probabilities: float32 of the same shape, or None where the rule is not calibrated.
        searched: how many items were compared, after filters and exclusions.
        boxes: the part of each image that has its score, None for the whole image; None where
            images have no patches, or boxes were not requested.

    Example:
        >>> hits = Ranking(("a", "b"), np.array([0.9, 0.1], dtype=np.float32))
        >>> [item for item, score in hits]
        ['a', 'b']
    """

    ids: tuple[str, ...]
    scores: Scores
    probabilities: Scores | None = None
    searched: int = 0
    boxes: tuple[Box | None, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("scores", "probabilities"):
            values = getattr(self, name)
            if values is not None and values.shape != (len(self.ids),):
                raise BadInputError(
                    f"a ranking of {len(self.ids)} ids has {name} of shape {values.shape}; "
                    "one number an id is wanted"
                )
        if self.boxes is not None and len(self.boxes) != len(self.ids):
            raise BadInputError(
                f"a ranking of {len(self.ids)} ids has {len(self.boxes)} boxes; one an id is wanted"
            )
        if len(self.scores) > 1 and (np.diff(self.scores) > 0).any():
            raise BadInputError("a ranking's scores must not increase; sort the best first")

    def __repr__(self) -> str:
        """One line: how many of how many, and the first."""
        best = f", the best {self.ids[0]!r} at {self.scores[0]:.4g}" if self.ids else ""
        return f"<Ranking: {len(self.ids):,} of {self.searched:,} searched{best}>"

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[tuple[str, float]]:
        return zip(self.ids, self.scores.tolist(), strict=True)

    def top(self, k: int) -> Ranking:
        """The first k of it."""
        return Ranking(
            self.ids[:k],
            self.scores[:k],
            None if self.probabilities is None else self.probabilities[:k],
            self.searched,
            None if self.boxes is None else self.boxes[:k],
        )

    def show(self, album: Album | None = None, size: int = 120) -> Any:
        """A grid of the pictures for a notebook; its `selected` are the ids selected there.

        Args:
            album: the workspace whose items these are; the open one that knows them unless given.
            size: pixels of a picture's side, about.

        Raises:
            NotFoundError: no open workspace knows the ids.
            MissingExtraError: the extra 'notebook' is not installed.
        """
        return part("notebook", "grid")(self.ids, album, size)

    def as_frame(self, library: Library = "pandas") -> Any:
        """A table of pandas, polars or Arrow: rank, id, score and probability.

        Args:
            library: "pandas", "polars" or "arrow".

        Raises:
            MissingExtraError: it is not installed.

        Example:
            >>> hits = Ranking(("a", "b"), np.array([0.9, 0.1], dtype=np.float32))
            >>> hits.as_frame("arrow").column_names
            ['rank', 'id', 'score', 'probability']
        """
        values = [None] * len(self) if self.probabilities is None else self.probabilities
        columns: dict[str, Any] = {
            "rank": np.arange(1, len(self) + 1),
            "id": self.ids,
            "score": self.scores,
            "probability": values,
        }
        if self.boxes is not None:
            columns["box"] = [None if box is None else list(box) for box in self.boxes]
        return frame(columns, library)

    def rows(self) -> list[Mapping[str, Any]]:
        """One dictionary an item, as JSON and tables want it; with its box if there are boxes."""
        values = [None] * len(self) if self.probabilities is None else self.probabilities.tolist()
        rows: list[Mapping[str, Any]] = [
            {"rank": rank, "id": item, "score": round(score, 6), "probability": probability}
            for rank, ((item, score), probability) in enumerate(zip(self, values, strict=True), 1)
        ]
        if self.boxes is None:
            return rows
        return [
            {**row, "box": None if box is None else list(box)}
            for row, box in zip(rows, self.boxes, strict=True)
        ]
