"""Conditions for databases are read in bounded depth."""

from __future__ import annotations

import pytest

from likewise.errors import BadInputError
from likewise.export.databases._where import Compare, read_condition


def test_depth_is_bounded() -> None:
    inner = "width > 5"
    assert read_condition("(" * 50 + inner + ")" * 50, "x") == Compare("width", ">", 5)
    for deep in (51, 400):
        with pytest.raises(BadInputError, match="more than 50 deep"):
            read_condition("(" * deep + inner + ")" * deep, "x")
    with pytest.raises(BadInputError, match="more than 50 deep"):
        read_condition("not (" * 150 + inner + ")" * 150, "x")


def test_any_number_of_nots_is_one_or_none() -> None:
    assert read_condition("not " * 240 + "width > 5", "x") == Compare("width", ">", 5)
    assert read_condition("not " * 241 + "width > 5", "x") == Compare("width", "<=", 5)


def test_length_is_bounded() -> None:
    with pytest.raises(BadInputError, match="200,009 characters, 1,000 at most"):
        read_condition("(" * 100_000 + "width > 5" + ")" * 100_000, "x")
    with pytest.raises(BadInputError, match="1,000 at most"):
        read_condition("not " * 100_000 + "width > 5", "x")
