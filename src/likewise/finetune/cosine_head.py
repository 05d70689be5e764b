"""A classifier by angle, so that the network learns what a search compares by."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit

_SCALE = 10.0
_STEPS, _CHECK_EVERY = 200, 10
_RATE = 0.02


class CosineHead:
    """Cosines to one direction a class, around a centre, times a scale.

    A search compares vectors by angle around the mean of a collection, and so does this head
    (Gidaris and Komodakis 2018, "Dynamic few-shot visual learning without forgetting"). It begins
    with the means of the classes.

    Args:
        rows: (n, dim), unit vectors of the part "train".
        class_indices: (n,) number of each one's class.
        device: torch's name of it.

    Attributes:
        parameters: by name: `centre` (1, dim), `directions` (classes, dim) and `log_scale` (1,).
    """

    def __init__(self, rows: Vectors, class_indices: NDArray[np.intp], device: str = "cpu") -> None:
        import torch

        centre = rows.mean(axis=0, keepdims=True)
        moved = unit(rows - centre)
        means = [moved[class_indices == index].mean(axis=0) for index in np.unique(class_indices)]
        values = {
            "centre": centre, "directions": unit(np.stack(means)), "log_scale": np.log([_SCALE])
        }  # fmt: skip
        self.parameters: dict[str, Any] = {
            name: torch.tensor(value, dtype=torch.float32, device=device, requires_grad=True)
            for name, value in values.items()
        }

    def logits(self, features: Any) -> Any:
        """Logits (n, classes) of features (n, dim) of any length."""
        from torch.nn.functional import normalize

        centre, directions, log_scale = self.parameters.values()
        moved = normalize(normalize(features) - centre)
        return log_scale.exp() * moved @ normalize(directions).T

    def fit(
        self, train: tuple[Any, Any], val: tuple[Any, Any], smoothing: float, decay: float
    ) -> float:
        """Train on fixed features and keep what is best on "val".

        Args:
            train: features (n, dim) and the numbers of their classes (n,), as tensors.
            val: the same of the part that chooses.
            smoothing: see `likewise.finetune.settings.Settings`.
            decay: see there.

        Returns:
            The loss on "val": mean negative log-likelihood.
        """
        import torch
        from torch.nn.functional import cross_entropy

        optimizer = torch.optim.AdamW(self.parameters.values(), lr=_RATE, weight_decay=decay)
        least, best = float("inf"), copied(self.parameters)
        for step in range(_STEPS + 1):
            if step % _CHECK_EVERY == 0:
                with torch.inference_mode():
                    loss = float(cross_entropy(self.logits(val[0]), val[1]))
                if loss < least:
                    least, best = loss, copied(self.parameters)
            optimizer.zero_grad()
            cross_entropy(self.logits(train[0]), train[1], label_smoothing=smoothing).backward()
            optimizer.step()
        set_values(self.parameters, best)
        return least


def copied(parameters: dict[str, Any]) -> dict[str, Any]:
    """Copies of the values of parameters, by name."""
    return {name: parameter.detach().clone() for name, parameter in parameters.items()}


def set_values(parameters: dict[str, Any], values: dict[str, Any]) -> None:
    """Set parameters, in place, to tensors or arrays of the same names."""
    import torch

    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(torch.as_tensor(values[name]))
