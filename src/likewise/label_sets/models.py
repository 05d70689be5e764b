"""Models of label sets that follow the answers; the geometry is made once."""

from __future__ import annotations

import threading
from typing import Any

from likewise.label_sets.kinds import Kinds
from likewise.label_sets.learning import SetModel, learn_again
from likewise.label_sets.queues import kinds_of
from likewise.label_sets.rounds import rounds_of
from likewise.propagate.base import PropagationGraph
from likewise.workspace import Workspace

_GROWTH = 1.25
_MORE = 5


class SetModels:
    """The model of each label set as it is by the answers so far, learned when it is asked for.

    The graph of the collection serves every model until the collection changes. The method is
    chosen and calibrated anew when there are a quarter more answers, or other classes; a model in
    between takes that over, so that learning again after a page takes a fraction of the time.

    Args:
        workspace: where the sets are; stays open.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._lock = threading.Lock()
        self._kinds_lock = threading.Lock()
        self._models: dict[str, tuple[Any, SetModel]] = {}
        self._validated: dict[str, tuple[Any, SetModel]] = {}
        self._graph: tuple[Any, PropagationGraph] | None = None
        self._kinds: tuple[Any, Kinds] | None = None

    def get(self, name: str, validated: bool = False) -> SetModel:
        """The model of a set; learned anew where something has changed.

        Args:
            name: of the set.
            validated: whether every answer by now must have been held out once, as what is said
                of held-out answers needs; it takes longer.

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
            newest = self._models.get(name)
            if newest is None or newest[0] != state or (validated and self._took_over(name)):
                graph = self._graph_of_collection() if label_set.exclusive else None
                depends_on = (
                    workspace.collection.version,
                    [x.round for x in rounds_of(workspace, name)],
                )
                before = None if validated else self._still_valid(name, depends_on)
                model = learn_again(workspace, name, graph=graph, validated=before)
                newest = self._models[name] = state, model
                if before is None or not self._took_over(name):
                    self._validated[name] = depends_on, model
            return newest[1]

    def graph_of(self, name: str) -> PropagationGraph | None:
        """The geometry that an exclusive set is learned over; None for a set of tags.

        Raises:
            NotFoundError: there is no such set.
        """
        with self._lock:
            exclusive = self.workspace.label_sets.get(name).exclusive
            return self._graph_of_collection() if exclusive else None

    def kinds(self) -> Kinds:
        """The collection's clusters, which stay while answers are given."""
        version = self.workspace.collection.version
        with self._kinds_lock:
            if self._kinds is None or self._kinds[0] != version:
                self._kinds = version, kinds_of(self.workspace)
            return self._kinds[1]

    def _still_valid(self, name: str, depends_on: Any) -> SetModel | None:
        """The model whose choice and calibration the next one takes over, if it may."""
        before, validated = self._validated.get(name, (None, None))
        newest = self._models[name][1] if name in self._models else None
        if before != depends_on or validated is None or newest is None:
            return None
        if validated.labelled is None or newest.labelled is None:
            return None
        most = _GROWTH * len(validated.labelled.class_of) + _MORE
        return validated if len(newest.labelled.class_of) <= most else None

    def _took_over(self, name: str) -> bool:
        """Whether the newest model has its calibration from an earlier one."""
        newest, validated = self._models[name][1].labelled, self._validated[name][1].labelled
        if newest is None or validated is None or newest is validated:
            return False
        return newest.done.calibration is validated.done.calibration

    def _graph_of_collection(self) -> PropagationGraph | None:
        collection = self.workspace.collection
        if self._graph is None or self._graph[0] != collection.version:
            if not len(collection):
                return None
            vectors = collection.vectors(collection.ids())
            self._graph = collection.version, PropagationGraph(vectors)
        return self._graph[1]
