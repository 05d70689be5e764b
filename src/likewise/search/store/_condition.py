"""Conditions that people write on items: one SQL expression, and nothing besides."""

from __future__ import annotations

import re
from collections.abc import Sequence

from likewise.errors import BadInputError

LONGEST = 1000  # characters; an engine that recurses into deeper terms has run out of stack

FUNCTIONS = (
    *("abs", "btrim", "coalesce", "contains", "date_part", "ends_with", "left", "length"),
    *("lower", "nullif", "regexp_like", "right", "round", "starts_with", "strpos", "upper"),
)
"""What may be called: nothing that can make a value much longer, which ends in lost memory."""

KEYWORDS = ("and", "any", "between", "cast", "ilike", "in", "like", "not", "or", "try_cast")

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`")
_BEYOND = re.compile(r";|--|/\*|['\"`]")
_CALLED = re.compile(r"([\w.$]+)\s*\(")
_PLACE_IN_RUST = re.compile(r", /\S+\.rs:\d+.*", re.DOTALL)
_PREFIX = re.compile(
    r".*(?:Invalid user input|Schema error|Error during planning|Not supported|Arrow error): ",
    re.DOTALL,
)


def single_expression(where: str, columns: Sequence[str]) -> str:
    """The condition in parentheses, once it is sure that it cannot reach past them.

    An SQL parser that is asked for an expression stops where the expression ends and ignores
    what follows, so half of what a person wrote would be dropped without a word.

    Args:
        where: a condition such as ``width >= 800 AND camera LIKE 'Canon%'``.
        columns: those that exist, for the message.

    Raises:
        BadInputError: nothing, a second statement, a comment, an open quote or parenthesis, a
            function that is not among a few, or more than 1,000 characters.

    Example:
        >>> single_expression("camera = 'a;b'", ["camera"])
        "(camera = 'a;b')"
    """
    if len(where) > LONGEST:  # before anything looks for a pattern in it, which takes time
        why = f"it has {len(where):,} characters and {LONGEST:,} are allowed"
        raise refused(where, why, columns)
    bare = _QUOTED.sub(" quoted ", where)
    beyond = _BEYOND.search(bare)
    called = [name for name in _CALLED.findall(bare.lower()) if name not in KEYWORDS]
    unknown = [name for name in called if name not in FUNCTIONS]
    why = ""
    if not bare.strip():
        why = "it is empty"
    elif beyond:
        why = f"it has a stray {beyond.group()}"
    elif not _is_balanced(bare):
        why = "its parentheses do not match"
    elif unknown:
        why = f"'{unknown[0]}' is not one of the functions {', '.join(FUNCTIONS)}"
    if why:
        raise refused(where, why, columns)
    return f"({where})"


def refused(where: str, why: str | Exception, columns: Sequence[str]) -> BadInputError:
    """The error for a condition that cannot be used, in one sentence with the columns.

    Args:
        where: the condition as it was written.
        why: the reason, or the exception that an engine raised.
        columns: those that exist.
    """
    reason = str(why)
    if isinstance(why, Exception):
        reason = _PREFIX.sub("", _PLACE_IN_RUST.sub("", reason)).split(". Valid fields")[0]
        reason = _shortened(" ".join(reason.split()).rstrip("."))
    return BadInputError(
        f'the condition "{_shortened(where)}" cannot be used ({reason}); write one SQL expression '
        f"such as width >= 800 over the columns {', '.join(columns)}"
    )


def _is_balanced(text: str) -> bool:
    depth = 0
    for mark in re.findall(r"[()]", text):
        depth += 1 if mark == "(" else -1
        if depth < 0:
            return False
    return depth == 0


def _shortened(text: str) -> str:
    return text if len(text) <= 160 else text[:157] + "..."
