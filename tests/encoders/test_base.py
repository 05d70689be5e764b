from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from likewise.core.vectors import Vectors
from likewise.encoders.base import (
    Encoder,
    TextEncoder,
    encode_images,
    encode_meanings,
    encode_text,
    open_encoder,
)
from likewise.errors import BadInputError


class MeanColour:
    """The smallest encoder there is: the mean of each channel."""

    name = "mean_colour"
    dim = 3
    fingerprint = "mean_colour-1"
    input_size = 1

    def __init__(self) -> None:
        self.batches: list[int] = []

    def prepare(self, image: Image.Image) -> NDArray[np.float32]:
        return np.asarray(np.asarray(image).mean(axis=(0, 1)), np.float32)

    def encode(self, batch: NDArray[np.float32]) -> Vectors:
        self.batches.append(len(batch))
        return batch


class NamedColour(MeanColour):
    def encode_text(self, phrases: Sequence[str]) -> Vectors:
        colours = ["red", "green", "blue"]
        return np.eye(3, dtype=np.float32)[[colours.index(phrase) for phrase in phrases]]


class WideColour(NamedColour):
    def encode_meanings(self, phrase: str) -> Vectors:
        return np.array([[2, 0, 0], [0, 0, 1]], np.float32)


RED, GREEN = (Image.new("RGB", (4, 2), colour) for colour in ("#f00", "#0f0"))


def test_what_has_the_methods_is_an_encoder() -> None:
    assert isinstance(MeanColour(), Encoder)
    assert not isinstance(MeanColour(), TextEncoder)
    assert isinstance(NamedColour(), TextEncoder)


def test_images_are_encoded_in_batches_and_in_order() -> None:
    encoder = MeanColour()
    vectors = encode_images(encoder, [RED, GREEN, GREEN, RED, RED], batch=2)
    assert encoder.batches == [2, 2, 1]
    assert vectors.argmax(axis=1).tolist() == [0, 1, 1, 0, 0]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)


def test_no_images_are_no_rows() -> None:
    assert encode_images(MeanColour(), []).shape == (0, 3)
    assert encode_text(MeanColour(), []).shape == (0, 3)


def test_an_image_that_gives_nothing_is_refused() -> None:
    with pytest.raises(BadInputError, match="row 1 of encoded images is zero"):
        encode_images(MeanColour(), [RED, Image.new("RGB", (2, 2), "black")])


def test_words_need_an_encoder_that_reads() -> None:
    assert encode_text(NamedColour(), ["green"]).tolist() == [[0, 1, 0]]
    with pytest.raises(BadInputError, match=r"'mean_colour' reads images only.*example images"):
        encode_text(MeanColour(), ["green"])


def test_meanings_add_up_to_the_word() -> None:
    rows, weights = encode_meanings(WideColour(), "purple")
    assert rows.tolist() == [[1, 0, 0], [0, 0, 1]]
    assert weights.tolist() == [1, 0.5]


def test_an_encoder_without_meanings_has_one_for_each_word() -> None:
    rows, weights = encode_meanings(NamedColour(), "green")
    assert (rows.tolist(), weights.tolist()) == ([[0, 1, 0]], [1])
    with pytest.raises(BadInputError, match="'mean_colour' reads images only"):
        encode_meanings(MeanColour(), "green")


def test_encoders_are_opened_by_name() -> None:
    assert open_encoder("efficientnet_lite0").name == "efficientnet_lite0"
    with pytest.raises(BadInputError, match=r"did you mean 'efficientnet_lite0'\?"):
        open_encoder("efficientnet_lite")
