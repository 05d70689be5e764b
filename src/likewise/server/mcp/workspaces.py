"""The workspaces that an agent may use: those under the start-up roots, opened when first asked."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from likewise.core.closing import Closing
from likewise.core.files import WORKSPACE_FILE
from likewise.errors import BadInputError, LikewiseError, NotFoundError
from likewise.server.app_state import AppState
from likewise.server.roles import Caller
from likewise.workspace.label import current_user
from likewise.workspace.remote import SUFFIX
from likewise.workspace.users import ROLES, Role, User, Users

_LOG = logging.getLogger(__name__)


class Workspaces(Closing):
    """Workspaces by name, each with the state that the web app has of it.

    Args:
        roots: folders; workspaces in them and in their subfolders may be used, and files under
            them may be read and written.
        only: the one workspace that may be used, wherever it is; all under the roots unless given.
        role: what agents may do at most.
    """

    def __init__(
        self, roots: Sequence[Path], only: Path | None = None, role: Role = "owner"
    ) -> None:
        self.roots = tuple(root.resolve() for root in roots)
        self._only, self._role = only, role
        self._lock = threading.Lock()
        self._opened: dict[Path, AppState] = {}
        self._ended: dict[Path, int] = {}

    def paths(self) -> dict[str, Path]:
        """Workspaces by name: the folder's name, or its path below the root where two share one."""
        found = [self._only.resolve()] if self._only else []
        for root in self.roots if self._only is None else ():
            for pattern in (f"*{SUFFIX}", f"*/*{SUFFIX}"):
                folders = (path.resolve() for path in sorted(root.glob(pattern)))
                found += [path for path in folders if self._is_workspace(path)]
        found = list(dict.fromkeys(found))
        names = [path.name.removesuffix(SUFFIX) for path in found]
        return {
            name if names.count(name) == 1 else str(path): path
            for name, path in zip(names, found, strict=True)
        }

    def open(self, name: str | None) -> AppState:
        """The state of a workspace, as of now; the only one where no name is given.

        Raises:
            NotFoundError: there is none of that name, or several and none is named.
        """
        paths = self.paths()
        if name is None and len(paths) == 1:
            name = next(iter(paths))
        if name is None or name not in paths:
            wrong = "name a workspace" if name is None else f"there is no workspace '{name}'"
            raise NotFoundError(
                f"{wrong}; those under the roots are: {', '.join(paths) or 'none'}. The person "
                "makes one with likewise index FOLDER"
            )
        path = paths[name]
        with self._lock:
            if path not in self._opened:
                who, read_only = self.signature(None), self._role == "viewer"
                state = AppState(path, self.roots, who, read_only)
                self._opened[path] = state
                self._ended[path] = state.workspace.jobs.ended()
            state = self._opened[path]
            if (ended := state.workspace.jobs.ended()) != self._ended[path]:
                self._ended[path] = ended
                state.workspace.sources.look_again()
                state.workspace.collection.refresh()
        return state

    def name_of(self, state: AppState) -> str:
        """The name of an open workspace."""
        path = state.workspace.path
        return next((name for name, of in self.paths().items() if of == path), str(path))

    def caller(self, state: AppState, user: User | None) -> Caller:
        """Who calls in a workspace: the agent of a user of it, or of who started the server.

        Raises:
            NotFoundError: the user is none of that workspace.
        """
        if user is None:
            return Caller(self.signature(None), self._role)
        if not state.is_user(user):
            raise NotFoundError(f"{user.name} is no user of this workspace; ask its owner")
        role = min(user.role, self._role, key=ROLES.index)
        return Caller(self.signature(user), role, user)

    def signature(self, user: User | None) -> str:
        """What an agent's proposals and changes are signed with."""
        return f"agent of {current_user() if user is None else user.name}"

    def user_of(self, token: str) -> User | None:
        """Whose token it is, among the users of all workspaces; None for nobody's."""
        for path in self.paths().values():
            try:
                user = Users(path).of_token(token)
            except LikewiseError as error:  # the caller has shown no token yet
                _LOG.warning("nobody is let in as a user of %s: %s", path.name, error)
                continue
            if user is not None:
                return user
        return None

    def allowed(self, state: AppState, path: str) -> Path:
        """The path itself, when it is under a root; a relative one is below the first root.

        Raises:
            BadInputError: it is under none of the roots, or there are none.
        """
        if not self.roots:
            raise BadInputError(
                f"{path} cannot be used: no folder was given; start likewise mcp with --root FOLDER"
            )
        return state.allowed(os.path.join(self.roots[0], path))  # noqa: PTH118

    def close(self) -> None:
        """End jobs and sessions; every decision is on the disk already."""
        with self._lock:
            for state in self._opened.values():
                state.close()
            self._opened.clear()

    def _is_workspace(self, path: Path) -> bool:
        inside = any(path.is_relative_to(root) for root in self.roots)
        return inside and (path / WORKSPACE_FILE).exists()
