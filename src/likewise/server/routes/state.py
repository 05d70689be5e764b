"""What there is: the workspace, its concepts, the jobs; and what happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from anyio import to_thread
from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from likewise import __version__
from likewise.registry import names
from likewise.server.app_state import AppState, TheAppState
from likewise.server.events import Listener, as_event
from likewise.server.roles import Caller, TheCaller, ThePeer, for_caller, home, workspace_key

router = APIRouter(tags=["state"])


@router.get("/api/state")
def state(app_state: TheAppState, caller: TheCaller) -> dict[str, Any]:
    """What a page needs to begin: workspace, concepts, jobs, folders that may be indexed.

    `who` and `role` are the caller's own; `user` says whether the caller is one of the workspace's
    users, and `team` whether there are any. Only owners are told paths: the others find no roots,
    an empty `home` and, as the workspace's `path`, a key that stands for it.
    """
    owner = caller.may("owner")
    return {
        "version": __version__,
        "who": caller.name,
        "read_only": app_state.read_only,
        "role": caller.role,
        "user": caller.user is not None,
        "team": app_state.has_workspace and bool(app_state.workspace.users.all()),
        "workspace": _workspace(app_state, caller) if app_state.has_workspace else None,
        "concepts": _concepts(app_state) if app_state.has_workspace else [],
        "removed": app_state.workspace.concepts.removed() if app_state.has_workspace else [],
        "rules": names("rules"),
        "pickers": names("pick"),
        "roots": [str(root) for root in app_state.roots] if owner else [],
        "home": home() if owner else "",  # the page writes it as ~
        "jobs": jobs(app_state, caller),
    }


@router.get("/api/events", response_class=StreamingResponse)
async def events(app_state: TheAppState, caller: TheCaller, peer: ThePeer) -> StreamingResponse:
    """Server-Sent Events: `labels`, `label_set`, `views`, `concepts`, `items`, `job`, `missed`.

    429 where a person has very many open already.
    """
    return StreamingResponse(
        stream(app_state, caller, app_state.listen(peer)),
        media_type="text/event-stream",
        headers={"cache-control": "no-store"},
    )


@router.get("/api/jobs")
def jobs(app_state: TheAppState, caller: TheCaller) -> list[dict[str, Any]]:
    """Every job of this server, the oldest first."""
    found: list[dict[str, Any]] = [job.to_json() for job in app_state.jobs.all()]
    return [for_caller(job, app_state, caller) for job in found]


@router.get("/api/jobs/{job}")
def job(app_state: TheAppState, caller: TheCaller, job: int) -> dict[str, Any]:
    """One job: how far it is, what it answered, why it failed."""
    found: dict[str, Any] = for_caller(app_state.jobs.get(job).to_json(), app_state, caller)
    return found


@router.delete("/api/jobs/{job}")
def cancel(app_state: TheAppState, job: int) -> dict[str, Any]:
    """Ask a job to end; what it has done is kept."""
    return app_state.jobs.cancel(job).to_json()


async def stream(app_state: AppState, caller: Caller, listener: Listener) -> AsyncIterator[str]:
    """What happens, until the server stops or the user is taken out."""
    async with aclosing(listener.messages()) as messages:
        async for kind, facts in messages:
            user = caller.user
            if user is not None and not await to_thread.run_sync(app_state.is_user, user):
                return
            yield as_event((kind, for_caller(facts, app_state, caller) if kind == "job" else facts))


def _workspace(app_state: AppState, caller: Caller) -> dict[str, Any]:
    workspace = app_state.workspace
    states = workspace.states.all()
    return {
        "name": workspace.path.name.removesuffix(".likewise"),
        "path": str(workspace.path) if caller.may("owner") else workspace_key(app_state),
        "items": len(workspace.collection),
        "missing": sum(state.state == "missing" for state in states.values()),
        "failed": sum(state.state == "failed" for state in states.values()),
        "encoder": for_caller(workspace.encoder_name, app_state, caller),
        "dim": workspace.dim,
        "columns": workspace.collection.columns(),
        "generation": workspace.collection.version,
    }


def _concepts(app_state: AppState) -> list[dict[str, Any]]:
    workspace = app_state.workspace
    return [
        {"name": name, "answers": workspace.labels.count(name)}
        for name in workspace.concepts.names()
    ]
