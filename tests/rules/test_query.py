"""Searching with a saved rule: what the rule does not know yet is said."""

from __future__ import annotations

from datetime import datetime, tzinfo
from itertools import count
from typing import Self

import pytest

from likewise.concepts.labelling import fill_basket
from likewise.review.session import Session
from likewise.rules.learn import learn_concept
from likewise.rules.query import rule_to_search_with
from likewise.workspace import Workspace


def is_said_to_have_changed(workspace: Workspace) -> bool:
    _, remarks = rule_to_search_with(workspace, "disc")
    return any("the basket of 'disc' has changed since" in remark for remark in remarks)


@pytest.fixture(params=[0, -1], ids=["still", "back"])
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that stands still, or one that goes back."""
    times = count(2_000_000_000, request.param)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(next(times), tz)

    monkeypatch.setattr("likewise.workspace.database.datetime", Clock)


@pytest.mark.usefixtures("clock")
def test_a_basket_that_changed_after_its_rule_is_named(workspace: Workspace) -> None:
    fill_basket(workspace, "disc", like=["disc/00.png", "disc/01.png"], new=True)
    learn_concept(workspace, "disc", "mean")
    assert not is_said_to_have_changed(workspace)
    fill_basket(workspace, "disc", like=["disc/02.png"])
    assert is_said_to_have_changed(workspace)
    learn_concept(workspace, "disc", "mean")
    assert not is_said_to_have_changed(workspace)
    workspace.concepts.remove("disc")
    workspace.concepts.restore("disc")
    assert not is_said_to_have_changed(workspace)


@pytest.mark.usefixtures("clock")
def test_a_rule_of_a_review_knows_its_basket(workspace: Workspace) -> None:
    fill_basket(workspace, "disc", like=["disc/00.png", "disc/01.png"], new=True)
    with Session(workspace, "disc", learner="mean") as session:
        session.answer({"square/00.png": "no"})
        session.save_rule()
    assert not is_said_to_have_changed(workspace)
    fill_basket(workspace, "disc", unlike=["square/01.png"])
    assert is_said_to_have_changed(workspace)


def test_a_rule_without_a_digest_is_compared_by_its_time(workspace: Workspace) -> None:
    fill_basket(workspace, "disc", like=["disc/00.png"], new=True)
    rule, version = learn_concept(workspace, "disc", "mean")
    facts = {key: value for key, value in rule.provenance.items() if key != "concept_digest"}
    workspace.rules.put(
        "disc", type(rule)(**{**vars(rule), "provenance": facts}), version.labels_upto, 0
    )
    assert not is_said_to_have_changed(workspace)
    workspace.concepts.change("disc", lambda before: before.adding(hints=("zebra",)))
    with workspace._database.writing() as connection:
        connection.execute("UPDATE rules SET at = '2000-01-01T00:00:00.000+00:00'")
    assert is_said_to_have_changed(workspace)
