"""Names of classes and of the synsets above them, and the classes that words name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

MOST_CLASSES = 400
"""Names of more classes are not used ("artifact", "object")."""

_IRREGULAR = {"feet": "foot", "geese": "goose", "mice": "mouse", "oxen": "ox", "people": "person"}
_PLURALS = (
    ("ies", "y"),
    ("ves", "f"),
    ("ves", "fe"),
    ("men", "man"),
    ("i", "us"),
    ("es", ""),
    ("s", ""),
)
_RAREST_SENSE = 5
"""A rarer sense of a name is hardly ever meant, such as "head" for a cape."""
_MOST_LABELS = 3
"""Classes that are named one by one where it is said what a name stands for."""


@dataclass(frozen=True)
class Name:
    """A run of words.

    Attributes:
        text: as the table spells it, or as it was typed where the table does not have it.
        classes: how much each class counts for it, by index; empty when it is not known.
    """

    text: str
    classes: Mapping[int, float]


class Names:
    """What words name, whatever their case, spacing, hyphens, accents or plural.

    A name of several synsets ("crane") stands for all of them, each counting 1 / its sense
    number: senses are numbered from the most frequent on, and their frequencies fall off much
    as in Zipf's law (Kilgarriff, "How Dominant Is the Commonest Sense of a Word?", TSD 2004).

    Args:
        classes: for each class its synsets, its own and every one above it; each synset is its
            names, with the number of the sense where it is not the first, as in "crane#5".

    Example:
        >>> names = Names([[["tabby", "tabby cat"], ["cat"]], [["Persian cat"], ["cat"]]])
        >>> names.find(["persian", "cats"])
        Name(text='Persian cat', classes={1: 1.0})
        >>> names.find(["cats"]).classes
        {0: 1.0, 1: 1.0}
    """

    def __init__(self, classes: Iterable[Sequence[Sequence[str]]]) -> None:
        self._classes_of: dict[str, dict[int, float]] = {}
        self._spelling: dict[str, str] = {}
        self._labels: list[list[str]] = []
        self.class_count = 0
        for index, synsets in enumerate(classes):
            self.class_count = index + 1
            self._labels.append([names[0].partition("#")[0] for names in synsets[:2]])
            for names in synsets:
                self._add(index, names)
        self.longest = max((len(words(name)) for name in self._spelling.values()), default=0)

    def _add(self, index: int, names: Sequence[str]) -> None:
        senses: dict[str, int] = {}
        for position, written in enumerate(names):
            name, _, number = written.partition("#")
            key, sense = "".join(words(name)), int(number or 1)
            if position == 0 or sense <= _RAREST_SENSE:
                self._spelling.setdefault(key, name)
                # "ash bin" and "ashbin" are one name of one synset: it counts once.
                senses.setdefault(key, sense)
        for key, sense in senses.items():
            counts = self._classes_of.setdefault(key, {})
            counts[index] = counts.get(index, 0.0) + 1 / sense

    @cached_property
    def usable(self) -> tuple[str, ...]:
        """Names of at most `MOST_CLASSES` classes, sorted."""
        keys = (key for key, counts in self._classes_of.items() if len(counts) <= MOST_CLASSES)
        return tuple(sorted(self._spelling[key] for key in keys))

    def find(self, run: Sequence[str]) -> Name | None:
        """The name that a run of words is, written together or apart, or None."""
        together = "".join(run)
        for key in (together, *singulars(together), f"{together}s"):
            if key in self._classes_of:
                return Name(self._spelling[key], self._classes_of[key])
        return None

    def senses(self, name: str, classes: Iterable[int]) -> str:
        """What a name stands for, by its classes: their own names, or how many they are.

        Args:
            name: as `find` answers it.
            classes: the classes that count for it, the one that counts most first.

        Example:
            >>> Names([[["bottlecap"], ["top"]], [["barn"], ["building"]]]).senses("barn", [1])
            'building'
        """
        labels = [self._label(name, index) for index in classes]
        few = ", ".join(list(dict.fromkeys(labels))[:_MOST_LABELS])
        return few if len(labels) <= _MOST_LABELS else f"{len(labels)} kinds, such as {few}"

    def _label(self, name: str, index: int) -> str:
        """The name of a class, or of what is above it where a name is the class's own."""
        synsets = self._labels[index]
        return synsets[-1] if words(synsets[0]) == words(name) else synsets[0]


def read_table(text: str) -> Names:
    """The names in a table that `scripts/make_synset_table.py` made."""
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return Names(
        [
            [names.split(", ") for names in (direct, *above.split("; "))]
            for _, _, direct, above in rows[1:]
        ]
    )


def words(text: str) -> list[str]:
    """Runs of letters and digits, without case, accents or apostrophes.

    Example:
        >>> words("Jack-o'-lantern_2")
        ['jack', 'o', 'lantern', '2']
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if c not in "'’" and not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", plain)


def singulars(word: str) -> Iterator[str]:
    """Words that another one may be the plural of."""
    if word in _IRREGULAR:
        yield _IRREGULAR[word]
    for ending, instead in _PLURALS:
        if word.endswith(ending):
            yield word[: -len(ending)] + instead
