"""A network fine-tuned on the labels of a workspace, evaluated, and kept there as an encoder."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from likewise.core.methods import time_and_versions
from likewise.core.progress import Progress
from likewise.core.vectors import Vectors, unit
from likewise.encoders._learned import FOLDER, check_name
from likewise.encoders._network_file import NetworkFile, open_network_file, save_network
from likewise.encoders._side_by_side import SideBySide
from likewise.encoders._torch import choose_device
from likewise.encoders.finetuned import SUFFIX
from likewise.errors import BadInputError
from likewise.finetune.checkpoint import SUFFIX as CHECKPOINT
from likewise.finetune.evaluation import in_short, judged, search_precision, tuned_head
from likewise.finetune.examples import Examples
from likewise.finetune.export import to_onnx
from likewise.finetune.frozen_prefix import SplitNetwork
from likewise.finetune.image_loading import Pictures
from likewise.finetune.networks import Tunable, open_network
from likewise.finetune.settings import Settings
from likewise.finetune.training import Trained, train
from likewise.numeric.metric_learning import learn_metric
from likewise.workspace import Workspace
from likewise.workspace.lock import training_lock

_BATCH = 32

Figures = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Finetuned:
    """A fine-tuned network and what it is worth, on images that taught nothing and chose nothing.

    Attributes:
        encoder: the name that it is chosen by: "finetuned:NAME".
        file: where it is kept.
        network: what is in the file.
        before: figures of the network as it was, with `search`, the mean average precision of a
            search by one image, and `head`, the report of a linear head.
        projected: the same of its vectors after `likewise.numeric.metric_learning`, which takes
        seconds. after: the same of the fine-tuned network.
        resumed_after: epochs that an earlier run had done.
        seconds: of this run.
    """

    encoder: str
    file: Path
    network: NetworkFile
    before: Figures
    projected: Figures
    after: Figures
    resumed_after: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {
            "encoder": self.encoder,
            "file": str(self.file),
            "fingerprint": self.network.fingerprint,
            "dim": self.network.dim,
            "before": self.before,
            "projected": self.projected,
            "after": self.after,
            "resumed_after": self.resumed_after,
            "seconds": round(self.seconds, 3),
            "provenance": dict(self.network.provenance),
        }


def finetune(
    workspace: Workspace,
    examples: Examples,
    name: str,
    settings: Settings | None = None,
    *,
    progress: Progress = lambda done, total: None,
    after_epoch: Callable[[int, Mapping[str, float]], None] = lambda epoch, figures: None,
) -> Finetuned:
    """Train the head, then the top blocks; judge; keep the result as an encoder of the workspace.

    Killed at any time, it goes on after the last whole epoch when it is called again, and gives
    the same network. Nothing is moved: `likewise reindex --encoder finetuned:NAME` does that.

    Args:
        workspace: where the images are.
        examples: labelled images in parts; "train" teaches, "val" says when to stop, and "test"
            judges.
        name: of the encoder.
        settings: how; the usual ones when left out.
        progress: told how many images went through the network, and how many will at most.
        after_epoch: told the figures of each epoch; of epoch 0, the head alone.

    Raises:
        MissingExtraError: torch or timm is not installed.
        BadInputError: a name that cannot be one, or that another network has; no such network;
            more blocks than it has; an image that cannot be read; a run that was interrupted and
            is now wanted otherwise.
        NotFoundError: weights that are not on this machine and cannot be fetched.
        CorruptError: weights or a checkpoint that are damaged.
        BusyError: another process trains an encoder of this name.
        StorageError: the disk refused.
    """
    started = time.monotonic()
    check_name(name)
    how = settings or Settings()
    network = open_network(how.encoder)
    network.top(how.unfreeze)
    job = {**how.to_json(), "examples": examples.digest, "weights": network.digest}
    folder = workspace.path / FOLDER
    file, checkpoint = folder / f"{name}{SUFFIX}", folder / f"{name}{CHECKPOINT}"
    folder.mkdir(exist_ok=True)
    with training_lock(folder, name):
        if file.exists():
            network_file = open_network_file(file)
            if network_file.provenance.get("job") != job:
                raise BadInputError(
                    f"there is another network {file}; give this one another name with --name"
                )
            checkpoint.unlink(missing_ok=True)
            return _summary(name, file, network_file, how.epochs, time.monotonic() - started)
        counter = _Counter(progress, _images(examples, how))
        dim = network.dim  # which also refuses what does not pool
        split = SplitNetwork(network, how.unfreeze, choose_device())
        pictures = Pictures(workspace, examples.ids, network.cut, how.seed)
        trained = train(
            split,
            pictures,
            examples,
            how,
            job,
            checkpoint,
            counted=counter.more,
            after_epoch=after_epoch,
        )
        graph = to_onnx(network)
        after = _worth(examples, _vectors(graph, pictures, examples, counter.more), name)
        provenance = {
            "job": job,
            "classes": list(examples.classes),
            "counts": examples.counts(),
            "blocks": len(network.blocks),
            "best_epoch": trained.best,
            "history": [{k: round(v, 5) for k, v in row.items()} for row in trained.history],
            "before": _worth(examples, trained.frozen, network.digest),
            "projected": _worth(examples, _projected(examples, trained), "projected"),
            "after": after,
            **time_and_versions("torch", "timm"),
        }
        network_file = _network_file(network, graph, dim, provenance)
        save_network(network_file, file)
        checkpoint.unlink(missing_ok=True)
        return _summary(name, file, network_file, trained.resumed_after, time.monotonic() - started)


def _summary(
    name: str, file: Path, network_file: NetworkFile, resumed: int, seconds: float
) -> Finetuned:
    before, projected, after = (
        network_file.provenance[x] for x in ("before", "projected", "after")
    )
    return Finetuned(
        f"finetuned:{name}", file, network_file, before, projected, after, resumed, seconds
    )


def _network_file(
    network: Tunable, graph: bytes, dim: int, provenance: Mapping[str, Any]
) -> NetworkFile:
    cut = network.cut
    return NetworkFile(
        graph, dim, network.architecture, cut.side, cut.shorter, cut.resample, provenance
    )


class _Counter:
    """Images that went through the network, for a bar."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def more(self, images: int) -> None:
        self._done += images
        self._progress(self._done, max(self._total, self._done))


def _images(examples: Examples, settings: Settings) -> int:
    """Images that go through the network at most."""
    taught, chosen = (len(examples.indices(part)) for part in ("train", "val"))
    return 2 * len(examples.ids) + settings.epochs * (taught + chosen)


def _vectors(
    graph: bytes, pictures: Pictures, examples: Examples, report: Callable[[int], None]
) -> Vectors:
    """Unit vectors of all images by the graph, as the encoder will make them."""
    runner = SideBySide(graph)
    rows: list[Vectors] = []
    waiting: list[Any] = []
    for square in pictures.squares(range(len(examples.ids))):
        waiting.append(square)
        if len(waiting) == _BATCH:
            rows.append(runner.features(np.stack(waiting)))
            report(len(waiting))
            waiting = []
    if waiting:
        rows.append(runner.features(np.stack(waiting)))
        report(len(waiting))
    return unit(np.concatenate(rows))


def _projected(examples: Examples, trained: Trained) -> Vectors:
    """The frozen vectors through a metric learned from "train" and "val"."""
    taught = examples.indices("train", "val")
    rows = trained.frozen[taught]
    return learn_metric("frozen", rows, examples.class_indices[taught], rows).apply(trained.frozen)


def _worth(examples: Examples, vectors: Vectors, encoder: str) -> dict[str, Any]:
    """What vectors are worth, on the part "test"."""
    head = tuned_head(examples, vectors, encoder)
    report = judged(examples, vectors, head.classifier)
    return {"search": search_precision(examples, vectors), "head": in_short(report)}
