"""Clusters that a crew assigns are those of one process, and so are the labels that follow."""

from __future__ import annotations

import numpy as np
import pytest

from likewise.distribute.shards import Local
from likewise.propagate.base import PropagationGraph
from likewise.propagate.on_cluster import assign_stored
from likewise.propagate.workspace import propagate_workspace
from likewise.workspace import Workspace


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("likewise.propagate.on_cluster._BLOCK", 7)


def test_the_same_clusters(workspace: Workspace) -> None:
    collection = workspace.collection
    vectors = collection.vectors(collection.ids())
    here = PropagationGraph(vectors).clusters(4)
    there = PropagationGraph(
        vectors,
        assign=lambda mean, turn, centres: assign_stored(workspace, Local, mean, turn, centres),
    ).clusters(4)
    np.testing.assert_array_equal(there.centres, here.centres)
    np.testing.assert_array_equal(there.members, here.members)
    assert len(set(here.members.tolist())) > 1
    np.testing.assert_allclose(there.similarity, here.similarity, atol=1e-5)
    np.testing.assert_allclose(there.depth, here.depth, atol=1e-3)


@pytest.mark.parametrize("method", ["cluster_vote", "best"])
def test_the_same_labels(workspace: Workspace, method: str) -> None:
    kinds = ("disc", "square", "stripes")
    given = {f"{kind}/0{number}.png": kind for kind in kinds for number in (0, 3, 5)}
    here = propagate_workspace(workspace, given, method, 0.0)
    there = propagate_workspace(workspace, given, method, 0.0, crew=Local)
    assert there.accepted == here.accepted
    assert here.accepted
