"""Conditions that people write on items: one SQL expression, and nothing besides."""

from __future__ import annotations

import re
from collections.abc import Sequence

from likewise.errors import BadInputError

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`")
_BEYOND = re.compile(r";|--|/\*|['\"`]")
_WHERE_IN_RUST = re.compile(r", /\S+\.rs:\d+.*", re.DOTALL)
_PREFIX = re.compile(r".*(?:Invalid user input|Schema error|Error during planning): ", re.DOTALL)


def one_expression(where: str, columns: Sequence[str]) -> str:
    """The condition in parentheses, once it is sure that it cannot reach past them.

    An SQL parser that is asked for an expression stops where the expression ends and ignores
    what follows, so half of what a person wrote would be dropped without a word.

    Args:
        where: a condition such as ``width >= 800 AND camera LIKE 'Canon%'``.
        columns: those that exist, for the message.

    Raises:
        BadInputError: a second statement, a comment, an open quote or parenthesis, or nothing.

    Example:
        >>> one_expression("camera = 'a;b'", ["camera"])
        "(camera = 'a;b')"
    """
    bare = _QUOTED.sub(" q ", where)
    beyond = _BEYOND.search(bare)
    if not bare.strip():
        raise refused(where, "it is empty", columns)
    if beyond:
        raise refused(where, f"it has a stray {beyond.group()}", columns)
    depth = 0
    for mark in re.findall(r"[()]", bare):
        depth += 1 if mark == "(" else -1
        if depth < 0:
            break
    if depth:
        raise refused(where, "its parentheses do not match", columns)
    return f"({where})"


def refused(where: str, why: str | Exception, columns: Sequence[str]) -> BadInputError:
    """The error for a condition that cannot be used, in one sentence with the columns.

    Args:
        where: the condition as it was written.
        why: the reason, or the exception that an engine raised.
        columns: those that exist.
    """
    reason = _PREFIX.sub("", _WHERE_IN_RUST.sub("", str(why)))
    reason = " ".join(reason.split(". Valid fields")[0].split()).rstrip(".")
    reason = reason if len(reason) <= 160 else reason[:157] + "..."
    return BadInputError(
        f'the condition "{where}" cannot be used ({reason}); write one SQL expression such as '
        f"width >= 800 over the columns {', '.join(columns)}"
    )
