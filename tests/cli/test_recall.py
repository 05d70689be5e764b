"""Recall is measured against exact scores, and a search that misses is told."""

from __future__ import annotations

import json

import numpy as np
import pytest
from commands import Run

from likewise.core.ranking import Ranking
from likewise.maintenance.doctor import recall_of_search
from likewise.maintenance.recall import measure_recall
from likewise.search.collection import Collection
from likewise.workspace import Workspace


def test_the_search_finds_all_and_says_how(run: Run, workspace: Workspace) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png", "--like", "disc/01.png")
    run("learn", "disc")
    images, rules = measure_recall(workspace, queries=5, depth=10)
    assert (images.asked, images.queries, images.depth) == ("images", 5, 10)
    assert (rules.asked, rules.queries) == ("learned rules", 1)
    for one in (images, rules):
        assert one.mean == one.worst == 1.0
        assert one.milliseconds > 0
        assert "a scan of the codes" in str(one)
    ran = run("doctor", "--no-files", "--recall", "--json")
    assert ran.code == 0
    said = [x["detail"] for x in json.loads(ran.out)["findings"] if x["check"] == "recall"]
    assert len(said) == 2
    assert said[0].startswith("recall@24 of 20 images is 1.0000")


def test_what_is_missed_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Collection.search

    def misses_half(self: Collection, *given: object, **options: object) -> Ranking:
        found = right(self, *given, **options)  # type: ignore[arg-type]
        keep = np.arange(0, len(found), 2)
        return Ranking(tuple(found.ids[i] for i in keep), found.scores[keep], None, len(found))

    monkeypatch.setattr(Collection, "search", misses_half)
    (images,) = measure_recall(workspace, queries=3, depth=10)
    assert images.mean == pytest.approx(0.5)
    (finding,) = recall_of_search(workspace)
    assert finding.state == "problem"
    assert "run likewise doctor --repair" in finding.detail
