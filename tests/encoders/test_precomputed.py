from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from likewise.encoders.base import encode_images, encode_text, need_images, open_encoder
from likewise.encoders.precomputed import WORDS_FILE, Precomputed
from likewise.errors import BadInputError


def with_words(folder: Path) -> Precomputed:
    rows = [[0.0, 2.0], [3.0, 0.0]]
    pq.write_table(pa.table({"word": ["Red Barn", "dog"], "vector": rows}), folder / WORDS_FILE)
    return Precomputed("demo@2", folder)


def test_one_name_and_width_is_one_encoder() -> None:
    encoder = open_encoder("precomputed:clip-b32@512")
    assert (encoder.dim, encoder.fingerprint) == (512, "precomputed-clip-b32-512")
    assert open_encoder(encoder.name).fingerprint == encoder.fingerprint


@pytest.mark.parametrize("which", ["", "clip", "clip@0", "clip@x", "a b@3", "../up@3"])
def test_other_names_are_refused(which: str) -> None:
    with pytest.raises(BadInputError, match="such as clip-b32@512"):
        Precomputed(which)


def test_says_in_a_sentence_that_images_cannot_be_encoded() -> None:
    encoder = Precomputed("demo@2")
    for attempt in (need_images, lambda x: encode_images(x, [Image.new("RGB", (9, 9))])):
        with pytest.raises(BadInputError, match="give ids of items"):
            attempt(encoder)


def test_words_come_from_the_table(tmp_path: Path) -> None:
    encoder = with_words(tmp_path)
    assert encode_text(encoder, ["dog", "  red  BARN"]).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(BadInputError, match="near ones are: dog"):
        encode_text(encoder, ["dogs"])
    with pytest.raises(BadInputError, match="it has 2 words"):
        encode_text(encoder, ["zeppelin"])
    with pytest.raises(BadInputError, match="came without words"):
        encode_text(Precomputed("demo@2", tmp_path / "elsewhere"), ["dog"])
