from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from shapes import draw_shapes

from likewise.encoders._encode_files import Encoded, encode_files, reason
from likewise.sources.base import Item
from likewise.sources.folder import Folder


class Colour:
    """The mean colour; refuses nothing, and answers NaN for blue pictures."""

    name, dim, fingerprint, input_size = "colour", 3, "colour-1", 8

    def __init__(self, batch_size: int) -> None:
        self.batch_size = batch_size

    def prepare(self, image: Image.Image) -> NDArray[np.float32]:
        return np.asarray(image.resize((8, 8)), dtype=np.float32)

    def encode(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        means = np.asarray(batch.mean(axis=(1, 2)), dtype=np.float32)
        means[means[:, 2] > means[:, 0] + 150] = np.nan
        return means


def items(folder: Path) -> Sequence[Item]:
    return [item for item in Folder(folder).items() if isinstance(item, Item)]


@pytest.mark.parametrize("batch_size", [1, 2, 5, 100])
def test_one_bad_file_or_vector_costs_itself_only(tmp_path: Path, batch_size: int) -> None:
    draw_shapes(tmp_path, each=3)
    Image.new("RGB", (30, 20), (10, 10, 250)).save(tmp_path / "blue.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    answers = list(encode_files(items(tmp_path), Colour(batch_size)))
    assert [item.id for item, _ in answers] == [item.id for item in items(tmp_path)]
    failed = {item.id: reason(x) for item, x in answers if not isinstance(x, Encoded)}
    assert set(failed) == {"blue.png", "broken.png"}
    assert "not finite" in failed["blue.png"]
    good = [x.vector for _, x in answers if isinstance(x, Encoded)]
    assert len(good) == 9
    assert all(v is not None and abs(np.linalg.norm(v) - 1) < 1e-5 for v in good)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_what_is_known_is_read_and_not_encoded(tmp_path: Path, batch_size: int) -> None:
    draw_shapes(tmp_path, each=2)
    first, *_ = encode_files(items(tmp_path), Colour(batch_size))
    assert isinstance(first[1], Encoded)
    known = first[1].facts.digest
    answers = encode_files(items(tmp_path), Colour(batch_size), has_vector=lambda d: d == known)
    without = [x.facts.digest for _, x in answers if isinstance(x, Encoded) and x.vector is None]
    assert without == [known]
