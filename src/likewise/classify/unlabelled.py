"""Vectors of images that nobody labelled, of a folder or a workspace, a bounded number of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likewise.classify.smoothing import MOST_UNLABELLED, drawn_unlabelled
from likewise.core.progress import Progress
from likewise.core.vectors import Vectors
from likewise.encoders._encode_files import Encoded, encode_files, reason
from likewise.encoders.base import Encoder, open_encoder
from likewise.errors import BadInputError, MismatchError
from likewise.images.decode import Limits
from likewise.sources._walk import is_workspace
from likewise.sources.base import Refused
from likewise.sources.folder import Folder
from likewise.workspace import Workspace


@dataclass(frozen=True, eq=False)
class UnlabelledImages:
    """Images without labels that a classifier may learn from.

    Attributes:
        vectors: (n, dim).
        origin: the folder or workspace they are from.
        total: how many images are there; more than n where some were drawn at random.
        refused: what was left out, as (id, reason).
    """

    vectors: Vectors
    origin: str
    total: int
    refused: tuple[tuple[str, str], ...] = ()


def gather_unlabelled(
    source: str | os.PathLike[str],
    encoder: str | Encoder,
    fingerprint: str,
    *,
    limits: Limits | None = None,
    progress: Progress = lambda done, total: None,
) -> UnlabelledImages:
    """Vectors of at most `MOST_UNLABELLED` images, drawn at random where there are more.

    Args:
        source: a workspace, whose vectors are read, or a folder, whose images are encoded.
        encoder: of the references, or its name; a folder's images are encoded with it.
        fingerprint: of the references' encoder.
        limits: caps on what is decoded.
        progress: told how many files are done.

    Raises:
        NotFoundError: there is no such folder.
        BadInputError: no image can be read.
        MismatchError: the workspace has vectors of another encoder.
    """
    if is_workspace(source):
        return _of_workspace(Path(source), fingerprint)
    folder = Folder(source)
    refused: list[tuple[str, str]] = []
    items = []
    for entry in folder.items():
        if isinstance(entry, Refused):
            refused.append((entry.id, entry.reason))
        else:
            items.append(entry)
    total = len(items)
    items = [items[row] for row in drawn_unlabelled(total).tolist()]
    encoder = open_encoder(encoder) if isinstance(encoder, str) else encoder
    rows = [np.empty((0, encoder.dim), np.float32)]
    for done, (item, outcome) in enumerate(encode_files(items, encoder, limits=limits), 1):
        if not isinstance(outcome, Encoded):
            refused.append((item.id, reason(outcome)))
        elif outcome.vector is not None:
            rows.append(outcome.vector[None])
        progress(done, len(items))
    vectors = np.concatenate(rows)
    if not len(vectors):
        raise BadInputError(
            f"no image in '{os.fspath(source)}' can be read; give another folder, or leave "
            "--unlabelled out"
        )
    return UnlabelledImages(vectors, os.fspath(source), total, tuple(sorted(refused)))


def _of_workspace(path: Path, fingerprint: str) -> UnlabelledImages:
    with Workspace(path) as workspace:
        if workspace.fingerprint != fingerprint:
            raise MismatchError(
                f"the workspace '{path}' has vectors of the encoder '{workspace.fingerprint}' and "
                f"the references are of '{fingerprint}'; give the folder of images instead"
            )
        collection = workspace.collection
        ids = collection.sample(MOST_UNLABELLED)
        if not ids:
            raise BadInputError(f"the workspace '{path}' holds no image; leave --unlabelled out")
        return UnlabelledImages(collection.vectors(sorted(ids)), path.name, len(collection))
