"""Image files scored by a concept's rule for an agent: only files that lie under the roots."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from likewise.apply.results import Scored
from likewise.apply.scoring import score_images
from likewise.core.progress import Progress
from likewise.encoders._learned import encoder_of
from likewise.errors import BadInputError, NotFoundError
from likewise.server.mcp.tool import Call
from likewise.sources._allowed_folders import leads_outside
from likewise.sources._files import named_as_image
from likewise.sources.base import Item, Refused
from likewise.sources.folder import Folder


class FolderInside(Folder):
    """A folder whose links lead to no file outside of some folders.

    Args:
        root: the folder.
        roots: folders that files may be in.
    """

    def __init__(self, root: str, roots: Sequence[Path]) -> None:
        super().__init__(root)
        self._roots = roots

    def items(self) -> Iterator[Item | Refused]:
        """As those of a folder; what leads outside is refused."""
        for entry in super().items():
            if isinstance(entry, Item) and leads_outside(entry.uri, self._roots):
                yield Refused(entry.id, "it leads out of the folders that may be read")
            else:
                yield entry


def classification(
    call: Call, concept: str, paths: Sequence[str], most: int
) -> Callable[[Progress], dict[str, Any]]:
    """A job that scores files, checked before it begins.

    Args:
        call: of the tool.
        concept: whose newest rule scores.
        paths: folders and image files under the roots.
        most: how many of the best are listed.

    Raises:
        NotFoundError: no such concept, no rule yet, or no such path.
        BadInputError: a path is under no root, or neither a folder nor an image file.
    """
    state, workspaces = call.state, call.shared.workspaces
    state.workspace.concepts.get(concept)
    rule = state.workspace.rules.open(concept)
    inputs: list[str | FolderInside] = []
    for path in paths:
        found = workspaces.allowed(state, path)
        if not found.exists():
            raise NotFoundError(f"{path} does not exist; give a folder or image files")
        if found.is_dir():
            inputs.append(FolderInside(str(found), workspaces.roots))
        elif named_as_image(found.name) and found.is_file():
            inputs.append(str(found))
        else:
            raise BadInputError(f"{path} is neither a folder nor an image file; give one of these")

    def work(progress: Progress) -> dict[str, Any]:
        counts = {"images": 0, "yes": 0, "unreadable": 0}
        best: list[tuple[float, int, Scored]] = []
        home = state.workspace.path
        encoder = encoder_of(rule, home)
        results = score_images(
            inputs, rule, encoder, progress=lambda done: progress(done, 0), home=home
        )
        for number, result in enumerate(results):
            counts["images"] += 1
            counts["unreadable"] += result.score is None
            counts["yes"] += bool(result.yes)
            if result.score is not None:
                heapq.heappush(best, (result.score, -number, result))
                if len(best) > most:
                    heapq.heappop(best)
        rows = [_row(result) for _, _, result in sorted(best, reverse=True)]
        probable = rule.calibration is not None
        return {**counts, "threshold": round(rule.threshold, 3), "calibrated": probable,
                "best": {"columns": ["id", "score", "probability"], "images": rows}}  # fmt: skip

    return work


def _row(result: Scored) -> list[Any]:
    probability = None if result.probability is None else round(result.probability, 2)
    return [result.id, round(result.score or 0.0, 3), probability]
