"""``likewise users add|list|remove``."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from likewise.cli._shared import json_option, opened, workspace_option
from likewise.cli._text import answer, note, say, say_row
from likewise.errors import BadInputError
from likewise.workspace.users import ROLES, Role


@click.group("users")
def command() -> None:
    """Say who else may use the web app over a workspace, and what they may do.

    A viewer looks around. A reviewer answers, takes own answers back, makes concepts and fills
    their baskets. An owner does everything: hides concepts, exports, curates, indexes, stops jobs.
    A server that runs follows at once. Whoever starts it is an owner, by the address it prints.
    """


@command.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What they may do.")
@click.option("--at", "address", metavar="ADDRESS", default="http://127.0.0.1:8265",
              show_default=True, help="Where they reach the server.")  # fmt: skip
@workspace_option
@json_option
def add(name: str, role: Role, address: str, workspace: Path | None, as_json: bool) -> None:
    """Add a person by NAME, and print the address with their token, once.

    Only a digest of the token is kept: who lost it is removed and added again.

    Example: likewise users add ben --role reviewer --at http://box.lan:8265
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise BadInputError(
            f"'{address}' is not where a server is; give such as http://box.lan:8265"
        )
    with opened(workspace) as place:
        user, token = place.users.add(name, role)
    link = f"{address.rstrip('/')}/?token={token}"
    if as_json:
        answer({"name": user.name, "role": user.role, "token": token, "address": link})
        return
    say(link)
    note(f"for {user.name} ({user.role}); it is shown this once, and lets in whoever has it")


@command.command("list")
@workspace_option
@json_option
def list_users(workspace: Path | None, as_json: bool) -> None:
    """List the users: name, role, and since when."""
    with opened(workspace) as place:
        users = place.users.all()
    if as_json:
        answer([{"name": one.name, "role": one.role, "since": one.since} for one in users])
        return
    for one in users:
        say_row(one.name, one.role, one.since)
    if not users:
        note("there are no users; add one with: likewise users add NAME --role reviewer")


@command.command("remove")
@click.argument("name")
@workspace_option
@json_option
def remove(name: str, workspace: Path | None, as_json: bool) -> None:
    """Take NAME out, at once; what they decided stays under their name."""
    with opened(workspace) as place:
        gone = place.users.remove(name)
    if as_json:
        answer({"removed": gone.name, "role": gone.role})
    else:
        say(f"removed: {gone.name} ({gone.role})")
