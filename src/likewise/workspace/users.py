"""The people of a small team: each has a name, a role, and a token of which only a digest is kept.

They lie beside the decisions in ``users.json``, which only its owner may read, and not in the
database: who may come in is a matter of this place, and travels with neither a backup nor a shared
PostgreSQL.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from filelock import FileLock, Timeout

from likewise.core.files import new_file
from likewise.errors import (
    BadInputError,
    BusyError,
    CorruptError,
    NotFoundError,
    StorageError,
    command_line,
)
from likewise.workspace.database import now

Role = Literal["viewer", "reviewer", "owner"]

ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what those before it may."""

FILE = "users.json"

_NAME = re.compile(r"\w(?:[\w .@'-]{0,58}\w)?")
_TOKEN_BYTES = 24
_WAIT = 10.0  # seconds for another likewise users to end


@dataclass(frozen=True)
class User:
    """One person.

    Attributes:
        name: what their decisions are signed with.
        role: what they may do.
        token_sha256: of their token, in hex. The token is random, so it needs no salt.
        since: when they were added, UTC.
    """

    name: str
    role: Role
    token_sha256: str
    since: str


class Users:
    """Those who may come in, besides whoever starts the server.

    The file is looked at again at every question, so that a person who is taken out is out at
    once, also of a server that runs.

    Args:
        folder: of the workspace.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     users = Users(Path(folder))
        ...     user, token = users.add("ann", "reviewer")
        ...     found, nobody = users.of_token(token), users.of_token("guessed-0123456789")
        >>> found.name, found.role, nobody
        ('ann', 'reviewer', None)
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, int, int], tuple[User, ...]] | None = None

    def all(self) -> tuple[User, ...]:
        """Everyone, in the order in which they were added.

        Raises:
            CorruptError: the file is damaged.
            StorageError: it cannot be read.
        """
        with self._lock:
            try:
                state = self._path.stat()
                stamp = (state.st_mtime_ns, state.st_size, state.st_ino)
                if self._read is None or self._read[0] != stamp:
                    self._read = stamp, _parsed(self._path)
            except FileNotFoundError:
                return ()
            except OSError as error:
                raise StorageError(
                    f"{self._path} cannot be read ({error.strerror}); only the user who made it "
                    "may: start likewise serve as the same one"
                ) from error
            return self._read[1]

    def of_token(self, token: str) -> User | None:
        """Whose token it is, in a time that does not depend on how much of it is right.

        Raises:
            CorruptError, StorageError: as `all`.
        """
        digest, found = _digest(token), None
        for user in self.all():
            if hmac.compare_digest(user.token_sha256, digest):
                found = user
        return found

    def add(self, name: str, role: Role) -> tuple[User, str]:
        """Add a person; answers them with their token, which is kept nowhere.

        Raises:
            BadInputError: the name cannot be one, or is taken; no such role.
            StorageError: the disk refuses.
        """
        if not _NAME.fullmatch(name):
            raise BadInputError(
                f"{name!r} cannot be a user's name; give 1 to 60 letters, digits, spaces and "
                ". @ ' - _, a letter or digit at both ends"
            )
        if role not in ROLES:
            raise BadInputError(f"there is no role '{role}'; give one of {', '.join(ROLES)}")
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        user = User(name, role, _digest(token), now())
        with self._changing():
            users = self.all()
            for existing in users:
                if existing.name.casefold() == name.casefold():
                    raise BadInputError(
                        f"there is a user '{existing.name}' already ({existing.role}); for another "
                        f"role or a new token take them out first: "
                        f"{command_line('users', 'remove', existing.name)}"
                    )
            self._write([*users, user])
        return user, token

    def remove(self, name: str) -> User:
        """Take a person out; what they decided stays under their name.

        Raises:
            NotFoundError: there is none of that name.
            StorageError: the disk refuses.
        """
        with self._changing():
            users = self.all()
            gone = next((user for user in users if user.name == name), None)
            if gone is None:
                names = ", ".join(user.name for user in users) or "there are none"
                raise NotFoundError(f"there is no user '{name}'; those that exist: {names}")
            self._write([user for user in users if user != gone])
        return gone

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Two commands at once come one after the other, so that neither undoes the other."""
        lock = FileLock(self._path.with_suffix(".lock"), timeout=_WAIT)
        try:
            lock.acquire()
        except Timeout:
            raise BusyError(
                f"{self._path} is being changed by another likewise users; run this again"
            ) from None
        except OSError as error:
            raise StorageError(f"{self._path} cannot be written ({error.strerror})") from error
        try:
            yield
        finally:
            lock.release()

    def _write(self, users: Sequence[User]) -> None:
        """Whole and on the disk, or not at all; readable for its owner only from the start."""
        text = json.dumps({"format": 1, "users": [asdict(user) for user in users]}, indent=1)
        try:
            with new_file(self._path, mode=0o600) as part:
                part.write_text(text, encoding="utf-8")
        except OSError as error:
            raise StorageError(
                f"{self._path} could not be written ({error.strerror}); nobody was added or taken "
                "out: free some space or check the permissions"
            ) from error


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _parsed(path: Path) -> tuple[User, ...]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["users"]
        users = tuple(User(**{key: str(value) for key, value in user.items()}) for user in found)  # type: ignore[arg-type]
        if not all(user.role in ROLES and len(user.token_sha256) == 64 for user in users):
            raise ValueError("a role or a digest that is none")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptError(
            f"{path} is damaged ({error}); delete it and add its people again with: "
            "likewise users add NAME --role ROLE"
        ) from error
    return users
