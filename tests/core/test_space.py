from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.core.space import Space, centred_space, plain_space
from likewise.core.vectors import unit
from likewise.errors import BadInputError


def training_rows(seed: int, n: int = 20, dim: int = 6) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(n, dim)) + 1.0)


def test_three_points_on_a_circle_seen_from_their_middle() -> None:
    angles = np.deg2rad([30.0, 60.0, 90.0])
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    mapped = centred_space("demo", points).apply(points)
    # from the mean, the outer two lie in opposite directions along the chord
    np.testing.assert_allclose(mapped[0], -mapped[2], atol=0.2)
    np.testing.assert_allclose(np.linalg.norm(mapped, axis=1), 1.0, atol=1e-6)


@given(st.integers(0, 1000))
def test_the_plain_space_changes_nothing(seed: int) -> None:
    points = training_rows(seed)
    np.testing.assert_allclose(plain_space("demo", 6).apply(points), points, atol=1e-6)


@pytest.mark.parametrize("copies", [1, 4, 20_000])
def test_copies_of_one_vector_keep_it(copies: int) -> None:
    stored = training_rows(0, n=1).astype(np.float16).astype(np.float32)
    points = np.repeat(stored, copies, axis=0)
    mapped = centred_space("demo", points).apply(points)
    np.testing.assert_allclose(mapped, unit(points), atol=1e-6)


def test_two_that_differ_are_centred() -> None:
    points = unit([[1.0, 0.0, 0.0], [1.0, 0.01, 0.0]])
    mapped = centred_space("demo", points).apply(points)
    np.testing.assert_allclose(mapped[0], -mapped[1], atol=1e-2)


def test_blocks_do_not_show() -> None:
    points = training_rows(0, n=20_000)
    space = centred_space("demo", points)
    whole = unit(points - space.mean)
    np.testing.assert_allclose(space.apply(points), whole, atol=1e-6)
    lengths = np.linalg.norm(points - space.mean, axis=1)
    np.testing.assert_allclose(space.lengths(points), lengths, rtol=1e-5)


def test_words_are_projected_but_not_centred() -> None:
    projection = np.diag([2.0, 1.0]).astype(np.float32)
    space = Space("demo", np.array([5.0, 5.0], np.float32), projection)
    word = np.array([[1.0, 1.0]], np.float32)
    np.testing.assert_allclose(space.direction(word), unit([[2.0, 1.0]]), atol=1e-6)


def test_the_fingerprint_tells_spaces_apart() -> None:
    points = training_rows(0)
    one, same = centred_space("demo", points), centred_space("demo", points)
    assert one.fingerprint == same.fingerprint
    assert one.fingerprint != centred_space("other", points).fingerprint
    assert one.fingerprint != centred_space("demo", points[1:]).fingerprint


@pytest.mark.parametrize(
    ("vectors", "words"),
    [(np.ones((3, 5), np.float32), "shape \\(3, 5\\)"), (np.ones(6, np.float32), "shape \\(6,\\)")],
)
def test_other_widths_are_refused(vectors: np.ndarray, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        plain_space("demo", 6).apply(vectors)
    with pytest.raises(BadInputError, match="index images"):
        centred_space("demo", np.empty((0, 6), np.float32))
