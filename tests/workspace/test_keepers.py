"""Choices of keepers: a log of who chose what."""

from __future__ import annotations

import pytest

from likewise.errors import BadInputError
from likewise.workspace import Workspace


def test_the_newest_choice_about_an_item_counts(workspace: Workspace) -> None:
    keepers = workspace.keepers
    assert keepers.current() == {}
    keepers.choose({"a": "1", "b": "2"}, who="ann")
    keepers.choose({"c": "3"}, ["a"], who="ben")
    assert keepers.current() == {"b": "2", "c": "3"}
    assert [(row["item"], row["stays"], row["who"]) for row in keepers.history()] == [
        ("a", True, "ann"),
        ("b", True, "ann"),
        ("c", True, "ben"),
        ("a", False, "ben"),
    ]
    with Workspace(workspace.path) as again:
        assert again.keepers.current() == {"b": "2", "c": "3"}


def test_one_choice_cannot_say_both(workspace: Workspace) -> None:
    with pytest.raises(BadInputError, match="both stay and be released"):
        workspace.keepers.choose({"a": "1"}, ["a"])
    assert workspace.keepers.history() == []
