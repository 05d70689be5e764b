"""JSON lines, one object an image."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from likewise.export.base import Row


@dataclass(frozen=True)
class Jsonl:
    """Writes ``NAME.jsonl``."""

    def write(self, rows: Sequence[Row], folder: Path, name: str) -> None:
        """Write the rows; see `likewise.export.base.Exporter`."""
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row.to_json(), ensure_ascii=False) + "\n" for row in rows)
