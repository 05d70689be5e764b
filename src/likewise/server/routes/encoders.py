"""Encoders: which one the workspace has, what another takes, the move to it, and fetching one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from likewise.core.progress import Progress
from likewise.encoders._learned import learned_encoders, open_if_here
from likewise.encoders._models.from_hub import fetch, fetched, plan
from likewise.encoders._models.installed import all_installed
from likewise.encoders._short_names import SHORT_NAMES, ShortName
from likewise.encoders.base import Encoder
from likewise.errors import BadInputError, NotFoundError
from likewise.indexing.reindexing import reindex
from likewise.indexing.reindexing.plan import plan_reindex
from likewise.indexing.reindexing.vectors import bytes_below, vector_folders
from likewise.server.app_state import AppState, TheAppState

router = APIRouter(tags=["encoders"])

BUILT_IN = "efficientnet_lite0"


class Choice(BaseModel):
    """An encoder that is on this machine."""

    encoder: str = Field(max_length=200, examples=[BUILT_IN])


class Model(BaseModel):
    """A published model to fetch."""

    name: str = Field(max_length=100, description="A short name, such as siglip2-base.")
    accept_licence: bool = Field(False, description="Accept a licence for research only.")


@router.get("/api/encoders")
def encoders(app_state: TheAppState) -> dict[str, Any]:
    """The encoder in use, those that hold vectors, those that are on this machine, and models.

    Nothing is fetched and no network is used. `models` are published ones that can be fetched.
    """
    workspace = app_state.workspace
    sizes: dict[str, int] = {}
    for folder, fingerprint in vector_folders(workspace.path):
        sizes[fingerprint] = sizes.get(fingerprint, 0) + bytes_below(folder)
    return {
        "current": workspace.encoder_name,
        "dim": workspace.dim,
        "vectors": [
            {"name": name, "bytes": sizes.get(fingerprint, 0)}
            for fingerprint, name in workspace.vector_sets().items()
        ],
        "here": _here(app_state),
        "models": [_model(known) for known in SHORT_NAMES if known.repository],
    }


@router.post("/api/encoders/plan")
def plan_move(app_state: TheAppState, body: Choice) -> dict[str, Any]:
    """Begin to find out what a move to another encoder takes; answers the job.

    Its result says how many images are encoded, how long that takes by the speed that was
    measured on drawn pictures for three seconds, how much room the vectors take, which rules are
    learned again. Nothing is changed.
    """
    path = app_state.workspace.path
    encoder = _opened(app_state, body.encoder)

    def work(progress: Progress) -> dict[str, Any]:
        progress(0, None)  # ends here where the person has stopped it
        return {**plan_reindex(path, encoder).to_json(), "workspace": path.name}

    return app_state.jobs.start("encoder plan", work, body.encoder).to_json()


@router.post("/api/encoders/use")
def use(app_state: TheAppState, body: Choice) -> dict[str, Any]:
    """Begin to move the workspace to another encoder; answers the job.

    Until all is done the workspace has its old encoder. What is encoded stays when the job is
    stopped, and the next one goes on from there. The old vectors stay, too.
    """
    path = app_state.workspace.path
    encoder = _opened(app_state, body.encoder)

    def work(progress: Progress) -> dict[str, Any]:
        report = reindex(path, encoder, progress=progress)
        app_state.reopen()
        return {**report.to_json(), "workspace": path.name}

    return app_state.jobs.start("reindex", work, body.encoder).to_json()


@router.post("/api/encoders/get")
def get_model(app_state: TheAppState, body: Model) -> dict[str, Any]:
    """Begin to fetch a published model from the hub, once; answers the job.

    This is the only route that uses a network, besides images of addresses that were indexed. A
    download that was stopped goes on where it ended.
    """
    known = next((each for each in SHORT_NAMES if each.name == body.name), None)
    if known is None or not known.repository:
        names = ", ".join(each.name for each in SHORT_NAMES if each.repository)
        raise BadInputError(f"'{body.name}' is no model that can be fetched; there are: {names}")
    if _needs_consent(known) and not body.accept_licence:
        raise BadInputError(
            f"the weights of '{known.name}' may be used for research only; accept the licence"
        )

    def work(progress: Progress) -> dict[str, Any]:
        progress(0, None)
        found = fetched(known.name) or fetch(plan(known.name, body.accept_licence), progress)
        return {"name": known.name, "licence": found.licence, "bytes": found.size}

    return app_state.jobs.start("fetch", work, known.name).to_json()


def _here(app_state: AppState) -> list[str]:
    """Encoders that can be used without a network, each once, the workspace's own first."""
    workspace = app_state.workspace
    models = [f"onnx:{model.name}" for model in all_installed()]
    names = [*workspace.vector_sets().values(), BUILT_IN, *learned_encoders(workspace.path)]
    return list(dict.fromkeys([workspace.encoder_name, *names, *models]))


def _opened(app_state: AppState, name: str) -> Encoder:
    """The encoder, which must be on this machine: no address of a file is taken from a page."""
    if name not in _here(app_state):
        raise NotFoundError(f"the encoder '{name}' is not on this machine; get it first")
    return open_if_here(name, app_state.workspace.path)


def _model(known: ShortName) -> dict[str, Any]:
    return {
        "name": known.name,
        "size": known.size,
        "dim": known.dim,
        "words": known.parameters[1] > 0,
        "accuracy": known.accuracy,
        "licence": known.licence,
        "research_only": _needs_consent(known),
        "repository": known.repository,
        "why": known.why,
        "better": known.better,
        "here": fetched(known.name) is not None,
    }


def _needs_consent(known: ShortName) -> bool:
    return known.licence == "research only"
