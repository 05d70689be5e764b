"""Which images a dataset is to hold, and what is left out and why."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

from likewise.core.progress import Progress
from likewise.core.spool import Spool
from likewise.core.vectors import Vectors
from likewise.export.base import Dataset, DecidedBy, Row
from likewise.images.decode import BadImageError
from likewise.images.decode.confined import decode_confined
from likewise.search.items import ORIGINAL_COLUMNS
from likewise.sources.base import Original
from likewise.workspace import Workspace

_BLOCK = 4096  # items whose facts are fetched at once
_FACTS = ("width", "height", "digest", "metadata", *ORIGINAL_COLUMNS)


@dataclass(frozen=True, slots=True)
class Chosen:
    """One item of a dataset: its label and why it has it; see `likewise.export.base.Row`.

    `digest` is known once the item's file was looked at. `columns` are more columns of its row.
    """

    id: str
    label: str
    decided_by: DecidedBy
    score: float = 0.0
    probability: float | None = None
    split: str = ""
    digest: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Plan:
    """What a dataset is to hold; some thousand of its rows are in memory at a time.

    Attributes:
        workspace: where the items are.
        name: of the dataset.
        chosen: the items, in order.
        facts: columns of each of them, as they were when its file was looked at.
        splits: the parts, in order; () without parts.
        gone: ids that were chosen and whose file is missing.
        changed: ids that were chosen and whose file is another than when it was indexed.
        unplaced: ids that were chosen and are in none of the parts.
    """

    workspace: Workspace
    name: str
    chosen: tuple[Chosen, ...]
    facts: Spool[Mapping[str, Any]]
    splits: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.chosen)

    def __iter__(self) -> Iterator[Row]:
        collection = self.workspace.collection
        for chosen_image, fact in zip(self.chosen, self.facts, strict=True):
            original = collection.original_of(chosen_image.id, fact)
            yield Row(
                id=chosen_image.id,
                path=original.uri,
                original=original,
                label=chosen_image.label,
                decided_by=chosen_image.decided_by,
                score=chosen_image.score,
                probability=chosen_image.probability,
                width=fact["width"],
                height=fact["height"],
                digest=fact["digest"],
                parent=original.item.parent,
                box=original.item.box,
                split=chosen_image.split,
                metadata=_with_columns(json.loads(fact["metadata"] or "{}"), chosen_image.columns),
                label_columns=tuple(chosen_image.columns),
            )

    @property
    def counts(self) -> dict[str, int]:
        """Images by part, label and who decided, such as ``{"train/barn (person)": 12}``."""
        counts = Counter((row.split, row.label, row.decided_by) for row in self.chosen)
        order = {split: number for number, split in enumerate(self.splits)}
        return {
            f"{split}/{label} ({by})" if split else f"{label} ({by})": counts[split, label, by]
            for split, label, by in sorted(counts, key=lambda kind: (order.get(kind[0], 0), kind))
        }

    @cached_property
    def digest(self) -> str:
        """Names the content: the same images under the same labels and parts, the same digest."""
        lines = sorted(
            f"{chosen_image.digest} {chosen_image.split}/{chosen_image.label}\n"
            for chosen_image in self.chosen
        )
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def dataset(self, about: Mapping[str, Any]) -> Dataset:
        """What an exporter is given."""
        classes = tuple(sorted({row.label for row in self.chosen}))
        return Dataset(self.name, self, classes, self.splits, about, self._vectors)

    def _vectors(self, ids: Iterable[str]) -> Vectors:
        return self.workspace.collection.vectors(list(ids))


def _with_columns(metadata: dict[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns, then the metadata; a piece of it that is named like one gets another name."""
    return {
        **columns,
        **{f"metadata_{key}" if key in columns else key: value for key, value in metadata.items()},
    }


def make_plan(
    workspace: Workspace,
    name: str,
    chosen: Iterable[Chosen],
    parts: Mapping[str, str] | None = None,
    progress: Progress = lambda done, total: None,
) -> Plan:
    """Look at the files of what was chosen, and give each item its part.

    Args:
        workspace: where the items are.
        name: of the dataset.
        chosen: the items, in order.
        parts: part of each item; None where the items have theirs, or none.
        progress: told how many files were looked at.
    """
    rows = list(chosen)
    unplaced: list[str] = []
    if parts is not None:
        unplaced = [row.id for row in rows if not parts.get(row.id)]
        rows = [replace(row, split=parts[row.id]) for row in rows if parts.get(row.id)]
    found: dict[str, list[Chosen]] = {"there": [], "gone": [], "changed": []}
    facts: Spool[Mapping[str, Any]] = Spool("images to write")
    for done, (row, fact, state) in enumerate(_looked_at(workspace, rows), 1):
        found[state].append(row)
        if state == "there":
            facts.append(fact)
        if done % _BLOCK == 0:
            progress(done, len(rows))
    remaining = found["there"]
    return Plan(
        workspace,
        name,
        tuple(remaining),
        facts,
        _in_order({row.split for row in remaining} - {""}),
        tuple(row.id for row in found["gone"]),
        tuple(row.id for row in found["changed"]),
        tuple(unplaced),
    )


def _looked_at(
    workspace: Workspace, rows: list[Chosen]
) -> Iterator[tuple[Chosen, Mapping[str, Any], str]]:
    rest = iter(rows)
    while block := list(islice(rest, _BLOCK)):
        facts = workspace.collection.facts([row.id for row in block], _FACTS)
        for row, fact in zip(block, facts, strict=True):
            state = _state(workspace.collection.original_of(row.id, fact), fact)
            yield replace(row, digest=fact["digest"]), fact, state


def _state(original: Original, fact: Mapping[str, Any]) -> str:
    """Whether a file is what was indexed; read only where its time differs and its size does not.

    A copied or unpacked collection has other times, and the same content.
    """
    path = original.path
    if not original.there:
        return "gone"
    if path is None:  # its source refuses what has changed when it is read
        return "there"
    status = path.stat()
    if status.st_size != fact["bytes"]:
        return "changed"
    if status.st_mtime_ns == fact["modified"]:
        return "there"
    try:
        digest = _digest_now(original)
    except BadImageError:
        return "changed"
    return "there" if digest == fact["digest"] else "changed"


def _digest_now(original: Original) -> str:
    data = original.read()
    if original.item.box is None:
        return hashlib.sha256(data).hexdigest()
    return decode_confined(data, box=original.item.box).digest


_USUAL_ORDER = ("train", "val", "valid", "validation", "test")


def _in_order(splits: set[str]) -> tuple[str, ...]:
    """Training first, as people read them; others by name."""
    usual = [name for name in _USUAL_ORDER if name in splits]
    return (*usual, *sorted(splits - set(usual)))
