"""Conditions on items, read into a small tree that every database's own language can say.

What is read is the part of SQL in which all engines agree: comparisons of a column with a value,
IN, BETWEEN, LIKE, IS NULL, AND, OR and NOT. Where a database can, a key of the metadata stands in
the place of a column (see `likewise.export.databases._metadata_keys`). A NOT is worked into the
leaves, so that a missing value is never a match of anything but IS NULL, as in SQL and unlike in
most filters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from likewise.errors import BadInputError
from likewise.search.store._condition import LONGEST
from likewise.search.store.base import ITEM_SCHEMA

NESTED = ("metadata", "box")
"""Columns that hold more than one value; a database keeps them as JSON."""

COLUMNS = tuple(name for name in ITEM_SCHEMA.names if name not in NESTED)
"""What a condition may be about."""

Value: TypeAlias = str | int | float | bool


class Key(str):
    """A key of the items' metadata, in the place of a column."""


@dataclass(frozen=True)
class Compare:
    """A column against a value; `operator` is one of = != < <= > >=."""

    column: str
    operator: str
    value: Value


@dataclass(frozen=True)
class AnyOf:
    """A column among values, or among none of them."""

    column: str
    values: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True)
class Like:
    """A text column against a pattern in which % is any text and _ any character."""

    column: str
    pattern: str
    negated: bool = False


@dataclass(frozen=True)
class IsNull:
    """A column without a value, or with one."""

    column: str
    negated: bool = False


@dataclass(frozen=True)
class Every:
    """All of them hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    """One of them holds."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = Compare | AnyOf | Like | IsNull | Every | Either

_BOOLEANS = ("true", "false")
_DEEPEST = 50  # parentheses in one another
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<quoted>\"[^\"]+\"|`[^`]+`)|(?P<number>\d+(?:\.\d+)?)(?![\w.])"
    r"|(?P<word>[^\W\d]\w*)|(?P<mark><=|>=|<>|!=|==|[<>=(),.-]))",
    re.IGNORECASE,
)


def read_condition(where: str, server: str, keys: bool = False) -> Condition:
    """Read a condition.

    Args:
        where: such as ``width >= 800 AND camera LIKE 'Canon%'``.
        server: what it is for, for the message.
        keys: whether a name that is no column is a key of the metadata.

    Raises:
        BadInputError: it goes beyond what all databases understand alike.

    Example:
        >>> read_condition("NOT (width > 5 OR camera IS NULL)", "qdrant")
        Every(parts=(Compare(column='width', operator='<=', value=5), IsNull(column='camera', \
negated=True)))
    """
    return _Reader(where, server, keys).parsed()


def kind_of(value: Value) -> str:
    """The type of a value: "text", "number" or "boolean".

    Example:
        >>> kind_of("5"), kind_of(5), kind_of(0.5), kind_of(True)
        ('text', 'number', 'number', 'boolean')
    """
    if isinstance(value, str):
        return "text"
    return "boolean" if isinstance(value, bool) else "number"


def refused(where: str, why: str, server: str) -> BadInputError:
    """The error for a condition that cannot be run on a server."""
    like = "" if server == "Qdrant" else "LIKE, "
    return BadInputError(
        f'the condition "{where}" cannot be run on {server} ({why}); search without --on, or use '
        f"comparisons, IN, BETWEEN, {like}IS NULL, AND, OR and NOT over the columns "
        f"{', '.join(COLUMNS)}"
    )


class _Reader:
    """A reader by recursive descent."""

    def __init__(self, where: str, server: str, keys: bool) -> None:
        self._where, self._server, self._keys = where, server, keys
        if len(where) > LONGEST:
            shown = f"{where[:100]}..."
            raise refused(shown, f"it has {len(where):,} characters, {LONGEST:,} at most", server)
        self._depth = 0
        self._tokens: list[tuple[str, str]] = []
        at, end = 0, len(where.rstrip())
        while at < end:
            found = _TOKEN.match(where, at)
            if found is None:
                raise self._refused(f"'{where[at:].strip()[:20]}' is not understood")
            self._tokens.append((str(found.lastgroup), found.group(str(found.lastgroup))))
            at = found.end()

    def parsed(self) -> Condition:
        condition = self._either(False)
        if self._tokens:
            raise self._refused(f"'{self._tokens[0][1]}' is not expected there")
        return condition

    def _either(self, negated: bool) -> Condition:
        parts = [self._every(negated)]
        while self._skip("or"):
            parts.append(self._every(negated))
        kind = Every if negated else Either  # De Morgan
        return parts[0] if len(parts) == 1 else kind(tuple(parts))

    def _every(self, negated: bool) -> Condition:
        parts = [self._term(negated)]
        while self._skip("and"):
            parts.append(self._term(negated))
        kind = Either if negated else Every
        return parts[0] if len(parts) == 1 else kind(tuple(parts))

    def _term(self, negated: bool) -> Condition:
        while self._skip("not"):
            negated = not negated
        if self._skip("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise self._refused(f"its parentheses are more than {_DEEPEST} deep")
            inner = self._either(negated)
            self._need(")")
            self._depth -= 1
            return inner
        return self._leaf(negated)

    def _leaf(self, negated: bool) -> Condition:
        if not self._at_column():
            value, operator = self._value(), _MIRRORED[self._operator()]
            return self._compare(self._column(), operator, value, negated)
        column = self._column()
        if self._skip("is"):
            negated ^= self._skip("not")
            self._need("null")
            return IsNull(column, negated)
        negated ^= self._skip("not")
        if self._skip("in"):
            self._need("(")
            values = [self._value()]
            while self._skip(","):
                values.append(self._value())
            self._need(")")
            if len({kind_of(value) for value in values}) > 1:
                raise self._refused(f"the values that {column} is compared with differ in type")
            return AnyOf(column, tuple(self._fitting(column, x) for x in values), negated)
        if self._skip("like"):
            pattern = self._fitting(column, self._value())
            if not isinstance(pattern, str) or "\\" in pattern:
                raise self._refused("LIKE takes a text without \\ there")
            return Like(column, pattern, negated)
        if self._skip("between"):
            least = self._value()
            self._need("and")
            ends = (self._compare(column, ">=", least, negated),
                    self._compare(column, "<=", self._value(), negated))  # fmt: skip
            return Either(ends) if negated else Every(ends)
        return self._compare(column, self._operator(), self._value(), negated)

    def _compare(self, column: str, operator: str, value: Value, negated: bool) -> Compare:
        operator = _OPPOSITE[operator] if negated else operator
        return Compare(column, operator, self._fitting(column, value))

    def _fitting(self, column: str, value: Value) -> Value:
        if isinstance(column, Key):
            return value
        is_text = str(ITEM_SCHEMA.field(column).type) == "string"
        if type(value) is not (str if is_text else int):
            expected = "a text in single quotes" if is_text else "a whole number"
            raise self._refused(f"{column} is compared with {value!r}, and {expected} is wanted")
        return value

    def _at_column(self) -> bool:
        kind, text = self._tokens[0] if self._tokens else ("", "")
        return kind == "quoted" or (kind == "word" and text.lower() not in _BOOLEANS)

    def _column(self) -> str:
        kind, text = self._next()
        if text == "metadata" and self._skip("."):
            kind, text = self._next()
            is_key = True
        else:
            is_key = text.strip('"`') not in (*COLUMNS, *NESTED)
        name = text.strip('"`')
        is_name = kind in ("word", "quoted")
        if is_name and not is_key and name in COLUMNS:
            return name
        is_called = bool(self._tokens) and self._tokens[0] == ("mark", "(")
        if is_name and is_key and self._keys and not is_called:
            return Key(name)
        keys = (
            " or keys of the metadata"
            if self._keys
            else f", and {self._server} compares no keys of the metadata"
        )
        raise self._refused(f"'{text}' is not one of the columns{keys}")

    def _operator(self) -> str:
        _, text = self._next()
        operator = {"<>": "!=", "==": "="}.get(text, text)
        if operator not in _OPPOSITE:
            raise self._refused(f"'{text}' is not a comparison")
        return operator

    def _value(self) -> Value:
        kind, text = self._next()
        sign = -1 if text == "-" else 1
        if sign < 0:
            kind, text = self._next()
        if kind == "number":
            return sign * (int(text) if text.isdecimal() else float(text))
        if kind == "text" and sign > 0:
            return text[1:-1].replace("''", "'")
        if kind == "word" and text.lower() in _BOOLEANS and sign > 0:
            return text.lower() == "true"
        raise self._refused(f"a value is wanted in place of '{text}'")

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise self._refused("it ends too early")
        return self._tokens.pop(0)

    def _skip(self, word: str) -> bool:
        kind, text = self._tokens[0] if self._tokens else ("", "")
        if kind not in ("word", "mark") or text.lower() != word:
            return False
        self._tokens.pop(0)
        return True

    def _need(self, word: str) -> None:
        if not self._skip(word):
            raise self._refused(f"{word.upper()} is missing")

    def _refused(self, why: str) -> BadInputError:
        return refused(self._where, why, self._server)
