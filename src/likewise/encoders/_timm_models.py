"""Models of timm by name, with their weights, and what their configuration says of pixels."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.encoders._lite0_weights import read_weights
from likewise.encoders._model_places import Files, fetched_folder, is_repository, local_folder
from likewise.encoders._torch import first_line
from likewise.errors import BadInputError, CorruptError, NotFoundError

MODEL = "tf_efficientnet_lite0"
"""timm's name of the built-in encoder's architecture."""

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


_WEIGHTS = ("model.safetensors", "pytorch_model.bin", "pytorch_model.pth", "model.pth")


def _complete(folder: Path) -> bool:
    return (folder / "config.json").is_file() and any((folder / x).is_file() for x in _WEIGHTS)


_FILES = Files(
    "config.json and model.safetensors",
    _complete,
    [["config.json", name] for name in _WEIGHTS[:2]],
    "timm",
)


def found_model(model: str) -> tuple[str, Any]:
    """The name by which a model is found again, and timm's model, without the classifier.

    Args:
        model: see `likewise.encoders.timm.Timm`.
    """
    import timm

    if model == MODEL:
        return model, create_lite0()
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
            f"with {_FILES.description}, or another model"
        )
    return str(published.hf_hub_id)


def _read(folder: Path) -> Any:
    """The model in a folder, all of its weights read."""
    import timm

    if not _complete(folder):
        raise NotFoundError(f"{folder} has no {_FILES.description}, as timm saves them")
    try:
        return timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0)
    except Exception as error:  # every format of weights has errors of its own
        raise CorruptError(
            f"{folder} cannot be read as a model of timm ({first_line(error)}); fetch or save it "
            "again"
        ) from error


def preprocessing(network: Any) -> dict[str, Any]:
    """What the model's configuration says is done to an image."""
    from timm.data import resolve_data_config

    config = dict(resolve_data_config({}, model=network))
    if config["input_size"][0] != 3:
        raise BadInputError(
            f"the model reads {config['input_size'][0]} channels where 3 are wanted, red, green "
            "and blue; choose another"
        )
    return config
