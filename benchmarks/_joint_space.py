"""A small space of images and words, trained on vectors of images and captions; numpy only.

Two linear maps, one of an encoder's vectors and one of the letters and words of a caption, are
trained so that an image is nearest to its own caption (the symmetric loss of CLIP, Radford et al.,
ICML 2021). It stands for CLIP where no published weights can be had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit

_BUCKETS = 4096
_SHARPNESS = 20.0  # the scale of cosines in the loss
_RATE, _KEEP, _KEEP_SQUARES = 0.002, 0.9, 0.999  # of Adam (Kingma, Ba 2015)

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class JointSpace:
    """Maps of images and of words into one space.

    Attributes:
        mean: of the vectors it was trained on, (dim,).
        of_images: (dim, d).
        of_words: (buckets, d).
    """

    mean: Floats
    of_images: Floats
    of_words: Floats

    def images(self, vectors: Floats) -> Vectors:
        """Unit rows (n, d) of an encoder's vectors (n, dim)."""
        return unit((vectors - self.mean) @ self.of_images)

    def words(self, texts: Sequence[str]) -> Vectors:
        """Unit rows (n, d) of texts."""
        return unit(_counts(texts) @ self.of_words)


def train(
    vectors: Floats,
    captions: Sequence[Sequence[str]],
    groups: NDArray[np.int64],
    dim: int = 128,
    steps: int = 800,
    batch: int = 256,
    seed: int = 0,
) -> JointSpace:
    """Train a joint space.

    Args:
        vectors: of images, (n, width).
        captions: for each image the texts of which each step takes one.
        groups: (n,), equal where captions mean the same, so that none is taken for wrong.
        dim: columns of the space.
        steps: of gradient descent.
        batch: images in a step.
        seed: of every draw.
    """
    random = np.random.default_rng(seed)
    mean = vectors.mean(axis=0)
    rows = np.asarray(vectors - mean, np.float32)
    maps: list[Floats] = [
        np.asarray(random.standard_normal((width, dim)) / np.sqrt(width), np.float32)
        for width in (rows.shape[1], _BUCKETS)
    ]
    moments = [(np.zeros_like(each), np.zeros_like(each)) for each in maps]
    for step in range(1, steps + 1):
        chosen = random.permutation(len(rows))[:batch]
        texts = [captions[i][int(random.integers(len(captions[i])))] for i in chosen.tolist()]
        inputs = (rows[chosen], _counts(texts))
        same = groups[chosen, None] == groups[None, chosen]
        for each, slope, (first, second) in zip(
            maps, _slopes(inputs, maps, same), moments, strict=True
        ):
            first += (1 - _KEEP) * (slope - first)
            second += (1 - _KEEP_SQUARES) * (slope**2 - second)
            size = np.sqrt(second / (1 - _KEEP_SQUARES**step)) + 1e-8
            each -= np.float32(_RATE) * first / (1 - _KEEP**step) / size
    return JointSpace(np.asarray(mean, np.float32), *maps)


def _slopes(inputs: tuple[Any, Any], maps: list[Floats], same: NDArray[np.bool_]) -> list[Floats]:
    """Gradients of the loss by both maps."""
    lengths, units = [], []
    for rows, each in zip(inputs, maps, strict=True):
        mapped = np.asarray(rows @ each, np.float32)
        length = np.maximum(np.linalg.norm(mapped, axis=1, keepdims=True), 1e-6)
        lengths.append(length)
        units.append(mapped / length)
    logits = _SHARPNESS * units[0] @ units[1].T
    right = same / same.sum(axis=1, keepdims=True)  # symmetric, since `same` is
    error = (_softmax(logits) - right) + (_softmax(logits.T) - right).T
    error *= _SHARPNESS / (2 * len(logits))
    slopes = []
    for rows, unit_rows, length, by in (
        (inputs[0], units[0], lengths[0], error @ units[1]),
        (inputs[1], units[1], lengths[1], error.T @ units[0]),
    ):
        across = (by - unit_rows * (by * unit_rows).sum(axis=1, keepdims=True)) / length
        slopes.append(np.asarray(rows.T @ across, np.float32))
    return slopes


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _counts(texts: Sequence[str]) -> Any:
    """Runs of two to five letters of each text, as a sparse matrix (n, buckets)."""
    from sklearn.feature_extraction.text import HashingVectorizer

    reader = HashingVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), n_features=_BUCKETS, alternate_sign=False,
        dtype=np.float32,
    )  # fmt: skip
    return reader.transform([text.lower() for text in texts])
