"""Remote addresses that a workspace stores, and which of them this user agreed to contact.

A workspace from elsewhere may name a bucket, a database or a source that is then contacted with
the keys of whoever opens it. So a stored address counts only where this user, on this machine,
named it on a command line, agreed to it, or lists it in the environment.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from likewise.core.addresses import shown, without_secrets
from likewise.core.escaping import escaped
from likewise.errors import BadInputError, StorageError, command_line
from likewise.workspace.database import Database
from likewise.workspace.decisions import SHARED
from likewise.workspace.label import new_id

ALLOWED = "LIKEWISE_ALLOW_REMOTE"
"""Environment variable with addresses that may be contacted, separated by blanks."""

CONFIG = "LIKEWISE_CONFIG"
"""Environment variable with the folder of this user's settings."""

_IDENTITY = "SELECT value FROM settings WHERE key = 'identity'"


def agreements_file() -> Path:
    """The file of what this user agreed to: a line for each workspace and address.

    A line is the workspace's identity, a tab and the address. Deleting it withdraws the agreement.
    """
    import platformdirs

    named = os.environ.get(CONFIG)
    folder = Path(named) if named else Path(platformdirs.user_config_dir("likewise"))
    return folder / "remote-addresses.tsv"


class RemoteConsent:
    """Which remote addresses of a workspace this user agreed to contact.

    Args:
        database: of the workspace.
        workspace: its folder.
    """

    def __init__(self, database: Database, workspace: Path) -> None:
        self._database, self._workspace = database, workspace

    def identity(self) -> str:
        """An id that no other workspace has, made when it is first asked for."""
        if not self._database.rows(_IDENTITY):
            with self._database.writing() as connection:
                connection.execute(
                    "INSERT OR IGNORE INTO settings VALUES ('identity', ?)", (new_id(),)
                )
        return str(self._database.rows(_IDENTITY)[0][0])

    def is_given(self, address: str) -> bool:
        """Whether this user agreed that an address of this workspace is contacted."""
        address = without_secrets(address)
        if address in map(without_secrets, os.environ.get(ALLOWED, "").split()):
            return True
        found = self._database.rows(_IDENTITY)
        return bool(found) and _line(str(found[0][0]), address) in _agreements()

    def give(self, address: str) -> None:
        """Note that this user named an address for this workspace.

        Raises:
            StorageError: the user's settings cannot be written.
        """
        if self.is_given(address):
            return
        file = agreements_file()
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:  # one short write at the end: lines of two processes do not mix
                os.write(handle, f"{_line(self.identity(), without_secrets(address))}\n".encode())
            finally:
                os.close(handle)
        except OSError as error:
            raise StorageError(
                f"{file} cannot be written ({error.strerror}), so the agreement is not kept; name "
                f"another folder with {CONFIG}, or the address with {ALLOWED}"
            ) from error

    def note(self, address: str) -> None:
        """As `give`; settings that cannot be written are no error, and a later command asks."""
        with suppress(StorageError):
            self.give(address)

    def require(self, address: str, content: str) -> None:
        """Refuse an address that this user has not agreed to.

        Args:
            address: as the workspace stores it.
            content: what the workspace keeps there, for the message.

        Raises:
            BadInputError: with the command that agrees.
        """
        if not self.is_given(address):
            agree = command_line(
                "info", "--allow-remote", without_secrets(address), "--workspace", self._workspace
            )
            raise BadInputError(
                f"{self._workspace} names {shown(address)} for its {content}, and you have not "
                f"agreed to contact that address; if you trust it: {agree}"
            )

    def require_stored(self, vectors_at: str, made_here: bool, decisions: str) -> None:
        """Refuse stored addresses that this user has not agreed to contact.

        Args:
            vectors_at: URL of the vectors; "" where they are in the folder.
            made_here: whether this machine made the workspace of that URL.
            decisions: address of the decisions; "" where they are the workspace's own.

        Raises:
            BadInputError: with the command that agrees.
        """
        if vectors_at and made_here:
            self.note(vectors_at)  # its URL was named then
        elif vectors_at:
            self.require(vectors_at, "vectors")
        if decisions and not os.environ.get(SHARED):  # that names another, for this process
            self.require(decisions, "decisions")


def _line(identity: str, address: str) -> str:
    return f"{escaped(identity)}\t{escaped(address)}"


def _agreements() -> set[str]:
    try:
        return set(agreements_file().read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return set()
