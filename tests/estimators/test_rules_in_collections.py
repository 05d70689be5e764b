"""What RuleClassifier learns from a collection's vectors searches that collection."""

from __future__ import annotations

from pathlib import Path

import pytest

from likewise import RuleClassifier, Workspace, index
from likewise.errors import MismatchError


def test_vectors_fit_and_the_rule_searches(home: Path) -> None:
    with Workspace(index(home / "shapes", home / "shapes.likewise").workspace) as workspace:
        collection = workspace.collection
        ids = collection.ids()
        rows, is_disc = collection.vectors(ids), [item.startswith("disc/") for item in ids]
        one = RuleClassifier("contrast", encoder=collection.encoder).fit(rows, is_disc)
        ranking = collection.search(one.rule_, k=len(ids))
        by_id = dict(zip(ids, one.rule_.score(rows).tolist(), strict=True))
        assert {item: round(score, 2) for item, score in ranking} == pytest.approx(
            {item: round(score, 2) for item, score in by_id.items()}, abs=0.011
        )
        assert all(item.startswith("disc/") for item in ranking.ids[:5])


def test_a_rule_of_unnamed_vectors_says_how_to_name_them(home: Path) -> None:
    with Workspace(index(home / "shapes", home / "shapes.likewise").workspace) as workspace:
        collection = workspace.collection
        ids = collection.ids()
        labels = [item.startswith("disc/") for item in ids]
        one = RuleClassifier("contrast").fit(collection.vectors(ids), labels)
        with pytest.raises(MismatchError, match="encoder=collection.encoder"):
            collection.search(one.rule_)
