"""Encoders that run on torch: their numbers beside the libraries' own, and what they add in time.

Weights are random, except those of `tf_efficientnet_lite0`: no hub is reached. Random models are
saved to a folder as their libraries save them and read back by likewise.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _records import Figure
from numpy.typing import NDArray
from PIL import Image

from likewise.core.vectors import unit
from likewise.encoders.base import Encoder, encode_images, encode_text, open_encoder
from likewise.indexing.index import index

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
importlib.import_module("torchvision_without_operators")

LIBRARIES = ("torch", "timm", "open_clip", "transformers")
ARCHITECTURES = ("vgg16", "inception_v3", "resnet50", "efficientnet_b0")
PHRASES = ["barn", "a photo of a red car in the rain"]
ROUNDS, BATCH, INDEXED = 5, 16, 128


def missing() -> list[str]:
    """Libraries that these figures need and that are not installed."""
    return [name for name in LIBRARIES if importlib.util.find_spec(name) is None]


def compared(images: Sequence[Image.Image]) -> list[Figure]:
    """How far pixels and vectors are from those that the libraries make of the same weights."""
    figures = [*_built_in_weights(images)]
    with tempfile.TemporaryDirectory() as place:
        for architecture in ARCHITECTURES:
            figures += _timm(Path(place) / architecture, architecture, images)
        for kind in ("clip", "siglip"):
            figures += _open_clip(Path(place) / f"open-{kind}", kind, images)
        for kind in ("clip", "siglip", "siglip2", "dinov2", "dinov3"):
            figures += _transformers(Path(place) / kind, kind, images)
    return figures


def _timm(folder: Path, architecture: str, images: Sequence[Image.Image]) -> list[Figure]:
    import timm
    import torch

    torch.manual_seed(0)
    model = timm.create_model(architecture, pretrained=False).eval()
    timm.models.save_for_hf(model, folder, safe_serialization=True)
    encoder: Any = open_encoder(f"timm:{folder}")
    config = timm.data.resolve_data_config({}, model=model)
    transform = timm.data.create_transform(**config)
    theirs = torch.stack([transform(image) for image in images])
    with torch.inference_mode():
        rows = model.forward_head(model.forward_features(theirs), pre_logits=True).numpy()
    setting = f"{encoder.dim} columns, {config['input_size'][1]} pixels, {_count(images)}"
    name = f"timm {architecture}"
    return [
        _pixels_apart(name, encoder, images, theirs, config["mean"], config["std"], setting),
        _apart(f"{name}: vectors", encode_images(encoder, images), rows, setting),
    ]


def _built_in_weights(images: Sequence[Image.Image]) -> list[Figure]:
    ours, built_in = open_encoder("timm:tf_efficientnet_lite0"), open_encoder("efficientnet_lite0")
    squares = np.stack([built_in.prepare(image) for image in images])
    name = "timm tf_efficientnet_lite0 and the built-in encoder"
    setting = f"real weights, {_count(images)}"
    apart = encode_images(ours, images), encode_images(built_in, images)
    same = ours.encode(squares), built_in.encode(squares)
    return [
        _apart(f"{name}: vectors", *apart, setting, 1e-3),
        _apart(f"{name}: vectors of the same pixels", *same, setting),
    ]


def _open_clip(folder: Path, kind: str, images: Sequence[Image.Image]) -> list[Figure]:
    import open_clip
    import torch
    from open_clip.transform import PreprocessCfg, image_transform_v2
    from tiny_torch import open_clip_folder

    model = open_clip_folder(folder, kind)
    encoder: Any = open_encoder(f"open_clip:{folder}")
    config = PreprocessCfg(**model.visual.preprocess_cfg)
    transform = image_transform_v2(config, is_train=False)
    theirs = torch.stack([transform(image) for image in images])
    template = "this is a photo of {}." if kind == "siglip" else "a photo of a {}."
    tokens = open_clip.get_tokenizer(f"local-dir:{folder}")(
        [template.format(PHRASES[0]), PHRASES[1]]
    )
    with torch.inference_mode():
        rows, words = model.encode_image(theirs).numpy(), model.encode_text(tokens).numpy()
    name, setting = f"open_clip {kind}", f"two layers, {_count(images)}"
    return [
        _pixels_apart(name, encoder, images, theirs, config.mean, config.std, setting),
        _apart(f"{name}: vectors", encode_images(encoder, images), rows, setting),
        _apart(f"{name}: words", encode_text(encoder, PHRASES), words, setting),
    ]


def _transformers(folder: Path, kind: str, images: Sequence[Image.Image]) -> list[Figure]:
    import torch
    from tiny_clip import LENGTH
    from tiny_torch import transformers_folder
    from transformers import AutoTokenizer

    model, processor = transformers_folder(folder, kind)
    encoder: Any = open_encoder(f"transformers:{folder}")
    theirs = processor(list(images), return_tensors="pt")["pixel_values"]
    name, setting = f"transformers {kind}", f"two layers, {_count(images)}"
    mean, std = processor.image_mean, processor.image_std
    figures = [_pixels_apart(name, encoder, images, theirs, mean, std, setting)]
    with torch.inference_mode():
        reads = hasattr(model, "get_text_features")
        found = model.get_image_features(pixel_values=theirs) if reads else model(theirs)
        rows = found.pooler_output.numpy()
        figures.append(_apart(f"{name}: vectors", encode_images(encoder, images), rows, setting))
        if reads:
            template = "a photo of a {}." if kind == "clip" else "this is a photo of {}."
            tokens = AutoTokenizer.from_pretrained(folder)(
                [template.format(PHRASES[0]), PHRASES[1]],
                padding="max_length",
                truncation=True,
                max_length=LENGTH,
                return_tensors="pt",
            )
            words = model.get_text_features(input_ids=tokens["input_ids"]).pooler_output.numpy()
            ours = encode_text(encoder, PHRASES)
            figures.append(_apart(f"{name}: words", ours, words, setting))
    return figures


def _pixels_apart(
    name: str,
    encoder: Encoder,
    images: Sequence[Image.Image],
    theirs: Any,
    mean: Sequence[float],
    std: Sequence[float],
    setting: str,
) -> Figure:
    squares = np.stack([encoder.prepare(image) for image in images]).transpose(0, 3, 1, 2)
    levels = theirs.numpy() * np.array(std)[:, None, None] + np.array(mean)[:, None, None]
    apart = float(np.abs(levels * 255 - squares).max())
    return Figure(f"{name}: pixels apart", apart, "grey levels", "<= 1", setting)


def _apart(
    name: str, ours: NDArray[Any], theirs: NDArray[Any], setting: str, goal: float = 1e-4
) -> Figure:
    rows = unit(theirs)
    apart = float(np.abs(unit(ours) - rows).max())
    setting += f"; two rows differ by {np.abs(rows[0] - rows[1]).max():.2g}"
    return Figure(f"{name} apart", apart, "in any column", f"<= {goal:g}", setting)


def _count(images: Sequence[Image.Image]) -> str:
    return f"{len(images)} photos"


def speeds(files: Sequence[Path], images: Sequence[Image.Image]) -> list[Figure]:
    """The encoder and a whole indexing run beside the bare model, in one run."""
    import torch

    from likewise.encoders._timm_models import MEAN, STD, create_lite0

    encoder = open_encoder("timm:tf_efficientnet_lite0")
    model = create_lite0().eval().to(memory_format=torch.channels_last)
    some = [images[i % len(images)] for i in range(BATCH)]
    squares = np.stack([encoder.prepare(image) for image in some])
    mean, std = (torch.tensor(x).view(1, 3, 1, 1) for x in (MEAN, STD))
    pixels = (torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255 - mean) / std
    size = int(getattr(encoder, "batch_size", BATCH))

    def bare() -> None:
        with torch.inference_mode():
            for at in range(0, BATCH, size):
                model(pixels[at : at + size])

    seconds, ours = fastest(bare, lambda: encoder.encode(squares))
    cores = f"{torch.get_num_threads()} threads, batches of {size}, fastest of {ROUNDS}"
    figures = [
        Figure("bare tf_efficientnet_lite0 in torch", BATCH / seconds, "images/s", "", cores),
        Figure("timm encoder / bare model", seconds / ours, "share", ">= 0.9", cores),
    ]
    with tempfile.TemporaryDirectory() as place:
        photos = Path(place) / "photos"
        photos.mkdir()
        files = files[:: max(1, len(files) // INDEXED)][:INDEXED]
        for number, file in enumerate(files):
            (photos / f"{number:04d}{file.suffix}").write_bytes(file.read_bytes())
        count, runs = len(files), iter(range(ROUNDS))
        bare_too, whole = fastest(
            bare, lambda: index(photos, Path(place) / f"{next(runs)}.likewise", encoder)
        )
        share = (bare_too / BATCH) / (whole / count)
        setting = f"{count} files, decoding and thumbnails and storing, {cores}"
        figures.append(Figure("likewise index / bare model", share, "share", ">= 0.9", setting))
    return figures


def compiled() -> list[Figure]:
    """What torch.compile would bring, and what it costs."""
    import torch

    from likewise.encoders._timm_models import create_lite0

    model = create_lite0().eval().to(memory_format=torch.channels_last)
    pixels = torch.rand(BATCH // 2, 3, 224, 224).to(memory_format=torch.channels_last)
    faster = torch.compile(model)
    with torch.inference_mode():
        started = time.perf_counter()
        faster(pixels)
        first = time.perf_counter() - started
        eager, after = fastest(lambda: model(pixels), lambda: faster(pixels))
    setting = f"batches of {BATCH // 2}, {torch.get_num_threads()} threads"
    return [
        Figure("torch.compile: the first batch", first, "s", "", setting),
        Figure("torch.compile: time of a batch after", after / eager, "of eager", "", setting),
    ]


def fastest(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the fastest of some rounds of each, in turns; the machine may be busy."""
    best = [float("inf")] * 2
    for _ in range(ROUNDS):
        for number, work in enumerate((first, second)):
            started = time.perf_counter()
            work()
            best[number] = min(best[number], time.perf_counter() - started)
    return best[0], best[1]
