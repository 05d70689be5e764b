"""The journal's results as a CSV file that grows: every row once, whatever was killed."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from likewise.apply.watch.journal import Journal
from likewise.core.escaping import cell
from likewise.core.files import sync
from likewise.errors import CorruptError

COLUMNS = (
    "row", "id", "digest", "rule", "version", "score", "probability", "yes", "error", "at",
)  # fmt: skip
_HEAD = (",".join(COLUMNS) + "\r\n").encode()


def bring_up_to_date(path: Path, journal: Journal, after: int | None = None) -> int:
    """Append the rows of the journal that the table lacks; it is on the disk when this returns.

    Args:
        path: the table; written from the beginning when there is none.
        journal: where the rows are.
        after: number of the table's last row, when the caller knows it; otherwise it is read
            from the table, and a last row that was cut short is cut off.

    Returns:
        Number of the last row.

    Raises:
        CorruptError: it is not a table of ours.
    """
    after = _mend(path) if after is None else after
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if file.tell() == 0:
            writer.writerow(COLUMNS)
        for row, *rest in journal.table(after):
            writer.writerow(map(cell, (row, *rest)))
            after = int(row)
        file.flush()
        os.fsync(file.fileno())
    sync([], path.parent)
    return after


def _mend(path: Path) -> int:
    """Cut off a row that was not written to its end; the number of the last whole one.

    A row ends at a line's end outside quotes: in rows of older versions names may hold line ends.
    """
    if not path.exists():
        return 0
    complete, at, inside, last, begun = 0, 0, False, b"", b""
    with path.open("rb") as file:
        head = file.read(len(_HEAD))
        ours = _HEAD.startswith(head)
        file.seek(0)
        for line in file if ours else ():
            begun = begun or line
            at += len(line)
            inside ^= line.count(b'"') % 2 == 1
            if not inside and line.endswith(b"\r\n"):
                complete, last, begun = at, begun, b""
    first = last.split(b",", 1)[0]
    if not ours or (complete > len(_HEAD) and not first.isdigit()):
        raise CorruptError(
            f"{path} is not the table as it was written here; move it away, and it is written anew"
        )
    if complete < at:
        os.truncate(path, complete)
    return int(first) if first.isdigit() else 0
