"""CLIP, SigLIP, SigLIP 2, DINOv2, DINOv3 and other image models of transformers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.core.vectors import Vectors
from likewise.encoders._model_places import (
    Files,
    fetched_folder,
    is_repository,
    local_folder,
    not_cached,
)
from likewise.encoders._templates import encode_in_templates
from likewise.encoders._torch import first_line, need_torch, split_half
from likewise.encoders._torch_network import Network, TorchEncoder
from likewise.errors import BadInputError, CorruptError, NotFoundError

_CONFIG, _PIXELS = "config.json", "preprocessor_config.json"
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_INDICES = tuple(f"{name}.index.json" for name in _WEIGHTS)  # of weights in several files
_SMALL_FILES = ("*.json", "*.txt", "*.model")
_USUAL_TOKENS = 77
_GREY_LEVELS_APART = 1.0
_NEARLY_WHOLE = 0.01  # of a grey level


def _complete(folder: Path) -> bool:
    has_weights = any((folder / name).is_file() for name in (*_WEIGHTS, *_INDICES))
    return has_weights and all((folder / name).is_file() for name in (_CONFIG, _PIXELS))


_FILES = Files(
    "config.json, preprocessor_config.json, model.safetensors and the tokenizer's files",
    _complete,
    [[*_SMALL_FILES, "model*.safetensors"], [*_SMALL_FILES, "pytorch_model*.bin"]],
    "transformers",
)


class Transformers(TorchEncoder):
    """CLIP, SigLIP, SigLIP 2 with any words; DINOv2, DINOv3 and other models for images alone.

    An image's vector is the model's image features where it has a text side, else what it pools
    (DINOv2 and DINOv3: the class token after the last norm).

    Args:
        which: OWNER/NAME on the Hugging Face hub, such as "google/siglip2-base-patch16-224" or
            "facebook/dinov2-base"; or a folder with config.json, preprocessor_config.json and
            weights, or the name of one in $LIKEWISE_MODELS. "@half" computes in half precision.
        home: not used.

    Raises:
        MissingExtraError: transformers is not installed.
        BadInputError: no model was named, it is of a kind that does not fit, or the device is not
            here.
        NotFoundError: the model is not on this machine and cannot be fetched.
        CorruptError: the weights cannot be read, or some are missing.
    """

    form = "transformers:OWNER/NAME of the hub, or transformers:FOLDER; @half"
    extra, libraries = "transformers", ("torch", "transformers")

    def __init__(self, which: str = "", home: Path | None = None) -> None:
        need_torch("the encoder 'transformers'", self.extra, *self.libraries)
        model, half = split_half(which)
        if not model:
            raise BadInputError(
                "'transformers' needs to be told which model: transformers:facebook/dinov2-base, "
                "or transformers:FOLDER"
            )
        name, self._folder = _found(model)
        self.name = f"transformers:{name}{'@half' if half else ''}"
        self._model, self._pooled = _read(self._folder)
        self._kind = str(self._model.config.model_type)
        self._processor = _processor(self._folder)
        mean, std = _normalisation(self._processor)
        squared = self._check_preprocessing(mean, std)
        # A few processors resize in fractions of grey levels, and those are kept.
        self._integral = bool(np.abs(squared - np.rint(squared)).max() < _NEARLY_WHOLE)
        self.input_size = max(_side(self._processor), *squared.shape[:2])
        self._network = Network(
            self._model, self._features, shape=squared.shape[:2], mean=mean, std=std, half=half
        )
        self.dim = self._network.dim

    @property
    def fingerprint(self) -> str:
        """Kind of model, digests of weights and preprocessing, and precision."""
        kind = re.sub(r"[^a-z0-9]+", "_", self._kind.lower())
        return self._fingerprint("transformers", kind, self._processor.to_dict())

    def prepare(self, image: Image.Image) -> NDArray[Any]:
        """Resize and cut by the model's own processor; grey levels (height, width, 3).

        They are uint8, or float32 where the processor resizes in fractions of them.
        """
        levels = self._squared(image)
        return np.rint(levels).clip(0, 255).astype(np.uint8) if self._integral else levels

    def encode_text(self, phrases: Sequence[str]) -> Vectors:
        """Encode phrases to unit rows (n, dim); a short one is put into templates.

        Raises:
            BadInputError: an empty phrase, or the model has no text side.
            CorruptError: the model's tokenizer cannot be read.
        """
        if not phrases:
            return np.empty((0, self.dim), dtype=np.float32)
        if not hasattr(self._model, "get_text_features"):
            raise BadInputError(
                f"'{self.name}' reads images only, so '{phrases[0]}' cannot be used; give example "
                "images instead"
            )
        kind = "siglip" if self._kind.startswith("siglip") else "clip"
        return encode_in_templates(phrases, kind, self._encode_sentences)

    def _encode_sentences(self, sentences: list[str]) -> NDArray[np.float32]:
        tokens = self._tokenizer(
            sentences,
            padding="max_length",
            truncation=True,
            max_length=self._most_tokens,
            return_tensors="np",
        )
        is_siglip = self._kind.startswith("siglip")  # which was trained without a mask
        attention = None if is_siglip else tokens.get("attention_mask")

        def features(ids: Any) -> Any:
            mask = {} if attention is None else {"attention_mask": ids.new_tensor(attention)}
            return _rows(self._model.get_text_features(input_ids=ids, **mask))

        return self._network.run(features, np.asarray(tokens["input_ids"], np.int64))

    def _squared(self, image: Image.Image) -> NDArray[np.float32]:
        """Grey levels of an image as the processor resizes and cuts it."""
        levels = self._processor(image, do_normalize=False, return_tensors="np").get("pixel_values")
        if levels is None or np.ndim(levels) != 4 or levels.shape[:2] != (1, 3):
            raise BadInputError(
                f"the model's {_PIXELS} makes no picture of one fixed size of an image; models "
                "that take patches or tiles do not fit, choose another"
            )
        scale = self._processor.rescale_factor if self._processor.do_rescale else 1.0
        return np.ascontiguousarray((levels[0] / scale).transpose(1, 2, 0), dtype=np.float32)

    def _check_preprocessing(
        self, mean: Sequence[float], std: Sequence[float]
    ) -> NDArray[np.float32]:
        """Refuse a processor that does more than to resize, cut, scale and normalise.

        Returns:
            What it makes of an image of noise, as grey levels.
        """
        noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
        image = Image.fromarray(noise)
        theirs = np.asarray(self._processor(image, return_tensors="np")["pixel_values"][0])
        levels = self._squared(image)
        ours = ((levels / 255 - np.array(mean)) / np.array(std)).transpose(2, 0, 1)
        apart = np.abs(theirs - ours) * np.array(std)[:, None, None] * 255
        if apart.max() > _GREY_LEVELS_APART:
            raise BadInputError(
                f"the model's {_PIXELS} does more than to resize, cut, scale and normalise (up to "
                f"{apart.max():.0f} grey levels); choose another model"
            )
        return levels

    def _features(self, pixels: Any) -> Any:
        if hasattr(self._model, "get_image_features"):
            return _rows(self._model.get_image_features(pixel_values=pixels))
        found = self._model(pixel_values=pixels)
        return _rows(found) if self._pooled else found.last_hidden_state[:, 0]

    @cached_property
    def _tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        try:
            with _quiet():
                return AutoTokenizer.from_pretrained(self._folder, local_files_only=True)
        except Exception as error:  # one of many libraries may have written it
            raise CorruptError(
                f"{self._folder} has no tokenizer that can be read ({first_line(error)}); fetch it "
                "again, or give example images in place of words"
            ) from error

    @property
    def _most_tokens(self) -> int:
        text = getattr(self._model.config, "text_config", self._model.config)
        positions = getattr(text, "max_position_embeddings", _USUAL_TOKENS)
        return min(int(positions), int(self._tokenizer.model_max_length))


def _found(model: str) -> tuple[str, Path]:
    """The name by which a model is found again, and its folder."""
    local = local_folder(model, _FILES)
    if local is not None:
        if not _complete(local[1]):
            raise NotFoundError(f"{local[1]} has not all of {_FILES.description}")
        return local
    if not is_repository(model):
        raise not_cached(model, _FILES)
    return model, fetched_folder(model, model, _FILES)


def _read(folder: Path) -> tuple[Any, bool]:
    """The model in a folder with all its weights, and whether its pooled output can be used."""
    from transformers import AutoModel

    try:
        with _quiet():
            model, loading = AutoModel.from_pretrained(
                folder, local_files_only=True, output_loading_info=True, dtype="float32"
            )
    except Exception as error:  # every format of weights has errors of its own
        raise CorruptError(
            f"{folder} cannot be read as a model of transformers ({first_line(error)}); fetch or "
            "save it again"
        ) from error
    missing = sorted(loading["missing_keys"])
    # Many classifiers are saved without the layer behind the class token that only a pre-training
    # used; the class token itself is there.
    unpooled = [name for name in missing if name.startswith("pooler.")]
    if len(missing) > len(unpooled):
        other = next(name for name in missing if name not in unpooled)
        raise CorruptError(
            f"{folder} lacks {len(missing)} of the weights that its model has, such as {other}; "
            "fetch or save it again"
        )
    return model, not unpooled


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the progress bars and hints of the library in a block."""
    from transformers.utils import logging

    shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()


def _processor(folder: Path) -> Any:
    """The image processor of the model, by Pillow where it has one."""
    from transformers import AutoImageProcessor

    try:
        with _quiet():
            return AutoImageProcessor.from_pretrained(folder, local_files_only=True, backend="pil")
    except Exception as error:  # as above
        raise CorruptError(
            f"{folder / _PIXELS} cannot be used ({first_line(error)}); fetch it again"
        ) from error


def _normalisation(processor: Any) -> tuple[list[float], list[float]]:
    """Mean and deviation of each colour, where grey levels count from 0 to 1."""
    scale = 255 * float(processor.rescale_factor) if processor.do_rescale else 255.0
    mean, std = [0.0] * 3, [1.0] * 3
    if processor.do_normalize:
        mean, std = list(map(float, processor.image_mean)), list(map(float, processor.image_std))
    return [x / scale for x in mean], [x / scale for x in std]


def _side(processor: Any) -> int:
    """Pixels on the shorter side that the processor resizes to; 0 if unknown."""
    size = processor.size or {}
    found = [getattr(size, side, None) for side in ("shortest_edge", "height", "width")]
    return max((int(x) for x in found if x), default=0)


def _rows(found: Any) -> Any:
    """The vectors in what a model answers, (n, dim)."""
    rows = getattr(found, "pooler_output", None)
    return (found if rows is None else rows).flatten(1)
