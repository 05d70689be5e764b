"""Text in CSV files that spreadsheets open: kept from being run as a formula, and back again."""

from __future__ import annotations

import re
from typing import Any

from likewise.core.escaping import escaped, unescaped

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


def cell(value: Any) -> Any:
    r"""A value as a cell of CSV: `marked`, and text as `likewise.core.escaping.escaped` writes it.

    Example:
        >>> print(cell("=1\x1b"), cell(0.5))
        '=1\u{1b} 0.5
    """
    return marked(escaped(value) if isinstance(value, str) else value)


def read_cell(value: Any) -> Any:
    r"""What `cell` was given; cells of older files, with their raw characters, stay as they are.

    Example:
        >>> read_cell(r"'=1\u{1b}"), read_cell("a\nb")
        ('=1\x1b', 'a\nb')
    """
    value = unmarked(value)
    return unescaped(value) if isinstance(value, str) else value
