"""Keys of items' metadata as columns of a condition, each with one type."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa

from likewise.search.store._condition import FUNCTIONS, KEYWORDS
from likewise.search.store.base import ITEM_SCHEMA

Kind = Literal["text", "integer", "number", ""]

_TOKEN = re.compile(
    r"(?P<text>'(?:[^']|'')*')|(?P<prefix>metadata\s*\.\s*)?"
    r"(?:(?P<quoted>\"[^\"]+\"|`[^`]+`)|(?P<word>[^\W\d]\w*))|(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)",
    re.IGNORECASE,
)
_WORDS = frozenset(
    {*FUNCTIONS, *KEYWORDS, "is", "null", "true", "false", "escape", "unknown", "distinct", "from"}
    | {
        "as",
        "int",
        "bigint",
        "float",
        "double",
        "string",
        "varchar",
        "timestamp",
        "date",
        "boolean",
    }
)
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")


@dataclass(frozen=True)
class Field:
    """A name of a condition that may be a key of the metadata.

    Attributes:
        start, end: where it stands in the condition.
        name: the key.
        kind: what it is compared with, as far as the condition shows it.
        explicit: it is written ``metadata.name``.
        quoted: it is in quotation marks or backticks.
    """

    start: int
    end: int
    name: str
    kind: Kind
    explicit: bool
    quoted: bool


def fields_in(where: str) -> list[Field]:
    """The names in a condition that are no columns of items and no words of SQL.

    Example:
        >>> [(x.name, x.kind) for x in fields_in("width > 5 AND articleType = 'Watches'")]
        [('articleType', 'text')]
        >>> [(x.name, x.kind) for x in fields_in('metadata.width > 5 OR "base colour" IS NULL')]
        [('width', 'integer'), ('base colour', '')]
    """
    tokens = list(_TOKEN.finditer(where))
    found = []
    for number, token in enumerate(tokens):
        name = token["word"] or (token["quoted"] or "")[1:-1]
        explicit = token["prefix"] is not None
        if not name or (not explicit and name in ITEM_SCHEMA.names):
            continue
        if token["word"] and not explicit and name.lower() in _WORDS:
            continue
        kind = _kind_after(tokens[number + 1 :])
        found.append(Field(*token.span(), name, kind, explicit, token["quoted"] is not None))
    return found


def _kind_after(tokens: Sequence[re.Match[str]]) -> Kind:
    """What the value after a name is; a name that comes before it, or true, says nothing."""
    for token in tokens:
        if token["text"]:
            return "text"
        if token["number"]:
            return "integer" if token["number"].isdecimal() else "number"
        if (token["word"] or "").lower() not in ("not", "in", "like", "ilike", "between"):
            return ""
    return ""


def key_of(named: Field, keys: Iterable[str]) -> str | None:
    """The key that a name means: the same letters, else the only one that differs in capitals."""
    names = set(keys)
    if named.name in names or named.quoted:
        return named.name if named.name in names else None
    alike = [key for key in names if key.lower() == named.name.lower()]
    return alike[0] if len(alike) == 1 else None


@dataclass
class MetadataValues:
    """What a version's metadata holds: its keys, and the values of those that were asked for.

    Attributes:
        version: of the dataset.
        keys: all there are.
        names: those asked for, in small letters.
        values: by key, one an item, in order.
        columns: by key and kind, made of the values.
    """

    version: int
    keys: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    columns: dict[tuple[str, Kind], pa.Array] = field(default_factory=dict)

    def column(self, key: str, kind: Kind) -> pa.Array:
        """A key's values as a column; see `column`."""
        if (key, kind) not in self.columns:
            self.columns[key, kind] = column(self.values[key], kind)
        return self.columns[key, kind]


def read_values(cells: Iterable[str | None], version: int, names: Set[str]) -> MetadataValues:
    """Read the keys of metadata, JSON objects, and the values of some, named in small letters."""
    keys: dict[str, bool] = {}
    values: dict[str, list[Any]] = {}
    count = 0
    for cell in cells:
        for key, value in json.loads(cell).items() if cell else ():
            is_requested = keys.get(key)
            if is_requested is None:
                is_requested = keys[key] = key.lower() in names
            if is_requested:
                column_values = values.setdefault(key, [])
                column_values.extend([None] * (count - len(column_values)))
                column_values.append(value)
        count += 1
    for column_values in values.values():
        column_values.extend([None] * (count - len(column_values)))
    return MetadataValues(version, frozenset(keys), frozenset(names), values)


def with_columns(
    where: str, fields: Sequence[Field], metadata: MetadataValues
) -> tuple[str, dict[str, pa.Array]]:
    """A condition with plain names in place of keys of the metadata, and the columns they name."""
    columns: dict[str, pa.Array] = {}
    names: dict[tuple[str, Kind], str] = {}
    for name_field in reversed(fields):
        key = key_of(name_field, metadata.keys)
        if key is None:
            continue
        name = names.setdefault((key, name_field.kind), f"metadata_{len(names)}")
        columns[name] = metadata.column(key, name_field.kind)
        where = f"{where[: name_field.start]}{name}{where[name_field.end :]}"
    return where, columns


def column(values: Sequence[Any], kind: Kind) -> pa.Array:
    """Values of one key as a column of one type.

    They are numbers where all are, also where all are the text of one, unless they are compared
    with a text; true and false where all are that; else text, lists and objects as JSON.

    Example:
        >>> column([1, None, 2], "").type, column(["1", "2.5"], "").type, column([1, "a"], "").type
        (DataType(int64), DataType(double), DataType(string))
        >>> column([1, None, True], "text").to_pylist()
        ['1', None, 'true']
    """
    present = [value for value in values if value is not None]
    if kind != "text" and present:
        if all(isinstance(value, bool) for value in present):
            return pa.array(values, pa.bool_())
        texts = [value if isinstance(value, str) else json.dumps(value) for value in present]
        is_integer = all(map(_INTEGER.fullmatch, texts))
        if is_integer and kind != "number":
            return pa.array([None if x is None else int(x) for x in values], pa.int64())
        if is_integer or all(map(_is_number, present)):
            return pa.array([None if x is None else float(x) for x in values], pa.float64())
    return pa.array([_text(value) for value in values], pa.string())


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return bool(_NUMBER.fullmatch(value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str | None:
    return (
        value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    )
