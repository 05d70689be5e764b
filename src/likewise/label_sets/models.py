"""Models of label sets that follow the answers; the geometry is made once."""

from __future__ import annotations

import threading
from typing import Any

from likewise.label_sets.learning import SetModel, learn_again
from likewise.propagate.base import PropagationGraph
from likewise.workspace import Workspace


class SetModels:
    """The model of each label set as it is by the answers so far, learned when it is asked for.

    The graph of the collection serves every model until the collection changes, so that learning
    again after an answer takes a fraction of the first time.

    Args:
        workspace: where the sets are; stays open.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._lock = threading.Lock()
        self._models: dict[str, tuple[Any, SetModel]] = {}
        self._graph: tuple[Any, PropagationGraph] | None = None

    def get(self, name: str) -> SetModel:
        """The model of a set; learned anew where something has changed.

        Raises:
            NotFoundError: there is no such set.
            BadInputError: fewer than two classes have an image.
        """
        workspace = self.workspace
        with self._lock:
            label_set = workspace.label_sets.get(name)
            state = (
                label_set, workspace.labels.position(), workspace.concepts.revision(),
                workspace.labels.policy, workspace.machine_labels.position(),
                workspace.collection.version,
            )  # fmt: skip
            known = self._models.get(name)
            if known is None or known[0] != state:
                graph = self._graph_of_collection() if label_set.exclusive else None
                known = state, learn_again(workspace, name, graph=graph)
                self._models[name] = known
            return known[1]

    def _graph_of_collection(self) -> PropagationGraph | None:
        collection = self.workspace.collection
        if self._graph is None or self._graph[0] != collection.version:
            if not len(collection):
                return None
            vectors = collection.vectors(collection.ids())
            self._graph = collection.version, PropagationGraph(vectors)
        return self._graph[1]
