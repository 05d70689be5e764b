"""The training itself: the head first, then the top blocks with it, a checkpoint an epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit
from likewise.finetune.checkpoint import Checkpoint, open_checkpoint, save_checkpoint
from likewise.finetune.cosine_head import CosineHead, head_first
from likewise.finetune.examples import Examples
from likewise.finetune.halves import Halves
from likewise.finetune.reading import Pictures
from likewise.finetune.settings import Settings
from likewise.finetune.views import Told, Views

_BATCH = 64
_LEAST_BATCH, _LEAST_STEPS = 4, 8  # of an epoch: few images come in smaller batches
_WARM = 0.1  # share of the steps in which the rate rises
_LONGEST = 1.0  # gradient


@dataclass(frozen=True, eq=False)
class Trained:
    """A network after training; its parameters are those of the best epoch.

    Attributes:
        frozen: (n, dim), unit vectors of all images, by the network as it was.
        best: the epoch whose weights were taken; 0 for those that it began with.
        history: see `likewise.finetune.checkpoint.Checkpoint`.
        resumed_after: epochs that were done before this run.
    """

    frozen: Vectors
    best: int
    history: tuple[Mapping[str, float], ...]
    resumed_after: int


def train(
    halves: Halves,
    pictures: Pictures,
    examples: Examples,
    settings: Settings,
    job: Mapping[str, Any],
    file: Path,
    *,
    told: Told = lambda images: None,
    after_epoch: Callable[[int, Mapping[str, float]], None] = lambda epoch, figures: None,
) -> Trained:
    """Train the top of a network on the part "train"; "val" says when to stop, "test" nothing.

    Interrupted, it goes on after the last whole epoch when it is called again with the same job;
    the result is the same.

    Args:
        halves: of the network; its model is changed in place.
        pictures: the images, by their place in `examples`.
        examples: labelled images in parts.
        settings: how.
        job: what is being done, to tell it from other jobs.
        file: where checkpoints go.
        told: hears how many images went through the network.
        after_epoch: hears the number of each epoch, and its figures.

    Raises:
        BadInputError: an image that cannot be read, or a checkpoint of another job.
        CorruptError: the checkpoint is damaged.
        StorageError: the disk refused.
    """
    run = _Run(halves, pictures, examples, settings, job, file, told)
    kept = run.resume()
    first = 0 if kept is None else kept.epoch
    if kept is None:
        after_epoch(0, run.history[0])
    for epoch in range(first + 1, settings.epochs + 1):
        if epoch - 1 - run.best >= settings.patience:
            break
        after_epoch(epoch, run.epoch(epoch))
    run.take_best()
    return Trained(run.frozen, run.best, tuple(run.history), first)


class _Run:
    """Everything that changes while a network is trained."""

    def __init__(
        self,
        halves: Halves,
        pictures: Pictures,
        examples: Examples,
        settings: Settings,
        job: Mapping[str, Any],
        file: Path,
        told: Told,
    ) -> None:
        import torch

        self.halves, self.settings, self.job, self.file = halves, settings, job, file
        self.told = told
        self.train, self.val = examples.places("train"), examples.places("val")
        few = max(_LEAST_BATCH, len(self.train) // _LEAST_STEPS)
        self.batch = min(settings.batch, few)
        self.owners = torch.tensor(examples.owners, device=halves.device)
        self.views = Views(halves, pictures, settings.views)
        self.others = Views(halves, pictures, 1)
        self.frozen = self._frozen(examples)
        self.head = CosineHead(self.frozen[self.train], examples.owners[self.train], halves.device)
        self.parameters = {
            **{f"network/{name}": p for name, p in halves.tuned.items()},
            **{f"head/{name}": p for name, p in self.head.parameters.items()},
        }
        heads = list(self.head.parameters.values())
        self.optimizer = torch.optim.AdamW(
            [
                {"params": list(halves.tuned.values()), "top": settings.rate},
                {"params": heads, "top": settings.head_rate},
            ],
            weight_decay=settings.decay,
        )
        self.history: list[Mapping[str, float]] = []
        self.best = 0
        self.best_values: dict[str, Any] = {}

    def resume(self) -> Checkpoint | None:
        """Take up a checkpoint, or train the head."""
        parts = ("now", "best", "first", "second")
        names = [f"{part}/{name}" for part in parts for name in self.parameters]
        kept = open_checkpoint(self.file, self.job, names)
        if kept is None:
            self._head_first()
            return None
        self._take("now", kept.arrays)
        self.best_values = {
            name: _tensor(kept.arrays[f"best/{name}"], self.halves.device)
            for name in self.parameters
        }
        steps = float(kept.epoch * self._steps)
        for name, parameter in self.parameters.items():
            self.optimizer.state[parameter] = {
                "step": _tensor(np.float32(steps), "cpu"),
                "exp_avg": _tensor(kept.arrays[f"first/{name}"], self.halves.device),
                "exp_avg_sq": _tensor(kept.arrays[f"second/{name}"], self.halves.device),
            }
        self.history, self.best = list(kept.history), kept.best
        return kept

    def epoch(self, number: int) -> Mapping[str, float]:
        """One pass over the images, judged on "val", and a checkpoint of it."""
        import torch
        from torch.nn.functional import cross_entropy

        order = np.random.default_rng([self.settings.seed, number]).permutation(self.train)
        losses = []
        step = (number - 1) * self._steps
        batches = self.views.batches(order, number, self.batch, self.told)
        for places, kept in batches:
            self._set_rates(step)
            self.optimizer.zero_grad()
            scores = self.head.logits(self.halves.upper(kept))
            loss = cross_entropy(
                scores, self.owners[places], label_smoothing=self.settings.smoothing
            )
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(self.parameters.values()), _LONGEST)
            self.optimizer.step()
            losses.append(float(loss.detach()))
            step += 1
        figures = {"train_loss": float(np.mean(losses)), **self._judged()}
        self._note(number, figures)
        self._save(number)
        return figures

    def take_best(self) -> None:
        """Set the parameters to those of the best epoch."""
        self._take("", {f"/{name}": value for name, value in self.best_values.items()})

    @property
    def _steps(self) -> int:
        """Of an epoch."""
        return math.ceil(len(self.train) / self.batch)

    def _frozen(self, examples: Examples) -> Vectors:
        """Unit vectors of all images, as the network is now."""
        import torch

        passing = Views(self.others.halves, self.others.pictures, 1)
        parts = ((self.views, "train"), (self.others, "val"), (passing, "test"))
        found: dict[int, Any] = {}
        for views, part in parts:
            for places, kept in views.batches(examples.places(part), 0, _BATCH, self.told):
                with torch.inference_mode():
                    rows = self.halves.upper(kept).float().cpu().numpy()
                found.update(zip(places.tolist(), rows, strict=True))
        return unit(np.stack([found[place] for place in range(len(examples.ids))]))

    def _head_first(self) -> None:
        loss = head_first(
            self.head,
            self._rows(self.train),
            self._rows(self.val),
            self.settings.smoothing,
            self.settings.decay,
        )
        scores = self.head.logits(self._rows(self.val)[0])
        right = (scores.argmax(dim=1) == self.owners[self.val]).float().mean()
        self._note(0, {"val_loss": loss, "val_accuracy": float(right)})

    def _rows(self, places: NDArray[np.intp]) -> tuple[Any, Any]:
        return _tensor(self.frozen[places], self.halves.device), self.owners[places]

    def _judged(self) -> dict[str, float]:
        import torch
        from torch.nn.functional import cross_entropy

        loss = right = 0.0
        with torch.inference_mode():
            for places, kept in self.others.batches(self.val, 0, _BATCH, self.told):
                scores, wanted = self.head.logits(self.halves.upper(kept)), self.owners[places]
                loss += float(cross_entropy(scores, wanted, reduction="sum"))
                right += float((scores.argmax(dim=1) == wanted).sum())
        return {"val_loss": loss / len(self.val), "val_accuracy": right / len(self.val)}

    def _note(self, number: int, figures: Mapping[str, float]) -> None:
        self.history.append(figures)
        if figures["val_loss"] <= min(row["val_loss"] for row in self.history):
            self.best = number
            self.best_values = {n: p.detach().clone() for n, p in self.parameters.items()}

    def _set_rates(self, step: int) -> None:
        """Up, then down along half a cosine (Loshchilov and Hutter 2017, "SGDR")."""
        total = self._steps * self.settings.epochs
        warm = max(1, round(_WARM * total))
        part = (step + 1) / warm if step < warm else 1.0
        if step >= warm:
            part = 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))
        for group in self.optimizer.param_groups:
            group["lr"] = group["top"] * part

    def _save(self, number: int) -> None:
        arrays = {}
        for name, parameter in self.parameters.items():
            moments = self.optimizer.state[parameter]
            for part, value in (
                ("now", parameter), ("best", self.best_values[name]),
                ("first", moments["exp_avg"]), ("second", moments["exp_avg_sq"]),
            ):  # fmt: skip
                arrays[f"{part}/{name}"] = value.detach().cpu().numpy()
        save_checkpoint(
            Checkpoint(self.job, number, self.best, tuple(self.history), arrays), self.file
        )

    def _take(self, part: str, values: Mapping[str, Any]) -> None:
        import torch

        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(_tensor(values[f"{part}/{name}"], self.halves.device))


def _tensor(value: Any, device: str) -> Any:
    import torch

    return torch.as_tensor(np.array(value) if isinstance(value, np.generic) else value).to(device)
