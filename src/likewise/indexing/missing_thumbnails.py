"""Thumbnails that this machine lacks because another one indexed the images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import islice

from likewise.encoders._encode_files import Encoded, encode_files
from likewise.encoders.base import Encoder
from likewise.images.decode import Limits
from likewise.images.thumbnails import ThumbnailPack
from likewise.indexing.diff import Diff
from likewise.search.items import ORIGINAL_COLUMNS
from likewise.sources.base import Item

_PAGE = 1024  # items whose facts are fetched at once


def make_missing_thumbnails(
    diff: Diff, encoder: Encoder, limits: Limits | None, workers: int | None
) -> int:
    """Read the images of a source that have a vector and no thumbnail; answers how many.

    One that cannot be read is passed over: the next run says so.

    Args:
        diff: after its walk.
        encoder: of the workspace; it is not asked for vectors.
        limits: caps on what is decoded.
        workers: threads that decode.
    """
    made = 0
    with ThumbnailPack(diff.workspace.path / "thumbnails", write=True) as pack:
        stream = encode_files(
            _items_without(diff, pack),
            encoder,
            read=diff.read,
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


def _items_without(diff: Diff, pack: ThumbnailPack) -> Iterator[Item]:
    collection = diff.workspace.collection
    lacking = (item for item, digest in diff.seen_items.visited() if digest not in pack)
    while page := list(islice(lacking, _PAGE)):
        existing = collection.known(page)
        ids = [item for item in page if item in existing]
        rows = collection.facts(ids, ["digest", *ORIGINAL_COLUMNS])
        for item, row in zip(ids, rows, strict=True):
            if row["digest"] not in pack:
                yield collection.original_of(item, row).item
