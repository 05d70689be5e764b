"""Each layout and tokenizer against the library that a model comes from, on random weights."""

from __future__ import annotations

import json
import logging
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from encoder_makers import need
from numpy.typing import NDArray
from tiny_clip import LENGTH, PHRASES, photo
from tiny_torch import SIDE, open_clip_folder, transformers_folder

from likewise.core.vectors import unit
from likewise.encoders._templates import VARIABLE, sentences
from likewise.encoders.base import encode_images, encode_text, open_encoder
from likewise.encoders.onnx.merges import clip_tokenizer

need("torch", "open_clip", "transformers")

import open_clip  # noqa: E402 - after the skip
import torch  # noqa: E402
import transformers  # noqa: E402
from open_clip.transform import PreprocessCfg, image_transform_v2  # noqa: E402

MERGES = Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
SIZES = [(90, 60), (217, 333), (31, 17), (32, 32)]
WORDS = ["Red, Barn", "dog", "two dogs that run over a wet field", "a café's sign"]
NEAR = 1e-4

Rows = NDArray[np.float32]
Encode = Callable[[Any], Any]


class _Function(torch.nn.Module):  # type: ignore[misc]  # torch has no types here
    """One side of a model, so that it can be exported."""

    def __init__(self, model: torch.nn.Module, encode: Encode) -> None:
        super().__init__()
        self.model, self.encode = model, encode
        self.eval()  # exporting gives this mode back to what is inside; in training, BERT drops out

    def forward(self, *values: Any) -> Any:
        found = self.encode(*values)
        return found if isinstance(found, torch.Tensor) else found.pooler_output


@pytest.fixture(autouse=True)
def _one_template(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv(VARIABLE, "single")
    caplog.set_level(logging.ERROR)


def export(model: Any, encode: Encode, example: Any, file: Path, name: str, out: str) -> None:
    """Export one side of a model.

    Args:
        example: of its input, or several by their names, whose second axis has any length.
        name: of its one input.
        out: name of its output.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    several = isinstance(example, dict)
    axes = {x: {0: "n", 1: "length"} for x in example} if several else {name: {0: "n"}}
    values = tuple(example.values()) if several else (example,)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Function(model, encode), values, str(file), input_names=list(axes),
            output_names=[out], dynamic_axes={**axes, out: {0: "n"}}, dynamo=False,
        )  # fmt: skip


def answers(model: Any, encode: Encode, *values: Any) -> Rows:
    with torch.inference_mode():
        return unit(_Function(model, encode)(*values).numpy())


def compare(folder: Path, images: Rows, words: Rows, phrases: list[str]) -> None:
    """Vectors of likewise beside those of the library; they differ among themselves."""
    encoder = open_encoder(f"onnx:{folder}")
    photos = [photo(seed, size) for seed, size in enumerate(SIZES)]
    for rows in (images, words):
        assert np.abs(rows[0] - rows[1]).max() > 100 * NEAR
    np.testing.assert_allclose(encode_images(encoder, photos), images, atol=NEAR)
    np.testing.assert_allclose(encode_text(encoder, phrases), words, atol=NEAR)


def write_unigram(spelling: Path, to: Path) -> None:
    """The tokenizer.json that a vocabulary of SentencePiece stands for."""
    import sentencepiece
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    pieces = sentencepiece.SentencePieceProcessor(model_file=str(spelling))
    count = pieces.get_piece_size()
    vocabulary = [(pieces.id_to_piece(i), pieces.get_score(i)) for i in range(count)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=pieces.unk_id()))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    end = pieces.eos_id()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {pieces.id_to_piece(end)}", special_tokens=[(pieces.id_to_piece(end), end)]
    )
    tokenizer.save(str(to))


@pytest.mark.parametrize("kind", ["clip", "siglip"])
@pytest.mark.parametrize("layout", ["rclip", "Immich"])
def test_models_of_open_clip_with_clips_own_tokenizer(
    tmp_path: Path, layout: str, kind: str
) -> None:
    model = open_clip_folder(tmp_path / "m", kind)
    settings = PreprocessCfg(**model.visual.preprocess_cfg)
    transform = image_transform_v2(settings, is_train=False)
    pixels = torch.stack([transform(photo(seed, size)) for seed, size in enumerate(SIZES)])
    tokenizer = open_clip.get_tokenizer(f"local-dir:{tmp_path / 'm'}")
    read = [sentences(phrase, kind)[0] for phrase in WORDS]
    whole = json.loads((tmp_path / "m" / "open_clip_config.json").read_text())
    folder = tmp_path / "export"
    inside = {"rclip": ("visual", "textual"), "Immich": ("visual/model", "textual/model")}[layout]
    for name, encode, example in (
        (inside[0], model.encode_image, pixels[:2]),
        (inside[1], model.encode_text, tokenizer(["dog", "cat"])),
    ):
        export(model, encode, example, folder / f"{name}.onnx", "input", "output")
    if layout == "rclip":
        shutil.copy(MERGES, folder / MERGES.name)
        (folder / "open_clip_config.json").write_text(json.dumps(whole))
    else:
        clip_tokenizer(MERGES).save(str(folder / "textual" / "tokenizer.json"))
        config, pixels_of = whole["model_cfg"], whole["preprocess_cfg"]
        (folder / "config.json").write_text(json.dumps(config))
        pixels_of = {"size": [SIDE, SIDE], **pixels_of}
        (folder / "visual" / "preprocess_cfg.json").write_text(json.dumps(pixels_of))
    images = answers(model, model.encode_image, pixels)
    compare(folder, images, answers(model, model.encode_text, tokenizer(read)), WORDS)


@pytest.mark.parametrize("kind", ["clip", "siglip", "siglip2"])
@pytest.mark.parametrize("layout", ["transformers.js", "fastembed"])
def test_models_of_transformers_with_their_tokenizers(
    tmp_path: Path, layout: str, kind: str
) -> None:
    """CLIP's and SigLIP 2's kinds have byte-level BPE, the first SigLIP has SentencePiece."""
    model, processor = transformers_folder(tmp_path / "m", kind)
    folder = tmp_path / "export"
    vision, text = {
        "transformers.js": ("onnx/vision_model", "onnx/text_model"),
        "fastembed": ("tiny-vision/model", "tiny-text/model"),
    }[layout]
    photos = [photo(seed, size) for seed, size in enumerate(SIZES)]
    pixels = processor(photos, return_tensors="pt")["pixel_values"]
    family = "clip" if kind == "clip" else "siglip"
    phrases = [*PHRASES, "red car"]
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "m")
    tokens = tokenizer(
        [sentences(phrase, family)[0] for phrase in phrases], padding="max_length",
        truncation=True, max_length=LENGTH, return_tensors="pt",
    )["input_ids"]  # fmt: skip

    def of_images(values: Any) -> Any:
        return model.get_image_features(pixel_values=values)

    def of_words(values: Any) -> Any:
        return model.get_text_features(input_ids=values)

    export(model, of_images, pixels[:2], folder / f"{vision}.onnx", "pixel_values", "image_embeds")
    export(model, of_words, tokens[:2], folder / f"{text}.onnx", "input_ids", "text_embeds")
    tokenizer.save_pretrained(tmp_path / "m")
    if (tmp_path / "m" / "spiece.model").is_file():
        write_unigram(tmp_path / "m" / "spiece.model", tmp_path / "m" / "tokenizer.json")
    for file in (tmp_path / "m").glob("*.json"):
        if layout == "fastembed":
            shutil.copy(file, folder / "tiny-vision")
            shutil.copy(file, folder / "tiny-text")
        else:
            shutil.copy(file, folder)
    opened = folder / "tiny-vision" if layout == "fastembed" else folder
    compare(opened, answers(model, of_images, pixels), answers(model, of_words, tokens), phrases)


@pytest.mark.parametrize("pieces", ["tokenizer.json", "vocab.txt"])
@pytest.mark.parametrize("kind", ["chinese_clip", "dual_encoder"])
def test_models_of_transformers_with_wordpiece(tmp_path: Path, kind: str, pieces: str) -> None:
    """Their words go through BERT: three inputs, of any length."""
    model, processor = transformers_folder(tmp_path / "m", kind)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "m")
    photos = [photo(seed, size) for seed, size in enumerate(SIZES)]
    pixels = processor(photos, return_tensors="pt")["pixel_values"]
    phrases = [*WORDS, "一只黑狗"]
    texts = [sentences(phrase, "clip")[0] for phrase in phrases]
    tokens = dict(tokenizer(texts, padding=True, truncation=True, return_tensors="pt"))
    assert len(tokens["input_ids"].unique()) > 20

    def of_images(values: Any) -> Any:
        return model.get_image_features(pixel_values=values)

    def of_words(*values: Any) -> Any:
        return model.get_text_features(**dict(zip(tokens, values, strict=True)))

    folder = tmp_path / "export"
    image, text = folder / "onnx" / "vision_model.onnx", folder / "onnx" / "text_model.onnx"
    export(model, of_images, pixels[:2], image, "pixel_values", "image_embeds")
    export(model, of_words, tokens, text, "", "text_embeds")
    for file in (pieces, "tokenizer_config.json", "config.json", "preprocessor_config.json"):
        shutil.copy(tmp_path / "m" / file, folder)
    words = answers(model, of_words, *tokens.values())
    compare(folder, answers(model, of_images, pixels), words, phrases)
