"""Lance's IVF_RQ over centred vectors: which rows could be the best, by rough scores."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from likewise.core.rule import Rule
from likewise.core.space import Space
from likewise.numeric.threads import Blocks, share_blocks
from likewise.search.scan.files import Rows

BITS = 5
"""A dimension, after a random rotation (RaBitQ: Gao and others, SIGMOD 2025)."""

_FILE_ROWS = 1 << 20
_BLOCK_ROWS = 8192
_DRIFT = 0.03  # between the mean of a rule's space and that of the index; vectors are of length 1


class InvertedFile:
    """The index of one generation of rows, opened.

    Attributes:
        dataset: centred vectors of those rows, in their order.
        mean: what was subtracted; float32 of shape (dim,).
        generation: of the rows.
        name: of the index.
        rows: how many of them, from the first on, are in the index.
    """

    def __init__(self, dataset: Any, mean: NDArray[np.float32], generation: str) -> None:
        described = dataset.describe_indices()[0]
        self.dataset, self.mean, self.generation = dataset, mean, generation
        self.name = described.name
        self.rows = int(described.num_rows_indexed)
        fragments = dataset.get_fragments()
        self._ids = np.array([fragment.fragment_id for fragment in fragments], np.int64)
        sizes = [fragment.physical_rows for fragment in fragments]
        self._starts = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)

    def same_as(self, other: InvertedFile) -> bool:
        """Whether there is nothing more in this than in one that was opened before."""
        return (self.generation, self.rows) == (other.generation, other.rows)

    def fits(self, space: Space) -> bool:
        """Whether rules over a space can be asked here."""
        if space.projection is not None or len(space.mean) != len(self.mean):
            return False
        return float(np.linalg.norm(space.mean - self.mean)) <= _DRIFT

    def warm(self) -> None:
        """Read the index into memory."""
        self.dataset.prewarm_index(self.name)

    def candidates(
        self, rule: Rule, count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], float]:
        """Rows with rough scores, and the most that any other row could have but for the error.

        Every prototype is asked for `count`: the best of the largest product are among those.
        """

        def ask(numbers: Blocks) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
            return [self._near(rule.directions[number], count) for number, _ in numbers]

        # One question keeps little more than one core busy, so that several are asked at once.
        blocks = chain.from_iterable(share_blocks(len(rule.directions), ask, 1))
        named, rough = map(list, zip(*blocks, strict=True))
        full = (found for found in rough if len(found) >= min(count, self.rows))
        bound = max((float(found.min(initial=np.inf)) for found in full), default=-np.inf)
        each, first = np.unique(np.concatenate(named), return_inverse=True)
        scores = np.full(len(each), -np.inf, np.float32)
        np.maximum.at(scores, first, np.concatenate(rough))
        return each, scores, bound

    def _near(
        self, direction: NDArray[np.float32], count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows near one prototype, and their rough products with it."""
        nearest = {"column": "vector", "q": direction, "k": count}
        probes = {"minimum_nprobes": 1 << 20, "maximum_nprobes": 1 << 20}
        table = self.dataset.scanner(
            columns=["_rowid", "_distance"], fast_search=True, nearest={**nearest, **probes}
        ).to_table()
        ids = table["_rowid"].to_numpy().astype(np.int64)
        rows = self._starts[np.searchsorted(self._ids, ids >> 32)] + (ids & 0xFFFFFFFF)
        return rows, 1 - table["_distance"].to_numpy()

    def add(self, part: Rows) -> None:
        """Take in the rows that are new; for the one who writes.

        Raises:
            OSError: the disk is full or refuses.
        """
        import lance

        indexed = self.dataset.count_rows()  # more than indexed if a kill came between the two
        if indexed < len(part):
            rows = _centred(part, Space("", self.mean), indexed)
            lance.write_dataset(rows, self.dataset, mode="append", max_rows_per_file=_FILE_ROWS)
        lance.dataset(self.dataset.uri).optimize.optimize_indices()


Indexer: TypeAlias = Callable[[Any], None]
"""Makes the index of a dataset of centred vectors, in one process or in several."""


def index_in_process(dataset: Any) -> None:
    """Make the index of all rows of a dataset, in this process."""
    dataset.create_index("vector", "IVF_RQ", metric="dot", num_bits=BITS)


def make_file(folder: Path, part: Rows, space: Space, index: Indexer = index_in_process) -> None:
    """Make the file of these rows in place of whatever is there.

    Args:
        folder: where the files are.
        part: the rows.
        space: whose mean is subtracted.
        index: makes the index.

    Raises:
        OSError: the disk is full or refuses.
    """
    import lance

    shutil.rmtree(folder, ignore_errors=True)
    new = folder / "new"
    new.mkdir(parents=True)
    dataset = lance.write_dataset(
        _centred(part, space, 0), str(new / "vectors.lance"), max_rows_per_file=_FILE_ROWS
    )
    index(dataset)
    np.save(new / "mean.npy", space.mean)
    new.rename(folder / part.generation)


def open_file(folder: Path, part: Rows) -> InvertedFile | None:
    """The file of these rows, or None where there is none that can be read."""
    import lance

    home = folder / part.generation
    try:
        mean = np.load(home / "mean.npy")
        opened = InvertedFile(lance.dataset(str(home / "vectors.lance")), mean, part.generation)
    except (OSError, ValueError, IndexError):
        return None
    return opened if 0 < opened.rows <= len(part) else None


def _centred(part: Rows, space: Space, start: int) -> pa.RecordBatchReader:
    dim = part.vectors.shape[1]
    schema = pa.schema([pa.field("vector", pa.list_(pa.float16(), dim))])

    def batches() -> Iterator[pa.RecordBatch]:
        for first in range(start, len(part), _BLOCK_ROWS):
            rows = space.apply(part.units(slice(first, first + _BLOCK_ROWS))).astype(np.float16)
            flat = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), dim)
            yield pa.record_batch([flat], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())
