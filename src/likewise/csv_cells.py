"""Text in CSV files that spreadsheets open: kept from being run as a formula, and back again."""

from __future__ import annotations

import re
from typing import Any

_NEEDS_MARK = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # what a spreadsheet runs, or reads as marked


def marked(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets ``'`` before it; all else is as it was.

    Example:
        >>> marked("=1+1"), marked("'=1+1"), marked(-0.5), marked("a-b")
        ("'=1+1", "''=1+1", -0.5, 'a-b')
    """
    return f"'{value}" if isinstance(value, str) and _NEEDS_MARK.match(value) else value


def unmarked(value: Any) -> Any:
    """What `marked` was given.

    Example:
        >>> unmarked("'=1+1"), unmarked("'tis")
        ('=1+1', "'tis")
    """
    if isinstance(value, str) and value.startswith("'") and _NEEDS_MARK.match(value):
        return value[1:]
    return value
