"""Names of the vocabulary that are near in meaning to words it lacks, from a table."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import NamedTuple

from likewise.encoders.efficientnet_lite0.names import Names, singulars, words

_ALIKE = 0.8  # of 1, by difflib's ratio
_LONGEST = 40  # letters of a word that is compared to all names; the comparison is quadratic


class Near(NamedTuple):
    """Names that may be meant by a word that the vocabulary lacks.

    Attributes:
        names: at most a handful, the nearest first.
        is_word: whether the word is a noun of WordNet: the names are near in meaning then, and
            near in spelling otherwise.
    """

    names: tuple[str, ...]
    is_word: bool


class Suggestions:
    """What to use instead of a word.

    Args:
        groups: names of the vocabulary, and the words that they are near to in meaning; words
            without any are listed so that they are not taken for spelling mistakes.

    Example:
        >>> names = Names([[["purse"], ["bag"]]])
        >>> suggestions = Suggestions([(["purse", "bag"], ["handbag"]), ([], ["rose"])], names)
        >>> suggestions.near("handbags").names, suggestions.near("rose").names
        (('purse', 'bag'), ())
        >>> suggestions.near("puse")
        Near(names=('purse',), is_word=False)
    """

    def __init__(self, groups: Iterable[tuple[Sequence[str], Sequence[str]]], names: Names) -> None:
        self._names = names
        self._groups = groups

    @cached_property
    def _near(self) -> dict[str, tuple[str, ...]]:
        """By word; made at the first word that is lacking, for most searches have none."""
        found: dict[str, tuple[str, ...]] = {}
        for near, lacking in self._groups:
            for word in lacking:
                found.setdefault("".join(words(word)), tuple(near))
        return found

    @cached_property
    def _spelling(self) -> dict[str, str]:
        """Every usable name by its letters; made once, for it takes longer than a comparison."""
        return {"".join(words(name)): name for name in self._names.usable}

    def near(self, word: str) -> Near:
        """What may be meant by a word: by meaning, or else, if it is no noun, by its letters."""
        together = "".join(words(word))
        for form in (together, *singulars(together)):
            if form in self._near:
                return Near(self._near[form], is_word=True)
        if len(together) > _LONGEST:
            return Near((), is_word=False)
        alike = difflib.get_close_matches(together, self._spelling, n=3, cutoff=_ALIKE)
        return Near(tuple(self._spelling[key] for key in alike), is_word=False)


def read_suggestions(table: Traversable, names: Names) -> Suggestions:
    """The table that `scripts/make_suggestion_table.py` made; it is read when it is asked."""
    return Suggestions(_rows(table), names)


def _rows(table: Traversable) -> Iterator[tuple[list[str], list[str]]]:
    lines = table.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    for near, lacking in rows[1:]:
        yield near.split(", ") if near else [], lacking.split(", ")
