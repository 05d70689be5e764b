"""From a file of vectors that were computed elsewhere to a workspace."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from likewise.core.output_files import complete_file
from likewise.core.vectors import checked_vectors
from likewise.encoders.precomputed import WORDS_FILE, Precomputed
from likewise.errors import MismatchError, NotFoundError
from likewise.indexing.importing.rows import ROWS, Progress, Writing, check_rows
from likewise.indexing.neighbour_graph import make_graph
from likewise.sources._vector_files import VectorFile
from likewise.workspace import Workspace, find_workspace, located, writer_lock
from likewise.workspace.empty_workspace import removed_if_empty
from likewise.workspace.item_states import ItemState

__all__ = ["ImportReport", "Progress", "import_vectors", "import_words"]


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        workspace: where it went.
        encoder: fingerprint that the vectors are kept under.
        imported: rows that have a vector there now.
        left_out: rows that have none, with the reason.
        without_image: of the imported, those whose file is not there or cannot be read; None when
            no folder of images was given.
        words: how many words were imported.
        seconds: wall time.
    """

    workspace: Path
    encoder: str
    imported: int = 0
    left_out: tuple[ItemState, ...] = ()
    without_image: int | None = None
    words: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {
            **vars(self),
            "workspace": str(self.workspace),
            "left_out": [{"id": x.item, "reason": x.reason} for x in self.left_out],
            "seconds": round(self.seconds, 3),
        }


def import_vectors(
    vectors: VectorFile,
    name: str,
    workspace: str | os.PathLike[str] | None = None,
    *,
    root: str | os.PathLike[str] | None = None,
    words: VectorFile | None = None,
    skip_bad: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda done, total: None,
) -> ImportReport:
    """Make a workspace of vectors that were computed elsewhere, or add to the one that is there.

    The whole file is checked before anything is written. Ids that are there already get the new
    vector, so the same import may be run again after a kill.

    Args:
        vectors: as `likewise.sources._vector_files.open_vectors` opens it.
        name: of the model that made the vectors; rules pass between collections of one name.
        workspace: where to; NAME.likewise in the current folder unless given.
        root: a folder; ids are paths of image files below it, which thumbnails are made of.
        words: words (as ids) with their vectors, in the same space.
        skip_bad: leave out rows whose vector is unusable instead of refusing the file.
        dry_run: only check.
        progress: told how far it is.

    Raises:
        BadInputError: a vector that is NaN, infinite, zero or of another width; an id that is
            missing or given twice; a name that cannot be one.
        MismatchError: the workspace holds another encoder's vectors.
        NotFoundError: there is no folder `root`.
        StorageError: the disk is full or refuses; what was acknowledged is kept.
    """
    started = time.monotonic()
    home = f"{name}.likewise" if workspace is None else workspace
    path = located(home)
    encoder = Precomputed(f"{name}@{vectors.dim}", path)
    if root is not None and not Path(root).expanduser().is_dir():
        raise NotFoundError(f"{root} is not a folder; give the one that the ids are paths below")
    bad = check_rows(vectors, skip_bad)
    table = None if words is None else _word_table(words, vectors.dim)
    if dry_run:
        return ImportReport(path, encoder.fingerprint, vectors.count - len(bad), tuple(bad))
    with (
        removed_if_empty(home),
        Workspace.create(home, encoder) as open_workspace,
        writer_lock(path),
        open_workspace.jobs.run("import") as job,
    ):
        if table is not None:
            _write_words(path, table)
        imported, without = Writing(open_workspace, encoder, root, progress).go(vectors)
        open_workspace.collection.write_codes()
        make_graph(open_workspace.collection)
        report = ImportReport(
            path,
            encoder.fingerprint,
            imported,
            tuple(bad),
            without if root is not None else None,
            0 if table is None else len(table),
            time.monotonic() - started,
        )
        job.outcome, job.report = "done", report.to_json()
    return report


def import_words(
    words: VectorFile, workspace: str | os.PathLike[str] | None = None
) -> ImportReport:
    """Give a workspace of imported vectors a table of words, in place of the one it has.

    Raises:
        MismatchError: the workspace's encoder has a text side of its own, or another width.
        BadInputError: an unusable vector, or a word that is missing or given twice.
    """
    path = find_workspace(workspace)
    with Workspace(path) as opened:
        if not opened.encoder_name.startswith("precomputed:"):
            raise MismatchError(
                f"{path} was indexed with {opened.encoder_name}, and a table of words goes with "
                "vectors that were computed elsewhere; import those first"
            )
        fingerprint, table = opened.fingerprint, _word_table(words, opened.dim)
        with writer_lock(path):
            _write_words(path, table)
    return ImportReport(path, fingerprint, words=len(table))


def _word_table(words: VectorFile, dim: int) -> pa.Table:
    """Words and unit vectors as a table.

    Raises:
        MismatchError: vectors of another width than the images'.
        BadInputError: an unusable vector, or a word that is missing or given twice.
    """
    if words.dim != dim:
        raise MismatchError(
            f"the words of {words.path} have {words.dim} columns and the images' vectors {dim}; "
            "encode both with one model"
        )
    check_rows(words, skip_bad=False)
    blocks = list(words.rows(ROWS))
    rows = checked_vectors(np.concatenate([block.vectors for block in blocks]), "words")
    names = [word for block in blocks for word in block.ids]
    column = pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), dim)
    return pa.table({"word": pa.array(names, pa.string()), "vector": column})


def _write_words(path: Path, table: pa.Table) -> None:
    """Put a table of words into a workspace, whole or not at all."""
    with complete_file(path / WORDS_FILE) as part:
        pq.write_table(table, part)
