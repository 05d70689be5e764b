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
from likewise.server.desk import Desk, TheDesk
from likewise.server.events import Listener, as_event
from likewise.server.redact import for_caller, home, workspace_key
from likewise.server.roles import Caller, TheCaller, ThePeer

router = APIRouter(tags=["state"])


@router.get("/api/state")
def state(desk: TheDesk, caller: TheCaller) -> dict[str, Any]:
    """What a page needs to begin: workspace, concepts, jobs, folders that may be indexed.

    `who` and `role` are the caller's own; `user` says whether the caller is one of the workspace's
    users, and `team` whether there are any. Only owners are told paths: the others find no roots,
    an empty `home` and, as the workspace's `path`, a key that stands for it.
    """
    owner = caller.may("owner")
    return {
        "version": __version__,
        "who": caller.name,
        "read_only": desk.read_only,
        "role": caller.role,
        "user": caller.user is not None,
        "team": desk.has_workspace and bool(desk.workspace.users.all()),
        "workspace": _workspace(desk, caller) if desk.has_workspace else None,
        "concepts": _concepts(desk) if desk.has_workspace else [],
        "removed": desk.workspace.concepts.removed() if desk.has_workspace else [],
        "rules": names("rules"),
        "pickers": names("pick"),
        "roots": [str(root) for root in desk.roots] if owner else [],
        "home": home() if owner else "",  # the page writes it as ~
        "jobs": jobs(desk, caller),
    }


@router.get("/api/events", response_class=StreamingResponse)
async def events(desk: TheDesk, caller: TheCaller, peer: ThePeer) -> StreamingResponse:
    """Server-Sent Events: `labels`, `concepts`, `items`, `job`, and `missed`.

    429 where a person has very many open already.
    """
    return StreamingResponse(
        stream(desk, caller, desk.events.listen(peer)),
        media_type="text/event-stream",
        headers={"cache-control": "no-store"},
    )


@router.get("/api/jobs")
def jobs(desk: TheDesk, caller: TheCaller) -> list[dict[str, Any]]:
    """Every job of this server, the oldest first."""
    found: list[dict[str, Any]] = [job.to_json() for job in desk.jobs.all()]
    return [for_caller(job, desk, caller) for job in found]


@router.get("/api/jobs/{job}")
def job(desk: TheDesk, caller: TheCaller, job: int) -> dict[str, Any]:
    """One job: how far it is, what it answered, why it failed."""
    found: dict[str, Any] = for_caller(desk.jobs.get(job).to_json(), desk, caller)
    return found


@router.delete("/api/jobs/{job}")
def cancel(desk: TheDesk, job: int) -> dict[str, Any]:
    """Ask a job to end; what it has done is kept."""
    return desk.jobs.cancel(job).to_json()


async def stream(desk: Desk, caller: Caller, listener: Listener) -> AsyncIterator[str]:
    """What happens, until the server stops or the user is taken out."""
    async with aclosing(listener.messages()) as messages:
        async for kind, facts in messages:
            user = caller.user
            if user is not None and not await to_thread.run_sync(desk.is_user, user):
                return
            yield as_event((kind, for_caller(facts, desk, caller) if kind == "job" else facts))


def _workspace(desk: Desk, caller: Caller) -> dict[str, Any]:
    place = desk.workspace
    states = place.states.all()
    return {
        "name": place.path.name.removesuffix(".likewise"),
        "path": str(place.path) if caller.may("owner") else workspace_key(desk),
        "items": len(place.collection),
        "missing": sum(one.state == "missing" for one in states.values()),
        "failed": sum(one.state == "failed" for one in states.values()),
        "encoder": for_caller(place.encoder_name, desk, caller),
        "dim": place.dim,
        "columns": place.collection.columns(),
        "generation": place.collection.version,
    }


def _concepts(desk: Desk) -> list[dict[str, Any]]:
    place = desk.workspace
    return [{"name": name, "answers": place.labels.count(name)} for name in place.concepts.names()]
