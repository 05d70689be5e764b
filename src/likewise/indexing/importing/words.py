"""Words and their vectors, kept beside imported ones so that they can be searched by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from likewise.core.output_files import complete_file
from likewise.core.vectors import checked_vectors
from likewise.encoders.precomputed import WORDS_FILE
from likewise.errors import MismatchError
from likewise.indexing.importing.row_checks import ROWS, check_rows
from likewise.sources._vector_files import VectorFile


def word_table(words: VectorFile, dim: int) -> pa.Table:
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


def write_words(path: Path, table: pa.Table) -> None:
    """Put a table of words into a workspace, whole or not at all."""
    with complete_file(path / WORDS_FILE) as part:
        pq.write_table(table, part)
