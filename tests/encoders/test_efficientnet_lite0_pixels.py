from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from likewise.encoders.efficientnet_lite0.network import middle_square
from likewise.errors import BadInputError


def plainly(image: Image.Image) -> NDArray[np.uint8]:
    """Resize all of it, across and then down, then cut."""
    shorter = min(image.size)
    width, height = (256 * side // shorter for side in image.size)
    across = image.resize((width, image.height), Image.Resampling.BICUBIC)
    resized = across.resize((width, height), Image.Resampling.BICUBIC)
    left, top = round((width - 224) / 2), round((height - 224) / 2)
    return np.asarray(resized.crop((left, top, left + 224, top + 224)))


def scribble(width: int, height: int) -> Image.Image:
    """Sharp edges of full contrast, on which bicubic overshoots most."""
    y, x = np.mgrid[:height, :width]
    rings = np.hypot(x - width / 3, y - height / 2) % 14 < 7
    colours = np.stack([rings, x % 9 < 4, (x + y) % 11 < 5], axis=-1)
    return Image.fromarray((colours * 255).astype(np.uint8))


def check_alike(image: Image.Image) -> None:
    difference = np.abs(middle_square(image).astype(int) - plainly(image))
    assert difference.max() <= 2
    assert (difference > 1).mean() < 1e-4


@pytest.mark.parametrize(
    "size",
    [(240, 180), (180, 240), (209, 240), (84, 240), (640, 480), (480, 1200), (256, 256),
     (257, 256), (224, 224), (8, 8), (1, 1), (1500, 1000), (1000, 1500)],
)  # fmt: skip
def test_is_the_middle_of_a_plain_resize(size: tuple[int, int]) -> None:
    check_alike(scribble(*size))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 700), st.integers(1, 700))
def test_is_the_middle_of_a_plain_resize_whatever_the_size(width: int, height: int) -> None:
    if max(width, height) <= 40 * min(width, height):  # the plain way costs memory
        check_alike(scribble(width, height))


def test_photos_are_cut_like_a_plain_resize(shared_data: Path) -> None:
    photos = sorted((shared_data / "caltech101").glob("*/*.jpg"))[::60]
    assert len(photos) > 50
    for path in islice(photos, 70):
        with Image.open(path) as photo:
            check_alike(photo.convert("RGB"))


def test_a_thread_of_an_image_costs_little() -> None:
    assert middle_square(Image.new("RGB", (1, 20_000), "red")).tolist()[0][0] == [255, 0, 0]


def test_takes_the_middle_and_leaves_the_image_alone() -> None:
    image = Image.new("RGB", (300, 100), "black")
    image.paste("white", (140, 40, 160, 60))
    before = image.tobytes()
    square = middle_square(image)
    assert square[112, 112].tolist() == [255, 255, 255]
    assert square[0, 0].tolist() == [0, 0, 0]
    assert abs(int(square[:112].sum()) - int(square[112:].sum())) < square.sum() / 50
    assert image.tobytes() == before


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_another_mode_is_refused_with_the_remedy(mode: str) -> None:
    with pytest.raises(BadInputError, match=rf"mode '{mode}'.*convert\('RGB'\)"):
        middle_square(Image.new(mode, (20, 20)))
