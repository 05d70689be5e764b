"""The real loading code on random weights, number by number against timm itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from encoder_makers import need
from tiny_clip import photo

from likewise.encoders.base import encode_images, open_encoder
from likewise.vectors import unit

need("torch", "timm")

import timm  # noqa: E402 - after the skip
import torch  # noqa: E402

SIZES = [(90, 60), (217, 333), (31, 17)]


def save(folder: Path, architecture: str, seed: int = 0, **options: Any) -> Any:
    """A model of random weights in a folder, as timm saves it; and the model."""
    torch.manual_seed(seed)
    model = timm.create_model(architecture, pretrained=False, **options).eval()
    timm.models.save_for_hf(model, folder, model_args=options, safe_serialization=True)
    return model


def check_numbers(folder: Path, model: Any, dim: int, side: int) -> None:
    """Pixels and features as timm itself makes them."""
    encoder: Any = open_encoder(f"timm:{folder}")
    assert encoder.dim == dim
    config = timm.data.resolve_data_config({}, model=model)
    assert config["input_size"] == (3, side, side)
    transform = timm.data.create_transform(**config)
    photos = [photo(seed, size) for seed, size in enumerate(SIZES)]
    theirs = torch.stack([transform(image) for image in photos])
    squares = np.stack([encoder.prepare(image) for image in photos])
    assert squares.shape[1:] == (side, side, 3)
    levels = theirs.numpy() * np.array(config["std"])[:, None, None]
    levels = (levels + np.array(config["mean"])[:, None, None]) * 255
    np.testing.assert_allclose(squares.transpose(0, 3, 1, 2), levels, atol=0.01)
    with torch.inference_mode():
        rows = model.forward_head(model.forward_features(theirs), pre_logits=True)
    wanted = unit(rows.numpy())
    assert np.abs(wanted[0] - wanted[1]).max() > 1e-3  # so that what follows can fail
    np.testing.assert_allclose(encode_images(encoder, photos), wanted, atol=1e-4)


@pytest.mark.parametrize(
    ("architecture", "options", "dim", "side"),
    [
        # The first of the two hidden layers is a sixteenth as wide here: all of it takes 40 s.
        ("vgg16", {"mlp_ratio": 1 / 16}, 4096, 224),
        ("inception_v3", {}, 2048, 299),
        ("resnet50", {}, 2048, 224),
        ("efficientnet_b0", {}, 1280, 224),
        ("test_vit", {}, 64, 160),
    ],
)
def test_features_are_those_of_timm(
    tmp_path: Path, architecture: str, options: dict[str, Any], dim: int, side: int
) -> None:
    model = save(tmp_path / architecture, architecture, **options)
    check_numbers(tmp_path / architecture, model, dim, side)


def test_the_built_in_weights_are_the_built_in_encoder() -> None:
    ours: Any = open_encoder("timm:tf_efficientnet_lite0")
    built_in = open_encoder("efficientnet_lite0")
    photos = [photo(seed, size) for seed, size in enumerate(SIZES)]
    np.testing.assert_allclose(
        encode_images(ours, photos), encode_images(built_in, photos), atol=1e-3
    )
    square = np.stack([ours.prepare(image) for image in photos])
    np.testing.assert_allclose(ours.encode(square), built_in.encode(square), atol=1e-5)
