"""Values that differ only by blanks, capitals or Unicode form, found, merged and listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias
from unicodedata import normalize

Spellings: TypeAlias = Literal["merge", "keep"]
"""Values that differ only so are one class, or classes of their own."""

_SHOWN = 4


def alike(counts: Mapping[str, int]) -> list[dict[str, int]]:
    """Groups of values that differ only by blanks, capitals or Unicode form, with their counts.

    Args:
        counts: how often each value comes.

    Returns:
        A dictionary for each group, the most frequent spelling first.

    Example:
        >>> alike({"cat ": 1, "Cat": 2, "cat": 3, "dog": 1})
        [{'cat': 3, 'Cat': 2, 'cat ': 1}]
    """
    groups: dict[str, dict[str, int]] = {}
    for value, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        groups.setdefault(_plain(value), {})[value] = count
    return [group for group in groups.values() if len(group) > 1]


def merged(counts: Mapping[str, int]) -> dict[str, str]:
    """The class of each value where values that are alike are one: the most frequent spelling.

    Example:
        >>> merged({" Cat": 3, "cat": 2, "dog": 1})
        {' Cat': 'Cat', 'cat': 'Cat', 'dog': 'dog'}
    """
    first: dict[str, str] = {}
    for value, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        first.setdefault(_plain(value), " ".join(value.split()))
    return {value: first[_plain(value)] for value in counts}


def listed(counts: Mapping[str, int]) -> str:
    """Values with their counts, for a message.

    Example:
        >>> listed({"cat": 3, "cat ": 1})
        "'cat' (3), 'cat ' (1)"
    """
    some = [f"'{value}' ({count})" for value, count in counts.items()][:_SHOWN]
    more = len(counts) - len(some)
    return ", ".join(some) + (f" and {more} more" if more else "")


def note_of(groups: Iterable[Mapping[str, int]], taken: str) -> tuple[str, ...]:
    """A sentence about groups of `alike`, or none where there are none.

    Args:
        groups: of `alike`.
        taken: what becomes of them, as the end of the sentence.
    """
    spellings = list(groups)
    if not spellings:
        return ()
    more = f" and {len(spellings) - 1} more such group(s)" if len(spellings) > 1 else ""
    return (f"{listed(spellings[0])}{more} differ only by blanks or capitals; {taken}",)


def _plain(value: str) -> str:
    return " ".join(normalize("NFC", value).split()).casefold()
