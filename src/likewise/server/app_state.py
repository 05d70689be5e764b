"""What all routes share: the open workspace, a session a concept, the jobs and the events."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import Depends, Request
from numpy.typing import NDArray

from likewise.core.progress import Progress
from likewise.curate.pool_cache import PoolCache
from likewise.errors import BadInputError, LikewiseError, NotFoundError
from likewise.images.thumbnails import ThumbnailPack
from likewise.label_sets.models import SetModels
from likewise.review.session import Session
from likewise.server.events import Events, Listener
from likewise.server.jobs import Job, Jobs
from likewise.server.limits import Limits
from likewise.server.mean_colours import MeanColours
from likewise.server.outside_changes import OutsideChanges
from likewise.server.thumbnails import Thumbnails
from likewise.workspace import Workspace
from likewise.workspace.renames import count_renames
from likewise.workspace.users import User

_LOG = logging.getLogger(__name__)
_COLOURS_AT_ONCE = 2_000


class AppState:
    """The state of the web app: one workspace, opened now or when a folder has been chosen.

    Args:
        workspace: path of a workspace; None when there is none yet.
        roots: folders whose subfolders may be indexed from the page.
        who: name for answers of people without a user's token; the current user unless given.
        read_only: whether nobody may change anything: no answer, concept, rule or image.
        limits: how many pictures one person may request; the defaults unless given.
    """

    def __init__(
        self,
        workspace: Path | None,
        roots: Sequence[Path] = (),
        who: str | None = None,
        read_only: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.roots = tuple(root.absolute() for root in roots)
        self.who, self.read_only = who, read_only
        self.limits = limits or Limits()
        self.events = Events()
        self.jobs = Jobs(self.events)
        self.pools = PoolCache()
        self.closing = ExitStack()  # closed when the server ends, by a signal too
        self._lock = threading.RLock()
        self._sessions: dict[str, Session] = {}
        self._renames = 0
        self._workspace: Workspace | None = None
        self._pictures: tuple[ThumbnailPack, Thumbnails, MeanColours] | None = None
        self._outside: OutsideChanges | None = None
        self._set_models: SetModels | None = None
        if workspace is not None:
            self.open(workspace)

    @property
    def has_workspace(self) -> bool:
        """Whether a workspace is open."""
        return self._workspace is not None

    @property
    def workspace(self) -> Workspace:
        """The open workspace.

        Raises:
            NotFoundError: none was chosen yet.
        """
        if self._workspace is None:
            raise NotFoundError(
                "no workspace is open yet; choose a folder to index, or start likewise serve "
                "with --workspace"
            )
        return self._workspace

    @property
    def set_models(self) -> SetModels:
        """Models of the open workspace's label sets, which follow the answers.

        Raises:
            NotFoundError: no workspace was chosen yet.
        """
        _ = self.workspace
        assert self._set_models is not None
        return self._set_models

    @property
    def thumbnails(self) -> Thumbnails:
        """The open workspace's thumbnails, as HTTP answers."""
        return self._of_workspace()[1]

    def user_of(self, token: str) -> User | None:
        """The user of the workspace who has this token; None where nobody has."""
        if self._workspace is None:
            return None
        try:
            return self._workspace.users.of_token(token)
        except LikewiseError as error:  # whoever asks has shown no token yet: it is not for them
            _LOG.warning("nobody is let in as a user: %s", error)
            return None

    def is_user(self, user: User) -> bool:
        """Whether this is still a user of the workspace, with the same token."""
        return self._workspace is not None and user in self._workspace.users.all()

    def colours(self, ids: Sequence[str]) -> NDArray[np.uint8]:
        """Mean colours of items, shape (n, 3); grey where they are not computed yet."""
        _, _, colours = self._of_workspace()
        return colours.of(self.workspace.collection.digests(ids))

    def compute_colours(self) -> Job:
        """Start a job that computes the missing colours."""
        _, _, colours = self._of_workspace()
        collection = self.workspace.collection

        def work(progress: Progress) -> dict[str, Any]:
            ids, done = collection.ids(), 0
            for start in range(0, len(ids), _COLOURS_AT_ONCE):
                progress(start, len(ids))
                digests = collection.digests(ids[start : start + _COLOURS_AT_ONCE])
                done += colours.compute(digests)
            return {"computed": done}

        return self.jobs.start("colours", work, str(collection.version))

    def _of_workspace(self) -> tuple[ThumbnailPack, Thumbnails, MeanColours]:
        with self._lock:
            if self._pictures is None:
                workspace = self.workspace
                pack = workspace.thumbnails()
                colours = MeanColours(pack, workspace.path / "thumbnails" / "colours.bin")
                self._pictures = pack, Thumbnails(pack, workspace.collection), colours
            return self._pictures

    def open(self, path: Path) -> None:
        """Open a workspace, and close the one that was open.

        Raises:
            NotFoundError: there is none at that path.
        """
        with self._lock:
            opened = Workspace(path)
            released = self._released()
            self._take(opened)
            released.close()

    def reopen(self) -> None:
        """Open the workspace anew, which has got another encoder, and tell every page.

        Requests that are under way end with what they began with, which is closed with the server.
        """
        if self._outside is not None:
            self._outside.close()  # before the lock, which its thread may wait for
        with self._lock:
            opened = Workspace(self.workspace.path)
            released = self._released()
            self._take(opened)
            self.closing.push(released)
        self.events.publish("items", {"items": len(opened.collection)})

    def _take(self, opened: Workspace) -> None:
        self._workspace = opened
        self._set_models = SetModels(opened)
        self._outside = OutsideChanges(opened, self.events, self.compute_colours)
        if self.events.listeners:
            self._outside.begin()

    def listen(self, who: str) -> Listener:
        """A queue of events for a new page; while a page is open, other processes are watched.

        Raises:
            HTTPException: 429; see `Events.listen`.
        """
        listener = self.events.listen(who)
        if self._outside is not None:
            self._outside.begin()
        return listener

    def publish_concept(self, concept: str, **facts: str) -> None:
        """Tell every page that a concept was made, changed or hidden, and more about it."""
        if self._outside is not None:
            self._outside.concepts_published()
        self.events.publish("concepts", {"concept": concept, **facts})

    def session(self, concept: str) -> Session:
        """The session on a concept, made at the first call.

        The old name of a renamed concept leads to the session of the new name: a page may still
        have answers to send.

        Raises:
            NotFoundError: no such concept.
            BadInputError: the concept is empty.
        """
        with self._lock:
            renamed = count_renames(self.workspace.decisions)
            if renamed != self._renames:
                for name in list(self._sessions):
                    self.forget(name)
                self._renames = renamed
            if concept not in self._sessions:
                concept = self.workspace.concepts.name_now(concept)
            if concept not in self._sessions:
                self._sessions[concept] = Session(
                    self.workspace, concept, who=self.who, saves_rules=not self.read_only
                )
            return self._sessions[concept]

    def forget(self, concept: str) -> None:
        """End the session on a concept, if there is one."""
        with self._lock:
            session = self._sessions.pop(concept, None)
            if session is not None:
                session.close()

    def under_a_root(self, folder: str) -> Path:
        """The folder without links, when the page may read it.

        Raises:
            BadInputError: it is not under one of the folders given at the start.
            NotFoundError: there is no such folder.
        """
        path = self.allowed(folder)
        if not path.is_dir():
            raise NotFoundError(f"{folder} is not a folder; choose one that is")
        return path

    def allowed(self, folder: str) -> Path:
        """The path without links, existing or not, when the page may name it.

        A path that passed before is refused once a link in it leads elsewhere.

        Raises:
            BadInputError: it is not under one of the folders given at the start.
        """
        try:
            path = Path(folder).expanduser().resolve()
            path.exists()  # raises where the name is too long
        except (ValueError, OSError, RuntimeError) as error:  # a NUL, a loop, an unknown ~user
            raise BadInputError(f"{folder!r} cannot name a folder; choose another") from error
        if not any(path.is_relative_to(root.resolve()) for root in self.roots):
            given = ", ".join(map(str, self.roots)) or "none was given"
            raise BadInputError(
                f"{folder} is not under a folder that this server may use ({given}); start it with "
                "--root FOLDER to allow more"
            )
        return path

    def close(self) -> None:
        """End jobs, sessions and streams; every decision is on the disk already."""
        self.closing.close()
        self.events.close()
        self.jobs.close()
        with self._lock:
            self._released().close()
            self._workspace = None

    def _released(self) -> ExitStack:
        """What closes the workspace and all that is of it.

        Until another takes its place it is still the one that is open: no request finds none.
        """
        if self._outside is not None:
            self._outside.close()
        released = ExitStack()
        if self._workspace is not None:
            released.callback(self._workspace.close)
        if self._pictures is not None:
            released.callback(self._pictures[0].close)
        for session in self._sessions.values():
            released.callback(session.close)
        self._sessions = {}
        self._pictures = self._outside = None
        return released


def app_state_of(request: Request) -> AppState:
    """The state of the app that a request came to."""
    app_state: AppState = request.app.state.app_state
    return app_state


TheAppState = Annotated[AppState, Depends(app_state_of)]
"""How a route takes the state of its app."""
