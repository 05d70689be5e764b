"""``likewise mcp``."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._text import answer, note, say
from likewise.errors import BadInputError
from likewise.workspace.users import ROLES, Role

if TYPE_CHECKING:
    from likewise.server.serving import Listening


@click.command("mcp")
@click.option("--root", "roots", multiple=True,
              type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="A folder of workspaces, below which agents may read and write files; may be "
              "repeated.")  # fmt: skip
@click.option("--role", type=click.Choice(ROLES), default="owner", show_default=True,
              help="What agents may do at most.")  # fmt: skip
@click.option("--http", "over_http", is_flag=True,
              help="Serve clients of this machine over HTTP, not over standard input.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=8266, show_default=True,
              help="With --http: port to listen on; 0 takes a free one.")  # fmt: skip
@click.option("--token", envvar="LIKEWISE_TOKEN",
              help="With --http: token of your requests; random unless given.")  # fmt: skip
@workspace_option
@json_option
def command(
    roots: tuple[Path, ...],
    role: Role,
    over_http: bool,
    port: int,
    token: str | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Serve tools to an agent over the Model Context Protocol.

    Agents look, propose answers and ask: proposals count for nothing until you accept them
    (likewise labels accept), an export needs a second call with the token of its dry run, and
    nothing can be deleted or replaced. Every call is in likewise trail. With --http, users of a
    workspace (likewise users add) come in with their own tokens and roles.

    Example: likewise mcp --root ~/projects
    """
    if not roots and workspace_path is None:
        raise BadInputError(
            "no folder was given; say which workspaces agents may use: --root FOLDER or "
            "--workspace PATH"
        )
    from likewise.numeric.threads import few_arenas

    few_arenas()  # before what is imported below starts threads
    from likewise.server.mcp.protocol import serve_http, serve_stdio
    from likewise.server.mcp.tool import Shared
    from likewise.server.mcp.workspaces import Workspaces
    from likewise.workspace import find_workspace

    only = None if workspace_path is None else find_workspace(workspace_path)
    with Workspaces(roots, only, role) as workspaces:
        if only is not None:
            workspaces.open(None)  # or says what is wrong with it
        shared = Shared(workspaces)
        if not over_http:
            serve_stdio(shared)
            return

        def ready(listening: Listening) -> None:
            if as_json:
                facts = {"port": listening.port, "token": listening.token}
                answer({"address": listening.address, **facts})
            else:
                say(listening.address)
                note(f"send as a header: Authorization: Bearer {listening.token}; Ctrl-C ends it")

        serve_http(shared, port, token or secrets.token_urlsafe(24), ready)
