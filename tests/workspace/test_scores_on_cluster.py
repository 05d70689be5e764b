"""Scores of what is indexed, fragment by fragment, are those of one process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from watched_rules import learn_rules

from likewise.core.rule_file import open_rule
from likewise.distribute.shards import Local
from likewise.errors import BadInputError, MismatchError
from likewise.export.concept import export_concept, plan_concept
from likewise.indexing.index import index
from likewise.workspace import Workspace
from likewise.workspace.scores_on_cluster import score_stored


def test_the_same_scores_and_the_same_export(home: Path) -> None:
    for name in ("disc", "stripes"):  # a second and a third fragment, and rows that are gone
        for number in (1, 2):
            (home / "shapes" / name / f"0{number}.png").rename(home / f"shapes/{name}{number}.png")
        index(home / "shapes", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as place:
        place.collection.store.delete(["square/03.png"])
        place.collection.refresh()
        assert len(place.collection.store.segments()) > 1
        learned = learn_rules(place, home)[0]
        rule = open_rule(learned)
        scores = score_stored(place, rule, Local)
        np.testing.assert_allclose(scores, place.collection.scores(rule), atol=1e-6)
        plain = plan_concept(place, "disc", rule=rule)
        assert plan_concept(place, "disc", rule=rule, crew=Local).digest == plain.digest
        assert export_concept(place, "disc", home / "out", crew=Local).counts
        with pytest.raises(BadInputError, match="3 scores"):
            place.collection.rank_all(rule, scores=scores[:3])
        other = replace(rule, space=replace(rule.space, encoder="other"))
        with pytest.raises(MismatchError):
            score_stored(place, other, Local)


def test_patches_are_scored_here(cut: Path) -> None:
    with Workspace(cut / "shapes.likewise") as place:
        rule = open_rule(learn_rules(place, cut)[0])
        with pytest.raises(BadInputError, match="leave --ray out"):
            score_stored(place, rule, Local)
