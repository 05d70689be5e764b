"""The last step of indexing: the neighbour graph, without which the index is complete, too."""

from __future__ import annotations

import time
from dataclasses import dataclass

from likewise.core.progress import Progress
from likewise.errors import StorageError
from likewise.search.collection import Collection


@dataclass(frozen=True)
class GraphReport:
    """What became of the neighbour graph.

    Attributes:
        state: the graph after it, in words.
        made: whether it was made or brought up to date; False where it was fresh.
        seconds: wall time.
        failure: why it could not be made, or "".
        interrupted: stopped by the person; the same command makes it.
    """

    state: str
    made: bool
    seconds: float
    failure: str = ""
    interrupted: bool = False


def make_graph(collection: Collection, progress: Progress | None = None) -> GraphReport:
    """Bring the neighbour graph up to date; neither Ctrl-C nor a full disk is an error here.

    Args:
        collection: of a workspace whose writer lock is held.
        progress: called with images done and images in all.
    """
    started = time.monotonic()
    made, failure, interrupted = False, "", False
    try:
        collection.refresh()
        made = collection.write_graph(progress)
    except StorageError as error:
        failure = str(error)
    except KeyboardInterrupt:
        interrupted = True
    seconds = time.monotonic() - started
    return GraphReport(collection.graph_state(), made, seconds, failure, interrupted)
