"""JSON files that are read as a stream."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import ijson

from likewise.errors import CorruptError


@contextmanager
def parsing(path: str | os.PathLike[str], again: str) -> Iterator[None]:
    """Say in one sentence that a file is no JSON, and how to have it `again`.

    Raises:
        CorruptError: what is read inside is no JSON.
    """
    try:
        yield
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
        why = " ".join(str(error).split())[:120]
        raise CorruptError(f"{path} cannot be read as JSON ({why}); {again}") from error
