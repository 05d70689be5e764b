"""What fine-tuning is worth, and what it costs, beside a linear head and a projection.

``python benchmarks/finetune.py --data FOLDER_OF_CLASS_FOLDERS --json OUT`` splits the folder 60,
20 and 20 per cent with near-duplicates kept together, and prints for the part that only judges:
accuracy of a linear head on the built-in encoder's vectors as they are, after `likewise finetune
--projection`, and after training the top 1, 2 and 3 blocks of the same network; average precision
of a search by one image; and minutes. Needs torch and timm.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import _torch_encoders  # it lets torchvision be imported beside any torch
import numpy as np
from _class_folders import asking
from _needs import announce
from _records import Figure, publish

from likewise.encoders.base import Encoder, open_encoder
from likewise.finetune.examples import Examples, class_labels, examples_of
from likewise.finetune.image_loading import Pictures
from likewise.finetune.projections import learn_projection
from likewise.finetune.settings import Settings
from likewise.finetune.workspace import finetune
from likewise.indexing.index import index
from likewise.workspace import Workspace

ROUNDS, ENCODED = 3, 64


def worth(what: str, figures: Mapping[str, Any], setting: str) -> list[Figure]:
    """Accuracy and search on the part that only judges."""
    low, high = figures["head"]["accuracy_interval"]
    told = f"{setting}; 95 % interval {low:.3f} to {high:.3f}"
    return [
        Figure(f"{what}: accuracy", figures["head"]["accuracy"], "share", "", told),
        Figure(f"{what}: search by one image", figures["search"], "average precision", "", setting),
    ]


def speed(encoder: Encoder, squares: np.ndarray[Any, Any]) -> float:
    """Images a second, of decoded and cut images; the fastest of some rounds."""
    encoder.encode(squares[:2])
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        encoder.encode(squares)
        best = min(best, time.perf_counter() - started)
    return len(squares) / best


def tuned(place: Workspace, examples: Examples, settings: Settings) -> list[Figure]:
    """One fine-tuning, with its cost."""
    started = time.perf_counter()
    made = finetune(place, examples, f"top{settings.unfreeze}", settings)
    minutes = (time.perf_counter() - started) / 60
    about = made.network.provenance
    for number, row in enumerate(about["history"]):
        print(settings.unfreeze, number, row, flush=True)
    setting = (
        f"best epoch {about['best_epoch']} of {len(about['history']) - 1}, {settings.views} views"
    )
    what = f"top {settings.unfreeze} trained"
    return [*worth(what, made.after, setting), Figure(f"{what}: took", minutes, "minutes")]


def main() -> None:
    """Measure, print a table and write the records."""
    announce(
        optional=(
            "torch",
            "timm",
        )
    )
    parser = asking(__doc__)
    parser.add_argument("--unfreeze", type=int, action="append", help="repeatable; 1, 2 and 3")
    parser.add_argument("--epochs", type=int, default=Settings.epochs)
    parser.add_argument("--views", type=int, default=Settings.views)
    parser.add_argument("--rate", type=float, default=Settings.rate)
    parser.add_argument("--head-rate", type=float, default=Settings.head_rate)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if missing := _torch_encoders.missing():
        raise SystemExit(
            f"this needs {', '.join(missing)}; run: make test TORCH=1, then .venv-torch/bin/python"
        )
    with tempfile.TemporaryDirectory() as scratch:
        path = given.workspace or Path(scratch) / "benchmark.likewise"
        index(given.data, path)
        with Workspace(path) as place:
            labels = class_labels(place, folders=True)
            examples = examples_of(place, labels, leave_out=given.no_class, seed=given.seed)
            counts = {part: len(examples.indices(part)) for part in ("train", "val", "test")}
            setting = f"{len(examples.classes)} classes, images: {counts}"
            projection = learn_projection(place, examples, f"projection{given.seed}")
            figures = worth("as it was", projection.before, setting)
            figures += worth("projected", projection.after, setting)
            figures.append(Figure("projected: took", projection.seconds / 60, "minutes"))
            for unfreeze in given.unfreeze or (1, 2, 3):
                settings = Settings(
                    unfreeze=unfreeze,
                    epochs=given.epochs,
                    views=given.views,
                    rate=given.rate,
                    head_rate=given.head_rate,
                    seed=given.seed,
                )
                figures += tuned(place, examples, settings)
                (path / "encoders" / f"top{unfreeze}.checkpoint").unlink(missing_ok=True)
            encoders = {
                "fine-tuned encoder": open_encoder(f"finetuned:top{unfreeze}", path),
                "built-in encoder": open_encoder("efficientnet_lite0"),
            }
            cut: Any = encoders["fine-tuned encoder"]
            squares = np.stack(
                list(Pictures(place, examples.ids, cut._cut).squares(range(ENCODED)))
            )
            for what, encoder in encoders.items():
                rate = speed(encoder, squares)
                figures.append(Figure(what, rate, "images/s", "", f"fastest of {ROUNDS}"))
    publish(figures, given.json)


if __name__ == "__main__":
    main()
