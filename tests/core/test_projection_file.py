from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.core.projection import Projection
from likewise.core.projection_file import open_projection, save_projection
from likewise.core.space import Space
from likewise.errors import BadInputError, CorruptError, NotFoundError


def some(seed: int = 0) -> Projection:
    random = np.random.default_rng(seed)
    mean, matrix = random.normal(size=8), random.normal(size=(8, 3))
    space = Space("demo-1", mean.astype(np.float32), matrix.astype(np.float32))
    return Projection("demo", space, {"classes": ["a", "b"]})


def test_what_is_saved_is_opened_bit_for_bit(tmp_path: Path) -> None:
    one = some()
    other = open_projection(save_projection(one, tmp_path / "a.projection"))
    assert (other.base, other.fingerprint) == (one.base, one.fingerprint)
    assert dict(other.provenance) == dict(one.provenance)
    np.testing.assert_array_equal(other.space.mean, one.space.mean)
    np.testing.assert_array_equal(other.space.projection, one.space.projection)


def test_another_matrix_is_another_encoder() -> None:
    assert some(0).fingerprint != some(1).fingerprint
    assert some(0).fingerprint.endswith("-demo-1")


def test_damage_is_noticed(tmp_path: Path) -> None:
    path = save_projection(some(), tmp_path / "a.projection")
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(CorruptError, match="learn it again"):
        open_projection(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CorruptError):
        open_projection(path)


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"does not end in \.projection"):
        save_projection(some(), tmp_path / "a.bin")
    with pytest.raises(NotFoundError):
        open_projection(tmp_path / "none.projection")
    with pytest.raises(BadInputError, match="no matrix"):
        Projection("demo", Space("demo-1", np.zeros(3, np.float32)))
    with pytest.raises(BadInputError, match="not finite"):
        nan = np.full((3, 2), np.nan, np.float32)
        Projection("demo", Space("demo-1", np.zeros(3, np.float32), nan))
