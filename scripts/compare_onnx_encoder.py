"""Compares the `onnx` encoder with transformers' own forward on the same random weights.

Run where torch and transformers are installed, from the repository's root:

    PYTHONPATH=src:tests python scripts/compare_onnx_encoder.py

Nothing is downloaded: a CLIP and a SigLIP of two small layers are made on the spot, exported, and
read back by likewise. It prints one line a figure; docs/encoders.md says what they were.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tiny_clip import PHRASES, photo, write_tokenizer
from transformers import (
    AutoTokenizer,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    SiglipConfig,
    SiglipImageProcessor,
    SiglipModel,
)

from likewise.encoders._templates import VARIABLE, sentences
from likewise.encoders.base import encode_images, encode_text, open_encoder

SIDE, LENGTH = 64, 32
SIZES = [(90, 60), (60, 90), (64, 64), (333, 217), (640, 480), (31, 17), (1000, 70)]
LAYER = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}


class _Side(torch.nn.Module):
    """One side of a model with a tensor for an answer."""

    def __init__(self, model: Any, side: str) -> None:
        super().__init__()
        self.model, self.side = model, side

    def forward(self, value: Any) -> Any:
        if self.side == "image":
            found = self.model.get_image_features(pixel_values=value)
        else:
            found = self.model.get_text_features(input_ids=value)
        return found if isinstance(found, torch.Tensor) else found.pooler_output


def _model(kind: str) -> tuple[Any, Any]:
    text = {**LAYER, "vocab_size": 300, "max_position_embeddings": LENGTH, "eos_token_id": 3}
    vision = {**LAYER, "image_size": SIDE, "patch_size": 16}
    torch.manual_seed(0)
    if kind == "clip":
        config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=48)
        size = {"shortest_edge": SIDE}
        crop = {"height": SIDE, "width": SIDE}
        return CLIPModel(config).eval(), CLIPImageProcessor(size=size, crop_size=crop)
    siglip = SiglipConfig(text_config={**text, "projection_size": 64}, vision_config=vision)
    size = {"height": SIDE, "width": SIDE}
    return SiglipModel(siglip).eval(), SiglipImageProcessor(size=size, resample=2)


def _export(model: Any, processor: Any, folder: Path, kind: str) -> None:
    write_tokenizer(folder, kind)
    facts = {
        "pad_token": "</s>" if kind == "clip" else "<pad>",
        "model_max_length": LENGTH,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(facts))
    processor.save_pretrained(folder)
    model.config.save_pretrained(folder)
    (folder / "onnx").mkdir()
    tokens = torch.tensor([[2] + [7] * (LENGTH - 2) + [3]] * 2)
    sides = {
        "vision": ("image", torch.zeros(2, 3, SIDE, SIDE), "pixel_values", "image_embeds"),
        "text": ("text", tokens, "input_ids", "text_embeds"),
    }
    for graph, (side, example, name, out) in sides.items():
        torch.onnx.export(
            _Side(model, side),
            (example,),
            str(folder / "onnx" / f"{graph}_model.onnx"),
            input_names=[name],
            output_names=[out],
            dynamic_axes={name: {0: "n"}, out: {0: "n"}},
            dynamo=False,
        )


def say(text: str) -> None:
    """One line to standard output."""
    sys.stdout.write(f"{text}\n")


def compare(kind: str) -> None:
    """Print the largest differences for one kind of model."""
    model, processor = _model(kind)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _export(model, processor, folder, kind)
        encoder: Any = open_encoder(f"onnx:{folder}")
        photos = [photo(seed, size) for seed, size in enumerate(SIZES)]
        theirs = processor(photos, return_tensors="pt")["pixel_values"]
        std = np.array(processor.image_std, np.float32)[:, None, None]
        ours = encoder._pixels.planes(np.stack([encoder.prepare(image) for image in photos]))
        grey = np.abs(theirs.numpy() - ours) * std * 255
        say(f"{kind}: {type(processor).__name__}, grey levels apart at most {grey.max():.3f}")
        with torch.no_grad():
            rows = torch.nn.functional.normalize(_Side(model, "image")(torch.tensor(ours)), dim=1)
        apart = np.abs(rows.numpy() - encode_images(encoder, photos)).max()
        say(f"{kind}: images' vectors, the same pixels, apart at most {apart:.2e}")
        with torch.no_grad():
            rows = torch.nn.functional.normalize(_Side(model, "image")(theirs), dim=1)
        apart = np.abs(rows.numpy() - encode_images(encoder, photos)).max()
        say(f"{kind}: images' vectors, each by its own preprocessing, apart {apart:.2e}")
        os.environ[VARIABLE] = "single"
        read = [sentences(phrase, kind)[0] for phrase in PHRASES]
        tokens = AutoTokenizer.from_pretrained(folder)(
            read, padding="max_length", truncation=True, max_length=LENGTH, return_tensors="pt"
        )["input_ids"]
        with torch.no_grad():
            rows = torch.nn.functional.normalize(_Side(model, "text")(tokens), dim=1)
        apart = np.abs(rows.numpy() - encode_text(encoder, PHRASES)).max()
        say(f"{kind}: words' vectors apart at most {apart:.2e}")


if __name__ == "__main__":
    for each in ("clip", "siglip"):
        compare(each)
