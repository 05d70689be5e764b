"""Images: indexing them, their facts, the pictures themselves, and examples from outside.

Besides, the folders under the start-up roots, which may be indexed from the page.
"""

from __future__ import annotations

import io
import itertools
import json
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Body, Header, Query, Response
from PIL import Image
from pydantic import BaseModel, Field

from likewise.core.progress import Progress
from likewise.errors import BadInputError, NotFoundError, StorageError
from likewise.images.decode import BadImageError, read_bytes
from likewise.images.decode.confined import decode_confined
from likewise.indexing.index import index
from likewise.review.session import Batch
from likewise.server.app_state import AppState, TheAppState
from likewise.server.roles import ThePeer
from likewise.server.routes.review import LONGEST, frame
from likewise.sources._allowed_folders import leads_outside
from likewise.sources.base import Original
from likewise.sources.folder import Folder as FolderSource
from likewise.workspace.exemplars import read_exemplar
from likewise.workspace.locations import default_workspace

router = APIRouter(tags=["images"])

_COUNTED = 10_000

_THUMBNAIL = 256
_FULL_SIDE = 2048  # pixels of the longest side that a page gets to see
_SEEN_EVERY = 2.0  # seconds between two looks at what a running index has added
_FACTS = [
    "item_id", "digest", "width", "height", "bytes", "taken_at", "camera", "folder", "metadata",
]  # fmt: skip


class Folder(BaseModel):
    """A folder to index."""

    folder: str = Field(examples=["/photos/2026"])
    workspace: str | None = Field(None, description="Name of a new workspace; the folder's own.")


@router.get("/api/folders")
def folders(
    app_state: TheAppState, folder: Annotated[str, Query(max_length=4096)]
) -> dict[str, Any]:
    """A folder's subfolders, and how many images are in it; counted up to 10,000."""
    path = app_state.under_a_root(folder)
    try:
        inside = sorted(entry.name for entry in path.iterdir() if _is_plain(entry))
        images = len(list(itertools.islice(FolderSource(path).items(), _COUNTED)))
    except OSError as error:
        raise StorageError(f"{folder} cannot be read ({error.strerror}); choose another") from error
    up = path.parent
    roots = [root.resolve() for root in app_state.roots]
    return {
        "folder": str(path),
        "parent": str(up) if any(up.is_relative_to(root) for root in roots) else None,
        "folders": inside,
        "images": images,
        "more": images == _COUNTED,
    }


def _is_plain(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".") and path.suffix != ".likewise"


@router.get("/api/images", response_class=Response)
def browse(
    app_state: TheAppState,
    k: Annotated[int, Query(ge=1, le=LONGEST)] = 500,
    seed: Annotated[int, Query(ge=0, le=2**31)] = 0,
    where: Annotated[str | None, Query(alias="filter", max_length=1000)] = None,
) -> Response:
    """Images at random, as a frame like a ranking: what there is before anything was taught."""
    ids = app_state.workspace.collection.sample(k, seed, where)
    batch = Batch(ids, np.zeros(len(ids), np.float32), None, "random_audit", 0)
    return frame(app_state, ids, {"order": "random"}, batch)


@router.post("/api/images")
def index_folder(app_state: TheAppState, body: Folder) -> dict[str, Any]:
    """Start indexing a folder under one of the start-up roots; answers the job.

    The first one makes the workspace; what is indexed already can be searched meanwhile.
    """
    folder = app_state.under_a_root(body.folder)
    if app_state.has_workspace:
        path = app_state.workspace.path
    else:
        path = default_workspace(body.workspace or folder)

    def work(progress: Progress) -> dict[str, Any]:
        looked = 0.0

        def observe(done: int, total: int) -> None:
            nonlocal looked
            progress(done, total)
            if time.monotonic() - looked >= _SEEN_EVERY:
                looked = time.monotonic()
                _look(app_state, path)

        report = index(folder, path, within=app_state.roots, progress=observe)
        _look(app_state, path)
        if app_state.has_workspace:
            app_state.compute_colours()
        return report.to_json()

    return app_state.jobs.start("index", work).to_json()


@router.get("/thumb/{item:path}", response_class=Response)
def thumbnail(
    app_state: TheAppState,
    peer: ThePeer,
    item: str,
    v: int | None = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """An item's thumbnail; with the collection's version as `v` it is the browser's for good.

    Who asks for very many is told 429 and when to ask again; so it is with the large ones.
    """
    app_state.limits.take("thumbnails", peer)
    exemplars = app_state.workspace.exemplars.paths([item])
    if item in exemplars:
        app_state.limits.take("pictures", peer)  # it has to be decoded
        return _for_screen(exemplars[item], item, _THUMBNAIL)
    return app_state.thumbnails.answer(item, v, if_none_match)


@router.get("/api/images/{item:path}/full", response_class=Response)
def full(app_state: TheAppState, peer: ThePeer, item: str) -> Response:
    """The picture in a size for the screen, decoded and encoded again: never the file itself."""
    app_state.limits.take("pictures", peer)
    workspace = app_state.workspace
    exemplars = workspace.exemplars.paths([item])
    if item in exemplars:
        return _for_screen(exemplars[item], item, _FULL_SIDE)
    original = workspace.collection.original(item)
    if _leads_elsewhere(app_state, original):
        raise NotFoundError(
            f"'{item}' cannot be shown: it leads out of the folders that this server may use"
        )
    return _for_screen(original, item, _FULL_SIDE)


@router.get("/api/images/{item:path}")
def facts(app_state: TheAppState, item: str) -> dict[str, Any]:
    """What is known about an item: facts of its file, metadata, labels by concept, state."""
    workspace = app_state.workspace
    (row,) = workspace.collection.facts([item], _FACTS)
    state = workspace.states.all().get(item)
    labels = {
        name: label.verdict
        for name in workspace.concepts.names()
        if (label := workspace.labels.current(name).get(item)) is not None
    }
    return {
        **{key: None if value is None else _plain(value) for key, value in row.items()},
        "metadata": json.loads(row["metadata"] or "{}"),
        "state": state.state if state else "present",
        "labels": labels,
    }


@router.post("/api/exemplars")
def bring(
    app_state: TheAppState,
    image: Annotated[bytes, Body(media_type="application/octet-stream")],
) -> dict[str, str]:
    """Keep an image that was dropped or pasted; answers the id to put in a basket.

    A picture that is in the collection already is answered by its item's id.
    """
    if not image:
        raise BadInputError("the request is empty; send the bytes of an image file")
    workspace = app_state.workspace
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        path = Path(folder) / "pasted.image"
        path.write_bytes(image)
        try:
            exemplar = read_exemplar(path, workspace.encoder)
        except BadInputError as error:
            reason = str(error).replace(f"{path} ", "this ")
            raise BadInputError(reason) from error
        inside = workspace.collection.with_digests({exemplar.digest})
        if exemplar.digest in inside:
            return {"id": inside[exemplar.digest]}
        return {"id": workspace.exemplars.keep(exemplar)}


def _for_screen(where: Path | Original, item: str, side: int) -> Response:
    """A picture decoded, made smaller and encoded again."""
    try:
        data = where.read() if isinstance(where, Original) else read_bytes(where)
        image = decode_confined(data, side).image
    except BadImageError as error:
        raise NotFoundError(f"'{item}' cannot be shown: {error}") from error
    except OSError as error:
        raise NotFoundError(f"the file of '{item}' cannot be read ({error.strerror})") from error
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=90)
    return Response(
        out.getvalue(), media_type="image/jpeg", headers={"cache-control": "private, no-cache"}
    )


def _leads_elsewhere(app_state: AppState, original: Original) -> bool:
    """Whether a file leads out of its folder, and is not the one that was indexed so."""
    path, source = original.path, app_state.workspace.sources.of(original.item.id)
    if path is None or source is None:
        return False
    if not leads_outside(path, [*app_state.roots, source.root]):
        return False
    try:
        status = path.stat()
    except OSError:
        return False  # what is gone says so when it is read
    return (status.st_size, status.st_mtime_ns) != (original.item.size, original.item.modified)


def _look(app_state: AppState, path: Path) -> None:
    """See what an index has added, if it has added anything yet."""
    if not app_state.has_workspace:
        try:
            app_state.open(path)
        except NotFoundError:
            return
    app_state.workspace.sources.look_again()  # another folder has been added to those it knows
    before = app_state.workspace.collection.version
    app_state.workspace.collection.refresh()
    if app_state.workspace.collection.version != before:
        app_state.events.publish("items", {"items": len(app_state.workspace.collection)})


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else str(value)
