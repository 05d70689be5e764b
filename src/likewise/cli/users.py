"""``likewise users add|list|remove`` and ``likewise trail``: who may use the web app, and did."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._shared import opened
from likewise.cli._text import answer, note, say, say_row
from likewise.errors import BadInputError
from likewise.workspace.users import ROLES, Role


@click.group("users")
def command() -> None:
    """Add, list and remove the users of the web app over a workspace.

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
def add(name: str, role: Role, address: str, workspace_path: Path | None, as_json: bool) -> None:
    """Add a person by NAME, and print the address with their token, once.

    Only a digest of the token is kept: who lost it is removed and added again.

    Example: likewise users add ben --role reviewer --at http://box.lan:8265
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise BadInputError(
            f"'{address}' is not where a server is; give such as http://box.lan:8265"
        )
    with opened(workspace_path) as workspace:
        user, token = workspace.users.add(name, role)
    link = f"{address.rstrip('/')}/?token={token}"
    if as_json:
        answer({"name": user.name, "role": user.role, "token": token, "address": link})
        return
    say(link)
    note(f"for {user.name} ({user.role}); it is shown this once, and lets in whoever has it")


@command.command("list")
@workspace_option
@json_option
def list_users(workspace_path: Path | None, as_json: bool) -> None:
    """List the users: name, role, and since when."""
    with opened(workspace_path) as workspace:
        users = workspace.users.all()
    if as_json:
        answer([{"name": user.name, "role": user.role, "since": user.since} for user in users])
        return
    for user in users:
        say_row(user.name, user.role, user.since)
    if not users:
        note("there are no users; add one with: likewise users add NAME --role reviewer")


@command.command("remove")
@click.argument("name")
@workspace_option
@json_option
def remove(name: str, workspace_path: Path | None, as_json: bool) -> None:
    """Take NAME out, at once; what they decided stays under their name."""
    with opened(workspace_path) as workspace:
        gone = workspace.users.remove(name)
    if as_json:
        answer({"removed": gone.name, "role": gone.role})
    else:
        say(f"removed: {gone.name} ({gone.role})")


@click.command("trail")
@click.option("--who", help="Only requests of this person.")
@click.option(
    "--about", metavar="NAME", help="Only requests about this concept, item, folder or job."
)
@click.option(
    "--refused", is_flag=True, help="Only requests that were refused because of the role."
)
@click.option("--last", type=click.IntRange(0), default=50, show_default=True,
              help="Number of requests; 0 for all.")  # fmt: skip
@workspace_option
@json_option
def trail(
    who: str | None,
    about: str | None,
    refused: bool,
    last: int,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Say who asked the web app to change what, and how it was answered; the newest last.

    One line a request: time, person, role, status, request. Refusals have status 403. What was
    answered about images is in the log of answers, with names too: likewise labels list.

    Example: likewise trail --who ben --refused
    """
    with opened(workspace_path) as workspace:
        entries = [
            entry
            for entry in workspace.audit_log.entries()
            if who in (None, entry.who)
            and (about is None or about in entry.target.values())
            and (not refused or entry.status == 403)
        ]
    shown = entries[-last:] if last else entries
    if as_json:
        answer([asdict(entry) for entry in shown])
        return
    for entry in shown:
        more = f" (and {entry.unwritten} more before)" if entry.unwritten else ""
        say_row(entry.at, entry.who, entry.role, entry.status, f"{entry.request}{more}")
    if not shown:
        note("the trail has no such request")
    elif len(shown) < len(entries):
        note(f"the newest {len(shown)} of {len(entries)}; --last 0 shows all")
