"""An index made of segments finds what one made at once finds, and grows like it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import lance
import numpy as np
import pyarrow as pa
import pytest
from pools import clumps

from likewise import __version__
from likewise.core.rule import Rule
from likewise.core.space import centred_space
from likewise.distribute.shards import Finished, Local, WorkerDied
from likewise.errors import StorageError
from likewise.indexing.index import index
from likewise.indexing.index_segments import Segments, index_by
from likewise.search.scan.codes import Codes
from likewise.search.scan.inverted import Inverted
from likewise.search.scan.inverted_file import index_in_process
from likewise.search.store.lance import Lance

DIM, ROWS = 64, 12_000


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lance:
    """Vectors whose index is made of three fragments."""
    monkeypatch.setattr("likewise.search.scan.inverted_file._FILE_ROWS", 5000)
    monkeypatch.setattr("likewise.search.scan.inverted._TAIL_ROWS", 100)
    store = Lance(tmp_path / "v", DIM, "demo")
    add(store, "a", ROWS)
    return store


def add(store: Lance, prefix: str, count: int) -> None:
    names = [f"{prefix}{row:05d}" for row in range(count)]
    store.append(pa.table({"item_id": names}), clumps((count // 20,) * 20, DIM, noise=1.0))


def test_the_same_best_rows_and_more_of_them_later(store: Lance, tmp_path: Path) -> None:
    codes = Codes(store, tmp_path / "scan")
    space = centred_space("demo", codes.follow().take(np.arange(2000)))
    folder = tmp_path / "scan" / "inverted"
    indexed = Inverted(codes, folder, from_ms=0)
    crew: Any = partial(index_by, Local)
    assert indexed.write(lambda: space, crew)
    (dataset,) = folder.glob("*/vectors.lance")
    assert len(lance.dataset(str(dataset)).describe_indices()[0].segments) == 3
    rows = space.apply(codes.follow().take(np.arange(0, ROWS, 997)))
    for count in (ROWS, ROWS + 1000):
        assert indexed.wait().startswith(f"an index of {count:,} of {count:,} rows")
        every = codes.follow().take(np.arange(count))
        for row in rows:
            rule = Rule("mean", space, row[None])
            _, scores = indexed.search(rule, 20)
            np.testing.assert_allclose(scores, np.sort(rule.score(every))[::-1][:20], atol=1e-5)
        assert indexed.answered == len(rows)
        add(store, "b", 1000)
        indexed = Inverted(codes, folder, from_ms=0)
        assert indexed.write(lambda: space, crew)


def test_what_dead_workers_left_is_taken_away(store: Lance, tmp_path: Path) -> None:
    codes = Codes(store, tmp_path / "scan")
    vectors = codes.follow().take(np.arange(ROWS)).astype(np.float16)
    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), DIM)
    where = tmp_path / "x.lance"
    dataset = lance.write_dataset(pa.table({"vector": column}), where, max_rows_per_file=5000)

    class Dies(Local[Any, Any]):
        """Whose first work is lost when it is done."""

        lost = False

        def finished(self, seconds: float) -> list[Any]:
            news = super().finished(seconds)
            if not Dies.lost:
                Dies.lost = True
                return [Finished(news[0].number, error=WorkerDied("gone"))]
            return news

    index_by(Dies, dataset)
    assert len(list((where / "_indices").iterdir())) == 3
    assert lance.dataset(str(where)).describe_indices()[0].num_rows_indexed == ROWS


def test_a_machine_that_does_not_see_the_disk_is_refused() -> None:
    with pytest.raises(StorageError, match="a disk that all machines share"):
        Segments(__version__, "/nowhere", 1, [], "").open()


def test_a_run_by_a_crew_has_the_index_made_by_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crews: list[Any] = []

    def told(crew: Any, dataset: Any) -> None:
        crews.append(crew)
        index_in_process(dataset)

    monkeypatch.setattr("likewise.indexing.run.index_by", told)
    monkeypatch.setattr(Inverted, "_pays", lambda self, view: True)
    index(home / "shapes", home / "shards.likewise", crew=Local)
    assert crews == [Local]
    assert list((home / "shards.likewise").glob("**/inverted/*/vectors.lance"))
