"""Images: indexing them, their facts, the pictures themselves, and examples from outside."""

from __future__ import annotations

import io
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Body, Header, Query, Response
from PIL import Image
from pydantic import BaseModel, Field

from likewise.errors import BadInputError, NotFoundError
from likewise.images.decode import BadImageError, read_bytes
from likewise.images.decode.confined import decode_confined
from likewise.indexing.index import index
from likewise.review.session import Batch
from likewise.server.desk import Desk, TheDesk
from likewise.server.jobs import Progress
from likewise.server.roles import ThePeer
from likewise.server.routes.review import LONGEST, frame
from likewise.sources._confine import leads_outside
from likewise.sources.base import Original
from likewise.workspace import default_workspace
from likewise.workspace.exemplars import read_exemplar

router = APIRouter(tags=["images"])

_THUMBNAIL = 256
_FULL_SIDE = 2048  # pixels of the longest side that a page gets to see
_SEEN_EVERY = 2.0  # seconds between two looks at what a running index has added
_FACTS = ["item_id", "digest", "width", "height", "bytes", "taken_at", "folder"]


class Folder(BaseModel):
    """A folder to index."""

    folder: str = Field(examples=["/photos/2026"])
    workspace: str | None = Field(None, description="Name of a new workspace; the folder's own.")


@router.get("/api/images", response_class=Response)
def browse(
    desk: TheDesk,
    k: Annotated[int, Query(ge=1, le=LONGEST)] = 500,
    seed: Annotated[int, Query(ge=0, le=2**31)] = 0,
    where: Annotated[str | None, Query(alias="filter", max_length=1000)] = None,
) -> Response:
    """Images at random, as a frame like a ranking: what there is before anything was taught."""
    ids = desk.workspace.collection.sample(k, seed, where)
    batch = Batch(ids, np.zeros(len(ids), np.float32), None, "random_audit", 0)
    return frame(desk, ids, {"order": "random"}, batch)


@router.post("/api/images")
def index_folder(desk: TheDesk, wanted: Folder) -> dict[str, Any]:
    """Start indexing a folder under one of the start-up roots; answers the job.

    The first one makes the workspace; what is indexed already can be searched meanwhile.
    """
    folder = desk.under_a_root(wanted.folder)
    if desk.has_workspace:
        path = desk.workspace.path
    else:
        path = default_workspace(wanted.workspace or folder)

    def work(progress: Progress) -> dict[str, Any]:
        looked = 0.0

        def seen(done: int, total: int) -> None:
            nonlocal looked
            progress(done, total)
            if time.monotonic() - looked >= _SEEN_EVERY:
                looked = time.monotonic()
                _look(desk, path)

        report = index(folder, path, within=desk.roots, progress=seen)
        _look(desk, path)
        if desk.has_workspace:
            desk.compute_colours()
        return report.to_json()

    return desk.jobs.start("index", work).to_json()


@router.get("/thumb/{item:path}", response_class=Response)
def thumbnail(
    desk: TheDesk,
    peer: ThePeer,
    item: str,
    v: int | None = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """An item's thumbnail; with the collection's version as `v` it is the browser's for good.

    Who asks for very many is told 429 and when to ask again; so it is with the large ones.
    """
    desk.limits.take("thumbnails", peer)
    kept = desk.workspace.exemplars.paths([item])
    if item in kept:
        desk.limits.take("pictures", peer)  # it has to be decoded
        return _for_screen(kept[item], item, _THUMBNAIL)
    return desk.thumbnails.answer(item, v, if_none_match)


@router.get("/api/images/{item:path}/full", response_class=Response)
def full(desk: TheDesk, peer: ThePeer, item: str) -> Response:
    """The picture in a size for the screen, decoded and encoded again: never the file itself."""
    desk.limits.take("pictures", peer)
    place = desk.workspace
    kept = place.exemplars.paths([item])
    if item in kept:
        return _for_screen(kept[item], item, _FULL_SIDE)
    original = place.collection.original(item)
    if _leads_elsewhere(desk, original):
        raise NotFoundError(
            f"'{item}' cannot be shown: it leads out of the folders that this server may use"
        )
    return _for_screen(original, item, _FULL_SIDE)


@router.get("/api/images/{item:path}")
def facts(desk: TheDesk, item: str) -> dict[str, Any]:
    """What is known about an item: its file's facts, its labels by concept, its state."""
    place = desk.workspace
    (row,) = place.collection.facts([item], _FACTS)
    state = place.states.all().get(item)
    labels = {
        name: label.verdict
        for name in place.concepts.names()
        if (label := place.labels.current(name).get(item)) is not None
    }
    return {
        **{key: None if value is None else _plain(value) for key, value in row.items()},
        "state": state.state if state else "present",
        "labels": labels,
    }


@router.post("/api/exemplars")
def bring(
    desk: TheDesk,
    image: Annotated[bytes, Body(media_type="application/octet-stream")],
) -> dict[str, str]:
    """Keep an image that was dropped or pasted; answers the id to put in a basket.

    A picture that is in the collection already is answered by its item's id.
    """
    if not image:
        raise BadInputError("the request is empty; send the bytes of an image file")
    place = desk.workspace
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        path = Path(folder) / "pasted.image"
        path.write_bytes(image)
        try:
            exemplar = read_exemplar(path, place.encoder)
        except BadInputError as error:
            told = str(error).replace(f"{path} ", "this ")
            raise BadInputError(told) from error
        inside = place.collection.with_digests({exemplar.digest})
        if exemplar.digest in inside:
            return {"id": inside[exemplar.digest]}
        return {"id": place.exemplars.keep(exemplar)}


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


def _leads_elsewhere(desk: Desk, original: Original) -> bool:
    """Whether a file leads out of its folder, and is not the one that was indexed so."""
    path, known = original.path, desk.workspace.sources.of(original.item.id)
    if path is None or known is None:
        return False
    if not leads_outside(path, [*desk.roots, known.root]):
        return False
    try:
        status = path.stat()
    except OSError:
        return False  # what is gone says so when it is read
    return (status.st_size, status.st_mtime_ns) != (original.item.size, original.item.modified)


def _look(desk: Desk, path: Path) -> None:
    """See what an index has added, if it has added anything yet."""
    if not desk.has_workspace:
        try:
            desk.open(path)
        except NotFoundError:
            return
    desk.workspace.sources.look_again()  # another folder has been added to those it knows
    before = desk.workspace.collection.version
    desk.workspace.collection.refresh()
    if desk.workspace.collection.version != before:
        desk.events.publish("items", {"items": len(desk.workspace.collection)})


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else str(value)
