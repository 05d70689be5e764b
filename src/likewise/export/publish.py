"""A workspace's vectors and facts of its items, pushed into a database that a team runs."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.addresses import shown
from likewise.core.progress import Progress
from likewise.core.space import Space
from likewise.core.vectors import unit
from likewise.errors import MismatchError
from likewise.export.databases.base import FACTS, About, Mirror, MirrorRows, is_absent, open_mirror
from likewise.search.store.base import ITEM_SCHEMA
from likewise.workspace import Workspace
from likewise.workspace.decisions import default_set

_FAR = 0.1  # of a mean's length


@dataclass(frozen=True)
class PublishReport:
    """What a run of `publish` did, or would do.

    Attributes:
        mirror: address, without a password.
        name: of the table or collection.
        added, replaced, removed, unchanged: items.
        remarks: what a person should know.
        interrupted: stopped by the person; the same command goes on.
        seconds: wall time.
    """

    mirror: str
    name: str
    added: int = 0
    replaced: int = 0
    removed: int = 0
    unchanged: int = 0
    remarks: tuple[str, ...] = ()
    interrupted: bool = False
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {**vars(self), "remarks": list(self.remarks), "seconds": round(self.seconds, 3)}


def default_name(workspace: Workspace) -> str:
    """The name of a workspace's mirror when nothing is said: its own, as databases take it."""
    return default_set(workspace.path)


def publish(
    workspace: Workspace,
    url: str,
    name: str | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    replace: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> PublishReport:
    """Push a workspace's vectors and facts of items into a database, or what has changed of them.

    Only items that are new or differ are sent, and those that are gone are removed, so a run
    that was cut off is simply run again. Images whose files are missing are not published.

    Args:
        workspace: whose; only read.
        url: of the database: see `likewise.export.databases.base.open_mirror`.
        name: of the table or collection; `default_name` unless given.
        options: of the mirror, such as ``{"index": "hnsw"}``.
        replace: write it anew, whatever workspace or encoder it was of.
        dry_run: only count.
        progress: told how far it is.

    Raises:
        MismatchError: the mirror is another workspace's, or of another encoder.
        StorageError: the server cannot be reached or refuses; what it confirmed stays.
    """
    started = time.monotonic()
    table = name or default_name(workspace)
    if dry_run and is_absent(url):
        missing = workspace.states.all("missing")
        count = len(workspace.collection) - len(workspace.collection.known(list(missing)))
        return PublishReport(shown(url), table, count, seconds=time.monotonic() - started)
    with closing(open_mirror(url, table, options)) as mirror:
        run = _Publishing(workspace, mirror, progress or (lambda done, total: None), dry_run)
        interrupted = False
        try:
            run.go(_agreed(workspace, mirror, url, table, replace), replace)
        except KeyboardInterrupt:
            interrupted = True
    return PublishReport(
        shown(url),
        table,
        run.added,
        run.replaced,
        run.removed,
        run.unchanged,
        tuple(run.remarks),
        interrupted,
        time.monotonic() - started,
    )


def _agreed(workspace: Workspace, mirror: Mirror, url: str, name: str, replace: bool) -> About:
    """What the mirror says, or shall say when it is made."""
    published = None if replace else mirror.about()
    if published is None:
        return About(workspace.collection.space(), workspace.consent.identity())
    if published.space.encoder != workspace.fingerprint:
        raise MismatchError(
            f"the mirror '{name}' in {shown(url)} holds vectors of '{published.space.encoder}' and "
            f"this workspace those of '{workspace.fingerprint}'; publish under another --name, or "
            "write it anew with --replace"
        )
    if published.owner != workspace.consent.identity():
        raise MismatchError(
            f"the mirror '{name}' in {shown(url)} is another workspace's; publish under another "
            "--name, or take it over with --replace"
        )
    return published


@dataclass(eq=False)
class _Publishing:
    """One run."""

    workspace: Workspace
    mirror: Mirror
    progress: Progress
    dry_run: bool
    added: int = 0
    replaced: int = 0
    removed: int = 0
    unchanged: int = 0

    def __post_init__(self) -> None:
        self.remarks: list[str] = []
        self._missing = set(self.workspace.states.all("missing"))

    def go(self, about: About, replace: bool) -> None:
        collection = self.workspace.collection
        contents = _contents(collection.version, self._missing)
        exists = not replace and self.mirror.about() is not None
        if exists and about.contents == contents:
            self.unchanged = self.mirror.count()
            return
        if not self.dry_run:
            begun = About(about.space, about.owner)
            (self.mirror.describe if exists else self.mirror.create)(begun)
        done = 0
        for rows in _rows(self.workspace, about.space, self._missing):
            done += len(rows.ids)
            self._send(rows, exists)
            self.progress(done, len(collection) - len(self._missing))
        if exists:
            self._remove(self.unchanged + self.added + self.replaced)
        if not self.dry_run:
            self.mirror.finish()
            self.mirror.describe(About(about.space, about.owner, contents))
        self._say_drift(about.space)
        if collection.patches is not None:
            self.remarks.append(
                "the patches of images are not published: there whole images are scored"
            )

    def _send(self, rows: MirrorRows, exists: bool) -> None:
        marks = self.mirror.marks(rows.ids) if exists else {}
        new = [i for i, item in enumerate(rows.ids) if marks.get(item) != rows.marks[i]]
        replaced = sum(rows.ids[i] in marks for i in new)
        self.unchanged += len(rows.ids) - len(new)
        if new and not self.dry_run:
            self.mirror.upsert(_some(rows, new))
        self.replaced += replaced
        self.added += len(new) - replaced

    def _remove(self, published: int) -> None:
        """Take out what the collection does not have (any more)."""
        expected = published - (self.added if self.dry_run else 0)
        if self.mirror.count() == expected:
            return
        for page in self.mirror.ids():
            present = self.workspace.collection.known(page) - self._missing
            gone = [item for item in page if item not in present]
            self.removed += len(gone)
            if gone and not self.dry_run:
                self.mirror.delete(gone)

    def _say_drift(self, space: Space) -> None:
        if not len(self.workspace.collection):
            return
        moved = float(np.linalg.norm(self.workspace.collection.space().mean - space.mean))
        if moved > _FAR * float(np.linalg.norm(space.mean)):
            self.remarks.append(
                f"the collection's mean has moved by {moved:.3f} since the mirror was made; rules "
                "that are learned now find their candidates there less well: write it anew with "
                "--replace"
            )


def _contents(version: int, missing: set[str]) -> str:
    digest = blake2b("\n".join(sorted(missing)).encode(errors="surrogatepass"), digest_size=8)
    return f"{version}-{digest.hexdigest()}"


def _rows(workspace: Workspace, space: Space, missing: set[str]) -> Iterator[MirrorRows]:
    store = workspace.collection.store
    for batch in store.scan([*ITEM_SCHEMA.names, "vector"]):
        vectors16 = np.asarray(batch.column("vector").flatten().to_numpy()).reshape(
            -1, space.dim_in
        )
        facts = batch.drop_columns(["vector"]).to_pylist()
        present = [i for i, row in enumerate(facts) if row["item_id"] not in missing]
        if not present:
            continue
        vectors = unit(vectors16[present])
        yield MirrorRows(
            [facts[i]["item_id"] for i in present],
            [_mark(facts[i], vectors16[i], space) for i in present],
            space.lengths(vectors),
            space.apply(vectors),
            [_fit(facts[i]) for i in present],
        )


def _mark(facts: Mapping[str, Any], vector16: NDArray[np.float16], space: Space) -> str:
    digest = blake2b(space.fingerprint.encode(), digest_size=12)
    digest.update(json.dumps(facts, sort_keys=True).encode())
    digest.update(np.ascontiguousarray(vector16).tobytes())
    return digest.hexdigest()


def _fit(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as every database takes them: no zero characters, no half characters, no NaN."""
    row = {name: _plain(facts[name]) for name in FACTS}
    try:
        row["metadata"] = _plain(json.loads(facts["metadata"] or "{}"))
    except ValueError:
        row["metadata"] = {}
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_plain(x) for x in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(x) for key, x in value.items()}
    return value


def _some(rows: MirrorRows, indices: list[int]) -> MirrorRows:
    return MirrorRows(
        [rows.ids[i] for i in indices],
        [rows.marks[i] for i in indices],
        rows.lengths[indices],
        rows.vectors[indices],
        [rows.facts[i] for i in indices],
    )
