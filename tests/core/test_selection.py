from __future__ import annotations

import numpy as np
import pytest

from likewise.core.selection import Selection
from likewise.errors import BadInputError


def made(**changed: object) -> Selection:
    given: dict[str, object] = {
        "kept": ("a", "b"),
        "dropped": ("<c>",),
        "reasons": ("near-duplicate",),
        "because": ("a",),
        "scores": np.array([0.97], np.float32),
        "parts": ("train", "test"),
        "method": "split",
    }
    return Selection(**{**given, **changed})  # type: ignore[arg-type]


def test_counts_parts_and_rows() -> None:
    chosen = made()
    assert chosen.counts() == {"test": 1, "train": 1, "near-duplicate": 1}
    assert chosen.part("test") == ("b",)
    assert chosen.part_of == {"a": "train", "b": "test"}
    assert [row["id"] for row in chosen.rows()] == ["a", "b", "<c>"]
    assert len(chosen) == 3
    assert list(chosen) == ["a", "b"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"dropped": ("a",)}, "twice"),
        ({"reasons": ()}, "reasons for 0"),
        ({"because": ("a", "b")}, "because for 2"),
        ({"parts": ("train",)}, "parts for 1"),
        ({"kept_scores": np.zeros(3, np.float32)}, "kept_scores for 3"),
    ],
)
def test_what_does_not_fit_is_refused(changed: dict[str, object], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        made(**changed)
