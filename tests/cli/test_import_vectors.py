from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from commands import Run


def test_vectors_are_imported_searched_and_told_of(run: Run, home: Path) -> None:
    rows = np.array([[1, 0], [1, 1], [0, 1]], np.float32)
    np.save(home / "v.npy", rows)
    (home / "ids.txt").write_text("a\nb\nc\n")
    table = pa.table({"word": ["east"], "vector": [[1.0, 0.0]]})
    pq.write_table(table, home / "words.parquet")
    make = ("import-vectors", "v.npy", "--ids", "ids.txt", "--name", "demo")
    assert "would be imported into demo.likewise: 3 vectors" in run(*make, "--dry-run").out
    assert run(*make).out == "imported into demo.likewise: 3 vectors\n"
    refused = run("search", "east", "-w", "demo.likewise")
    assert refused.code == 2
    assert "came without words" in refused.err
    said = run("import-vectors", "--words", "words.parquet", "-w", "demo.likewise", "--json")
    assert json.loads(said.out)["words"] == 1
    found = json.loads(run("search", "east", "-k", 1, "-w", "demo.likewise", "--json").out)
    assert "a" in json.dumps(found)
    assert "precomputed-demo-2" in run("info", "-w", "demo.likewise").out
    image = run("search", "--like", "shapes/disc/00.png", "-w", "demo.likewise")
    assert (image.code, image.err.count("\n")) == (2, 1)


def test_what_is_missing_is_said(run: Run, home: Path) -> None:
    np.save(home / "v.npy", np.eye(2))
    assert "give VECTORS, or --words FILE" in run("import-vectors").err
    assert "--name" in run("import-vectors", "v.npy").err
    assert "--ids FILE" in run("import-vectors", "v.npy", "--name", "x").err
    assert run("import-vectors", "none.npy", "--name", "x").code == 3
