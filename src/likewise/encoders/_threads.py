"""How many threads the person wants."""

from __future__ import annotations

import os

from likewise.errors import BadInputError


def named_threads() -> int | None:
    """What $LIKEWISE_THREADS says, or None where it says nothing.

    Raises:
        BadInputError: it is not a whole number of 1 or more.
    """
    named = os.environ.get("LIKEWISE_THREADS")
    if not named:
        return None
    if not named.isdecimal() or int(named) < 1:
        raise BadInputError(
            f"LIKEWISE_THREADS is '{named}' where a whole number of 1 or more is wanted; "
            "correct it, or unset it to use every processor"
        )
    return int(named)
