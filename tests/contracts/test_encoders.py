"""What every encoder must do, those that will be added included."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from encoder_makers import opened
from PIL import Image, ImageDraw

from likewise.encoders.base import (
    Encoder,
    TextEncoder,
    encode_images,
    encode_text,
    open_encoder,
)
from likewise.errors import BadInputError
from likewise.registry import names

SIZES = ((320, 200), (200, 320), (64, 64), (1, 1), (700, 30))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoders")


@pytest.fixture(scope="module", params=names("encoders"))
def any_encoder(request: pytest.FixtureRequest, home: Path) -> Encoder:
    return opened(str(request.param), home)


@pytest.fixture
def encoder(any_encoder: Encoder) -> Encoder:
    """One that reads images."""
    if not getattr(any_encoder, "reads_images", True):
        pytest.skip(f"{any_encoder.name} stands for vectors that were computed elsewhere")
    return any_encoder


@pytest.fixture(scope="module")
def images() -> list[Image.Image]:
    return [drawing(number, size) for number, size in enumerate(SIZES * 2)]


def drawing(seed: int, size: tuple[int, int]) -> Image.Image:
    """Overlapping discs in colours of their own."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", size, tuple(random.integers(0, 256, 3).tolist()))
    pen = ImageDraw.Draw(image)
    for x, y, radius in random.uniform(0, 1, (12, 3)):
        centre, reach = (x * size[0], y * size[1]), radius * min(size) / 3
        box = [(c - reach, c + reach) for c in centre]
        pen.ellipse(
            (box[0][0], box[1][0], box[0][1], box[1][1]),
            fill=tuple(random.integers(0, 256, 3).tolist()),
        )
    return image


def test_says_what_it_is(any_encoder: Encoder) -> None:
    assert isinstance(any_encoder, Encoder)
    assert part_of(any_encoder) in names("encoders")
    assert any_encoder.dim > 0
    assert any_encoder.input_size > 0


def part_of(encoder: Encoder) -> str:
    return encoder.name.partition(":")[0]


def test_its_fingerprint_is_stable_and_fits_a_file_name(any_encoder: Encoder, home: Path) -> None:
    other = open_encoder(any_encoder.name, home)
    before = any_encoder.fingerprint
    if getattr(any_encoder, "reads_images", True):
        encode_images(any_encoder, [drawing(0, (50, 50))])
    assert any_encoder.fingerprint == before == other.fingerprint
    assert before.startswith(part_of(any_encoder))
    assert before.replace("-", "").replace("_", "").isalnum()


def test_prepares_every_size_to_one_shape_and_leaves_the_image_alone(
    encoder: Encoder, images: list[Image.Image]
) -> None:
    before = [image.tobytes() for image in images]
    prepared = [encoder.prepare(image) for image in images]
    assert len({(array.shape, array.dtype) for array in prepared}) == 1
    assert [image.tobytes() for image in images] == before


def test_prepares_in_several_threads_as_in_one(encoder: Encoder, images: list[Image.Image]) -> None:
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(encoder.prepare, images * 4))
    for image, array in zip(images * 4, together, strict=True):
        np.testing.assert_array_equal(array, encoder.prepare(image))


def test_encodes_to_unit_rows(encoder: Encoder, images: list[Image.Image]) -> None:
    batch = np.stack([encoder.prepare(image) for image in images])
    vectors = encoder.encode(batch)
    assert vectors.shape == (len(images), encoder.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode(batch[:0]).shape == (0, encoder.dim)


def test_encodes_the_same_alone_and_in_any_batch(
    encoder: Encoder, images: list[Image.Image], home: Path
) -> None:
    whole = encode_images(encoder, images, batch=len(images))
    for batch in (1, 3):
        np.testing.assert_allclose(encode_images(encoder, images, batch=batch), whole, atol=1e-5)
    turned = encode_images(encoder, images[::-1], batch=len(images))
    np.testing.assert_allclose(turned[::-1], whole, atol=1e-5)
    other = encode_images(open_encoder(encoder.name, home), images)
    np.testing.assert_allclose(other, whole, atol=1e-5)


def test_sees_what_is_alike(encoder: Encoder) -> None:
    first, second = drawing(1, (300, 240)), drawing(2, (300, 240))
    nearly = first.resize((290, 232))
    a, b, c = encode_images(encoder, [first, second, nearly])
    assert a @ c > a @ b + 0.02


def test_reads_words_into_the_same_space(any_encoder: Encoder) -> None:
    if not isinstance(any_encoder, TextEncoder):
        pytest.skip(f"{any_encoder.name} reads images only")
    phrases = ["dog", "a photo of a red car", "dog"]
    rows = encode_text(any_encoder, phrases)
    assert rows.shape == (3, any_encoder.dim)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(rows[0], rows[2], atol=1e-6)
    assert rows[0] @ rows[1] < 0.95
    with pytest.raises(BadInputError):
        encode_text(any_encoder, [""])
