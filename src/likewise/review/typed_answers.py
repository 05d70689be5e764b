"""Answers to a page as numbers: ``1 3-7 ?9``, typed by a person or sent by a program."""

from __future__ import annotations

import re
from collections.abc import Sequence

from likewise.errors import BadInputError

_NUMBERS = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")


def read_verdicts(typed: str, count: int) -> list[str]:
    """Verdicts for a page from what was typed: numbers are yes, the rest is no.

    Raises:
        BadInputError: something that is no number of the page.

    Example:
        >>> read_verdicts("1 3-4 ?5", 6)
        ['yes', 'no', 'yes', 'yes', 'unsure', 'no']
    """
    if typed in ("all", "none"):
        return ["yes" if typed == "all" else "no"] * count
    verdicts = ["no"] * count
    for word in typed.replace(",", " ").split():
        match = _NUMBERS.fullmatch(word.removeprefix("?"))
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= count:
            raise BadInputError(
                f"'{word}' is no number from 1 to {count}; type such as 1 3-7 ?9, all or none"
            )
        verdict = "unsure" if word.startswith("?") else "yes"
        verdicts[first - 1 : last] = [verdict] * (last - first + 1)
    return verdicts


def typed_verdicts(verdicts: Sequence[str]) -> str:
    """What a person types for these verdicts; `read_verdicts` reads it back.

    Example:
        >>> typed_verdicts(["yes", "no", "yes", "yes", "unsure", "no"]), typed_verdicts(["no"])
        ('1 3 4 ?5', 'none')
    """
    marks = {"yes": "", "unsure": "?"}
    words = [f"{marks[v]}{n}" for n, v in enumerate(verdicts, 1) if v in marks]
    return " ".join(words) or "none"
