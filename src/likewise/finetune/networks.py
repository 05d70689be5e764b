"""A network of timm that is to be fine-tuned: its weights, its pixels, and its blocks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from PIL import Image

from likewise.encoders._model_inputs import MiddleCut
from likewise.encoders._timm_models import found_model, preprocessing
from likewise.encoders._torch import need_torch
from likewise.encoders._torch_network import digest_of
from likewise.errors import BadInputError

_FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}


@dataclass(frozen=True, eq=False)
class Tunable:
    """A network without its classifier.

    Attributes:
        name: "timm/NAME", by which it is found again.
        architecture: timm's name of it.
        model: a `torch.nn.Module`, from pixels (n, 3, side, side) to features (n, dim). It stays
            in evaluation mode: with some hundred images the running statistics of batch norm are
            better kept than moved (and dropout is left to the views).
        cut: what is done to an image before.
        mean, std: of each colour; grey levels count from 0 to 1.
        blocks: names of the parameters of each block, the one nearest to the pixels first.
        digest: of the weights, as they were.
    """

    name: str
    architecture: str
    model: Any
    cut: MiddleCut
    mean: tuple[float, ...]
    std: tuple[float, ...]
    blocks: tuple[tuple[str, ...], ...]
    digest: str

    def top(self, unfreeze: int) -> list[str]:
        """Names of the parameters of the top blocks."""
        if not 1 <= unfreeze <= len(self.blocks):
            raise BadInputError(
                f"--unfreeze is {unfreeze} and {self.architecture} has {len(self.blocks)} blocks; "
                f"give 1 to {len(self.blocks)}"
            )
        return [name for block in self.blocks[-unfreeze:] for name in block]

    @cached_property
    def dim(self) -> int:
        """Columns of the features, as a run shows."""
        import torch

        with torch.inference_mode():
            rows = self.model(torch.zeros(1, 3, self.cut.side, self.cut.side))
        if rows.ndim != 2:
            raise BadInputError(
                f"{self.architecture} answers an array of shape {tuple(rows.shape)} for one image "
                "where one row is wanted; choose a model that pools"
            )
        return int(rows.shape[1])


def open_network(name: str) -> Tunable:
    """Build a network with its weights, on the CPU.

    Args:
        name: "timm/NAME"; for "timm/tf_efficientnet_lite0", or "efficientnet_lite0", the built-in
            weights are taken.

    Raises:
        MissingExtraError: torch or timm is not installed.
        BadInputError: no such network, or one that cannot be fine-tuned.
        NotFoundError: the weights are not on this machine and cannot be fetched.
        CorruptError: the weights cannot be read.
    """
    need_torch("fine-tuning a network", "timm", "torch", "timm")
    if name in ("efficientnet_lite0", "timm/efficientnet_lite0"):
        name = "timm/tf_efficientnet_lite0"
    family, _, which = name.partition("/") if name.startswith("timm/") else name.partition(":")
    if family != "timm" or not which:
        raise BadInputError(
            f"'{name}' cannot be fine-tuned; give timm/NAME, such as timm/efficientnet_b0, or "
            "timm/tf_efficientnet_lite0, whose weights are here already"
        )
    found, model = found_model(which)
    config = preprocessing(model)
    architecture = str(model.pretrained_cfg.get("architecture") or which)
    height, width = config["input_size"][1:]
    if height != width:
        raise BadInputError(
            f"{architecture} reads images of {height} x {width} pixels where squares are wanted; "
            "choose another"
        )
    filter_ = _FILTERS.get(str(config["interpolation"]), int(Image.Resampling.BICUBIC))
    return Tunable(
        f"timm/{found}",
        architecture,
        model.eval().requires_grad_(False),
        MiddleCut(height, max(height, int(height / config["crop_pct"])), filter_),
        tuple(map(float, config["mean"])),
        tuple(map(float, config["std"])),
        _blocks(model, architecture),
        digest_of(model),
    )


def _blocks(model: Any, architecture: str) -> tuple[tuple[str, ...], ...]:
    """As timm groups them for rates of learning that differ by layer; what comes after the last
    block is of that one.
    """
    from timm.models import group_parameters

    try:
        groups = group_parameters(model, model.group_matcher(coarse=False))
    except (AttributeError, NotImplementedError, AssertionError) as error:
        raise BadInputError(
            f"timm does not say what the blocks of {architecture} are, so their top cannot be "
            "trained; choose another"
        ) from error
    return tuple(tuple(groups[number]) for number in sorted(groups))
