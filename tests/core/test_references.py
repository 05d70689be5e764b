from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from worlds import at

from likewise.core.classifier import NONE_OF_THESE
from likewise.core.references import References
from likewise.errors import BadInputError

X = np.eye(3, dtype=np.float32)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"vectors": X, "labels": ("a",) * 3}, "there is one class"),
        ({"vectors": X[:0], "labels": ()}, "there is no reference image"),
        ({"vectors": X, "labels": ("a", "b")}, "3 references have 2 labels"),
        ({"vectors": X, "labels": ("a", "b", "c"), "ids": ("1",)}, "3 labels and 1 ids"),
        ({"vectors": X * 0, "labels": ("a", "b", "c")}, "zero or not finite"),
        ({"vectors": X, "labels": ("a", "b", NONE_OF_THESE)}, "cannot name a class"),
        ({"vectors": X, "labels": ("a", "b", " ")}, "cannot name a class"),
        ({"vectors": X[[0, 0, 0]], "labels": ("a", "b", "b")}, "are the same image"),
        (
            {"vectors": X, "labels": ("a", "b", "c"), "words": {"d": np.ones((1, 2))}},
            "the words of 'd' have 2 columns where 3 are wanted",
        ),
    ],
)
def test_what_cannot_be_told_apart_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        References(**given)


def test_vectors_need_not_have_unit_length() -> None:
    few = References(5 * X, ("b", "a", "b"))
    np.testing.assert_allclose(few.vectors, X)
    assert few.classes == ("a", "b")
    assert few.owners.tolist() == [1, 0, 1]
    assert few.counts.tolist() == [1, 2]
    assert few.ids == ("1", "2", "3")


def test_a_part_keeps_the_words_and_the_given_mean() -> None:
    few = References(X, ("a", "b", "b"), ("x", "y", "z"), {"c": X[:1]}, "demo", X[0])
    part = few.part(np.array([True, False, True]))
    assert (part.ids, part.labels, part.classes) == (("x", "z"), ("a", "b"), ("a", "b", "c"))
    assert part.mean is not None
    assert np.array_equal(part.mean, X[0])


def test_phrases_of_a_class_add_up() -> None:
    plain = np.zeros(2, np.float32)
    few = References(at(0, 90), ("a", "b"), words={"b": at(30, 60)}, mean=plain)
    rows, named = few.word_rows
    assert named.tolist() == [1]
    np.testing.assert_allclose(rows, at(45), atol=1e-6)
