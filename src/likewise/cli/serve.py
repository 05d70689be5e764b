"""``likewise serve``."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._text import answer, note, say

if TYPE_CHECKING:
    from likewise.server.app_state import AppState
    from likewise.server.serving import Listening
    from likewise.workspace.users import User


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8265, show_default=True,
              help="Port to listen on; 0 takes a free one.")  # fmt: skip
@click.option(
    "--token", envvar="LIKEWISE_TOKEN", help="Token of your requests; random unless given."
)
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="NAME",
              help="A further name this server goes by; needed with another --host.")  # fmt: skip
@click.option("--root", "roots", multiple=True,
              type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="A folder that may be indexed from the page; may be repeated.")  # fmt: skip
@click.option("--who", help="Who answers; you unless given.")
@click.option("--read-only", is_flag=True,
              help="Only show: no answer, concept, export or indexing from the page.")  # fmt: skip
@click.option("--most-thumbnails", type=click.FloatRange(0), default=500.0, show_default=True,
              help="Thumbnails a second for one person; 0 for no limit.")  # fmt: skip
@click.option("--most-pictures", type=click.FloatRange(0), default=50.0, show_default=True,
              help="Large pictures a second for one person; 0 for no limit.")  # fmt: skip
@click.option("--open/--no-open", "browse", default=False, help="Open it in the browser.")
@workspace_option
@json_option
def command(
    host: str,
    port: int,
    token: str | None,
    allow_hosts: tuple[str, ...],
    roots: tuple[Path, ...],
    who: str | None,
    read_only: bool,
    most_thumbnails: float,
    most_pictures: float,
    browse: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Open the web app over a workspace, on this machine only.

    Prints the address to open, with its token. Without a workspace the page offers to index a
    folder under --root (the current folder unless given). Every answer is on the disk before
    the page is told so; Ctrl-C ends it. With --read-only it refuses whatever would change
    something, and needs a workspace.

    Where the workspace has users (likewise users add), they come in by their own addresses and
    may do what their role says; the printed address is yours, an owner's.

    Example: likewise serve --open
    """
    from likewise.numeric.threads import few_arenas

    few_arenas()  # before what is imported below starts threads
    from likewise.errors import NotFoundError
    from likewise.server.app_state import AppState
    from likewise.server.limits import Limits
    from likewise.server.serving import serve
    from likewise.workspace import find_workspace

    path: Path | None
    try:
        path = find_workspace(workspace_path)
    except NotFoundError:
        if workspace_path is not None or read_only or list(Path().glob("*.likewise")):
            raise
        path = None

    limits = Limits(most_thumbnails, most_pictures)
    app_state = AppState(path, roots or (Path(),), who, read_only, limits)
    ready = when_ready(app_state, as_json=as_json, browse=browse)
    try:
        serve(app_state, host=host, port=port, token=token, allow_hosts=allow_hosts, ready=ready)
    finally:
        app_state.close()


def when_ready(
    app_state: AppState, *, as_json: bool, browse: bool, facts: Mapping[str, Any] | None = None
) -> Callable[[Listening], None]:
    """What happens once the server answers: its address is printed and, if asked, opened.

    Args:
        app_state: what is served.
        as_json: print one JSON document, which `facts` begin.
        browse: open the address in the browser.
        facts: what else the document says.
    """
    from likewise.errors import StorageError
    from likewise.server.token_redirect import redirect_file

    def ready(listening: Listening) -> None:
        try:
            if as_json:
                address = {"address": listening.address, "port": listening.port}
                answer({**(facts or {}), **address, "token": listening.token})
            else:
                say(listening.address)
                note(
                    _access_note(app_state.workspace.users.all() if app_state.has_workspace else ())
                )
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StorageError(
                f"the address cannot be written to standard output ({error.strerror}); let it go "
                "to a terminal or a file with room"
            ) from error
        if browse:
            page = app_state.closing.enter_context(redirect_file(listening.address))
            if not webbrowser.open(page.as_uri()):
                note("no browser could be started; open the address above in one")
        if app_state.has_workspace:
            app_state.compute_colours()

    return ready


def _access_note(users: Sequence[User]) -> str:
    if not users:
        return "this machine only; Ctrl-C ends it, every answer is kept"
    names = ", ".join(f"{user.name} ({user.role})" for user in users)
    return f"this address is yours, an owner's; by their own: {names}; Ctrl-C ends it"
