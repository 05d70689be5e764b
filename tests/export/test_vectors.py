"""Vectors of all images in Parquet, and the SQL of a rule run over them in a real DuckDB."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: pip install duckdb")

from likewise.cli import main  # noqa: E402
from likewise.concepts.labelling import fill_basket, record_labels  # noqa: E402
from likewise.errors import BadInputError, StorageError  # noqa: E402
from likewise.export.vectors import export_vectors  # noqa: E402
from likewise.rules.learn import learn_concept  # noqa: E402
from likewise.workspace import Workspace  # noqa: E402
from likewise.workspace.item_states import ItemState  # noqa: E402


def run(*words: str) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stop:
        patch.setattr("sys.argv", ["likewise", *words])
        main()
    assert not stop.value.code


def test_the_sql_of_a_rule_gives_the_scores_of_search_and_classify(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    with Workspace("shapes.likewise") as workspace:
        fill_basket(workspace, "disc", like=["disc/00.png"], new=True)
        answers = [(f"disc/0{n}.png", "yes") for n in range(1, 6)]
        answers += [(f"stripes/0{n}.png", "no") for n in range(6)]
        record_labels(workspace, "disc", answers)
        learn_concept(workspace, "disc", "contrast")
    run("export-vectors", "--out", "vectors.parquet")
    run("rule", "export", "disc", "--to", "disc.sql", "--set", "table='vectors.parquet'")
    rows = duckdb.connect().execute(Path("disc.sql").read_text()).fetchall()
    capsys.readouterr()
    run("classify", "shapes", "--rule", "disc", "--json")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    expected = {line["id"]: line for line in lines}
    with Workspace("shapes.likewise") as workspace:
        rule = workspace.rules.open("disc")
        found = dict(workspace.collection.search(rule, 24))
    assert {row[0] for row in rows} == set(expected) == set(found)
    for item, score, yes, *_ in rows:
        # Stored vectors have 16 bits a number; those of classify come from the encoder.
        assert score == pytest.approx(expected[item]["score"], abs=1e-4)
        assert score == pytest.approx(found[item], abs=1e-5)
        if abs(score - expected[item]["rule"]["threshold"]) > 1e-4:
            assert yes == expected[item]["yes"]


def test_the_table_holds_every_vector_as_32_bit_floats(
    workspace: Workspace, tmp_path: Path
) -> None:
    calls: list[tuple[int, int | None]] = []
    report = export_vectors(
        workspace, tmp_path / "v.parquet", progress=lambda done, total: calls.append((done, total))
    )
    table = pq.read_table(tmp_path / "v.parquet")
    assert table.schema.field("vector").type == pa.list_(pa.float32(), workspace.dim)
    assert table.schema.metadata[b"encoder"] == workspace.fingerprint.encode()
    ids = table["id"].to_pylist()
    rows = np.array(table["vector"].to_pylist(), np.float32)
    assert np.array_equal(rows, workspace.collection.vectors(ids))
    assert (report.images, report.missing, calls[-1]) == (24, 0, (24, 24))
    sql = "SELECT typeof(vector), typeof(vector::FLOAT[1280]) FROM 'v.parquet' LIMIT 1"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert duckdb.connect().execute(sql).fetchone() == ("FLOAT[]", "FLOAT[1280]")


def test_a_condition_and_missing_files_leave_images_out(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.states.update([ItemState("disc/00.png", "missing", "gone", 0, 0)])
    with Workspace(workspace.path) as place:
        report = export_vectors(place, tmp_path / "v.parquet", where="folder = 'disc'")
    assert (report.images, report.missing) == (7, 1)
    with pytest.raises(BadInputError, match="no image passes the condition"):
        export_vectors(workspace, tmp_path / "none.parquet", where="width > 100000")
    assert not (tmp_path / "none.parquet").exists()


def test_a_file_that_exists_is_not_replaced_in_silence(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "v.parquet").write_text("mine")
    with pytest.raises(BadInputError, match="exists; replace it with --overwrite"):
        export_vectors(workspace, tmp_path / "v.parquet")
    assert (tmp_path / "v.parquet").read_text() == "mine"
    with pytest.raises(StorageError):
        export_vectors(workspace, tmp_path / "no" / "folder" / "v.parquet")
    export_vectors(workspace, tmp_path / "v.parquet", overwrite=True)
    assert sorted(x.name for x in tmp_path.iterdir() if "parquet" in x.name) == ["v.parquet"]
