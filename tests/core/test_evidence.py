from __future__ import annotations

import numpy as np
import pytest

from likewise.core.evidence import Evidence, Samples
from likewise.core.space import plain_space
from likewise.errors import BadInputError

EYE = np.eye(4, dtype=np.float32)
SPACE = plain_space("demo", 4)


def test_what_is_not_given_is_empty_and_of_the_right_width() -> None:
    evidence = Evidence(SPACE, positives=EYE[:1])
    for samples in (evidence.negatives, evidence.hints, evidence.background):
        assert samples.rows.shape == (0, 4)
    assert evidence.positives.weights.tolist() == [1.0]


def test_a_weight_of_nothing_takes_the_row_and_its_name_out() -> None:
    evidence = Evidence(
        SPACE,
        positives=Samples(EYE[:3], ("a", "b", "c"), np.array([1.0, 0.0, 0.5], np.float32)),
    )
    assert evidence.positives.ids == ("a", "c")
    np.testing.assert_array_equal(evidence.positives.rows, EYE[[0, 2]])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"positives": np.ones((1, 3))}, r"positives have shape \(1, 3\)"),
        ({"positives": np.full((1, 4), np.nan)}, "not finite"),
        ({"positives": Samples(EYE[:2], ("a",))}, "there are 1 ids for 2 positives"),
        ({"positives": Samples(EYE[:1], (), np.array([-1.0]))}, "give 1 numbers of 0 or more"),
        (
            {"hints": Samples(EYE[:1], (), np.ones(2, np.float32))},
            "weights of hints have shape",
        ),
        (
            {"positives": Samples(EYE[:1], ("a",)), "negatives": Samples(EYE[1:2], ("a",))},
            "'a' is both",
        ),
    ],
)
def test_contradictions_are_told(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        Evidence(SPACE, **arguments)  # type: ignore[arg-type]
