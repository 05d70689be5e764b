"""Rows kept twice in flat files: int8 codes with scales to scan, float16 vectors to be exact.

The files only grow. A header says how many of their rows count, and is replaced, whole, after
the rows are on the disk: a kill leaves a tail that the next append writes over.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.files import new_file
from likewise.core.vectors import Vectors, unit
from likewise.errors import StorageError
from likewise.search.scan.kernel import quantise, widen

_FORMAT = 1
_HEADER = "header.json"
_KINDS: tuple[tuple[str, np.dtype[Any]], ...] = (
    ("codes", np.dtype("i1")),
    ("scales", np.dtype("<f4")),
    ("vectors", np.dtype("<f2")),
)

Run = tuple[str, int]
"""Name of a segment of the store, and how many rows it has here."""


@dataclass(frozen=True, eq=False)
class Rows:
    """A snapshot of the files, memory-mapped.

    Attributes:
        codes: int8 of shape (n, dim).
        scales: float32 of shape (n,); ``vectors ~ codes * scales[:, None]``.
        vectors: float16 of shape (n, dim).
        runs: the segments that the rows came from, in order.
        generation: names these rows; more may follow under the same name, others never will.
    """

    codes: NDArray[np.int8]
    scales: NDArray[np.float32]
    vectors: NDArray[np.float16]
    runs: tuple[Run, ...]
    generation: str

    def __len__(self) -> int:
        return len(self.scales)

    def units(self, which: slice | NDArray[np.int64]) -> Vectors:
        """Some of the vectors as float32 rows of unit length."""
        return unit(widen(self.vectors[which]))


class Files:
    """The files of one folder, for one width of vectors and one encoder.

    Whatever is not what the header says is as if it were not there: the files are derived from
    the store and made again.

    Args:
        folder: made by the first append.
        dim: number of columns.
        encoder: fingerprint of the encoder whose vectors these are.
    """

    def __init__(self, folder: Path, dim: int, encoder: str) -> None:
        self.folder = folder
        self._dim = dim
        self._encoder = encoder
        self.rows = self._empty()
        self.reopen()

    def reopen(self) -> None:
        """Look at the header again: another process may have written."""
        try:
            header = json.loads((self.folder / _HEADER).read_text())
            made_for = [header["format"], header["dim"], header["encoder"]]
            runs = tuple((str(name), int(rows)) for name, rows in header["runs"])
            if not runs or min(rows for _, rows in runs) < 1:
                raise ValueError("a header counts rows")
            generation = f"{int(header['generation'], 16):016x}"
            if made_for == [_FORMAT, self._dim, self._encoder]:
                if (runs, generation) != (self.rows.runs, self.rows.generation):
                    self.rows = self._mapped(generation, runs)
                return
        except (OSError, ValueError, KeyError, TypeError):
            pass  # missing, cut short or not ours
        self.rows = self._empty()

    def clear(self) -> None:
        """Start anew; the old files stay for those who read them until the next append."""
        self.rows = self._empty()

    def append(self, runs: Iterable[Run], blocks: Iterable[NDArray[np.float16]]) -> None:
        """Add rows, all or none; on the disk on return.

        Args:
            runs: segments and their sizes, which add up to the rows in `blocks`.
            blocks: float16 of shape (any, dim).

        Raises:
            StorageError: the disk is full or refuses; the rows before are untouched.
        """
        old = self.rows
        together = (*old.runs, *runs)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write(old, blocks)
            self._commit(old.generation, together)
            self._delete_others(old.generation)
        except OSError as error:
            count = sum(rows for _, rows in together) * (3 * self._dim + 4)
            raise StorageError(
                f"the search codes at {self.folder} could not be written ({error.strerror}); "
                f"{count:,} bytes are wanted there in all, so free some space: nothing else is "
                "lost, and they are made again"
            ) from error
        self.rows = self._mapped(old.generation, together)

    def _write(self, old: Rows, blocks: Iterable[NDArray[np.float16]]) -> None:
        paths = [self._path(old.generation, kind) for kind, _ in _KINDS]
        for path in paths:
            path.touch()
        handles = [path.open("r+b") for path in paths]
        try:
            for handle, (kind, dtype) in zip(handles, _KINDS, strict=True):
                columns = 1 if kind == "scales" else self._dim
                handle.truncate(len(old) * columns * dtype.itemsize)  # a torn tail goes
                handle.seek(0, os.SEEK_END)
            for vectors in blocks:
                codes, scales = quantise(widen(vectors))
                for handle, array in zip(handles, (codes, scales, vectors), strict=True):
                    handle.write(np.ascontiguousarray(array).data)
            for handle in handles:
                handle.flush()
                os.fsync(handle.fileno())
        finally:
            for handle in handles:
                handle.close()

    def _commit(self, generation: str, runs: tuple[Run, ...]) -> None:
        header = {
            "format": _FORMAT,
            "dim": self._dim,
            "encoder": self._encoder,
            "generation": generation,
            "runs": runs,
        }
        with new_file(self.folder / _HEADER) as part:
            part.write_text(json.dumps(header))

    def _delete_others(self, generation: str) -> None:
        for kind, _ in _KINDS:
            for path in self.folder.glob(f"*.{kind}"):
                if path != self._path(generation, kind):
                    path.unlink(missing_ok=True)

    def _mapped(self, generation: str, runs: tuple[Run, ...]) -> Rows:
        """Map the files; raises OSError or ValueError where they are too short."""
        count = sum(rows for _, rows in runs)
        shapes = {"codes": (count, self._dim), "scales": (count,), "vectors": (count, self._dim)}
        maps = [
            np.memmap(self._path(generation, kind), dtype, mode="r", shape=shapes[kind])
            for kind, dtype in _KINDS
        ]
        codes, scales, vectors = (np.asarray(array) for array in maps)
        return Rows(codes, scales, vectors, runs, generation)

    def _empty(self) -> Rows:
        none = np.empty((0, self._dim))
        return Rows(
            none.astype(np.int8),
            np.empty(0, np.float32),
            none.astype(np.float16),
            (),
            secrets.token_hex(8),
        )

    def _path(self, generation: str, kind: str) -> Path:
        return self.folder / f"{generation}.{kind}"
