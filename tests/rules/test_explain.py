from __future__ import annotations

import numpy as np
import pytest
from worlds import at

from likewise.core.concept import Concept
from likewise.core.evidence import Evidence, Samples
from likewise.core.space import plain_space
from likewise.errors import NotFoundError
from likewise.rules.base import learn
from likewise.rules.explain import explain, explain_vectors
from likewise.workspace import Workspace


def test_the_nearest_examples_and_words_by_contribution() -> None:
    weights = np.array([1.0, 0.5, 2.0], np.float32)
    evidence = Evidence(
        plain_space("plane", 2),
        positives=Samples(at(0, 40), ("near", "far")),
        negatives=Samples(at(100), ("no",)),
        hints=Samples(at(10, 300, 60), ("dog", "dog", "cat"), weights),
        counter_hints=Samples(at(90), ("car",)),
    )
    (why,) = explain_vectors(learn(evidence, "mean"), evidence, ["it"], at(10))
    assert [(pull.item, round(pull.cosine, 3)) for pull in why.positives] == [
        ("near", round(np.cos(np.deg2rad(10)), 3)),
        ("far", round(np.cos(np.deg2rad(30)), 3)),
    ]
    assert why.score == pytest.approx(np.cos(np.deg2rad(10)), abs=1e-5)  # the mean is at 20
    told = [(term.words, term.counter, round(term.contribution, 3)) for term in why.terms]
    assert told == [
        ("cat", False, round(2 * np.cos(np.deg2rad(50)), 3)),
        ("dog", False, 1.0),  # its nearest meaning
        ("car", True, round(-np.cos(np.deg2rad(80)), 3)),
    ]
    assert why.answer is None


def test_an_example_does_not_explain_itself(workspace: Workspace) -> None:
    discs = tuple(f"disc/{n:02d}.png" for n in range(3))
    workspace.concepts.save(Concept("disc", discs, ("square/00.png",)))
    first, other, square = explain(
        workspace, "disc", [discs[0], "disc/07.png", "square/00.png"], most=2
    )
    assert first.answer == "yes"
    assert discs[0] not in [pull.item for pull in first.positives]
    assert other.answer is None
    assert {pull.item for pull in other.positives} < set(discs)
    assert len(other.positives) == 2
    assert [pull.item for pull in other.negatives] == ["square/00.png"]
    assert square.answer == "no"
    assert square.score < other.score
    assert explain(workspace, "disc", []) == []
    with pytest.raises(NotFoundError, match="'nothing' is neither an item"):
        explain(workspace, "disc", ["nothing"])
