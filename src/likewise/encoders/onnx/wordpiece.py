"""BERT's tokenizer, from the list of pieces that older exports keep it in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from likewise.core.regular_files import bounded_lines
from likewise.errors import CorruptError

_LONGEST_WORD = 100  # letters; a longer word is unknown as a whole


def wordpiece_tokenizer(file: Path, settings: Mapping[str, Any]) -> Any:
    """The tokenizer of the library "tokenizers" that a `vocab.txt` stands for.

    A word is cut into the longest pieces of the list, from its start; those inside of a word
    begin with "##" (Devlin et al., NAACL 2019).

    Args:
        file: a piece a line; the number of the line is the token.
        settings: of `tokenizer_config.json`, which says whether capitals and accents count.

    Raises:
        CorruptError: the file cannot be read, or has no piece for the start, the end or an
            unknown word.
    """
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

    try:
        with file.open(encoding="utf-8") as lines:
            pieces = [line.rstrip("\n") for line in bounded_lines(lines)]
    except (OSError, ValueError) as error:
        raise CorruptError(f"{file} cannot be read ({error}); fetch it again") from error
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    unknown, start, end = (
        content_of(settings.get(f"{role}_token")) or usual
        for role, usual in (("unk", "[UNK]"), ("cls", "[CLS]"), ("sep", "[SEP]"))
    )
    missing = [token for token in (unknown, start, end) if token not in vocabulary]
    if missing:
        raise CorruptError(f"{file} has no {', '.join(missing)}; fetch it again")
    tokenizer = Tokenizer(
        models.WordPiece(vocabulary, unk_token=unknown, max_input_chars_per_word=_LONGEST_WORD)
    )
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=bool(settings.get("tokenize_chinese_chars", True)),
        strip_accents=settings.get("strip_accents"),
        lowercase=bool(settings.get("do_lower_case", True)),
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        special_tokens=[(start, vocabulary[start]), (end, vocabulary[end])],
    )
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in (unknown, start, end)]
    )
    return tokenizer


def content_of(token: Any) -> str | None:
    """A token as settings name it: by its text, or by an object that holds it; None if by none."""
    found = token.get("content") if isinstance(token, dict) else token
    return None if found is None else str(found)
