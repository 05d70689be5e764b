"""Thumbnails that this machine lacks, for another one has indexed the images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from likewise.encoders._encode_files import Encoded, encode_files
from likewise.encoders.base import Encoder
from likewise.images.decode import Limits
from likewise.images.thumbnails import ThumbnailPack
from likewise.indexing.census import Diff
from likewise.sources.base import Item


def make_missing_thumbnails(
    diff: Diff, encoder: Encoder, limits: Limits | None, workers: int | None
) -> int:
    """Read the images of a source that have a vector and no thumbnail; answers how many.

    One that cannot be read is passed over: the next walk says so.

    Args:
        diff: after its walk.
        encoder: of the workspace; it is not asked for vectors.
        limits: caps on what is decoded.
        workers: threads that decode.
    """
    made = 0
    with ThumbnailPack(diff.workspace.path / "thumbnails", write=True) as pack:
        lacking = {item for item, digest in diff.seen_items.visited() if digest not in pack}
        stream = encode_files(
            _items(diff, lacking),
            encoder,
            read=diff.source.read,
            limits=limits,
            workers=workers,
            has_vector=lambda digest: True,
            has_thumbnail=pack.__contains__,
        )
        with closing(stream):
            for _, outcome in stream:
                if isinstance(outcome, Encoded) and outcome.thumbnail is not None:
                    pack.add(outcome.facts.digest, outcome.thumbnail)
                    made += 1
    return made


def _items(diff: Diff, requested: set[str]) -> Iterator[Item]:
    for entry in diff.source.items() if requested else ():
        if isinstance(entry, Item) and diff.prefix + entry.id in requested:
            parent = None if entry.parent is None else diff.prefix + entry.parent
            yield replace(entry, id=diff.prefix + entry.id, parent=parent)
