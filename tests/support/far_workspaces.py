"""What tests of workspaces in object storage share: one to begin from, and ways to look at one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bucket_gate import storage

from likewise.maintenance.doctor import examine
from likewise.workspace import Workspace


@dataclass(frozen=True)
class Seed:
    """A workspace in object storage, of two fragments.

    Attributes:
        pictures: the folder that it was indexed from.
        encoder: name of the encoder.
        objects: what it is, by the names below its bucket.
        rows: as `rows` answers them.
    """

    pictures: Path
    encoder: str
    objects: dict[str, bytes]
    rows: list[tuple[object, ...]]

    def facts_with(self, pictures: Path) -> bytes:
        """What is said at its URL, were it indexed from another folder."""
        facts = json.loads(self.objects["/ws/workspace.json"])
        facts["sources"][0]["root"] = str(pictures)
        return json.dumps(facts).encode()


def objects(url: str) -> list[str]:
    """URLs of all that is below one."""
    return [f"s3://{name}" for name in sorted(storage().find(url))]


def put(url: str, data: bytes) -> None:
    """Write an object, past the gate."""
    storage().pipe_file(url, data)


def get(url: str) -> bytes:
    """Read an object, past the gate."""
    return bytes(storage().cat_file(url))


def rows(place: Workspace) -> list[tuple[object, ...]]:
    """What is kept of every item, each as often as it is there."""
    columns = ["item_id", "digest", "width", "folder", "bytes"]
    found = place.collection.facts(place.collection.ids(), columns)
    return sorted(tuple(row.values()) for row in found)


def rows_at(url: str) -> list[tuple[object, ...]]:
    """The same of a workspace that is opened for it, and that nothing may be wrong with."""
    with Workspace(url) as place:
        assert problems(place) == []
        return rows(place)


def problems(place: Workspace) -> list[str]:
    """What `likewise doctor` finds wrong."""
    return [x.detail for x in examine(place) if x.state == "problem"]
