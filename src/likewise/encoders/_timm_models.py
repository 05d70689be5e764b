"""Models of timm by name, with their weights, and what their configuration says of pixels."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from likewise.encoders import _timm_lite0
from likewise.encoders._model_places import (
    Files,
    fetched_folder,
    is_repository,
    local_folder,
)
from likewise.encoders._torch import first_line
from likewise.errors import BadInputError, CorruptError, NotFoundError

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

    Raises:
        BadInputError: timm does not know it, or no weights of it.
        NotFoundError: the weights are not on this machine and cannot be fetched.
        CorruptError: the weights cannot be read.
    """
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
    """What the model's configuration says is done to an image.

    Raises:
        BadInputError: it reads something else than three colours.
    """
    from timm.data import resolve_data_config

    config = dict(resolve_data_config({}, model=network))
    if config["input_size"][0] != 3:
        raise BadInputError(
            f"the model reads {config['input_size'][0]} channels where 3 are wanted, red, green "
            "and blue; choose another"
        )
    return config
