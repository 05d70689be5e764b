"""How a network is fine-tuned."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

from likewise.errors import BadInputError

BUILT_IN = "timm/tf_efficientnet_lite0"
"""The network whose weights are here without a download."""


@dataclass(frozen=True)
class Settings:
    """What is trained, how fast and for how long.

    Attributes:
        encoder: "timm/NAME"; a name, a folder or a repository, as `likewise.encoders.timm` takes.
        unfreeze: how many of the network's top blocks are trained.
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


def settings_from(options: dict[str, object], **given: Any) -> Settings:
    """Settings of options as `--set` takes them.

    Args:
        options: by name.
        given: settings that have options of their own.

    Raises:
        BadInputError: no such option, or a value of another type.

    Example:
        >>> settings_from({"rate": 1e-4}, epochs=2).rate
        0.0001
    """
    usual = {field.name: field.default for field in fields(Settings)}
    for name in ("encoder", "unfreeze", "epochs", "seed"):  # they have options of their own
        del usual[name]
    for option, value in options.items():
        if option not in usual:
            raise BadInputError(
                f"fine-tuning has no option '{option}'; its options: {', '.join(sorted(usual))}"
            )
        fits = (int,) if isinstance(usual[option], int) else (int, float)
        if isinstance(value, bool) or not isinstance(value, fits):
            raise BadInputError(
                f"the option '{option}' is {value!r}; a value such as {usual[option]} is wanted"
            )
    return Settings(**given, **options)  # type: ignore[arg-type]
