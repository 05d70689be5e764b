"""Conditions on items in PostgreSQL's own SQL."""

from __future__ import annotations

from typing import Any

from likewise.export.databases._where import (
    AnyOf,
    Compare,
    Condition,
    Either,
    Every,
    IsNull,
    Key,
    kind_of,
)

_TEXT = '((metadata ->> %(key)s::text) COLLATE "C")'
KEY_AS = {
    "text": _TEXT,
    "number": f"(CASE WHEN {_TEXT} ~ '^-?(0|[1-9][0-9]*)([.][0-9]+)?$' THEN {_TEXT}::numeric END)",
    "boolean": "(CASE WHEN jsonb_typeof(metadata -> %(key)s::text) = 'boolean' "
    f"THEN {_TEXT}::boolean END)",
}
"""By type: a key of the metadata as a value of that type; NULL where it has none of the type."""


def as_sql(condition: Condition, values: list[Any]) -> str:
    """A condition in PostgreSQL's SQL; text is compared by bytes.

    Args:
        condition: what is to hold.
        values: the parameters of the statement so far, to which those of the condition are added.
    """
    if isinstance(condition, Every | Either):
        word = " AND " if isinstance(condition, Every) else " OR "
        return f"({word.join(as_sql(part, values) for part in condition.parts)})"
    if isinstance(condition, IsNull):
        column = _column(condition.column, "text", values)
        return f"{column} IS {'NOT ' if condition.negated else ''}NULL"
    if isinstance(condition, AnyOf):
        kind = kind_of(condition.values[0])
        column = _column(condition.column, kind, values)
        values.append([_value(condition.column, value) for value in condition.values])
        array = _cast(condition.column, kind, "[]")
        return f"{column} {'<> ALL' if condition.negated else '= ANY'}(%s{array})"
    if isinstance(condition, Compare):
        kind = kind_of(condition.value)
        column = _column(condition.column, kind, values)
        values.append(_value(condition.column, condition.value))
        return f"{column} {condition.operator} %s{_cast(condition.column, kind)}"
    column = _column(condition.column, "text", values)
    values.append(condition.pattern)
    return f"{column} {'NOT ' if condition.negated else ''}LIKE %s"


def _column(column: str, kind: str, values: list[Any]) -> str:
    """A column, or a key of the metadata as a value of a type; its name is a parameter."""
    if not isinstance(column, Key):
        return column
    form = KEY_AS[kind]
    values += [str(column)] * form.count("%(key)s")
    return form.replace("%(key)s", "%s")


def _value(column: str, value: Any) -> Any:
    return str(value) if isinstance(column, Key) and kind_of(value) == "number" else value


def _cast(column: str, kind: str, array: str = "") -> str:
    return f"::numeric{array}" if isinstance(column, Key) and kind == "number" else ""
