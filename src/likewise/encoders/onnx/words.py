"""Tokens of phrases, as a text graph takes them."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.encoders._model_inputs import sentence
from likewise.encoders.onnx.files import ModelFiles
from likewise.errors import CorruptError, MissingExtraError

_USUAL_LENGTH = 77
_BEYOND_ANY = 100_000


class Words:
    """A model's tokenizer.

    Args:
        files: the model's.
        length: how many tokens the graph takes, or None where it takes any number.
    """

    def __init__(self, files: ModelFiles, length: int | None) -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtraError("reading words with an ONNX model", "onnx") from error
        file = files.folder / "tokenizer.json"
        try:
            self._tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises nothing narrower
            raise CorruptError(f"{file} cannot be read ({error}); fetch it again") from error
        model, settings = files.settings("config.json"), files.settings("tokenizer_config.json")
        self._kind = "siglip" if "siglip" in str(model.get("model_type", "")) else "clip"
        self._class = str(settings.get("tokenizer_class", ""))
        lengths = (
            length,
            model.get("text_config", {}).get("max_position_embeddings"),
            settings.get("model_max_length"),
        )
        self._length = next((int(x) for x in lengths if x and x < _BEYOND_ANY), _USUAL_LENGTH)
        pad = settings.get("pad_token")
        token = pad.get("content") if isinstance(pad, dict) else pad
        found = None if token is None else self._tokenizer.token_to_id(token)
        padding = self._tokenizer.padding or {}
        self._pad = int(padding.get("pad_id", 0) if found is None else found)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self._length)

    def read(self, phrases: Sequence[str]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Tokens and their mask, both int64 of shape (n, length)."""
        tokens = np.full((len(phrases), self._length), self._pad, dtype=np.int64)
        mask = np.zeros_like(tokens)
        sentences = [self.sentence(phrase) for phrase in phrases]
        for row, found in enumerate(self._tokenizer.encode_batch(sentences)):
            tokens[row, : len(found.ids)] = found.ids
            mask[row, : len(found.ids)] = 1
        return tokens, mask

    def sentence(self, phrase: str) -> str:
        """The sentence of a phrase; the first SigLIP was trained without punctuation."""
        text = sentence(phrase, self._kind)
        if self._kind == "siglip" and self._class.startswith("SiglipTokenizer"):
            text = text.translate(str.maketrans("", "", string.punctuation))
        return text
