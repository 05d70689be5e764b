"""``likewise quickstart``: from a folder of images to the web app in one command."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._index_reports import (
    exit_if_incomplete,
    index_bars,
    refuse_no_name,
    show_reports,
)
from likewise.cli._options import json_option
from likewise.cli._text import note
from likewise.errors import command_line

_DIGITS = Path("likewise-digits")


@click.command("quickstart")
@click.argument("folder", required=False, metavar="[FOLDER]")
@click.option(
    "-w",
    "--workspace",
    type=click.Path(path_type=Path),
    envvar="LIKEWISE_WORKSPACE",
    help="Where to keep the vectors; FOLDER's name + .likewise here unless given.",
)
@click.option("--port", type=click.IntRange(0, 65535),
              help="Port to listen on; 8265, or a free one where that is taken.")  # fmt: skip
@click.option("--browser/--no-browser", "browse", default=True, show_default=True,
              help="Open the web app in the browser; only print its address.")  # fmt: skip
@json_option
def command(
    folder: str | None, workspace: Path | None, port: int | None, browse: bool, as_json: bool
) -> None:
    """Index FOLDER and open it in the web app, in one command.

    Without FOLDER it takes small built-in images: 1,797 handwritten digits, which it writes to
    likewise-digits. Indexes, with a progress bar, then opens the web app and serves it until
    Ctrl-C. Stop it at any time; the same command goes on where it was, and opens at once what is
    indexed already. The images are only read, and nothing leaves this machine.

    With --json it prints one document, when the web app answers: what was indexed, and the
    address with its token.

    Example: likewise quickstart ~/photos
    """
    from likewise.numeric.threads import few_arenas

    few_arenas()  # before what is imported below starts threads
    from likewise.cli.serve import when_ready
    from likewise.indexing.index import index
    from likewise.server.app_state import AppState
    from likewise.server.serving import serve

    refuse_no_name(folder)
    if folder is None:
        folder = str(_written_digits())
    note(f"1 of 2: index {folder}; Ctrl-C stops it, and the same command goes on")
    with index_bars(as_json) as bars:
        report = index(folder, workspace, **bars)
    show_reports([report], as_json)
    exit_if_incomplete([report])
    again = command_line("serve", "--open", "--workspace", report.workspace)
    note(f"2 of 2: the web app; later, without indexing: {again}")
    app_state = AppState(report.workspace, [Path()])
    facts = {"index": report.to_json()}
    try:
        serve(
            app_state,
            port=port,
            ready=when_ready(app_state, as_json=as_json, browse=browse, facts=facts),
        )
    finally:
        app_state.close()


def _written_digits() -> Path:
    from likewise.simulate.digits import write_digits

    count = write_digits(_DIGITS)
    note(f"no folder is given: {count:,} built-in images of handwritten digits are in {_DIGITS}")
    return _DIGITS
