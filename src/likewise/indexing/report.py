"""What a run of indexing did, or would do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from likewise.indexing.neighbour_graph import GraphReport
from likewise.sources._summary import Summary
from likewise.workspace.item_states import ItemState


@dataclass(frozen=True)
class IndexReport:
    """What a run of `index` did.

    Attributes:
        workspace: where it went; of vectors in object storage, where all else is.
        vectors_at: the URL of vectors in object storage, or "".
        added, changed, moved, unchanged: images by what was done; a moved one kept its vector and
            its old name is gone, a copy of a known one is added.
        failed: files that could not be read, with the reason; those known before included.
        missing: images that were indexed before and whose file is gone.
        ignored: files of the source that are not images by their name.
        patched: images whose patches were made.
        interrupted: stopped by the person; the same command goes on.
        seconds: wall time.
        summary: what the source understood and what it left out; None where it was not read to
            its end.
        graph: what became of the neighbour graph; None where it was left out.
    """

    workspace: Path
    added: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    missing: int = 0
    ignored: int = 0
    patched: int = 0
    failed: tuple[ItemState, ...] = ()
    interrupted: bool = False
    seconds: float = 0.0
    vectors_at: str = ""
    summary: Summary | None = None
    graph: GraphReport | None = None

    @property
    def nothing_read(self) -> bool:
        """Whether there were files, and every one failed."""
        return bool(self.failed) and not self.added + self.changed + self.moved + self.unchanged

    @property
    def images_per_second(self) -> float:
        """Images read and encoded over wall time."""
        return (self.added + self.changed + self.moved) / max(self.seconds, 1e-9)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        counts = ("added", "changed", "moved", "unchanged", "missing", "ignored", "patched")
        return {
            "workspace": str(self.workspace),
            **({"vectors_at": self.vectors_at} if self.vectors_at else {}),
            **{name: getattr(self, name) for name in counts},
            "interrupted": self.interrupted,
            "failed": [{"id": x.item, "reason": x.reason} for x in self.failed],
            "seconds": round(self.seconds, 3),
            "images_per_second": round(self.images_per_second, 1),
            "summary": None if self.summary is None else self.summary.to_json(),
            "graph": None if self.graph is None else asdict(self.graph),
        }
