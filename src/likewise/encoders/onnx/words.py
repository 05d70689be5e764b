"""Tokens of phrases, as a text graph takes them."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.encoders.onnx.files import PIECES, ModelFiles
from likewise.encoders.onnx.merges import clip_tokenizer
from likewise.encoders.onnx.wordpiece import content_of, wordpiece_tokenizer
from likewise.errors import CorruptError, MissingExtraError

_USUAL_LENGTH = 77
_BEYOND_ANY = 100_000


class Words:
    """A model's tokenizer.

    Args:
        files: the model's.
        length: how many tokens the graph takes, or None where it takes any number.

    Attributes:
        kind: "clip" or "siglip", which says in which templates it reads short phrases.
        is_padded: whether the graph takes every sentence at one length. BERT's need not be: what
            pads is masked there, and up to 8,192 tokens would take nearly all of the time.
    """

    def __init__(self, files: ModelFiles, length: int | None) -> None:
        try:
            from tokenizers import Tokenizer, models
        except ImportError as error:
            raise MissingExtraError("reading words with an ONNX model", "onnx") from error
        folder = files.words_folder
        file = folder / "tokenizer.json"
        pieces, settings = folder / PIECES, files.settings("tokenizer_config.json", folder)
        if not file.is_file() and files.merges is not None:
            self._tokenizer = clip_tokenizer(files.merges)
        elif not file.is_file() and pieces.is_file():
            self._tokenizer = wordpiece_tokenizer(pieces, settings)
        else:
            try:
                self._tokenizer = Tokenizer.from_file(str(file))
            except Exception as error:  # the library raises nothing narrower
                raise CorruptError(f"{file} cannot be read ({error}); fetch it again") from error
        model = files.settings("config.json", folder) or files.settings("config.json")
        whole = model or files.settings("open_clip_config.json").get("model_cfg") or {}
        of_open_clip = whole.get("text_cfg") or {}
        is_plain = (of_open_clip.get("tokenizer_kwargs") or {}).get("clean") == "canonicalize"
        is_siglip = is_plain or "siglip" in str(model.get("model_type", ""))
        self.kind = "siglip" if is_siglip else "clip"
        name = str(settings.get("tokenizer_class", ""))
        self._without_punctuation = is_plain or (is_siglip and name.startswith("SiglipTokenizer"))
        lengths = (
            length,
            model.get("text_config", {}).get("max_position_embeddings"),
            of_open_clip.get("context_length"),
            settings.get("model_max_length"),
        )
        self._length = next((int(x) for x in lengths if x and x < _BEYOND_ANY), _USUAL_LENGTH)
        self.is_padded = length is not None or not isinstance(
            self._tokenizer.model, models.WordPiece
        )
        token = content_of(settings.get("pad_token"))
        found = None if token is None else self._tokenizer.token_to_id(token)
        padding = self._tokenizer.padding or {}
        self._pad = int(padding.get("pad_id", 0) if found is None else found)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self._length)

    def read(self, sentences: Sequence[str]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Tokens of sentences and their mask, both int64 of shape (n, length)."""
        tokens = np.full((len(sentences), self._length), self._pad, dtype=np.int64)
        mask = np.zeros_like(tokens)
        texts = [self._cleaned(text) for text in sentences]
        for row, found in enumerate(self._tokenizer.encode_batch(texts)):
            tokens[row, : len(found.ids)] = found.ids
            mask[row, : len(found.ids)] = 1
        return tokens, mask

    def _cleaned(self, text: str) -> str:
        """The first SigLIP was trained without punctuation."""
        if not self._without_punctuation:
            return text
        return text.translate(str.maketrans("", "", string.punctuation))
