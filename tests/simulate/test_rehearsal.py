from __future__ import annotations

import pytest

from likewise.concepts.labelling import fill_basket, record_labels
from likewise.errors import BadInputError, NotFoundError
from likewise.simulate.rehearsal import rehearse
from likewise.workspace import Workspace
from likewise.workspace.decisions import SHARED

TRUTH = {f"disc/{n:02d}.png": "yes" for n in range(8)} | {"square/00.png": "no"}


@pytest.fixture
def taught(workspace: Workspace) -> Workspace:
    fill_basket(workspace, "disc", like=["disc/00.png"], new=True)
    record_labels(workspace, "disc", [("disc/01.png", "yes"), ("stripes/00.png", "no")])
    return workspace


def test_a_rehearsal_finds_them_and_keeps_nothing(taught: Workspace) -> None:
    before = taught.labels.history("disc")
    versions = len(taught.rules.versions())
    steps = list(rehearse(taught, "disc", TRUTH, pages=10, page_size=6))
    assert [step.looks for step in steps] == [6, 12, 18, 23]  # until nothing is left
    assert (steps[0].yes, steps[0].to_find) == (6, 8)
    assert steps[-1].found == 8
    assert steps[-1].left == (0.0, 0.0, 0.0)
    assert steps[-1].stop
    assert taught.labels.history("disc") == before
    assert len(taught.rules.versions()) == versions


def test_wrong_answers_are_as_many_as_asked_for(taught: Workspace) -> None:
    honest = list(rehearse(taught, "disc", TRUTH, pages=2, page_size=6))
    sloppy = list(rehearse(taught, "disc", TRUTH, pages=2, page_size=6, error_rate=0.9))
    assert honest[0].found == 7
    assert sloppy[0].found < 5


def test_a_truth_that_knows_nothing_is_told(taught: Workspace) -> None:
    with pytest.raises(BadInputError, match="none of the 1 given answers"):
        next(rehearse(taught, "disc", {"elsewhere.png": "yes"}))
    with pytest.raises(BadInputError, match="error rate"):
        next(rehearse(taught, "disc", TRUTH, error_rate=1.0))
    with pytest.raises(NotFoundError, match="barn"):
        next(rehearse(taught, "barn", TRUTH))


def test_a_rehearsal_leaves_the_decisions_of_a_team_alone(
    taught: Workspace, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHARED, address)
    with Workspace(taught.path) as shared:
        fill_basket(shared, "disc", like=["disc/00.png"], new=True)
        before = shared.labels.history("disc")
        (step,) = rehearse(shared, "disc", TRUTH, pages=1, page_size=6)
        assert step.found > 1
        assert shared.labels.history("disc") == before
