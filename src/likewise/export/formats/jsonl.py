"""JSON lines, one object an image."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from likewise.export.base import Dataset


@dataclass(frozen=True)
class Jsonl:
    """A table ``NAME.jsonl``, an object a line."""

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        with (folder / f"{dataset.stem}.jsonl").open("w", encoding="utf-8") as file:
            for row in dataset.rows:
                file.write(json.dumps(row.to_json(), ensure_ascii=False, default=str) + "\n")
