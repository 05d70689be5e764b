"""A folder of class folders as vectors, labels and the words that the encoder can read."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from likewise.core.space import Space
from likewise.core.vectors import Vectors
from likewise.encoders.base import encode_meanings
from likewise.errors import BadInputError
from likewise.indexing.index import index
from likewise.workspace import Workspace


@dataclass(frozen=True, eq=False)
class ClassFolders:
    """Everything a replay needs.

    Attributes:
        vectors: (n, dim).
        labels: (n,), the name of the folder each image is in.
        space: the collection's.
        hints: (t, dim) meanings of a class's name, the longer the more it counts, for the classes
            whose name the encoder reads in full.
        encoder: its fingerprint.
    """

    vectors: Vectors
    labels: NDArray[np.str_]
    space: Space
    hints: Mapping[str, Vectors]
    encoder: str


def asking(about: str | None) -> argparse.ArgumentParser:
    """The options of every benchmark over a folder of class folders; it adds its own.

    Args:
        about: the benchmark's docstring, whose first line is its description.
    """
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="a folder of class folders")
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    parser.add_argument("--workspace", type=Path, help="keep the vectors here, for the next run")
    parser.add_argument(
        "--no-class",
        action="append",
        default=["BACKGROUND_Google"],
        help="a folder whose images belong to no class (repeatable)",
    )
    return parser


def read_asked(options: argparse.Namespace) -> ClassFolders:
    """The folder that the options name, its vectors kept where they say, or nowhere."""
    with tempfile.TemporaryDirectory() as scratch:
        return read(options.data, options.workspace or Path(scratch) / "benchmark.likewise")


def read(data: Path, workspace: Path) -> ClassFolders:
    """Index the folder into the workspace, or bring it up to date, and read it."""
    index(data, workspace)
    with Workspace(workspace) as place:
        ids = place.collection.ids()
        labels = np.array([item.partition("/")[0] for item in ids])
        hints = {}
        for name in sorted(set(labels.tolist())):
            rows = _words(place, name.replace("_", " ").lower())
            if rows is not None:
                hints[name] = rows
        vectors, space = place.collection.vectors(ids), place.collection.space()
        return ClassFolders(vectors, labels, space, hints, place.fingerprint)


def _words(place: Workspace, phrase: str) -> Vectors | None:
    understood = getattr(place.encoder, "understood", None)
    try:
        if understood is not None and understood(phrase).ignored:
            return None
        rows, weights = encode_meanings(place.encoder, phrase)
    except BadInputError:
        return None
    return np.asarray(rows * weights[:, None], np.float32)
