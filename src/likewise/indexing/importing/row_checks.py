"""Every row of a file of vectors checked before anything is written."""

from __future__ import annotations

from likewise.errors import BadInputError
from likewise.sources._vector_files import VectorFile
from likewise.workspace.item_states import ItemState

ROWS = 32_768
"""How many rows are read at once."""


def check_rows(file: VectorFile, skip_bad: bool, what: str = "row") -> list[ItemState]:
    """Look at every row; answers those to leave out.

    Raises:
        BadInputError: a vector that is unusable, unless such are left out; an id that is missing
            or given twice. The message names the first row and its id.
    """
    if not file.count:
        raise BadInputError(f"{file.path} has no rows; give a file with one row an image")
    ids: set[str] = set()
    bad: list[ItemState] = []
    for rows in file.rows(ROWS):
        for row, item in enumerate(rows.ids):
            if not item:
                raise BadInputError(
                    f"{what} {rows.start + row} of {file.path} has no id; give each an id of "
                    "its own"
                )
            if item in ids:
                raise BadInputError(
                    f"the id '{item}' is given twice, in {what} {rows.start + row} of "
                    f"{file.path} again; give each id once"
                )
            ids.add(item)
        bad += [ItemState(rows.ids[row], "failed", why) for row, why in rows.bad.items()]
        if rows.bad and not skip_bad:
            row, why = min(rows.bad.items())
            raise BadInputError(
                f"the vector of {what} {rows.start + row} ('{rows.ids[row]}') of {file.path} "
                f"{why}; compute it again, or leave such rows out with --skip-bad"
            )
    return bad
