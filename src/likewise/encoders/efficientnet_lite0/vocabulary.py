"""Reads phrases by the names of the classes of a classifier.

A phrase is split at words such as "and", "with" or "on". A part is understood when its head is
known, the name at its end: the barn in "red barn". Known names before the head narrow it where they
can ("husky dog" is the husky); other words are ignored, and so are parts with an unknown head if
another part is understood.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.encoders._denials import instead_of_denial
from likewise.encoders.efficientnet_lite0.names import MOST_CLASSES, Name, Names, words
from likewise.encoders.efficientnet_lite0.suggestions import Suggestions
from likewise.errors import BadInputError

_SILENT = frozenset(words("a an the this that these those some my our your his her its their"))
_FRAMES = frozenset(
    words(
        "photo photos photograph photographs picture pictures image images snapshot piece part "
        "pair slice group bunch set lot kind type sort"
    )
)
_JOINTS = frozenset(
    words(
        "and or of with on in at by near next to over under above below beside behind before "
        "inside outside from for into onto"
    )
)
_DENIALS = frozenset(words("no not without except never"))


@dataclass(frozen=True, eq=False)
class Reading:
    """What a vocabulary made of a phrase.

    Attributes:
        phrase: as it was given.
        used: the names that it was read as, in the vocabulary's own spelling.
        ignored: the words that were passed over.
        senses: for each part of the phrase, its name and what it stands for, as
            "top: bottlecap".
        weights: float32 of shape (parts, classes): how much each class counts for each part of
            the phrase; rows add up to 1.
    """

    phrase: str
    used: tuple[str, ...]
    ignored: tuple[str, ...]
    senses: tuple[str, ...]
    weights: NDArray[np.float32]

    @property
    def note(self) -> str:
        """A sentence on the sense that was taken and on the words that were ignored."""
        taken = f"'{self.phrase}' is read as {'; '.join(self.senses)}"
        if not self.ignored:
            return taken
        verb = "is" if len(self.ignored) == 1 else "are"
        return f"{taken} ({_quoted(self.ignored)} {verb} ignored)"


class Vocabulary:
    """Phrases to weights over classes.

    Example:
        >>> cats = Names([[["tabby", "tabby cat"], ["cat"]], [["Persian cat"], ["cat"]]])
        >>> Vocabulary(cats).read("a photo of cats").weights.tolist()
        [[0.5, 0.5]]
        >>> Vocabulary(cats).read("old TABBY_CATS").note
        "'old TABBY_CATS' is read as tabby cat: tabby ('old' is ignored)"
    """

    def __init__(self, names: Names, suggestions: Suggestions | None = None) -> None:
        self.names = names
        self.suggestions = suggestions or Suggestions([], names)

    def read(self, phrase: str) -> Reading:
        """What a phrase names."""
        parts = self._parts(phrase)
        understood = [part for part in parts if part[-1].classes]
        if not understood:
            raise BadInputError(self._not_understood(phrase, parts))
        used: list[str] = []
        senses: list[str] = []
        ignored = [name.text for part in parts if part not in understood for name in part]
        weights = np.zeros((len(understood), self.names.class_count), dtype=np.float32)
        for row, part in zip(weights, understood, strict=True):
            classes = part[-1].classes
            for name in reversed(part[:-1]):
                both = {i: classes[i] * name.classes[i] for i in classes if i in name.classes}
                (used if both else ignored).append(name.text)
                classes = both or classes
            used.append(part[-1].text)
            self._check_narrow_enough(part[-1].text, len(classes))
            by_weight = sorted(classes, key=lambda index: -classes[index])
            senses.append(f"{part[-1].text}: {self.names.senses(part[-1].text, by_weight)}")
            row[list(classes)] = list(classes.values())
        weights /= weights.sum(axis=1, keepdims=True)
        return Reading(phrase, tuple(used), tuple(ignored), tuple(senses), weights)

    def _parts(self, phrase: str) -> list[list[Name]]:
        """The phrase as parts of names; the last name of a part is its head."""
        heard = [word for word in words(phrase) if word not in _SILENT]
        parts: list[list[Name]] = [[]]
        for name in self._cut(self._without_frames(heard)):
            if name.classes or name.text not in _JOINTS | _DENIALS:
                parts[-1].append(name)
            elif name.text in _JOINTS:
                parts.append([])
            else:
                raise BadInputError(
                    f"'{phrase}' says what is not wanted ('{name.text}'), which this encoder "
                    f"cannot read; {instead_of_denial(phrase)}"
                )
        return [part for part in parts if part]

    def _without_frames(self, heard: list[str]) -> list[str]:
        """Drop "photo of", "pair of" and their like, but keep "piece of furniture"."""
        return [
            word
            for index, word in enumerate(heard)
            if word not in _FRAMES
            or heard[index + 1 : index + 2] != ["of"]
            or self.names.find(heard[index : index + 3])
        ]

    def _cut(self, heard: list[str]) -> list[Name]:
        """Split words into the longest known names, from the end."""
        found: list[Name] = []
        end = len(heard)
        while end:
            for start in range(max(0, end - self.names.longest), end):
                name = self.names.find(heard[start:end])
                if name:
                    break
            else:
                start, name = end - 1, Name(heard[end - 1], {})
            found.append(name)
            end = start
        return found[::-1]

    def _check_narrow_enough(self, name: str, count: int) -> None:
        if count > MOST_CLASSES:
            raise BadInputError(
                f"'{name}' covers {count} of the {self.names.class_count:,} classes that this "
                "encoder tells apart, too many to mean anything; use a narrower word"
            )

    def _not_understood(self, phrase: str, parts: list[list[Name]]) -> str:
        if not parts:
            return f"the phrase '{phrase}' names nothing; type what the images should show"
        head = parts[0][-1].text
        understood = [name.text for part in parts for name in part if name.classes]
        near = self.suggestions.near(head)
        hints = [f"it does know {_quoted(understood)}"] if understood else []
        if near.names:
            relation = "nearest in meaning" if near.is_word else "spelled alike"
            hints.append(f"{relation}: {_quoted(near.names)}")
        elif near.is_word:
            hints.append("none of them is near in meaning")
        instead = "use" if near.is_word and not near.names else "use one of its names,"
        return "; ".join(
            [
                f"'{head}' is not among the {len(self.names.usable):,} names this encoder knows",
                *hints,
                f"{instead} an example image, or an encoder with an open vocabulary",
            ]
        )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
