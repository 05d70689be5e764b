"""A classifier by angle, so that what it teaches the network is what a search compares by."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors

_SCALE = 10.0
_STEPS, _LOOK = 200, 10
_RATE = 0.02


class CosineHead:
    """Cosines to a direction a class, around a centre, times a scale.

    Vectors are compared by angle, around the mean of a collection: so are they here (a normalised
    head as of Gidaris and Komodakis 2018, "Dynamic few-shot visual learning without forgetting").
    It begins with the means of the classes.

    Args:
        rows: (n, dim), unit vectors of the part "train".
        owners: (n,) number of each one's class.
        device: torch's name of it.

    Attributes:
        parameters: by name: `centre` (1, dim), `directions` (classes, dim) and `log_scale` (1,).
    """

    def __init__(self, rows: Vectors, owners: NDArray[np.intp], device: str = "cpu") -> None:
        import torch

        centre = rows.mean(axis=0, keepdims=True)
        moved = rows - centre
        moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)
        means = np.stack([moved[owners == number].mean(axis=0) for number in np.unique(owners)])
        begun = {
            "centre": centre,
            "directions": means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12),
            "log_scale": np.log([_SCALE]),
        }
        self.parameters: dict[str, Any] = {
            name: torch.tensor(value, dtype=torch.float32, device=device, requires_grad=True)
            for name, value in begun.items()
        }

    def logits(self, features: Any) -> Any:
        """Scores (n, classes) of features (n, dim) of any length."""
        from torch.nn.functional import normalize

        centre, directions, log_scale = self.parameters.values()
        moved = normalize(normalize(features) - centre)
        return log_scale.exp() * moved @ normalize(directions).T


def head_first(
    head: CosineHead,
    train: tuple[Any, Any],
    val: tuple[Any, Any],
    smoothing: float,
    decay: float,
) -> float:
    """Train a head alone, on features that stay; keep what is best on "val".

    Args:
        head: changed in place.
        train: features (n, dim) and the numbers of their classes (n,), as tensors.
        val: the same of the part that chooses.
        smoothing: see `likewise.finetune.settings.Settings`.
        decay: likewise.

    Returns:
        The loss on "val": mean negative log-likelihood.
    """
    import torch
    from torch.nn.functional import cross_entropy

    optimizer = torch.optim.AdamW(head.parameters.values(), lr=_RATE, weight_decay=decay)
    best, kept = float("inf"), {n: p.detach().clone() for n, p in head.parameters.items()}
    for step in range(_STEPS + 1):
        if step % _LOOK == 0:
            with torch.inference_mode():
                loss = float(cross_entropy(head.logits(val[0]), val[1]))
            if loss < best:
                best = loss
                kept = {n: p.detach().clone() for n, p in head.parameters.items()}
        optimizer.zero_grad()
        cross_entropy(head.logits(train[0]), train[1], label_smoothing=smoothing).backward()
        optimizer.step()
    with torch.no_grad():
        for name, parameter in head.parameters.items():
            parameter.copy_(kept[name])
    return best
