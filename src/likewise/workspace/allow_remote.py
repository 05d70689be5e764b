"""Agreeing that the remote addresses of a workspace are contacted, without contacting them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from likewise.core.addresses import shown, without_secrets
from likewise.core.files import WORKSPACE_FILE
from likewise.errors import BadInputError, NotFoundError
from likewise.workspace.consent import RemoteConsent
from likewise.workspace.database import Database
from likewise.workspace.source_roots import SourceRoots


def allow_remote(workspace: Path, addresses: Iterable[str]) -> None:
    """Note that this user agrees to contact addresses that a workspace names; contacts none.

    Args:
        workspace: its folder.
        addresses: as the workspace names them.

    Raises:
        NotFoundError: there is no such workspace.
        BadInputError: the workspace names no such address.
        StorageError: the user's settings cannot be written.
    """
    if not (workspace / WORKSPACE_FILE).is_file():
        raise NotFoundError(f"{workspace} is not a likewise workspace; check its spelling")
    with closing(Database(workspace / WORKSPACE_FILE)) as database:
        consent = RemoteConsent(database, workspace)
        named = _remote_addresses(database, workspace, consent)
        for address in addresses:
            if without_secrets(address) not in named:
                listed = ", ".join(map(shown, named)) or "none"
                raise BadInputError(
                    f"{workspace} names no address {shown(address)}; those it names: {listed}"
                )
            consent.give(address)


def _remote_addresses(database: Database, workspace: Path, consent: RemoteConsent) -> list[str]:
    sql = "SELECT value FROM settings WHERE key IN ('vectors_at', 'decisions') AND value != ''"
    settings = [str(value) for (value,) in database.rows(sql)]
    sources = SourceRoots(database, workspace, consent).all().values()
    roots = [source.root for source in sources if source.is_remote]
    return [without_secrets(address) for address in (*settings, *roots)]
