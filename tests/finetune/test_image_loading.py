"""Augmented views of an image: different, repeatable, of any shape."""

from __future__ import annotations

import numpy as np
import pytest
from drawings import picture
from encoder_makers import need
from PIL import Image

need("torch", "timm")

from likewise.finetune.image_loading import augmented  # noqa: E402


def test_views_differ_and_are_the_same_again() -> None:
    image = picture("disc", 1)
    made = [augmented(image, 32, 3, (0, seed)) for seed in (0, 1, 0)]
    assert made[0].shape == (32, 32, 3)
    assert made[0].dtype == np.uint8
    np.testing.assert_array_equal(made[0], made[2])
    assert np.abs(made[0].astype(int) - made[1]).mean() > 5


def test_half_of_them_are_mirrored() -> None:
    slope = np.tile(np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None], (64, 1, 3))
    image = Image.fromarray(slope)
    ends = []
    for seed in range(200):
        square = augmented(image, 8, 3, (seed,)).astype(int)
        ends.append(square[:, -1].mean() > square[:, 0].mean())
    assert 0.4 < np.mean(ends) < 0.6


@pytest.mark.parametrize("size", [(1, 1), (500, 3), (3, 500), (20, 21)])
def test_any_shape_gives_a_square_of_the_image(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (100, 100, 100))
    for seed in range(20):
        square = augmented(image, 16, 3, (seed,))
        assert square.shape == (16, 16, 3)
        assert square.std() < 1  # nothing from outside of the image
        assert 60 <= square.mean() <= 140
