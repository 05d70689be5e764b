"""The real loading code on random weights, number by number against transformers itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from encoder_makers import need
from hub_cache import put_into_cache
from tiny_clip import LENGTH, photo
from tiny_torch import SIDE, transformers_folder

from likewise.core.vectors import unit
from likewise.encoders._templates import VARIABLE
from likewise.encoders.base import encode_images, encode_text, open_encoder
from likewise.errors import BadInputError, CorruptError, NotFoundError

need("torch", "transformers")

import torch  # noqa: E402 - after the skip
from safetensors.torch import load_file, save_file  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402

SIZES = [(90, 60), (217, 333), (31, 17)]
WORDS = ["Red, Barn", "a photo of a red car"]
READ = {
    "clip": ["a photo of a Red, Barn.", WORDS[1]],
    "chinese_clip": ["a photo of a Red, Barn.", WORDS[1]],
    "siglip": ["this is a photo of red, barn.", WORDS[1]],
    "siglip2": ["this is a photo of red, barn.", WORDS[1]],
}


def rows_of(found: Any) -> Any:
    return unit((found if isinstance(found, torch.Tensor) else found.pooler_output).numpy())


@pytest.mark.parametrize("kind", [*READ, "dinov2", "dinov3", "vit"])
def test_images_are_those_of_transformers(tmp_path: Path, kind: str) -> None:
    model, processor = transformers_folder(tmp_path / "m", kind)
    encoder: Any = open_encoder(f"transformers:{tmp_path / 'm'}")
    photos = [photo(seed, size) for seed, size in enumerate(SIZES)]
    theirs = processor(photos, return_tensors="pt")["pixel_values"]
    squares = np.stack([encoder.prepare(image) for image in photos])
    assert squares.shape[1:] == (SIDE, SIDE, 3)
    std, mean = (np.array(x)[:, None, None] for x in (processor.image_std, processor.image_mean))
    levels = (theirs.numpy() * std + mean) * 255
    np.testing.assert_allclose(squares.transpose(0, 3, 1, 2), levels, atol=0.01)
    # The processor of DINOv3 resizes in fractions of grey levels.
    assert squares.dtype == (np.float32 if kind == "dinov3" else np.uint8)
    with torch.inference_mode():
        if kind in READ:
            rows = rows_of(model.get_image_features(pixel_values=theirs))
        else:
            rows = rows_of(model(pixel_values=theirs))
    assert np.abs(rows[0] - rows[1]).max() > 1e-2  # so that what follows can fail
    np.testing.assert_allclose(encode_images(encoder, photos), rows, atol=1e-4)


@pytest.mark.parametrize("kind", READ)
def test_words_are_those_of_transformers(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "single")
    model, _ = transformers_folder(tmp_path / "m", kind)
    tokens = AutoTokenizer.from_pretrained(tmp_path / "m")(
        READ[kind], padding="max_length", truncation=True, max_length=LENGTH, return_tensors="pt"
    )
    given = {"input_ids": tokens["input_ids"]}
    if "siglip" not in kind:
        given["attention_mask"] = tokens["attention_mask"]
    with torch.inference_mode():
        rows = rows_of(model.get_text_features(**given))
    assert np.abs(rows[0] - rows[1]).max() > 1e-2
    encoder = open_encoder(f"transformers:{tmp_path / 'm'}")
    np.testing.assert_allclose(encode_text(encoder, WORDS), rows, atol=1e-4)


def test_a_model_without_a_text_side_is_told_so(tmp_path: Path) -> None:
    transformers_folder(tmp_path / "m", "dinov2")
    encoder = open_encoder(f"transformers:{tmp_path / 'm'}")
    with pytest.raises(BadInputError, match=r"reads images only, so 'dog'.*example images"):
        encode_text(encoder, ["dog"])


def without(folder: Path, start: str) -> None:
    """Leave out the weights whose names begin so."""
    file = folder / "model.safetensors"
    kept = {name: value for name, value in load_file(file).items() if not name.startswith(start)}
    save_file(kept, file, metadata={"format": "pt"})


def test_a_model_saved_without_its_pooling_layer_answers_the_class_token(tmp_path: Path) -> None:
    model, _ = transformers_folder(tmp_path / "m", "vit")
    without(tmp_path / "m", "pooler.")
    encoder: Any = open_encoder(f"transformers:{tmp_path / 'm'}")
    square = encoder.prepare(photo())[None]
    pixels = torch.tensor((square / 255 - 0.5) / 0.5).permute(0, 3, 1, 2).float()
    with torch.inference_mode():
        rows = unit(model(pixel_values=pixels).last_hidden_state[:, 0].numpy())
    np.testing.assert_allclose(encoder.encode(square), rows, atol=1e-4)


def test_a_repository_comes_from_the_hubs_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transformers_folder(tmp_path / "m", "dinov2")
    put_into_cache(monkeypatch, tmp_path / "hub", "somebody/tiny-dino", tmp_path / "m")
    encoder = open_encoder("transformers:somebody/tiny-dino")
    assert encoder.name == "transformers:somebody/tiny-dino"
    of_folder = open_encoder(f"transformers:{tmp_path / 'm'}")
    assert encoder.fingerprint == of_folder.fingerprint
    half = open_encoder("transformers:somebody/tiny-dino@half")
    assert half.fingerprint == f"{encoder.fingerprint}-half"
    np.testing.assert_allclose(
        encode_images(half, [photo()]), encode_images(encoder, [photo()]), atol=5e-3
    )


def test_a_processor_that_does_more_is_refused(tmp_path: Path) -> None:
    transformers_folder(tmp_path / "m", "dinov2")
    file = tmp_path / "m" / "preprocessor_config.json"
    settings = json.loads(file.read_text())
    file.write_text(json.dumps({**settings, "image_processor_type": "MobileViTImageProcessor"}))
    with pytest.raises(BadInputError, match="does more than to resize"):  # it swaps the colours
        open_encoder(f"transformers:{tmp_path / 'm'}")


def test_what_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path / "models"))
    with pytest.raises(BadInputError, match="which model"):
        open_encoder("transformers")
    with pytest.raises(NotFoundError, match=r"no folder nothing.*efficientnet_lite0"):
        open_encoder("transformers:nothing")
    with pytest.raises(NotFoundError) as told:
        open_encoder("transformers:facebook/dinov2-base")
    for said in ("model.safetensors", str(tmp_path / "models" / "dinov2-base"), "built-in encoder"):
        assert said in str(told.value)
    assert "\n" not in str(told.value)
    folder = tmp_path / "m"
    transformers_folder(folder, "siglip2")
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(CorruptError, match=r"no tokenizer that can be read \(.*example images"):
        encode_text(open_encoder(f"transformers:{folder}"), ["dog"])
    without(folder, "text_model.final")
    with pytest.raises(CorruptError, match=r"lacks 2 of the weights.*text_model\.final"):
        open_encoder(f"transformers:{folder}")  # never with random weights
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(CorruptError, match="cannot be read as a model of transformers"):
        open_encoder(f"transformers:{folder}")
    weights.unlink()
    with pytest.raises(NotFoundError, match=r"has not all of config\.json"):
        open_encoder(f"transformers:{folder}")
