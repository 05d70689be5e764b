"""What of a facet is chosen: which items that are, and the same as a SQL condition."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.search.facets.columns import FacetColumn
from likewise.search.store.base import ITEM_SCHEMA

_EXACT = 2**53  # whole numbers up to here are themselves as float64


@dataclass(frozen=True)
class Choice:
    """Some values of a list, or a part of a range with both of its ends.

    Attributes:
        values: those of which an item has one; None stands for none at all.
        low, high: the ends of a range, in seconds since 1970 where it is of times; None is open.
    """

    values: tuple[str | None, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it leaves nothing out."""
        return not self.values and self.low is None and self.high is None


def chosen_mask(column: FacetColumn, choice: Choice, count: int) -> NDArray[np.bool_]:
    """Which items a choice holds for; bool, (count,)."""
    if column.kind != "values":
        low = -np.inf if choice.low is None else choice.low
        high = np.inf if choice.high is None else choice.high
        if column.kind == "times":
            low, high = np.floor(low), np.floor(high)
        inside = (column.numbers >= low) & (column.numbers <= high)
        return np.append(inside, False)[column.codes]
    numbers = {value: index for index, value in enumerate(column.values)}
    is_chosen = np.zeros(len(column.values) + 1, dtype=np.bool_)
    is_chosen[[numbers[value] for value in choice.values if value in numbers]] = True
    is_chosen[-1] = None in choice.values
    if column.rows is None:
        return is_chosen[column.codes]
    mask = np.zeros(count, dtype=np.bool_)
    mask[column.rows[is_chosen[column.codes]]] = True
    if None in choice.values:
        has_any = np.zeros(count, dtype=np.bool_)
        has_any[column.rows] = True
        mask |= ~has_any
    return mask


def condition_of(column: FacetColumn, choice: Choice) -> str:
    """The same as a condition that every `where` takes.

    Example:
        >>> folders = FacetColumn("folder", "values", np.zeros(1, np.int32), ("a", "it's"))
        >>> condition_of(folders, Choice(("it's",)))
        "folder IN ('it''s')"
        >>> price = FacetColumn("metadata.price", "numbers", np.zeros(1, np.int32))
        >>> condition_of(price, Choice(low=9.5, high=20.0))
        'metadata."price" >= 9.5 AND metadata."price" <= 20'
    """
    name = _sql_name(column)
    if column.kind != "values":
        ends = [(">=", choice.low), ("<=", choice.high)]
        if column.kind == "times":  # text with parts of a second is greater than text without
            ends = [(">=", choice.low), ("<", None if choice.high is None else choice.high + 1)]
        return " AND ".join(
            f"{name} {sign} {_end(column, end)}" for sign, end in ends if end is not None
        )
    parts = []
    texts = [value for value in choice.values if value is not None]
    if texts and column.rows is not None:
        entries = (json.dumps(text, ensure_ascii=False) for text in texts)
        parts += [f"contains({name}, {_quoted(entry)})" for entry in entries]
    elif texts:
        parts.append(f"{name} IN ({', '.join(_literal(column, text) for text in texts)})")
    if None in choice.values:
        parts.append(f"{name} IS NULL")
        if column.rows is not None:
            parts.append(f"{name} = '[]'")
        elif _is_text(column):
            parts.append(f"{name} = ''")
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def seconds_of(text: str) -> float:
    """A moment or a day in ISO 8601, as seconds since 1970; zones are not looked at.

    Raises:
        BadInputError: it is neither.
    """
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise BadInputError(
            f"'{text}' is not a time; write a day such as 2020-07-31, or 2020-07-31T18:04:05"
        ) from None


def moment_of(seconds: float) -> str:
    """Seconds since 1970 as text, without a zone.

    Example:
        >>> moment_of(seconds_of("2020-07-31"))
        '2020-07-31T00:00:00'
    """
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise BadInputError(f"{seconds:g} seconds since 1970 is no time; give another") from None
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _sql_name(column: FacetColumn) -> str:
    if column.key is None:
        return column.name
    mark = "`" if '"' in column.key else '"'
    return f"metadata.{mark}{column.key}{mark}"


def _is_text(column: FacetColumn) -> bool:
    """Whether it is compared with texts: keys of the metadata are."""
    return column.key is not None or str(ITEM_SCHEMA.field(column.name).type) == "string"


def _literal(column: FacetColumn, text: str) -> str:
    return _quoted(text) if _is_text(column) else text


def _quoted(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))


def _end(column: FacetColumn, end: float) -> str:
    if column.kind == "times":
        return f"'{moment_of(end)}'"
    return str(int(end)) if end.is_integer() and abs(end) < _EXACT else repr(end)
