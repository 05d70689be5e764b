from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from encoder_makers import finetuned
from tiny_clip import photo

from likewise.encoders._network_file import NetworkFile, save_network
from likewise.encoders.base import encode_images, encode_text, open_encoder
from likewise.errors import BadInputError, CorruptError, NotFoundError
from likewise.export.onnx_graph import OnnxEncoder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    finetuned(tmp_path)
    return tmp_path


def test_with_the_built_in_graph_it_is_the_built_in_encoder(home: Path) -> None:
    images = [photo(seed, size) for seed, size in enumerate([(90, 60), (217, 333), (31, 17)])]
    ours, built_in = open_encoder("finetuned:demo", home), open_encoder("efficientnet_lite0")
    for image in images:
        apart = ours.prepare(image).astype(int) - built_in.prepare(image)
        assert np.abs(apart).max() <= 1
    np.testing.assert_allclose(
        encode_images(ours, images), encode_images(built_in, images), atol=1e-3
    )


def test_its_graph_can_be_put_in_front_of_a_rule(home: Path) -> None:
    encoder: Any = open_encoder("finetuned:demo", home)
    assert isinstance(encoder, OnnxEncoder)
    session = onnxruntime.InferenceSession(encoder.onnx_model())
    assert session.get_inputs()[0].name == "pixels"


def test_what_cannot_be_used_is_told(home: Path) -> None:
    with pytest.raises(NotFoundError, match=r"copy encoders/none\.network"):
        open_encoder("finetuned:none", home)
    with pytest.raises(BadInputError, match="needs to be told which"):
        open_encoder("finetuned:", home)
    encoder = open_encoder("finetuned:demo", home)
    with pytest.raises(BadInputError, match="as 'prepare' answers"):
        encoder.encode(np.zeros((1, 8, 8, 3), np.uint8))
    with pytest.raises(BadInputError, match="reads images only"):
        encode_text(encoder, ["dog"])
    folder = home / "encoders"
    save_network(NetworkFile(b"no graph", 4, "x", 8, 9, 3), folder / "bad.network")
    with pytest.raises(CorruptError, match=r"the graph in .*bad\.network cannot be run"):
        encode_images(open_encoder("finetuned:bad", home), [photo()])
    save_network(NetworkFile(b"no graph", 4, "x", 9, 8, 3), folder / "worse.network")
    with pytest.raises(CorruptError, match="a square of 9 out of 8 pixels"):
        open_encoder("finetuned:worse", home)
