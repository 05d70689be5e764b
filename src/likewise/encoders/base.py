"""Encoders: images to unit vectors, under a fingerprint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.core.vectors import Vectors, checked_vectors
from likewise.encoders._short_names import SHORT_NAMES
from likewise.errors import BadInputError
from likewise.registry import part


@runtime_checkable
class Encoder(Protocol):
    """Turns images into vectors.

    `prepare` is called once an image, from several threads; `encode` is called with a batch of
    prepared images, from one thread. An encoder may have a `batch_size`; one whose `batch_size`
    is 1 gets single images, from several threads. An encoder that only stands for vectors computed
    elsewhere has a false `reads_images`.
    """

    @property
    def name(self) -> str:
        """The name by which `open_encoder` finds it."""

    @property
    def dim(self) -> int:
        """Number of columns of its vectors."""

    @property
    def fingerprint(self) -> str:
        """Name, weights digest, preprocessing and version in one short string.

        Two encoders with one fingerprint make the same vectors. Vectors are stored under it, and
        a rule refuses vectors of another.
        """

    @property
    def input_size(self) -> int:
        """Pixels on the shorter side that `prepare` needs; decoding may stop at that size."""

    def prepare(self, image: Image.Image) -> NDArray[Any]:
        """Preprocess one upright RGB image to the array that `encode` takes."""

    def encode(self, batch: NDArray[Any]) -> Vectors:
        """Encode prepared images, shape (n, ...), to rows of shape (n, dim)."""


@runtime_checkable
class TextEncoder(Protocol):
    """An encoder that also reads words, into the same space as its images."""

    def encode_text(self, phrases: Sequence[str]) -> Vectors:
        """Encode phrases to rows of shape (len(phrases), dim).

        Raises:
            BadInputError: a phrase that it cannot read; the message names similar ones.
        """


@runtime_checkable
class MeaningEncoder(TextEncoder, Protocol):
    """A text encoder that can also separate the meanings of a wide word."""

    def encode_meanings(self, phrase: str) -> Vectors:
        """Directions of the things that a phrase names, (k, dim), k of 1 or more.

        "dog" names over a hundred breeds, and the mean of their directions is near none of them.
        Rows are not of unit length: a longer one counts for more, and their sum is the direction
        that `encode_text` gives.
        """


@runtime_checkable
class DerivedEncoder(Encoder, Protocol):
    """An encoder that is a function of the vectors of another one."""

    @property
    def base(self) -> Encoder:
        """The other encoder."""

    def from_base(self, vectors: Vectors) -> Vectors:
        """Vectors of the base, shape (n, base.dim), to its own, shape (n, dim)."""


def open_encoder(name: str, home: Path | None = None) -> Encoder:
    """Build the encoder of that name, with its defaults.

    Args:
        name: a part, such as "efficientnet_lite0"; a part that has many models and which of them,
            such as "onnx:models/siglip2"; or a short name of one, such as "siglip2-base".
        home: the workspace that it is for; some encoders have files there.

    Raises:
        BadInputError: there is no such encoder.
    """
    if any(name.partition("@")[0] == short.name for short in SHORT_NAMES):
        name = f"onnx:{name}"
    family, colon, which = name.partition(":")
    kind = part("encoders", family)
    encoder: Encoder = kind(which, home) if colon else kind()
    return encoder


def need_images(encoder: Encoder) -> None:
    """Refuse an encoder that stands for vectors computed elsewhere."""
    if not getattr(encoder, "reads_images", True):
        encoder.prepare(Image.new("RGB", (1, 1)))


def encode_images(encoder: Encoder, images: Sequence[Image.Image], batch: int = 16) -> Vectors:
    """Encode upright RGB images; shape (len(images), encoder.dim).

    Raises:
        BadInputError: the encoder answered rows that are zero, not finite or of another width.
    """
    rows = [np.empty((0, encoder.dim), dtype=np.float32)]
    for start in range(0, len(images), batch):
        prepared = np.stack([encoder.prepare(image) for image in images[start : start + batch]])
        rows.append(checked_vectors(encoder.encode(prepared), "encoded images", encoder.dim))
    return np.concatenate(rows)


def encode_text(encoder: Encoder, phrases: Sequence[str]) -> Vectors:
    """Encode phrases; shape (len(phrases), encoder.dim).

    Raises:
        BadInputError: the encoder has no text side, or does not know a phrase.
    """
    if not phrases:
        return np.empty((0, encoder.dim), dtype=np.float32)
    if not isinstance(encoder, TextEncoder):
        raise BadInputError(
            f"the encoder '{encoder.name}' reads images only, so '{phrases[0]}' cannot be used; "
            "give example images instead"
        )
    return checked_vectors(encoder.encode_text(phrases), "encoded words", encoder.dim)


def encode_meanings(encoder: Encoder, phrase: str) -> tuple[Vectors, NDArray[np.float32]]:
    """Directions of the things that a phrase names, and how much each counts.

    Returns:
        Unit rows (k, encoder.dim), one where the encoder does not tell meanings apart, and
        weights (k,), the largest of them 1. The weighted sum of the rows is the direction that
        `encode_text` gives.
    """
    if not isinstance(encoder, MeaningEncoder):
        return encode_text(encoder, [phrase]), np.ones(1, dtype=np.float32)
    rows = np.asarray(encoder.encode_meanings(phrase), dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1)
    return checked_vectors(rows, "encoded meanings", encoder.dim), lengths / lengths.max()
