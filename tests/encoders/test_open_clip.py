"""The real loading code on random weights, number by number against open_clip itself."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from encoder_makers import need
from hub_cache import put_into_cache
from tiny_clip import photo
from tiny_torch import CLIP, SIDE, open_clip_folder

from likewise.core.vectors import unit
from likewise.encoders._templates import VARIABLE
from likewise.encoders.base import encode_images, encode_text, open_encoder
from likewise.errors import BadInputError, CorruptError, NotFoundError

need("torch", "open_clip")

import open_clip  # noqa: E402 - after the skip
import torch  # noqa: E402
from open_clip.transform import PreprocessCfg, image_transform_v2  # noqa: E402

SIZES = [(90, 60), (217, 333), (31, 17)]
WORDS = ["Red, Barn", "a photo of a red car in the rain"]


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """It warns that the tiny models are random; they are meant to be."""
    caplog.set_level(logging.ERROR)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_images_and_words_are_those_of_open_clip(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "single")
    model = open_clip_folder(tmp_path / "m", kind)
    encoder: Any = open_encoder(f"open_clip:{tmp_path / 'm'}")
    config = PreprocessCfg(**model.visual.preprocess_cfg)
    transform = image_transform_v2(config, is_train=False)
    photos = [photo(seed, size) for seed, size in enumerate(SIZES)]
    theirs = torch.stack([transform(image) for image in photos])
    squares = np.stack([encoder.prepare(image) for image in photos])
    assert squares.shape[1:] == (SIDE, SIDE, 3)
    std, mean = (np.array(x)[:, None, None] for x in (config.std, config.mean))
    levels = (theirs.numpy() * std + mean) * 255
    np.testing.assert_allclose(squares.transpose(0, 3, 1, 2), levels, atol=0.01)
    with torch.inference_mode():
        rows = unit(model.encode_image(theirs).numpy())
    assert np.abs(rows[0] - rows[1]).max() > 1e-2  # so that what follows can fail
    np.testing.assert_allclose(encode_images(encoder, photos), rows, atol=1e-4)

    read = {
        "clip": ["a photo of a Red, Barn.", WORDS[1]],
        "siglip": ["this is a photo of red, barn.", WORDS[1]],
    }[kind]
    tokens = open_clip.get_tokenizer(f"local-dir:{tmp_path / 'm'}")(read)
    with torch.inference_mode():
        rows = unit(model.encode_text(tokens).numpy())
    assert np.abs(rows[0] - rows[1]).max() > 1e-2
    np.testing.assert_allclose(encode_text(encoder, WORDS), rows, atol=1e-4)


def tiny_architecture(folder: Path) -> str:
    """Make an architecture known to open_clip; its name."""
    folder.mkdir(exist_ok=True)
    (folder / "test-tiny.json").write_text(json.dumps(CLIP))
    open_clip.add_model_config(folder / "test-tiny.json")
    return "test-tiny"


def test_weights_of_ones_own_in_a_file(tmp_path: Path) -> None:
    model, name = open_clip_folder(tmp_path / "m"), tiny_architecture(tmp_path / "known")
    file = tmp_path / "mine.pt"
    torch.save({"state_dict": model.state_dict(), "epoch": 3}, file)
    encoder = open_encoder(f"open_clip:{name}/{file}")
    assert encoder.name == f"open_clip:{name}/{file}"
    of_folder = open_encoder(f"open_clip:{tmp_path / 'm'}")
    np.testing.assert_array_equal(
        encode_images(encoder, [photo()]), encode_images(of_folder, [photo()])
    )
    assert encoder.fingerprint != open_encoder(f"open_clip:{name}/{file}@half").fingerprint


def test_weights_with_a_tag_come_from_the_hubs_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, name = open_clip_folder(tmp_path / "m"), tiny_architecture(tmp_path / "known")
    published = {
        "hf_hub": "somebody/tiny/",
        "mean": (0.5, 0.5, 0.5),
        "std": (0.25, 0.25, 0.25),
        "interpolation": "bilinear",
        "resize_mode": "squash",
        "quick_gelu": True,
    }
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, name, {"demo": published})
    put_into_cache(monkeypatch, tmp_path / "hub", "somebody/tiny", tmp_path / "m")
    encoder: Any = open_encoder(f"open_clip:{name}/demo")
    square = encoder.prepare(photo(size=(90, 30)))
    assert square.shape == (SIDE, SIDE, 3)
    with torch.inference_mode():
        pixels = (torch.tensor(square).permute(2, 0, 1)[None] / 255 - 0.5) / 0.25
        model.visual.transformer.resblocks.apply(_quick)
        rows = unit(model.encode_image(pixels).numpy())
    np.testing.assert_allclose(encoder.encode(square[None]), rows, atol=1e-4)


def _quick(module: Any) -> None:
    if hasattr(module, "gelu"):
        module.gelu = open_clip.transformer.QuickGELU()


def test_what_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path / "models"))
    with pytest.raises(BadInputError, match="which model"):
        open_encoder("open_clip")
    with pytest.raises(BadInputError, match=r"did you mean ViT-B-32"):
        open_encoder("open_clip:ViT-B-33/openai")
    with pytest.raises(BadInputError, match=r"not been told which weights.*ViT-B-32/openai"):
        open_encoder("open_clip:ViT-B-32")
    with pytest.raises(BadInputError, match=r"no weights 'best'.*no such file.*ViT-B-32/openai"):
        open_encoder("open_clip:ViT-B-32/best")
    with pytest.raises(NotFoundError) as told:
        open_encoder("open_clip:ViT-B-32/openai")
    for said in ("open_clip_model.safetensors", str(tmp_path / "models"), "efficientnet_lite0"):
        assert said in str(told.value)
    assert "\n" not in str(told.value)
    folder = tmp_path / "m"
    open_clip_folder(folder)
    weights = folder / "open_clip_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(CorruptError, match=r"m cannot be read as a model of open_clip \(.*again"):
        open_encoder(f"open_clip:{folder}")
    weights.unlink()  # never with random weights
    with pytest.raises(NotFoundError, match=r"has no open_clip_config.json and open_clip_model"):
        open_encoder(f"open_clip:{folder}")


def test_a_phrase_must_say_something(tmp_path: Path) -> None:
    open_clip_folder(tmp_path / "m")
    encoder = open_encoder(f"open_clip:{tmp_path / 'm'}")
    assert encode_text(encoder, []).shape == (0, 24)
    with pytest.raises(BadInputError, match="phrase is empty"):
        encode_text(encoder, ["dog", " "])
