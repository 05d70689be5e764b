from __future__ import annotations

import numpy as np
import pytest

from likewise.core.evidence import Evidence
from likewise.core.space import plain_space
from likewise.errors import BadInputError

EYE = np.eye(4, dtype=np.float32)
SPACE = plain_space("demo", 4)


def test_what_is_not_given_is_empty_and_of_the_right_width() -> None:
    evidence = Evidence(SPACE, positives=EYE[:1])
    assert evidence.negatives.shape == evidence.hints.shape == evidence.background.shape == (0, 4)
    assert evidence.positive_weights is not None
    assert evidence.positive_weights.tolist() == [1.0]


def test_a_weight_of_nothing_takes_the_row_and_its_name_out() -> None:
    evidence = Evidence(
        SPACE,
        positives=EYE[:3],
        positive_ids=("a", "b", "c"),
        positive_weights=np.array([1.0, 0.0, 0.5], np.float32),
    )
    assert evidence.positive_ids == ("a", "c")
    np.testing.assert_array_equal(evidence.positives, EYE[[0, 2]])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"positives": np.ones((1, 3))}, r"positives have shape \(1, 3\)"),
        ({"positives": np.full((1, 4), np.nan)}, "not finite"),
        ({"positives": EYE[:2], "positive_ids": ("a",)}, "1 names were given for 2 positives"),
        ({"positives": EYE[:1], "positive_weights": np.array([-1.0])}, "0 or more"),
        (
            {
                "positives": EYE[:1],
                "negatives": EYE[1:2],
                "positive_ids": ("a",),
                "negative_ids": ("a",),
            },
            "'a' is both",
        ),
    ],
)
def test_contradictions_are_told(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        Evidence(SPACE, **arguments)  # type: ignore[arg-type]
