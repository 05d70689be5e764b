"""Training of the top blocks with their head: epochs of AdamW, a checkpoint after each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit
from likewise.finetune.batches import Batches, Counted
from likewise.finetune.checkpoint import Checkpoint, open_checkpoint, save_checkpoint
from likewise.finetune.cosine_head import CosineHead, copied, set_values
from likewise.finetune.examples import Examples
from likewise.finetune.frozen_prefix import SplitNetwork
from likewise.finetune.image_loading import Pictures
from likewise.finetune.settings import Settings

_BATCH = 64
_LEAST_BATCH, _LEAST_STEPS = 4, 8  # of an epoch: few images come in smaller batches
_WARMUP = 0.1  # share of the steps in which the rate rises
_LARGEST_GRADIENT = 1.0


@dataclass(frozen=True, eq=False)
class Trained:
    """What training a network gave; its parameters are those of the best epoch.

    Attributes:
        frozen: (n, dim), unit vectors of all images by the network before training.
        best: the epoch whose weights were taken; 0 for the weights before training.
        history: see `likewise.finetune.checkpoint.Checkpoint`.
        resumed_after: epochs that an earlier run completed.
    """

    frozen: Vectors
    best: int
    history: tuple[Mapping[str, float], ...]
    resumed_after: int


def train(
    network: SplitNetwork,
    pictures: Pictures,
    examples: Examples,
    settings: Settings,
    job: Mapping[str, Any],
    file: Path,
    *,
    counted: Counted = lambda images: None,
    after_epoch: Callable[[int, Mapping[str, float]], None] = lambda epoch, figures: None,
) -> Trained:
    """Train the top of a network on the part "train"; "val" says when to stop.

    An interrupted run continues after the last complete epoch when it is called again with the
    same job, and gives the same result.

    Args:
        network: its model is changed in place.
        pictures: the images, by their row in `examples`.
        examples: labelled images in parts.
        settings: how.
        job: identifies the run.
        file: of the checkpoint.
        counted: hears how many images went through the network.
        after_epoch: hears the number and the figures of each epoch.
    """
    parts = {
        part: Batches(network, pictures, examples.indices(part), views, counted)
        for part, views in (("train", settings.views), ("val", 1), ("test", 1))
    }
    run = _Run(network, parts, _features(network, parts), examples, settings)
    names = [f"{group}/{name}" for group in _GROUPS for name in run.parameters]
    checkpoint = open_checkpoint(file, job, names)
    if checkpoint is None:
        after_epoch(0, run.fit_head())
    else:
        run.load(checkpoint)
    resumed_after = len(run.history) - 1
    for epoch in range(resumed_after + 1, settings.epochs + 1):
        if epoch - 1 - run.best >= settings.patience:
            break
        figures = run.epoch(epoch)
        save_checkpoint(run.checkpoint(job), file)
        after_epoch(epoch, figures)
    set_values(run.parameters, run.best_values)
    return Trained(run.frozen, run.best, tuple(run.history), resumed_after)


_GROUPS = ("now", "best", "first", "second")
"""Arrays of a checkpoint for each parameter: two values, and the moments of Adam."""


class _Run:
    """The state of a training."""

    def __init__(
        self,
        network: SplitNetwork,
        parts: Mapping[str, Batches],
        frozen: Vectors,
        examples: Examples,
        settings: Settings,
    ) -> None:
        import torch
        from timm.scheduler import CosineLRScheduler

        self.network, self.parts, self.frozen, self.settings = network, parts, frozen, settings
        train = parts["train"].rows
        self.classes = torch.tensor(examples.class_indices, device=network.device)
        self.head = CosineHead(frozen[train], examples.class_indices[train], network.device)
        self.parameters = {
            **{f"network/{name}": p for name, p in network.tuned.items()},
            **{f"head/{name}": p for name, p in self.head.parameters.items()},
        }
        self.optimizer = torch.optim.AdamW(
            [
                {"params": list(network.tuned.values()), "lr": settings.rate},
                {"params": list(self.head.parameters.values()), "lr": settings.head_rate},
            ],
            weight_decay=settings.decay,
        )
        self.batch = min(settings.batch, max(_LEAST_BATCH, len(train) // _LEAST_STEPS))
        self.steps = math.ceil(len(train) / self.batch)
        total = self.steps * settings.epochs
        warmup = max(1, round(_WARMUP * total))
        self.schedule = CosineLRScheduler(
            self.optimizer, max(1, total - warmup), warmup_t=warmup, warmup_prefix=True,
            t_in_epochs=False,
        )  # fmt: skip
        self.history: list[Mapping[str, float]] = []
        self.best = 0
        self.best_values: dict[str, Any] = {}

    def fit_head(self) -> Mapping[str, float]:
        """Fit the head to the frozen features: epoch 0."""
        import torch

        train, val = (
            (torch.tensor(self.frozen[rows], device=self.network.device), self.classes[rows])
            for rows in (self.parts["train"].rows, self.parts["val"].rows)
        )
        loss = self.head.fit(train, val, self.settings.smoothing, self.settings.decay)
        right = (self.head.logits(val[0]).argmax(dim=1) == val[1]).float().mean()
        return self._note({"val_loss": loss, "val_accuracy": float(right)})

    def epoch(self, number: int) -> Mapping[str, float]:
        """Train on every image once; figures of it, judged on "val"."""
        import torch
        from torch.nn.functional import cross_entropy

        draw = np.random.default_rng([self.settings.seed, number])
        order = draw.permutation(self.parts["train"].rows)
        batches = self.parts["train"].batches(self.batch, number, order)
        losses = []
        for step, (rows, activations) in enumerate(batches, (number - 1) * self.steps):
            self.schedule.step_update(step + 1)
            logits = self.head.logits(self.network.features(activations))
            loss = cross_entropy(
                logits, self.classes[rows], label_smoothing=self.settings.smoothing
            )
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(self.parameters.values()), _LARGEST_GRADIENT)
            self.optimizer.step()
            losses.append(float(loss.detach()))
        return self._note({"train_loss": float(np.mean(losses)), **self._judged()})

    def _judged(self) -> dict[str, float]:
        import torch
        from torch.nn.functional import cross_entropy

        loss = right = 0.0
        with torch.inference_mode():
            for rows, activations in self.parts["val"].batches(_BATCH):
                logits = self.head.logits(self.network.features(activations))
                loss += float(cross_entropy(logits, self.classes[rows], reduction="sum"))
                right += float((logits.argmax(dim=1) == self.classes[rows]).sum())
        count = len(self.parts["val"].rows)
        return {"val_loss": loss / count, "val_accuracy": right / count}

    def _note(self, figures: Mapping[str, float]) -> Mapping[str, float]:
        self.history.append(figures)
        if figures["val_loss"] <= min(row["val_loss"] for row in self.history):
            self.best = len(self.history) - 1
            self.best_values = copied(self.parameters)
        return figures

    def checkpoint(self, job: Mapping[str, Any]) -> Checkpoint:
        """What `load` takes."""
        arrays = {}
        for name, parameter in self.parameters.items():
            moments = self.optimizer.state[parameter]
            values = (
                parameter, self.best_values[name], moments["exp_avg"], moments["exp_avg_sq"]
            )  # fmt: skip
            for group, value in zip(_GROUPS, values, strict=True):
                arrays[f"{group}/{name}"] = value.detach().cpu().numpy()
        epoch = len(self.history) - 1
        return Checkpoint(job, epoch, self.best, tuple(self.history), arrays)

    def load(self, checkpoint: Checkpoint) -> None:
        """Go back to where a checkpoint was made."""
        import torch

        groups = {
            group: {
                name: torch.tensor(checkpoint.arrays[f"{group}/{name}"]).to(self.network.device)
                for name in self.parameters
            }
            for group in _GROUPS
        }
        set_values(self.parameters, groups["now"])
        self.best_values = groups["best"]
        for name, parameter in self.parameters.items():
            self.optimizer.state[parameter] = {
                "step": torch.tensor(float(checkpoint.epoch * self.steps)),
                "exp_avg": groups["first"][name],
                "exp_avg_sq": groups["second"][name],
            }
        self.history, self.best = list(checkpoint.history), checkpoint.best


def _features(network: SplitNetwork, parts: Mapping[str, Batches]) -> Vectors:
    """Unit vectors of all images by the network as it is."""
    import torch

    vectors: dict[int, NDArray[np.float32]] = {}
    for part in parts.values():
        for rows, activations in part.batches(_BATCH):
            with torch.inference_mode():
                features = network.features(activations).float().cpu().numpy()
            vectors.update(zip(rows.tolist(), features, strict=True))
    return unit(np.stack([vectors[row] for row in range(len(vectors))]))
