"""The result of curation: ids kept, and ids dropped with the reason and the image it is due to."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from likewise.core.data_frames import Library, frame
from likewise.core.thumbnail_sources import Album
from likewise.core.vectors import Scores
from likewise.errors import BadInputError
from likewise.registry import part

_COLUMNS = ("id", "kept", "part", "reason", "because", "score")


@dataclass(frozen=True, eq=False)
class Selection:
    """Kept and dropped ids of a pool; together they are all of it, each once.

    Attributes:
        kept: ids that stay; in the order of choice where there is one.
        dropped: ids that go.
        reasons: why, one for each dropped id, in words.
        because: the id that each dropped id is dropped because of; "" where it is not one id.
        scores: float32, one for each dropped id: how strong the reason is, higher is stronger.
        parts: the part, class or group each kept id belongs to; empty where there are none.
        kept_scores: float32, one for each kept id, higher is better; None where there are none.
        method: name of the curator.
        parameters: options of the curator.
        notes: remarks for the person who reads the result.
        labels: the label of each kept id, "" where it has none; empty where the pool had none.

    Example:
        >>> import numpy as np
        >>> chosen = Selection(("a",), ("b",), ("near-duplicate",), ("a",), np.float32([0.97]))
        >>> chosen.rows()[1]["because"]
        'a'
    """

    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    reasons: tuple[str, ...]
    because: tuple[str, ...]
    scores: Scores
    parts: tuple[str, ...] = ()
    kept_scores: Scores | None = None
    method: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("reasons", "because", "scores"):
            if len(getattr(self, name)) != len(self.dropped):
                raise BadInputError(
                    f"a selection that drops {len(self.dropped)} ids has {name} for "
                    f"{len(getattr(self, name))}; give one an id"
                )
        for name in ("parts", "kept_scores", "labels"):
            values = getattr(self, name)
            if values is not None and len(values) not in (0, len(self.kept)):
                raise BadInputError(
                    f"a selection that keeps {len(self.kept)} ids has {name} for {len(values)}; "
                    "give one an id, or none"
                )
        if len({*self.kept, *self.dropped}) < len(self):
            raise BadInputError("a selection holds an id twice; keep or drop each id once")

    def __len__(self) -> int:
        return len(self.kept) + len(self.dropped)

    def __iter__(self) -> Iterator[str]:
        return iter(self.kept)

    @cached_property
    def part_of(self) -> Mapping[str, str]:
        """Part of each kept id."""
        return dict(zip(self.kept, self.parts, strict=True)) if self.parts else {}

    @property
    def digest(self) -> str:
        """A digest of what stays in which part, and of what goes because of what.

        Example:
            >>> import numpy as np
            >>> one = Selection(("a",), ("b",), ("copy",), ("a",), np.float32([0.97]))
            >>> one.digest == Selection(("b",), ("a",), ("copy",), ("b",), one.scores).digest
            False
        """
        content = json.dumps([self.kept, self.parts, self.dropped, self.because])
        return hashlib.sha256(content.encode()).hexdigest()

    def part(self, name: str) -> tuple[str, ...]:
        """The kept ids of one part.

        Example:
            >>> import numpy as np
            >>> none = np.empty(0, np.float32)
            >>> Selection(("a", "b"), (), (), (), none, parts=("train", "test")).part("test")
            ('b',)
        """
        return tuple(
            item for item, part in zip(self.kept, self.parts, strict=False) if part == name
        )

    def counts(self) -> dict[str, int]:
        """How many were kept (by part, where there are parts) and dropped (by reason)."""
        counts = Counter(self.parts) if self.parts else Counter({"kept": len(self.kept)})
        return {**dict(sorted(counts.items())), **dict(Counter(self.reasons).most_common())}

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary an item, the kept ones first, as JSON and tables want it."""
        parts = self.parts or ("",) * len(self.kept)
        scores = self.kept_scores
        values = [None] * len(self.kept) if scores is None or not len(scores) else scores.tolist()
        rows = [
            {"id": item, "kept": True, "part": part, "reason": "", "because": "", "score": score}
            for item, part, score in zip(self.kept, parts, values, strict=True)
        ]
        columns = (self.dropped, self.reasons, self.because, self.scores.tolist())
        return rows + [
            {"id": item, "kept": False, "part": "", "reason": why, "because": of, "score": score}
            for item, why, of, score in zip(*columns, strict=True)
        ]

    def strongest_drops(self, most: int) -> list[dict[str, Any]]:
        """The dropped items with the highest scores, as `rows` has them, the strongest first."""
        order = np.argsort(-self.scores, kind="stable")[:most].tolist()
        return [
            {
                "id": self.dropped[row],
                "reason": self.reasons[row],
                "because": self.because[row],
                "score": float(self.scores[row]),
            }
            for row in order
        ]

    def show(self, album: Album | None = None, size: int = 120) -> Any:
        """A grid of what is kept, for a notebook; see `likewise.Ranking.show`."""
        return part("notebook", "grid")(self.kept, album, size)

    def as_frame(self, library: Library = "pandas") -> Any:
        """A table of pandas, polars or Arrow, an item a row, the kept ones first.

        Args:
            library: "pandas", "polars" or "arrow".

        Raises:
            MissingExtraError: it is not installed.

        Example:
            >>> import numpy as np
            >>> chosen = Selection(("a",), ("b",), ("copy",), ("a",), np.float32([0.97]))
            >>> chosen.as_frame("arrow").column("kept").to_pylist()
            [True, False]
        """
        rows = self.rows()
        return frame({name: [row[name] for row in rows] for name in _COLUMNS}, library)
