"""Keys of the metadata in a condition on a database: one type each, as in a workspace.

A key is compared as a number where each of its values is one, as true or false where each is that,
and as a text otherwise. What a database would answer differently is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from likewise.errors import BadInputError
from likewise.export.databases._where import (
    AnyOf,
    Compare,
    Condition,
    Either,
    Every,
    IsNull,
    Key,
    kind_of,
    refused,
)


def keys_in(condition: Condition) -> Iterator[tuple[Key, str]]:
    """Each key of the metadata in a condition, and the type of what it is compared with.

    Example:
        >>> list(keys_in(Compare(Key("price"), ">", 5)))
        [('price', 'number')]
    """
    if isinstance(condition, Every | Either):
        for part in condition.parts:
            yield from keys_in(part)
    elif isinstance(condition.column, Key):
        if isinstance(condition, Compare):
            yield condition.column, kind_of(condition.value)
        elif isinstance(condition, AnyOf):
            yield condition.column, kind_of(condition.values[0])
        else:
            yield condition.column, "" if isinstance(condition, IsNull) else "text"


def refuse_unknown(where: str, key: str, server: str) -> BadInputError:
    """The error for a key that no item there has."""
    return refused(where, f"no item there has '{key}' in its metadata", server)


def refuse_mixed(where: str, key: str, kind: str, server: str) -> BadInputError:
    """The error for a key with values that cannot be compared with that type.

    Args:
        where: the condition.
        key: the key.
        kind: "text", "number" or "boolean".
        server: what the condition is for.
    """
    needed = {
        "text": "a text",
        "number": "a number",
        "boolean": "true or false",
    }[kind]
    return refused(where, f"not every '{key}' there is {needed}", server)
