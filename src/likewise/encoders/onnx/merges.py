"""CLIP's own tokenizer, from the file of merges that open_clip and rclip keep it in."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Any

from likewise.errors import CorruptError

_MOST_MERGES = 48_894  # of the file's 262,144; CLIP's vocabulary has 49,408 tokens
_LARGEST = 64 << 20  # bytes, unpacked
_SPECIAL = ("<|startoftext|>", "<|endoftext|>")
_PIECES = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def clip_tokenizer(file: Path) -> Any:
    """The tokenizer of the library "tokenizers" that a file of merges stands for.

    The vocabulary is every byte, every byte at the end of a word, what each merge makes, and the
    marks of start and end, as Radford et al. (ICML 2021) published it.

    Raises:
        CorruptError: the file cannot be read.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    try:
        with gzip.open(file) as stream:
            lines = stream.read(_LARGEST).decode("utf-8").split("\n")
        pairs = [line.split() for line in lines[1 : _MOST_MERGES + 1] if line]
        merges = [(first, second) for first, second in pairs]
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise CorruptError(f"{file} cannot be read ({error}); fetch it again") from error
    letters = _letters()
    tokens = [*letters, *(f"{letter}</w>" for letter in letters)]
    tokens += ["".join(merge) for merge in merges]
    vocabulary = {token: number for number, token in enumerate([*tokens, *_SPECIAL])}
    tokenizer = Tokenizer(
        models.BPE(vocabulary, merges, unk_token=_SPECIAL[1], end_of_word_suffix="</w>")
    )
    replaced = ((r"\s+", " "), (r"[\u02bc\u2018-\u201b]", "'"), (r"[\u201c-\u201f]", '"'))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            *(normalizers.Replace(Regex(pattern), plain) for pattern, plain in replaced),
            normalizers.Lowercase(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    start, end = _SPECIAL
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        special_tokens=[(start, vocabulary[start]), (end, vocabulary[end])],
    )
    return tokenizer


def _letters() -> list[str]:
    """A printable letter for each byte, in the order of the vocabulary.

    Bytes that print stand for themselves and come first; the others get letters from 256 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + n) for n in range(len(hidden))]
