"""The words that an encoder reads: searched by what a person has typed so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, Protocol, runtime_checkable

from likewise.encoders.base import DerivedEncoder, Encoder, TextEncoder
from likewise.errors import BadInputError


@runtime_checkable
class WordList(Protocol):
    """A text encoder that reads a fixed list of words."""

    def word_senses(self) -> Mapping[str, str]:
        """Every word that it reads and what the word stands for, "" where that is plain."""


class WordSense(NamedTuple):
    """A word that an encoder reads, what it stands for and why it is answered.

    `why` is "all" without a text, else "begins" or "holds" for a name that does so with the text,
    "near" for one that is near to it in meaning, or "alike" for one that is spelled alike.
    """

    name: str
    sense: str
    why: str


@dataclass(frozen=True)
class FoundWords:
    """What an encoder can make of a text.

    Attributes:
        note: what the whole text is read as, or why it cannot be read.
        is_read: whether it can be used as it stands.
        names: names that begin with the text or hold it, else those that are near to it.
        total: how many there are; `names` may be cut short.
        is_open: whether the encoder reads any words.
    """

    note: str
    is_read: bool
    names: tuple[WordSense, ...]
    total: int
    is_open: bool = False

    def to_json(self) -> dict[str, Any]:
        """The same in JSON's types."""
        names = [name._asdict() for name in self.names]
        return {
            "note": self.note,
            "is_read": self.is_read,
            "is_open": self.is_open,
            "total": self.total,
            "names": names,
        }


def word_list_of(encoder: Encoder) -> WordList | None:
    """The encoder, or the one that it is derived from, if it reads a fixed list of words."""
    while isinstance(encoder, DerivedEncoder):
        encoder = encoder.base
    return encoder if isinstance(encoder, WordList) else None


def find_words(encoder: Encoder, text: str = "", most: int | None = None) -> FoundWords:
    """The words of an encoder that go with a text, or all of them without one.

    Args:
        encoder: whose words.
        text: a phrase, or what a person has typed of it.
        most: names to answer at most.

    Raises:
        BadInputError: the encoder reads images only.
    """
    words = word_list_of(encoder)
    if words is None:
        if not isinstance(encoder, TextEncoder):
            raise BadInputError(
                f"the encoder '{encoder.name}' reads images only; give example images"
            )
        return FoundWords(
            f"the encoder '{encoder.name}' reads any words", True, (), 0, is_open=True
        )
    senses = words.word_senses()
    if not senses:
        raise BadInputError(f"the encoder '{encoder.name}' has no words; give example images")
    key = " ".join(text.casefold().replace("_", " ").split())
    if not key:
        every = [WordSense(name, sense, "all") for name, sense in senses.items()]
        return FoundWords(f"{len(every):,} names", False, tuple(every[:most]), len(every))
    note, is_read = _reading(encoder, words, text)
    found = {
        "begins": [name for name in senses if name.casefold().startswith(key)],
        "holds": [name for name in senses if f" {key}" in f" {name.casefold()}"],
        **({} if is_read else _near(words, text)),
    }
    names = {
        name: WordSense(name, senses.get(name, ""), why)
        for why in reversed(found)  # the first reason stands
        for name in found[why]
    }
    ordered = [names[name] for name in dict.fromkeys(chain(*found.values()))]
    return FoundWords(note, is_read, tuple(ordered[:most]), len(ordered))


def _reading(encoder: Encoder, words: WordList, text: str) -> tuple[str, bool]:
    """What a text is read as, or why it cannot be read; and whether it can."""
    understood = getattr(words, "understood", None)
    try:
        if understood is not None:
            return str(understood(text).note), True
        encoder.encode_text([text])  # type: ignore[attr-defined]
    except BadInputError as refused:
        return str(refused), False
    return f"'{text}' is in the table of words", True


def _near(words: WordList, text: str) -> dict[str, list[str]]:
    """Names to use instead of a text, by why."""
    near_words = getattr(words, "near_words", None)
    if near_words is None:
        return {}
    near = near_words(text)
    return {"near" if near.is_word else "alike": list(near.names)}
