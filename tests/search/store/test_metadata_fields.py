"""Keys of metadata are fields of a condition, each with a type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from likewise.errors import BadInputError
from likewise.search.store.lance import Lance

ROWS: list[dict[str, Any]] = [
    {"articleType": "Watches", "price": "10", "base colour": "red", "width": 1, "ok": True},
    {"articleType": "Shirts", "price": "9.5", "base colour": "it's", "width": 2, "ok": False},
    {"articleType": "Shoes", "year": 2012, "mixed": "a", "tags": ["cat", "dog"], "sku": "007"},
    {"year": 2013, "mixed": 7, "tags": ["cat"], "sku": "008", "Üñï": "x", "or": "word"},
    {},
]


@pytest.fixture
def store(tmp_path: Path) -> Lance:
    made = Lance(tmp_path / "v.lance", dim=2, encoder="e")
    for start, end in ((0, 2), (2, 5)):
        rows = ROWS[start:end]
        table = pa.table({
            "item_id": [f"{n}.jpg" for n in range(start, end)],
            "width": pa.array([100 * n for n in range(start, end)], pa.int32()),
            "metadata": [json.dumps(row) if row else None for row in rows],
        })  # fmt: skip
        made.append(table, np.eye(2, dtype=np.float32)[[n % 2 for n in range(len(rows))]])
    return made


@pytest.mark.parametrize(
    ("where", "places"),
    [
        ("articleType = 'Watches'", [0]),
        ("articletype != 'Watches'", [1, 2]),
        ("articleType IN ('Shirts', 'Shoes') AND width >= 200", [2]),
        ("NOT articleType LIKE 'S%'", [0]),
        ("articleType IS NULL", [3, 4]),
        ("\"base colour\" = 'red'", [0]),
        ("`base colour` = 'it''s'", [1]),
        ("price > 9.7", [0]),
        ("price >= 9", [0, 1]),
        ("price = '10'", [0]),
        ("year > 2012", [3]),
        ("year = '2012'", [2]),
        ("year BETWEEN 2012 AND 2013", [2, 3]),
        ("metadata.width = 2", [1]),
        ('metadata."width" = 2 OR width = 400', [1, 4]),
        ("ok", [0]),
        ("ok = false", [1]),
        ("mixed = '7'", [3]),
        ("sku = '007'", [2]),
        ("contains(tags, '\"dog\"')", [2]),
        ("lower(articleType) = 'shoes'", [2]),
        ("Üñï = 'x'", [3]),
        ("`or` = 'word'", [3]),
        ("articleType = 'articleType'", []),
        ("width = 100", [1]),
    ],
)
def test_conditions_on_metadata(store: Lance, where: str, places: list[int]) -> None:
    assert store.positions_where(where).tolist() == places
    found = [x for batch in store.scan(["item_id"], where) for x in batch.column(0).to_pylist()]
    assert found == [f"{n}.jpg" for n in places]


def test_keys_follow_what_is_written(store: Lance) -> None:
    with pytest.raises(BadInputError, match="articleType"):
        store.positions_where("colour = 'new'")
    row = {"item_id": ["n.jpg"], "metadata": [json.dumps({"colour": "new"})]}
    store.append(pa.table(row), np.eye(2, dtype=np.float32)[:1])
    assert store.positions_where("colour = 'new'").tolist() == [5]
    assert "colour" in store.metadata_keys()
    store.delete(["0.jpg"])
    assert store.positions_where("colour = 'new'").tolist() == [4]


@pytest.mark.parametrize(
    "where",
    ["articleType = 'x'; drop", "articleType = 'x' -- y", "(articleType = 'x'", "articleType >",
     "sleep(articleType)", "articleType = 'x' or 1"],
)  # fmt: skip
def test_what_is_no_condition_is_refused(store: Lance, where: str) -> None:
    with pytest.raises(BadInputError, match="cannot be used"):
        store.positions_where(where)
