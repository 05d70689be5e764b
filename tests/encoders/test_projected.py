from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from encoder_makers import precomputed, random_projection
from tiny_clip import photo

from likewise.core.projection_file import open_projection, save_projection
from likewise.core.vectors import unit
from likewise.encoders.base import (
    DerivedEncoder,
    encode_images,
    encode_meanings,
    encode_text,
    need_images,
    open_encoder,
)
from likewise.errors import BadInputError, MismatchError, NotFoundError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    random_projection(tmp_path, "efficientnet_lite0", "mine")
    return tmp_path


def test_vectors_are_the_bases_through_the_matrix(home: Path) -> None:
    encoder: Any = open_encoder("projected:mine", home)
    assert isinstance(encoder, DerivedEncoder)
    images = [photo(seed, (90, 60)) for seed in range(3)]
    base = encode_images(encoder.base, images)
    space = open_projection(home / "encoders" / "mine.projection").space
    assert space.projection is not None
    wanted = unit((base - space.mean) @ space.projection)
    np.testing.assert_allclose(encode_images(encoder, images), wanted, atol=1e-5)
    np.testing.assert_allclose(encoder.from_base(base), wanted, atol=1e-5)


def test_meanings_add_up_to_the_word(home: Path) -> None:
    encoder = open_encoder("projected:mine", home)
    rows, weights = encode_meanings(encoder, "dog")
    assert len(rows) > 1
    np.testing.assert_allclose(unit(weights @ rows), encode_text(encoder, ["dog"])[0], atol=1e-4)


def test_it_is_found_by_name_and_by_path(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / "encoders" / "mine.projection"
    by_path = open_encoder(f"projected:{file}")
    assert by_path.fingerprint == open_encoder("projected:mine", home).fingerprint
    models = tmp_path_factory.mktemp("models")
    monkeypatch.setenv("LIKEWISE_MODELS", str(models))
    with pytest.raises(NotFoundError, match=f"to {models}, or name that workspace"):
        open_encoder("projected:mine")
    shutil.copy(file, models)
    assert open_encoder("projected:mine").fingerprint == by_path.fingerprint


def test_what_is_missing_or_no_name_is_told(home: Path) -> None:
    for name, told in (
        ("projected", "needs to be told which"),
        ("projected:../up", "is not here"),
        ("projected:no name", "cannot name an encoder"),
    ):
        with pytest.raises((BadInputError, NotFoundError), match=told):
            open_encoder(name if ":" in name else f"{name}:", home)


def test_another_base_is_refused(home: Path) -> None:
    file = home / "encoders" / "mine.projection"
    made = open_projection(file)
    object.__setattr__(made, "base", "precomputed:x@1280")
    save_projection(made, file)
    with pytest.raises(MismatchError, match="learn it again"):
        open_encoder("projected:mine", home)


def test_over_vectors_from_elsewhere_it_reads_no_images(tmp_path: Path) -> None:
    random_projection(tmp_path, precomputed(tmp_path), "mine", columns=3)
    encoder = open_encoder("projected:mine", tmp_path)
    with pytest.raises(BadInputError, match="cannot be encoded here"):
        need_images(encoder)
    assert encode_text(encoder, ["dog"]).shape == (1, 3)
