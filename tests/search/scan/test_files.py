import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from likewise.errors import StorageError
from likewise.search.scan.files import Files
from likewise.search.scan.kernel import quantise

DIM = 6


def halves(rows: int, seed: int = 0) -> NDArray[np.float16]:
    return np.random.default_rng(seed).standard_normal((rows, DIM)).astype(np.float16)


def filled(folder: Path) -> Files:
    files = Files(folder, DIM, "demo")
    files.append([("a", 3)], [halves(3)])
    files.append([("b", 2), ("c", 4)], [halves(2, 1), halves(4, 2)])
    return files


def same(files: Files) -> None:
    expected = np.concatenate([halves(3), halves(2, 1), halves(4, 2)])
    rows = files.rows
    assert rows.runs == (("a", 3), ("b", 2), ("c", 4))
    np.testing.assert_array_equal(rows.vectors, expected)
    codes, scales = quantise(expected.astype(np.float32))
    np.testing.assert_array_equal(rows.codes, codes)
    np.testing.assert_array_equal(rows.scales, scales)


def test_rows_come_back_and_only_grow(tmp_path: Path) -> None:
    same(filled(tmp_path / "scan"))
    same(Files(tmp_path / "scan", DIM, "demo"))


def test_a_snapshot_stays_while_rows_are_appended_and_remade(tmp_path: Path) -> None:
    files = filled(tmp_path)
    before, vectors = files.rows, files.rows.vectors.copy()
    files.append([("d", 5)], [halves(5, 3)])
    assert files.rows.generation == before.generation
    files.clear()
    files.append([("e", 1)], [halves(1, 4)])
    assert files.rows.generation != before.generation
    assert (len(before), len(files.rows)) == (9, 1)
    np.testing.assert_array_equal(before.vectors, vectors)
    assert len(list(tmp_path.iterdir())) == 4  # three files and their header: none of the old


def test_a_torn_tail_is_written_over(tmp_path: Path) -> None:
    filled(tmp_path)
    for file in tmp_path.iterdir():
        if file.suffix != ".json":
            with file.open("ab") as tail:
                tail.write(b"torn")
    files = Files(tmp_path, DIM, "demo")
    same(files)
    files.append([("d", 5)], [halves(5, 3)])
    np.testing.assert_array_equal(Files(tmp_path, DIM, "demo").rows.vectors[9:], halves(5, 3))


def test_an_append_that_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    files = filled(tmp_path)

    def breaks() -> object:
        yield halves(100, 5)
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match=r"could not be written \(No space left on device\)"):
        files.append([("d", 200)], breaks())  # type: ignore[arg-type]
    same(files)
    same(Files(tmp_path, DIM, "demo"))


@pytest.mark.parametrize(
    "header",
    ["", "\0" * 200, "{}", "[]", '{"format": 1', '{"format": 99, "runs": []}', "null"],
)
def test_a_header_that_is_not_ours_is_no_header(tmp_path: Path, header: str) -> None:
    filled(tmp_path)
    (tmp_path / "header.json").write_text(header)
    assert len(Files(tmp_path, DIM, "demo").rows) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"encoder": "other"},
        {"dim": DIM + 1},
        {"format": 2},
        {"generation": "../../elsewhere"},
        {"generation": "00ff"},
        {"runs": [["a", 3], ["b", 2], ["c", 400]]},
        {"runs": [["a", -3]]},
        {"runs": [["a"]]},
        {"runs": "abc"},
    ],
)
def test_a_header_that_does_not_fit_the_files_is_no_header(
    tmp_path: Path, change: dict[str, object]
) -> None:
    filled(tmp_path)
    header = json.loads((tmp_path / "header.json").read_text())
    (tmp_path / "header.json").write_text(json.dumps({**header, **change}))
    assert len(Files(tmp_path, DIM, "demo").rows) == 0


def test_files_of_another_width_or_encoder_are_not_used(tmp_path: Path) -> None:
    filled(tmp_path)
    assert len(Files(tmp_path, DIM + 1, "demo").rows) == 0
    assert len(Files(tmp_path, DIM, "other").rows) == 0


def test_another_process_sees_what_was_appended(tmp_path: Path) -> None:
    reader = Files(tmp_path, DIM, "demo")
    writer = filled(tmp_path)
    reader.reopen()
    same(reader)
    kept = reader.rows
    reader.reopen()
    assert reader.rows is kept
    writer.clear()
    writer.append([("e", 1)], [halves(1, 4)])
    reader.reopen()
    assert reader.rows.runs == (("e", 1),)
