r"""Characters that steer a terminal or hide text, and text that a spreadsheet would run: made safe.

The first are the control characters, the marks that turn the direction of text, the separators of
lines and paragraphs, the byte order mark, and bytes of a file name that are not UTF-8. Each is
written ``\u{HEX}``, as in JavaScript; all other text is as it was. Cells of CSV get a mark
besides, where a spreadsheet would take them for a formula. All of it can be read back.
"""

from __future__ import annotations

import json
import re
from typing import Any

_UNSAFE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
)
_UNSAFE_IN_TEXT = re.compile(f"[{_UNSAFE}]")
_UNSAFE_IN_FIELD = re.compile(rf"[{_UNSAFE}\t\n]|\\(?=u\{{[0-9a-f]{{1,6}}\}})")
_ESCAPE = re.compile(r"\\u\{([0-9a-f]{1,6})\}")


def escaped(text: str) -> str:
    r"""An id or a name as one printable field of a line; `unescaped` gives it back.

    A backslash is escaped only where it would be read as the start of an escape.

    Example:
        >>> print(escaped("a\x1b[31m.jpg"), escaped("b\nc"), escaped(r"d\e.jpg"))
        a\u{1b}[31m.jpg b\u{a}c d\e.jpg
    """
    return _UNSAFE_IN_FIELD.sub(_escape, text)


def unescaped(text: str) -> str:
    r"""What `escaped` was called with; text that it never writes stays as it is.

    Example:
        >>> unescaped(r"a\u{1b}[31m.jpg"), unescaped(r"\u{41}")
        ('a\x1b[31m.jpg', '\\u{41}')
    """
    return _ESCAPE.sub(_unescape, text)


def printable(text: str) -> str:
    r"""Text of one or more lines without characters that steer a terminal.

    Example:
        >>> print(printable("a\x07b c"))
        a\u{7}b c
    """
    return _UNSAFE_IN_TEXT.sub(_escape, text)


def json_text(value: Any, indent: int | None = None) -> str:
    r"""A JSON document that reads back the same, with these characters as JSON escapes.

    Example:
        >>> print(json_text({"id": "é\x7f\u202e"}))
        {"id": "é\u007f\u202e"}
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return _UNSAFE_IN_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{{{ord(found[0]):x}}}"


def _unescape(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    if f"{code:x}" != found[1] or code > 0xFFFF:
        return found[0]
    sign = chr(code)
    return sign if sign == "\\" or _UNSAFE_IN_FIELD.fullmatch(sign) else found[0]


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
