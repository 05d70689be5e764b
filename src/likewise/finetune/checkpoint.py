"""Where a fine-tuning is after each epoch, on the disk, so that a kill costs one epoch at most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.core.learned_file import Arrays, Document, Kind
from likewise.errors import BadInputError, CorruptError

FORMAT = 1
"""Number of the layout this version writes; it reads this one and all below."""

SUFFIX = ".checkpoint"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A fine-tuning between two epochs.

    Attributes:
        job: what is being done: settings, images and labels, weights to begin with; as JSON.
        epoch: how many are done.
        best: the epoch with the least loss on "val" so far; 0 is the frozen network.
        history: what was measured after each epoch, as JSON; the first is of the frozen network.
        arrays: "now/NAME" and "best/NAME" for each parameter, "first/NAME" and "second/NAME" for
            the moments of Adam, all float32.
    """

    job: Mapping[str, Any]
    epoch: int
    best: int
    history: tuple[Mapping[str, float], ...]
    arrays: Arrays


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write it, whole or not at all; on the disk when this returns."""
    kind = _kind(path)
    document = {
        "job": dict(checkpoint.job),
        "epoch": checkpoint.epoch,
        "best": checkpoint.best,
        "history": [dict(row) for row in checkpoint.history],
    }
    kind.save(kind.to_bytes(checkpoint.arrays, document), path)


def open_checkpoint(path: Path, job: Mapping[str, Any], names: Iterable[str]) -> Checkpoint | None:
    """Read what was saved; None where nothing was.

    Args:
        path: the file.
        job: what is to be done now.
        names: of the arrays that it must have.

    Raises:
        BadInputError: it is of another job; the message says what differs.
        CorruptError: the file is damaged.
    """
    if not path.exists():
        return None
    kind = _kind(path)

    def build(arrays: Arrays, document: Document) -> Checkpoint:
        history = tuple(dict(row) for row in document["history"])
        return Checkpoint(
            dict(document["job"]), int(document["epoch"]), int(document["best"]), history, arrays
        )

    found = kind.from_bytes(kind.read(path), str(path), build)
    if found.job != dict(job):
        raise BadInputError(
            f"{path.name} is of a fine-tuning that was interrupted, and "
            f"{_differing(found.job, job)}; go on as it was begun, give another --name, or delete "
            f"{path} to begin again"
        )
    if found.arrays.keys() != set(names):
        raise CorruptError(f"{path} lacks some of the weights; delete it to begin again")
    return found


class _Kind(Kind):
    """Which arrays there are depends on the job."""

    def _check_arrays(self, arrays: Arrays) -> None:
        return None


def _kind(path: Path) -> Kind:
    return _Kind(
        "checkpoint", FORMAT, save_with="likewise finetune",
        again=f"delete {path} to begin the fine-tuning again", arrays={}, optional={},
    )  # fmt: skip


def _differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The first thing in which two jobs differ, in words.

    Example:
        >>> _differing({"epochs": 3}, {"epochs": 4})
        'its epochs was 3 where 4 is given now'
    """
    for name in (*now, *was):
        if was.get(name) != now.get(name):
            if name in ("examples", "weights"):
                changed = {"examples": "labels or parts", "weights": "network's weights"}[name]
                return f"the {changed} were others then"
            return f"its {name} was {was.get(name)} where {now.get(name)} is given now"
    return "it is the same"
