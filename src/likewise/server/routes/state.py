"""What there is: the workspace, its concepts, the jobs; and what happens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

from anyio import to_thread
from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from likewise import __version__
from likewise.registry import names
from likewise.server.desk import Desk, TheDesk
from likewise.server.roles import Caller, TheCaller

router = APIRouter(tags=["state"])


@router.get("/api/state")
def state(desk: TheDesk, caller: TheCaller) -> dict[str, Any]:
    """What a page needs to begin: workspace, concepts, jobs, folders that may be indexed.

    `who` and `role` are the caller's own; `user` says whether the caller is one of the workspace's
    users, and `team` whether there are any.
    """
    return {
        "version": __version__,
        "who": caller.name,
        "read_only": desk.read_only,
        "role": caller.role,
        "user": caller.user is not None,
        "team": desk.has_workspace and bool(desk.workspace.users.all()),
        "workspace": _workspace(desk) if desk.has_workspace else None,
        "concepts": _concepts(desk) if desk.has_workspace else [],
        "rules": names("rules"),
        "pickers": names("pick"),
        "roots": [str(root) for root in desk.roots],
        "home": _home(),
        "jobs": [job.to_json() for job in desk.jobs.all()],
    }


@router.get("/api/events", response_class=StreamingResponse)
def events(desk: TheDesk, caller: TheCaller) -> StreamingResponse:
    """Server-Sent Events: `labels`, `concepts`, `items`, `job`, and `missed`."""
    return StreamingResponse(
        _in_threads(desk, caller),
        media_type="text/event-stream",
        headers={"cache-control": "no-store"},
    )


@router.get("/api/jobs")
def jobs(desk: TheDesk) -> list[dict[str, Any]]:
    """Every job of this server, the oldest first."""
    return [job.to_json() for job in desk.jobs.all()]


@router.get("/api/jobs/{job}")
def job(desk: TheDesk, job: int) -> dict[str, Any]:
    """One job: how far it is, what it answered, why it failed."""
    return desk.jobs.get(job).to_json()


@router.delete("/api/jobs/{job}")
def cancel(desk: TheDesk, job: int) -> dict[str, Any]:
    """Ask a job to end; what it has done is kept."""
    return desk.jobs.cancel(job).to_json()


async def _in_threads(desk: Desk, caller: Caller) -> AsyncIterator[str]:
    """What happens, waited for in threads of its own, so that open pages take none from answers."""
    messages = _while_welcome(desk, caller)
    try:
        while message := await to_thread.run_sync(next, messages, "", limiter=desk.events.threads):
            yield message
    finally:
        messages.close()


def _while_welcome(desk: Desk, caller: Caller) -> Generator[str]:
    """What happens, until the server stops or the user is taken out."""
    with closing(desk.events.listen().messages()) as messages:
        for message in messages:
            if caller.user is not None and not desk.is_user(caller.user):
                return
            yield message


def _home() -> str:
    """The person's own folder, "" where there is none; the page writes it as ~."""
    try:
        return str(Path.home())
    except RuntimeError:
        return ""


def _workspace(desk: Desk) -> dict[str, Any]:
    place = desk.workspace
    states = place.states.all()
    return {
        "name": place.path.name.removesuffix(".likewise"),
        "path": str(place.path),
        "items": len(place.collection),
        "missing": sum(one.state == "missing" for one in states.values()),
        "failed": sum(one.state == "failed" for one in states.values()),
        "encoder": place.encoder_name,
        "dim": place.dim,
        "columns": place.collection.columns(),
        "generation": place.collection.version,
    }


def _concepts(desk: Desk) -> list[dict[str, Any]]:
    place = desk.workspace
    return [{"name": name, "answers": place.labels.count(name)} for name in place.concepts.names()]
