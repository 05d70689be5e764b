"""How a network is fine-tuned."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from likewise.errors import BadInputError
from likewise.registry import check_options

BUILT_IN = "timm/tf_efficientnet_lite0"
"""The network whose weights are here without a download."""

FLAGS = ("encoder", "unfreeze", "epochs")
"""Settings with options of their own on the command line; `--set` takes the others."""


@dataclass(frozen=True)
class Settings:
    """What is trained, how fast and for how long.

    Attributes:
        encoder: network to train the top of: timm/NAME, timm/FOLDER or timm/OWNER/NAME.
        unfreeze: top blocks to train.
        epochs: passes over the images, at most.
        views: versions of each image that the passes take in turn: as it is, and others that are
            cut, mirrored and coloured at random. 1 for the image as it is, every time.
        patience: passes without a gain on the part "val" after which it stops.
        batch: images a step; fewer where there are few, so that an epoch has eight steps.
        rate: of learning, in the blocks.
        head_rate: of learning, in the head.
        decay: of weights (Loshchilov and Hutter 2019, "Decoupled weight decay regularization").
        smoothing: share of a label that is spread over all classes.
        seed: of every draw.

    Raises:
        BadInputError: a number out of its bounds.

    Example:
        >>> Settings(epochs=3).to_json()["epochs"]
        3
    """

    encoder: str = BUILT_IN
    unfreeze: int = 2
    epochs: int = 12
    views: int = 6
    patience: int = 4
    batch: int = 32
    rate: float = 3e-4
    head_rate: float = 3e-3
    decay: float = 0.01
    smoothing: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("unfreeze", "epochs", "views", "patience", "batch"):
            if getattr(self, name) < 1:
                raise BadInputError(
                    f"{name} is {getattr(self, name)}; a whole number of 1 or more is wanted"
                )
        for name, least, most in (
            ("rate", 0.0, 1.0), ("head_rate", 0.0, 1.0), ("decay", 0.0, 1.0),
            ("smoothing", 0.0, 0.9),
        ):  # fmt: skip
            value = getattr(self, name)
            if not math.isfinite(value) or not least <= value <= most:
                raise BadInputError(
                    f"{name} is {value}; a number from {least:g} to {most:g} is wanted"
                )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return asdict(self)


@dataclass(frozen=True)
class ProjectionSettings:
    """How a projection is learned; see `likewise.numeric.metric_learning.learn_metric`."""

    shrinkage: float = 0.5
    spread: float = 0.3
    columns: int = 128


def settings_from(options: dict[str, object], **named: Any) -> Settings:
    """Settings of options as `--set` takes them.

    Args:
        options: by name.
        named: settings that have options of their own.

    Raises:
        BadInputError: no such option, or a value of another type.

    Example:
        >>> settings_from({"rate": 1e-4}, epochs=2).rate
        0.0001
    """
    check_options(Settings, "fine-tuning", options, (*FLAGS, "seed"))
    return Settings(**named, **options)  # type: ignore[arg-type]
