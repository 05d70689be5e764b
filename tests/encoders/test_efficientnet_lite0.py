import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from likewise.core.vectors import Vectors, unit
from likewise.encoders._lite0_weights import read_weights
from likewise.encoders.base import encode_images
from likewise.encoders.efficientnet_lite0 import EfficientnetLite0
from likewise.encoders.efficientnet_lite0.head import class_directions
from likewise.errors import BadInputError


@pytest.fixture(scope="module")
def encoder() -> EfficientnetLite0:
    return EfficientnetLite0()


def average_precision(scores: NDArray[np.float32], relevant: NDArray[np.bool_]) -> float:
    hits = relevant[np.argsort(-scores, kind="stable")]
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean())


def test_names_itself_by_weights_and_preprocessing(encoder: EfficientnetLite0) -> None:
    assert encoder.fingerprint == "efficientnet_lite0-57934424-256c224-1"


def test_opening_and_reading_words_load_no_onnx() -> None:
    program = """
import sys
from likewise.encoders.base import open_encoder
encoder = open_encoder("efficientnet_lite0")
encoder.fingerprint
encoder.encode_text(["cat"])
print([name for name in ("onnx", "onnxruntime", "torch") if name in sys.modules])
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "batch",
    [
        np.zeros((224, 224, 3), np.uint8),
        np.zeros((1, 3, 224, 224), np.uint8),
        np.zeros((1, 224, 224, 3), np.float32),
    ],
)
def test_a_batch_of_another_form_is_refused(
    encoder: EfficientnetLite0, batch: NDArray[np.generic]
) -> None:
    with pytest.raises(BadInputError, match=r"\(n, 224, 224, 3\) is wanted"):
        encoder.encode(batch)  # type: ignore[arg-type]


def test_threads_must_be_one_or_more() -> None:
    with pytest.raises(BadInputError, match="0 threads"):
        EfficientnetLite0(threads=0)


def test_a_directions_square() -> None:
    """Four classes at the corners of a square: two neighbours stand out halfway between."""
    corners = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], dtype=np.float32)
    far_and_long = corners * np.array([[1], [2], [1], [2]], np.float32) + 100
    ways = class_directions(far_and_long)
    np.testing.assert_allclose(unit(np.eye(4, dtype=np.float32) @ ways), corners, atol=1e-5)
    both = np.array([1, 1, 0, 0], dtype=np.float32)
    np.testing.assert_allclose(unit(both @ ways), unit([1, 1]), atol=1e-5)


def test_class_directions_are_a_ridge_regression() -> None:
    head = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    rows = unit(head - head.mean(axis=0)).astype(np.float64)
    member = np.zeros(30)
    member[[3, 7, 12]] = 1
    # In the other form of the regression: one unknown a dimension instead of one a class.
    primal = np.linalg.solve(rows.T @ rows + 10 * np.eye(8), rows.T @ (member - member.mean()))
    np.testing.assert_allclose(member @ class_directions(head), primal, atol=1e-5)


def test_a_word_points_where_its_row_of_the_classifier_does(encoder: EfficientnetLite0) -> None:
    rows = read_weights()["_fc.weight"]
    rows = unit(rows - rows.mean(axis=0))
    words = encoder.encode_text(["grand piano", "pizza", "dalmatian"])
    cosines = words @ rows.T
    assert cosines.argmax(axis=1).tolist() == [579, 963, 251]
    assert cosines.max(axis=1).min() > 0.9


def test_two_things_are_halfway_between(encoder: EfficientnetLite0) -> None:
    dog, sofa, both, turned = encoder.encode_text(["dog", "sofa", "dog on a sofa", "sofa and dog"])
    np.testing.assert_allclose(both, unit(dog + sofa), atol=1e-5)
    np.testing.assert_allclose(both, turned, atol=1e-5)


def test_a_phrase_has_one_direction_whatever_is_asked_beside_it(
    encoder: EfficientnetLite0,
) -> None:
    alone, beside = encoder.encode_text(["barn"]), encoder.encode_text(["cat and dog", "barn"])
    np.testing.assert_allclose(alone[0], beside[1], atol=1e-6)
    assert encoder.encode_text([]).shape == (0, 1280)


def test_a_wide_word_is_its_classes_and_a_narrow_one_is_one(encoder: EfficientnetLite0) -> None:
    for phrase, most in (("barn", 1), ("cat", 10), ("dog", 64), ("dog on a sofa", 1)):
        rows = encoder.encode_meanings(phrase)
        assert len(rows) == most if most in (1, 64) else 1 < len(rows) <= most
        np.testing.assert_allclose(
            unit(rows.sum(axis=0)), encoder.encode_text([phrase])[0], atol=1e-5
        )
    assert np.array_equal(rows, encoder.encode_meanings(phrase))


def photos(
    encoder: EfficientnetLite0, folder: Path, kinds: list[str]
) -> tuple[Vectors, NDArray[np.str_]]:
    """Centred vectors of eight photos a kind, and their kinds."""
    paths = [p for k in kinds for p in sorted((folder / "caltech101" / k).glob("*.jpg"))[:8]]
    images = []
    for path in paths:
        with Image.open(path) as photo:
            images.append(photo.convert("RGB"))
    vectors = encode_images(encoder, images)
    return unit(vectors - vectors.mean(axis=0)), np.array([path.parent.name for path in paths])


def test_a_wide_word_finds_what_its_mean_does_not(
    encoder: EfficientnetLite0, shared_data: Path
) -> None:
    kinds = ["dalmatian", "pizza", "laptop", "wild_cat", "llama", "panda", "elephant", "gerenuk"]
    centred, labels = photos(encoder, shared_data, kinds)
    by_mean = centred @ encoder.encode_text(["dog"])[0]
    by_meaning = (centred @ unit(encoder.encode_meanings("dog")).T).max(axis=1)
    dogs = labels == "dalmatian"
    assert average_precision(by_meaning, dogs) > average_precision(by_mean, dogs) + 0.3


def test_words_find_photos(encoder: EfficientnetLite0, shared_data: Path) -> None:
    kinds = ["grand_piano", "pizza", "dalmatian", "laptop", "soccer_ball", "starfish"]
    centred, labels = photos(encoder, shared_data, kinds)
    scores = centred @ encoder.encode_text(kinds).T
    for kind, column in zip(kinds, scores.T, strict=True):
        assert average_precision(column, labels == kind) > 0.95, kind
