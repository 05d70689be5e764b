"""A selection to look at: a page with pictures, the dropped beside what they go because of."""

from __future__ import annotations

from collections import defaultdict
from html import escape
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from likewise.core import html
from likewise.core.output_files import complete_file
from likewise.core.selection import Selection
from likewise.workspace import Workspace

_SHOWN = 60  # of each reason
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("kept", pa.bool_()),
        ("part", pa.string()),
        ("reason", pa.string()),
        ("because", pa.string()),
        ("score", pa.float32()),
    ]
)
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem;
       color: #222; background: #fafaf8 }
figure { display: inline-block; margin: .4rem; vertical-align: top; width: 15rem }
figure img { height: 7rem; max-width: 7.3rem; object-fit: contain; background: #e1e1de }
figcaption { font-size: .75rem; overflow-wrap: anywhere }
table { border-collapse: collapse } td { padding: .1rem .8rem .1rem 0 }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #1b1b1a } }
"""


def write_parquet(selection: Selection, to: Path) -> None:
    """One row an item: id, kept, part, reason, because, score.

    Raises:
        StorageError: it cannot be written.
    """
    with complete_file(to) as part:
        pq.write_table(pa.Table.from_pylist(selection.rows(), schema=_SCHEMA), part)


def write_report(workspace: Workspace, selection: Selection, to: Path) -> None:
    """One HTML file with the pictures inside: counts, then by reason the strongest cases.

    Raises:
        StorageError: it cannot be written.
    """
    by_reason: dict[str, list[tuple[float, str, str]]] = defaultdict(list)
    columns = (selection.dropped, selection.reasons, selection.because, selection.scores.tolist())
    for item, reason, because, score in zip(*columns, strict=True):
        by_reason[reason].append((score, item, because))
    sections = []
    for reason, cases in sorted(by_reason.items(), key=lambda pair: -len(pair[1])):
        strongest = sorted(cases, key=lambda case: (-case[0], case[1]))[:_SHOWN]
        pictures = _pictures(workspace, [i for _, item, of in strongest for i in (item, of) if i])
        figures = "".join(_pair(score, item, of, pictures) for score, item, of in strongest)
        head = f"<h2>{escape(reason or 'dropped')}: {len(cases):,}</h2>"
        sections.append(head + figures)
    shown_ids = selection.kept[:_SHOWN]
    pictures = _pictures(workspace, shown_ids)
    shown = "".join(_figure([item], escape(item), pictures) for item in shown_ids)
    counts = html.table((name, f"{count:,}") for name, count in selection.counts().items())
    notes = "".join(f"<p>{escape(note)}</p>" for note in selection.notes)
    title = f"{selection.method or 'selection'} of {len(selection):,} images"
    body = (
        f"<h1>{escape(title)}</h1>{counts}{notes}{''.join(sections)}"
        f"<h2>kept: {len(selection.kept):,}</h2>{shown}"
    )
    with complete_file(to) as part:
        part.write_text(html.page(title, body, _STYLE), encoding="utf-8")


def _pair(score: float, item: str, because: str, pictures: dict[str, str]) -> str:
    shown = [item, because] if because else [item]
    reason = f"<br>because of {escape(because)}" if because else ""
    return _figure(shown, f"{escape(item)}{reason} ({score:.3f})", pictures)


def _figure(items: list[str], caption: str, pictures: dict[str, str]) -> str:
    images = " ".join(html.picture(item, pictures[item]) for item in items)
    return f"<figure>{images}<figcaption>{caption}</figcaption></figure>"


def _pictures(workspace: Workspace, ids: list[str] | tuple[str, ...]) -> dict[str, str]:
    """Thumbnails of items as data URLs; "data:," where one is missing."""
    unique = list(dict.fromkeys(ids))
    jpegs = workspace.pictures(unique)
    return {
        item: "data:," if jpeg is None else html.data_uri(jpeg)
        for item, jpeg in zip(unique, jpegs, strict=True)
    }
