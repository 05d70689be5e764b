from __future__ import annotations

import csv
from pathlib import Path

import pytest

from likewise.export.base import Dataset, Row
from likewise.export.formats.csv import Csv
from likewise.sources.base import Item, Original
from likewise.sources.folder import Folder


@pytest.mark.parametrize("item", ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\tx"])
def test_a_name_is_not_run_as_a_formula(tmp_path: Path, item: str) -> None:
    original = Original(Item(item, f"/photos/{item}", 1, 0), Folder(str(tmp_path)))
    row = Row(item, f"/photos/{item}", "barn", "rule", -0.25, None, 4, 3, "d", original)
    Csv().write(Dataset.of([row], "barn"), tmp_path)
    with (tmp_path / "barn.csv").open(newline="") as file:
        (read,) = csv.DictReader(file)
    assert read["id"] == f"'{item}"
    assert float(read["score"]) == -0.25  # numbers stay numbers
