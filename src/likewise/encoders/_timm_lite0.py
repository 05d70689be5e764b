"""timm's `tf_efficientnet_lite0` with the built-in weights: real ones, without a download."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.encoders._lite0_weights import read_weights

MODEL = "tf_efficientnet_lite0"
"""timm's name of the architecture."""

MEAN, STD = (127 / 255,) * 3, (128 / 255,) * 3
"""What these weights were trained with, and the built-in encoder normalises by; timm's own weights
of this name take .5 and .5."""

_CLASSES = 1000
_BLOCKS_OF_STAGES = (1, 2, 2, 3, 3, 4, 1)
_AROUND = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_IN_BLOCK = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_IN_FIRST_BLOCK = {  # which does not expand
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}


def create_lite0(classes: int = 0, **options: Any) -> Any:
    """Build timm's model with the built-in ImageNet weights, on the CPU, in training mode.

    Args:
        classes: of the classifier. 0 for none: the model then answers 1,280 features. 1,000 keeps
            ImageNet's; with any other number a new classifier is made, with random weights.
        options: more arguments for `timm.create_model`, such as ``drop_rate``.

    Returns:
        A `torch.nn.Module`; its ``pretrained_cfg`` has the mean and deviation of these weights.
    """
    import timm
    import torch

    model = timm.create_model(
        MODEL,
        pretrained=False,
        num_classes=classes,
        pretrained_cfg_overlay={"mean": MEAN, "std": STD},
        **options,
    )
    expected = model.state_dict()
    for name, value in timm_names(read_weights()).items():
        if name.startswith("classifier.") and classes != _CLASSES:
            continue
        expected[name] = torch.from_numpy(value)
    model.load_state_dict(expected)
    return model


def timm_names(weights: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """The same weights by the names that timm's model has for them.

    Example:
        >>> "blocks.1.0.conv_pwl.weight" in timm_names(read_weights())
        True
    """
    blocks = list(_blocks())
    named = {}
    for name, value in weights.items():
        first, _, rest = name.partition(".")
        if first != "_blocks":
            named[f"{_AROUND[first]}.{rest}"] = value
            continue
        number, layer, kind = rest.split(".")
        layers = _IN_BLOCK if int(number) else _IN_FIRST_BLOCK
        named[f"{blocks[int(number)]}.{layers[layer]}.{kind}"] = value
    return named


def _blocks() -> Iterator[str]:
    for stage, blocks in enumerate(_BLOCKS_OF_STAGES):
        yield from (f"blocks.{stage}.{block}" for block in range(blocks))
