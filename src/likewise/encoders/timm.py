"""Any model of timm as a feature extractor: VGG, Inception, ResNet, EfficientNet, ViT, ..."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.encoders import _timm_lite0
from likewise.encoders._model_places import (
    Files,
    fetched_folder,
    is_repository,
    local_folder,
)
from likewise.encoders._torch import first_line, need_torch, split_half
from likewise.encoders._torch_network import Network
from likewise.errors import BadInputError, CorruptError, NotFoundError
from likewise.vectors import Vectors, unit

_WEIGHTS = ("model.safetensors", "pytorch_model.bin", "pytorch_model.pth", "model.pth")


def _complete(folder: Path) -> bool:
    return (folder / "config.json").is_file() and any((folder / x).is_file() for x in _WEIGHTS)


_FILES = Files(
    "config.json and model.safetensors",
    _complete,
    [["config.json", name] for name in _WEIGHTS[:2]],
    "timm",
)


class Timm:
    """VGG, Inception, ResNet, EfficientNet, ViT and all of timm, without the classifier.

    Images are resized and cut as the model's configuration says. Vectors are what timm calls the
    features before the logits: pooled, and for the few models that have one (VGG), after the last
    hidden layer.

    Args:
        which: a name that `timm.list_models()` knows, with a tag or without ("resnet50",
            "vgg16.tv_in1k"); OWNER/NAME of a timm model on the Hugging Face hub; or a folder with
            config.json and weights, as timm saves them, or the name of one in $LIKEWISE_MODELS.
            "tf_efficientnet_lite0" has the built-in encoder's weights. "@half" computes in half
            precision.
        home: not used.

    Raises:
        MissingExtraError: timm is not installed.
        BadInputError: no or an unknown model, variant or device.
        NotFoundError: the weights are not on this machine and cannot be fetched.
        CorruptError: the weights cannot be read.
    """

    form = "timm:NAME, timm:OWNER/NAME of the hub, or timm:FOLDER; @half for half precision"
    extra, libraries = "timm", ("torch", "timm")

    def __init__(self, which: str = "", home: Path | None = None) -> None:
        need_torch("the encoder 'timm'", self.extra, *self.libraries)
        model, half = split_half(which)
        if not model:
            raise BadInputError(
                "'timm' needs to be told which model: timm:resnet50, timm:FOLDER, or "
                f"timm:{_timm_lite0.MODEL}, whose weights are here already"
            )
        found, network = _found(model)
        self.name = f"timm:{found}{'@half' if half else ''}"
        self._config = _preprocessing(network)
        self._transform = _transform(self._config)
        height, width = self._config["input_size"][1:]
        self.input_size = int(max(height, width) / self._config["crop_pct"])
        self._network = Network(
            network,
            shape=(height, width),
            mean=self._config["mean"],
            std=self._config["std"],
            half=half,
        )
        self.dim = self._network.dim
        self._architecture = str(network.pretrained_cfg.get("architecture") or model)

    @property
    def fingerprint(self) -> str:
        """Architecture, digests of weights and preprocessing, and precision."""
        architecture = re.sub(r"[^a-z0-9]+", "_", self._architecture.lower())[:40]
        pixels = hashlib.sha256(json.dumps(self._config, sort_keys=True).encode()).hexdigest()
        half = "-half" if self._network.half else ""
        return f"timm-{architecture}-{self._network.digest[:12]}-{pixels[:8]}{half}"

    @property
    def batch_size(self) -> int:
        """Images at once that suit the device."""
        return self._network.batch_size

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and cut as the model's configuration says; uint8 of shape (height, width, 3)."""
        return np.ascontiguousarray(self._transform(image).permute(1, 2, 0).numpy())

    def encode(self, batch: NDArray[np.uint8]) -> Vectors:
        """Encode prepared images to unit rows (n, dim)."""
        return unit(self._network.rows(batch))


def _found(model: str) -> tuple[str, Any]:
    """The name by which a model is found again, and timm's model."""
    import timm

    if model == _timm_lite0.MODEL:
        return model, _timm_lite0.create_lite0()
    local = local_folder(model, _FILES)
    if local is not None:
        return local[0], _read(local[1])
    repository = model
    if timm.is_model(model):
        repository = _repository(model)
    elif not is_repository(model):
        near = difflib.get_close_matches(model, timm.list_models(), n=3, cutoff=0.5)
        guess = f" (did you mean {' or '.join(near)}?)" if near else ""
        raise BadInputError(
            f"'{model}' is not a model that timm knows{guess}, nor a folder; "
            "timm.list_models() lists them"
        )
    return model, _read(fetched_folder(model, repository, _FILES))


def _repository(model: str) -> str:
    """Where timm's weights of that name are on the hub."""
    from timm.models import get_pretrained_cfg

    try:
        published = get_pretrained_cfg(model)
    except RuntimeError as error:
        raise BadInputError(f"timm knows no weights of the name '{model}' ({error})") from error
    if published is None or not published.hf_hub_id:
        raise BadInputError(
            f"timm has the architecture '{model}' and no weights of it on the hub; name a folder "
            f"with {_FILES.told}, or another model"
        )
    return str(published.hf_hub_id)


def _read(folder: Path) -> Any:
    """The model in a folder, all of its weights read."""
    import timm

    if not _complete(folder):
        raise NotFoundError(f"{folder} has no {_FILES.told}, as timm saves them")
    try:
        return timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0)
    except Exception as error:  # every format of weights has errors of its own
        raise CorruptError(
            f"{folder} cannot be read as a model of timm ({first_line(error)}); fetch or save it "
            "again"
        ) from error


def _preprocessing(network: Any) -> dict[str, Any]:
    """What the model's configuration says is done to an image."""
    from timm.data import resolve_data_config

    config = dict(resolve_data_config({}, model=network))
    if config["input_size"][0] != 3:
        raise BadInputError(
            f"the model reads {config['input_size'][0]} channels where 3 are wanted, red, green "
            "and blue; choose another"
        )
    return config


def _transform(config: dict[str, Any]) -> Any:
    """Timm's own, up to the grey levels: they are normalised on the device."""
    from timm.data import create_transform

    return create_transform(**config, normalize=False)
