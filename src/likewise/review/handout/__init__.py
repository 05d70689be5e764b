"""A page of candidates as one HTML file, for somebody to answer who installs nothing."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from likewise.core import html
from likewise.core.output_files import complete_file, refuse_to_overwrite
from likewise.core.progress import Progress
from likewise.errors import BadInputError
from likewise.images.decode import BadImageError
from likewise.images.decode.confined import decode_confined
from likewise.review.page_builder import Batch
from likewise.review.session import Session
from likewise.workspace.database import now

PIXELS = 512
"""Pixels on the longer side of a picture on the page."""

_SHOWN = 6  # examples, and counter-examples
_SMALL = 160
_QUALITY = 80


@dataclass(frozen=True)
class Handout:
    """What was written.

    Attributes:
        file: the page.
        images: how many are to be answered.
        left_out: ids whose pictures cannot be read.
        bytes: size of the file.
    """

    file: Path
    images: int
    left_out: tuple[str, ...]
    bytes: int

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {**vars(self), "file": str(self.file), "left_out": list(self.left_out)}


def write_handout(
    session: Session,
    batch: Batch,
    path: str | os.PathLike[str],
    *,
    pixels: int = PIXELS,
    overwrite: bool = False,
    progress: Progress = lambda done, total: None,
) -> Handout:
    """Write a batch as one file that holds all it needs: pictures, keys, and where answers stay.

    It is opened in any browser, keeps the answers there, and gives them back as a small JSON that
    `likewise labels import` takes in. It loads nothing and sends nothing: its own policy forbids
    both.

    Args:
        session: whose concept it is.
        batch: the images to answer.
        path: where to; ends in .html.
        pixels: on the longer side of a picture.
        overwrite: whether a file that is there may be replaced.
        progress: told how many pictures are done.

    Raises:
        BadInputError: another ending, the file is there, or there is nothing to answer.
        StorageError: the disk refused.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise BadInputError(f"'{target}' does not end in .html; name it '{target.name}.html'")
    refuse_to_overwrite(target, overwrite)
    items, left_out = _items(session, batch, pixels, progress)
    if not items:
        raise BadInputError(
            "there is no image to answer: each was answered, is gone or fails the condition"
        )
    text = _page(session, batch, items)
    with complete_file(target) as part:
        part.write_text(text, encoding="utf-8")
    return Handout(target, len(items), left_out, len(text.encode()))


def _items(
    session: Session, batch: Batch, pixels: int, progress: Progress
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    digests = session.workspace.collection.digests(batch.ids)
    items, left_out = [], []
    lines = zip(batch.ids, digests, batch.scores.tolist(), strict=True)
    for done, (item, digest, score) in enumerate(lines, 1):
        picture = _picture(session, item, pixels)
        if picture is None:
            left_out.append(item)
        else:
            items.append({"item": item, "digest": digest, "score": score, "image": picture})
        progress(done, len(batch))
    return items, tuple(left_out)


def _page(session: Session, batch: Batch, items: Sequence[dict[str, Any]]) -> str:
    concept = session.workspace.concepts.get(session.concept)
    name = re.sub(r"[^\w.\-]+", "-", session.concept)
    identity = f"{session.concept}\n{batch.rule}\n" + "\n".join(item["digest"] for item in items)
    data = {
        "page": hashlib.sha256(identity.encode()).hexdigest()[:16],
        "concept": session.concept,
        "hints": list(concept.hints),
        "rule": batch.rule,
        "file": f"{name}-answers.json",
        "made_at": now(),
        "examples": _examples(session, concept.examples),
        "counter_examples": _examples(session, concept.counter_examples),
        "items": list(items),
    }
    return html.script_page("Images to answer - likewise", data, __name__)


def _examples(session: Session, ids: Sequence[str]) -> list[str]:
    found = (_picture(session, item, _SMALL) for item in ids)
    pictures = (picture for picture in found if picture is not None)
    return [picture for picture, _ in zip(pictures, range(_SHOWN), strict=False)]


def _picture(session: Session, item: str, pixels: int) -> str | None:
    """A picture as a data address; None where it cannot be read."""
    workspace = session.workspace
    try:
        exemplars = workspace.exemplars.paths([item])
        if item in exemplars:
            image = decode_confined(exemplars[item].read_bytes(), pixels).image
        else:
            original = workspace.collection.original(item)
            image = decode_confined(original.read(), pixels, box=original.item.box).image
    except (BadImageError, OSError):
        return None
    image.thumbnail((pixels, pixels), Image.Resampling.LANCZOS)
    return html.image_uri(image, quality=_QUALITY, comment=b"")
