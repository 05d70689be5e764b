"""What ``likewise index`` and ``likewise quickstart`` show of indexing."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from likewise.cli._shared import progress_bar
from likewise.cli._text import note, say
from likewise.errors import BadInputError, command_line
from likewise.indexing.neighbour_graph import GraphReport
from likewise.indexing.report import IndexReport


def refuse_no_name(what: str | None) -> None:
    """Refuse an empty string in place of a folder, which would be the current one.

    Raises:
        BadInputError: it is one.
    """
    if what == "":
        raise BadInputError("the folder is an empty string; give the folder that holds the images")


@contextmanager
def index_bars(quiet: bool) -> Iterator[dict[str, Any]]:
    """Progress bars of an indexing and of its neighbour graph, as arguments of `index`."""
    with (
        progress_bar("img", quiet=quiet) as bar,
        progress_bar("img", quiet=quiet, label="neighbours") as graph_bar,
    ):
        yield {"progress": bar, "graph_progress": graph_bar}


def show_reports(reports: Sequence[IndexReport], as_json: bool, dry_run: bool = False) -> None:
    """Print what failed and, unless JSON is asked for, what was done."""
    for report in reports:
        for failure in report.failed:
            note(f"{failure.item}: {failure.reason}")
        if not as_json:
            _say(report, dry_run)
    if not dry_run and any(report.added + report.changed for report in reports):
        from likewise.images.decode.confined import missing_fence

        if lack := missing_fence():
            note(f"note: {lack}")


def exit_if_incomplete(reports: Sequence[IndexReport]) -> None:
    """End the command where indexing was interrupted, or where every image failed."""
    if reports[-1].interrupted:
        note(f"likewise: interrupted; go on with: {command_line(*sys.argv[1:])}")
        raise click.exceptions.Exit(130)
    if any(report.nothing_read for report in reports):
        note("no image could be read")
        raise click.exceptions.Exit(1)


def _say(report: IndexReport, dry_run: bool) -> None:
    parts = [
        f"{count} {word}"
        for word in ("added", "changed", "moved", "unchanged", "missing", "ignored", "patched")
        if (count := getattr(report, word))
    ]
    if report.failed:
        parts.append(f"{len(report.failed)} failed")
    lead = "would be" if dry_run else "indexed into"
    speed = ""
    if report.added + report.changed > 0 and not dry_run:
        speed = f" in {report.seconds:.1f} s ({report.images_per_second:.0f} images/s)"
    where = report.vectors_at or report.workspace
    none = "nothing yet" if report.interrupted else "nothing to do"
    say(f"{lead} {where}: {', '.join(parts) or none}{speed}")
    if report.summary is not None:
        say(f"understood: {report.summary}")
    if report.graph is not None:
        _say_graph(report.graph)
    if report.vectors_at:
        say(f"decisions, search codes and thumbnails are in {report.workspace}")


def _say_graph(graph: GraphReport) -> None:
    if graph.failure:
        note(graph.failure)
    elif graph.made:
        say(f"neighbour graph: {graph.state}, in {graph.seconds:.1f} s")
