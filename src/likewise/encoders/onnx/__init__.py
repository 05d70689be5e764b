"""CLIP, SigLIP 2, MobileCLIP and their kin as ONNX graphs: open vocabulary without torch."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.core.vectors import Vectors, unit
from likewise.encoders._templates import encode_in_templates
from likewise.encoders.onnx.files import find_model
from likewise.encoders.onnx.graph import Graph
from likewise.encoders.onnx.pixels import Pixels, from_open_clip
from likewise.encoders.onnx.providers import (
    available_providers,
    provider_for,
    remember_provider,
)
from likewise.encoders.onnx.words import Words
from likewise.errors import BadInputError

__all__ = ["Onnx"]

_BATCH = 16
_BATCH_DEPENDENT = ("int8", "uint8", "quantized", "q8", "bnb4", "q4", "q4f16")


class Onnx:
    """CLIP, SigLIP 2, MobileCLIP as two graphs, for images and any words, without torch.

    The files are as transformers.js and Optimum write them: ``vision_model.onnx`` and
    ``text_model.onnx``, in the folder itself or in ``onnx/``, with ``preprocessor_config.json``,
    ``tokenizer.json`` and, where they are there, ``config.json`` and ``tokenizer_config.json``.
    Folders of Immich (``visual/model.onnx``, ``textual/model.onnx``), of rclip (``visual.onnx``,
    ``textual.onnx``, CLIP's file of merges) and of fastembed (``model.onnx`` in a folder with
    "vision" in its name, and in one with "text" beside it) are read as well, and so is a model of
    images alone (``onnx/model.onnx``), such as DINOv2.

    Quantised graphs scale their activations by what is in the batch, so they get one image at a
    time: a vector must not depend on its neighbours.

    Args:
        which: a folder, the name of one in $LIKEWISE_MODELS, a short name (see `likewise encoders
            list`), or a repository of the Hugging Face hub; "@int8" chooses ``*_int8.onnx``.
        home: not used.
        provider: what runs the graphs, such as "cuda"; see `provider_for` where it is left out.

    Raises:
        NotFoundError: the model is not on this machine and cannot be fetched.
        BadInputError: no model was named, or it has no such variant.
        MissingExtraError: it must be fetched and huggingface_hub is not installed.
    """

    form = "onnx:FOLDER, or onnx:OWNER/NAME of the hub; @int8 or @fp16 for a variant"
    extra, libraries = "onnx", ("huggingface_hub", "tokenizers")

    def __init__(self, which: str = "", home: Path | None = None, provider: str = "") -> None:
        self._which, self._provider_name = which, provider
        self._files = find_model(which)
        variant = self._files.variant
        self.name = f"onnx:{self._files.name}{'@' if variant else ''}{variant}"
        self._alone = variant in _BATCH_DEPENDENT
        self.batch_size = 1 if self._alone else _BATCH

    @cached_property
    def fingerprint(self) -> str:
        """Name, digests of the graphs, and digest of what is done to images."""
        model = re.sub(r"[^a-z0-9]+", "_", Path(self._files.name).name.lower()).strip("_")[:40]
        pixels = json.dumps(self._pixels.facts, sort_keys=True)
        return f"onnx-{model}-{self._digest[:12]}-{hashlib.sha256(pixels.encode()).hexdigest()[:8]}"

    @cached_property
    def dim(self) -> int:
        """Number of columns, as the graph says or, where it does not, as one run shows."""
        if isinstance(self._vision.width, int):
            return self._vision.width
        return int(self._run(np.zeros((1, *self._pixels.shape, 3), np.uint8)).shape[1])

    @property
    def input_size(self) -> int:
        """What the image is resized to."""
        return self._pixels.shorter_side

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and cut an upright RGB image; uint8 of shape (height, width, 3)."""
        return self._pixels.square(image)

    def encode(self, batch: NDArray[np.uint8]) -> Vectors:
        """Encode prepared images to unit rows (n, dim)."""
        if not len(batch):
            return np.empty((0, self.dim), dtype=np.float32)
        step = 1 if self._alone else self._vision.rows or len(batch)
        parts = [self._run(batch[at : at + step]) for at in range(0, len(batch), step)]
        return unit(np.concatenate(parts))

    def encode_text(self, phrases: Sequence[str]) -> Vectors:
        """Encode phrases to unit rows (n, dim); a short one is put into templates.

        Raises:
            BadInputError: an empty phrase, or the model has no text graph.
        """
        if not phrases:
            return np.empty((0, self.dim), dtype=np.float32)
        return encode_in_templates(phrases, self._words.kind, self._encode_sentences)

    def _encode_sentences(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        tokens, mask = self._words.read(sentences)
        rows = []
        for row, of_row in zip(tokens, mask, strict=True):
            # One by one: a sentence's vector must not depend on the others.
            end = None if self._words.is_padded else int(of_row.sum())
            values = {"input_ids": row[None, :end], "attention_mask": of_row[None, :end]}
            values["token_type_ids"] = np.zeros_like(values["input_ids"])  # one sentence, no pair
            rows.append(self._text.run(values))
        return np.concatenate(rows)

    def _run(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        fixed = self._vision.rows
        planes = self._pixels.planes(squares)
        if fixed and len(planes) < fixed:  # the last of a graph that takes so many and no fewer
            planes = np.concatenate([planes, np.zeros((fixed - len(planes), *planes.shape[1:]))])
        return self._vision.run({"pixel_values": planes})[: len(squares)]

    @cached_property
    def _pixels(self) -> Pixels:
        files = self._files
        settings = files.settings("preprocessor_config.json")
        of_open_clip = files.settings("preprocess_cfg.json", files.vision.parent)
        if not settings and (of_open_clip or files.vision.name.startswith("visual")):
            whole = files.settings("open_clip_config.json")
            side = self._vision.shape[-1]
            settings = from_open_clip(
                of_open_clip or whole.get("preprocess_cfg") or {},
                side if isinstance(side, int) else 0,
            )
        return Pixels.read(settings)

    def providers(self) -> list[str]:
        """What can run its graphs on this machine."""
        return available_providers()

    def with_provider(self, name: str) -> Onnx:
        """The same model, run by one of `providers`."""
        return Onnx(self._which, provider=name)

    def remember_provider(self, name: str) -> None:
        """Run the model by this one of `providers` on this machine from now on."""
        remember_provider(self._digest, name)

    @cached_property
    def _digest(self) -> str:
        return self._files.digest()

    @cached_property
    def _provider(self) -> str:
        return self._provider_name or provider_for(self._digest)

    @cached_property
    def _vision(self) -> Graph:
        is_alone = self._files.text is None
        return Graph(self._files.vision, self._provider, of_images_alone=is_alone)

    @cached_property
    def _text(self) -> Graph:
        if self._files.text is None:
            raise BadInputError(
                f"{self._files.folder} has no text_model.onnx, so '{self.name}' reads images only; "
                "give example images instead"
            )
        return Graph(self._files.text, self._provider)

    @cached_property
    def _words(self) -> Words:
        shapes = self._text.inputs
        length = shapes.get("input_ids", self._text.shape)[1]
        return Words(self._files, length if isinstance(length, int) else None)
