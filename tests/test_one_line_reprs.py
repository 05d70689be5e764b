"""What a person prints is one line that can be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from likewise import Evidence, Workspace, fill_basket, index, learn
from likewise.classify.base import train
from likewise.core.ranking import Ranking
from likewise.core.references import References
from likewise.core.space import centred_space
from likewise.review.session import Session

LONGEST = 250


def test_printed_objects_are_one_readable_line(home: Path) -> None:
    with Workspace(index(home / "shapes", home / "shapes.likewise").workspace) as workspace:
        collection = workspace.collection
        ids = collection.ids()
        concept, _ = fill_basket(workspace, "disc", like=ids[:2])
        rows = collection.vectors(ids)
        evidence = Evidence(centred_space("e", rows), positives=rows[:5], background=rows[5:])
        rule = learn(evidence, "mean").with_provenance(concept="a\nb")
        ranking = collection.search(learn(Evidence(collection.space(), rows[:5]), "mean"), k=3)
        references = References(rows, [item.split("/")[0] for item in ids])
        with Session(workspace, "disc") as session:
            printed = {
                "Workspace": repr(workspace),
                "Collection": repr(collection),
                "Concept": repr(concept),
                "Evidence": repr(evidence),
                "Rule": repr(rule),
                "Space": repr(rule.space),
                "Ranking": repr(ranking),
                "References": repr(references),
                "Classifier": repr(train(references, "class_means")),
                "Session": repr(session),
            }
    for kind, line in printed.items():
        assert kind in line
        assert "\n" not in line
        assert len(line) < LONGEST + len(str(home))
        assert "array(" not in line
        assert "object at" not in line
    assert f"{len(ids)} items" in printed["Collection"]
    assert "mean" in printed["Rule"]
    assert "threshold" in printed["Rule"]


def test_a_closed_workspace_prints_too(home: Path) -> None:
    workspace = Workspace(index(home / "shapes", home / "shapes.likewise").workspace)
    workspace.close()
    assert "shapes.likewise" in repr(workspace)


def test_an_empty_ranking_prints() -> None:
    assert repr(Ranking((), np.empty(0, np.float32))) == "<Ranking: 0 of 0 searched>"
