"""Models of timm as feature extractors: VGG, Inception, ResNet, EfficientNet, ViT, ..."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.encoders._timm_models import MODEL, found_model, preprocessing
from likewise.encoders._torch import need_torch, split_half
from likewise.encoders._torch_network import Network, TorchEncoder
from likewise.errors import BadInputError


class Timm(TorchEncoder):
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
                f"timm:{MODEL}, whose weights are here already"
            )
        found, network = found_model(model)
        self.name = f"timm:{found}{'@half' if half else ''}"
        self._config = preprocessing(network)
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
        return self._fingerprint("timm", architecture, self._config)

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and cut as the model's configuration says; uint8 of shape (height, width, 3)."""
        return np.ascontiguousarray(self._transform(image).permute(1, 2, 0).numpy())


def _transform(config: dict[str, Any]) -> Any:
    """The transform of timm without the normalisation, which the device does."""
    from timm.data import create_transform

    return create_transform(**config, normalize=False)
