"""Vectors that were computed elsewhere: it encodes no image, and words only from a table."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from likewise.core.vectors import Vectors, checked_vectors
from likewise.errors import BadInputError
from likewise.images.thumbnails import LONGEST

WORDS_FILE = "words.parquet"
"""Beside a workspace's database: the columns `word` and `vector`."""

_WHICH = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,59})@([1-9][0-9]{0,5})")


class Precomputed:
    """Your own vectors, made elsewhere; bring them in with: likewise import-vectors.

    Two collections with vectors of one name and width count as one encoder's: rules pass between
    them. likewise cannot check that.

    Args:
        which: the name that was given to the vectors and their width, such as "clip-b32@512".
        home: the workspace, where the table of words is, if there is one.

    Raises:
        BadInputError: a name of another form.

    Example:
        >>> encoder = Precomputed("clip-b32@512")
        >>> encoder.name, encoder.dim, encoder.fingerprint
        ('precomputed:clip-b32@512', 512, 'precomputed-clip-b32-512')
    """

    form = "precomputed:NAME@DIM"
    input_size = LONGEST  # what its thumbnails are made from
    reads_images = False

    def __init__(self, which: str = "", home: Path | None = None) -> None:
        match = _WHICH.fullmatch(which)
        if match is None:
            raise BadInputError(
                f"'{which}' does not name vectors that were computed elsewhere; a name of letters, "
                "digits, - and _ and the number of columns is wanted, such as clip-b32@512"
            )
        self._model, self.dim = match[1], int(match[2])
        self.name = f"precomputed:{which}"
        self._words_file = None if home is None else Path(home) / WORDS_FILE

    @property
    def fingerprint(self) -> str:
        """The name that was given to the vectors, and their width."""
        return f"precomputed-{self._model}-{self.dim}"

    def prepare(self, image: Image.Image) -> NDArray[Any]:
        """Always refused."""
        self._refuse_images()

    def encode(self, batch: NDArray[Any]) -> Vectors:
        """Always refused, as `prepare`."""
        self._refuse_images()

    def encode_text(self, phrases: Sequence[str]) -> Vectors:
        """Look phrases up in the table of words; capitals and spaces do not matter.

        Raises:
            BadInputError: there is no table, or a phrase is not in it.
        """
        words = self._words
        if not words:
            raise BadInputError(
                f"the vectors '{self._model}' came without words, so {phrases[0]!r} cannot be "
                "used; give example images, or import a table of words with: "
                "likewise import-vectors --words FILE"
            )
        rows = [words.get(_folded(phrase)) for phrase in phrases]
        for phrase, row in zip(phrases, rows, strict=True):
            if row is None:
                near = difflib.get_close_matches(_folded(phrase), words, n=3)
                nearby = (
                    f"near ones are: {', '.join(near)}" if near else f"it has {len(words)} words"
                )
                raise BadInputError(
                    f"'{phrase}' is not in the table of words of '{self._model}'; {nearby}"
                )
        return np.stack([row for row in rows if row is not None])

    def word_senses(self) -> Mapping[str, str]:
        """The words of the table, sorted; each stands for itself."""
        return dict.fromkeys(sorted(self._words), "")

    @cached_property
    def _words(self) -> dict[str, NDArray[np.float32]]:
        if self._words_file is None or not self._words_file.is_file():
            return {}
        table = pq.read_table(self._words_file)
        flat = table.column("vector").combine_chunks().flatten().to_numpy()
        rows = checked_vectors(flat.reshape(len(table), -1), str(self._words_file), self.dim)
        words = map(_folded, table.column("word").to_pylist())
        return dict(zip(words, rows, strict=True))

    def _refuse_images(self) -> NoReturn:
        raise BadInputError(
            f"the vectors '{self._model}' were computed elsewhere, so an image that is not among "
            "them cannot be encoded here; give ids of items, or index the images with an encoder "
            "into another workspace"
        )


def _folded(phrase: str) -> str:
    return " ".join(phrase.casefold().split())
