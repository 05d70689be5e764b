"""Tools that make something of a concept or a collection: scores, selections, datasets, jobs."""

from __future__ import annotations

import json
import time
from typing import Annotated, Any

from pydantic import Field

from likewise.errors import LikewiseError
from likewise.export.writing import refuse_to_destroy
from likewise.registry import part
from likewise.server.jobs import Job
from likewise.server.mcp.classifying import classification
from likewise.server.mcp.tool import Answer, Call, InWorkspace, OfConcept, Tool
from likewise.server.routes import curate as curate_routes
from likewise.server.routes import export as export_routes
from likewise.workspace.contact_sheet import pairs_picture

_WAIT = 20.0  # seconds that a call waits for its job; then it answers the job's number
_LOOK = 0.05
_LISTED = 10  # entries of a list in a result
_PAIRS = 12


class Classify(OfConcept):
    """Which files to score."""

    paths: Annotated[list[str], Field(min_length=1, max_length=100)] = Field(
        description="Folders or image files under the roots."
    )
    k: Annotated[int, Field(ge=0, le=100)] = Field(20, description="How many of the best to list.")


class Curate(InWorkspace):
    """What to look for in a collection."""

    curator: str = Field(max_length=100, description="One that info lists, such as duplicates.")
    options: dict[str, Any] = Field({}, description="Options of the curator.")
    where: str | None = Field(None, max_length=1000, description="SQL condition on columns.")
    labels: str = Field("folder", max_length=1000, description="folder, none, or a column.")


class Export(OfConcept):
    """Which dataset to write."""

    to: str = Field(max_length=4096, description="A new folder under the first root.")
    format: str = Field("folder", max_length=100, description="One that info lists.")
    min_probability: Annotated[float | None, Field(gt=0, lt=1)] = None
    include_no: bool = False
    where: str | None = Field(None, max_length=1000)
    split: str | None = Field(None, max_length=200)
    confirm: str | None = Field(
        None, max_length=100, description="The token of the dry run, once a person has agreed."
    )


class JobNumber(InWorkspace):
    """Which job."""

    job: int
    wait: Annotated[float, Field(ge=0, le=60)] = Field(20.0, description="Seconds to wait at most.")


def classify(call: Call, arguments: Classify) -> Answer:
    """Score image files that are not in the collection with a concept's newest rule."""
    work = classification(call, arguments.concept, arguments.paths, arguments.k)
    return _when_done(call, call.state.jobs.start("classify", work), _WAIT)


def curate(call: Call, arguments: Curate) -> Answer:
    """Run a curator; nothing is kept or changed."""
    body = curate_routes.Curation(
        options=arguments.options,
        where=arguments.where,
        labels=arguments.labels,
        tag=None,
        digest=None,
    )
    started = curate_routes.curate(call.state, arguments.curator, body)
    return _when_done(call, call.state.jobs.get(started["id"]), _WAIT)


def export(call: Call, arguments: Export) -> Answer:
    """Say what a dataset would hold, with a token; with the token, write it."""
    state, workspace = call.state, call.state.workspace
    target = call.shared.workspaces.allowed(state, arguments.to)
    part("export", arguments.format)  # refuses what there is not
    refuse_to_destroy(target, overwrite=False)
    choice = arguments.model_dump(exclude={"workspace", "confirm", "to", "format"})
    preview = export_routes.preview(state, export_routes.ExportSelection(**choice))
    facts = {key: preview[key] for key in ("images", "counts", "left_out")}
    rests_on = (
        str(workspace.path), str(target), arguments.format, choice, facts,
        workspace.labels.position(), workspace.machine_labels.position(),
        workspace.rules.newest(arguments.concept).version,
    )  # fmt: skip
    request = json.dumps(rests_on, sort_keys=True)
    if arguments.confirm is None:
        token = call.shared.confirmations.give(request)
        ask = "Show the person these counts and the folder; call again with confirm if they agree"
        return Answer({"would_write": str(target), **facts, "confirm": token, "next": ask})
    call.shared.confirmations.take(arguments.confirm, request)
    body = export_routes.Dataset(**choice, to=str(target), format=arguments.format, overwrite=False)
    started = export_routes.export(state, body)
    return _when_done(call, state.jobs.get(started["id"]), _WAIT)


def job(call: Call, arguments: JobNumber) -> Answer:
    """How far a job is, or what it answered."""
    return _when_done(call, call.state.jobs.get(arguments.job), arguments.wait)


def _when_done(call: Call, job: Job, wait: float) -> Answer:
    """The job once it has ended, or as it is after some seconds.

    Raises:
        LikewiseError: it failed.
    """
    end = time.monotonic() + wait
    while job.ended is None and time.monotonic() < end:
        time.sleep(_LOOK)
    about = ("id", "kind", "state", "done", "total", "seconds_left", "error")
    facts = {key: value for key, value in job.to_json().items() if key in about and value}
    if job.state == "failed":
        raise LikewiseError(f"{job.kind} failed: {job.error}")
    if job.ended is None:
        facts["next"] = f"ask job {job.id} again"
    drops = job.result.get("drops") if job.kind == "curate" else None
    picture = None
    if drops:
        pairs = [(drop["id"], drop["because"]) for drop in drops[:_PAIRS]]
        picture = pairs_picture(call.state.workspace, pairs)
    return Answer({**facts, **_short(job.result)}, picture)


def _short(result: dict[str, Any]) -> dict[str, Any]:
    """A result with the first entries of each list; how many there are is in its counts."""
    return {k: list(v[:_LISTED]) if isinstance(v, list | tuple) else v for k, v in result.items()}


TOOLS = (
    Tool(
        "classify",
        "Score image files that are not indexed with a concept's newest rule. Counts, and the best "
        "of them.",
        Classify,
        classify,
        ("GET", "/api/folders"),
        reads_only=True,
    ),
    Tool(
        "curate",
        "Dry run of a curator (duplicates, outliers, suspects, split ...): counts, reasons and "
        "pairs to look at. Keeps and changes nothing.",
        Curate,
        curate,
        ("POST", "/api/curate/{part}"),
        reads_only=True,
    ),
    Tool(
        "export",
        "Write a concept's images as a dataset into a new folder. The first call writes nothing: "
        "it answers counts and a token for 'confirm'. Ask the person before the second call.",
        Export,
        export,
        ("POST", "/api/export"),
        reads_only=False,
    ),
    Tool(
        "job",
        "Say how far a job is, or what it answered.",
        JobNumber,
        job,
        ("GET", "/api/jobs/{job}"),
        reads_only=True,
    ),
)
