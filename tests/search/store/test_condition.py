from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.errors import BadInputError
from likewise.search.store._condition import FUNCTIONS, refused, single_expression
from likewise.search.store.lance import Lance

CALLS = {
    "abs": "abs(width) = 640",
    "btrim": "btrim(camera) = 'Canon'",
    "coalesce": "coalesce(height, 7) = 7",
    "contains": "contains(camera, 'no')",
    "date_part": "date_part('year', CAST(taken_at AS TIMESTAMP)) = 2020",
    "ends_with": "ends_with(camera, 'on')",
    "left": "left(camera, 1) = 'C'",
    "length": "length(camera) = 5",
    "lower": "lower(camera) = 'canon'",
    "nullif": "nullif(width, 640) IS NULL",
    "regexp_like": "regexp_like(camera, '^C.n')",
    "right": "right(camera, 1) = 'n'",
    "round": "round(width / 100.0) = 6",
    "starts_with": "starts_with(camera, 'Ca')",
    "strpos": "strpos(camera, 'n') = 3",
    "upper": "upper(camera) = 'CANON'",
}

PIECES = st.sampled_from(["(", ")", "'", '"', "`", ";", "--", "/*", "a", " ", "1", "=", "''", "or"])


@pytest.mark.parametrize(
    "where", ["a = 1", "(a)", "a = ';--/*'", "a = 'it''s'", '"a b" = 1', "`a;b` = 1", "a in ('(')"]
)
def test_keeps_one_expression_as_it_was_written(where: str) -> None:
    assert single_expression(where, ["a"]) == f"({where})"


@given(st.lists(PIECES, max_size=12).map("".join))
def test_nothing_reaches_past_the_parentheses(where: str) -> None:
    try:
        whole = single_expression(where, ["a"])
    except BadInputError:
        return
    depth, quote = 0, ""
    for position, character in enumerate(whole):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        else:
            assert character != ";"
            assert whole[position : position + 2] not in ("--", "/*")
            depth += {"(": 1, ")": -1}.get(character, 0)
            assert depth > 0 or position == len(whole) - 1
    assert (depth, quote) == (0, "")


def test_every_function_that_may_be_called_can_be(tmp_path: Path) -> None:
    assert sorted(CALLS) == sorted(FUNCTIONS)
    store = Lance(tmp_path / "v", 2)
    row = {"width": [640], "camera": ["Canon"], "taken_at": ["2020-07-31T18:04:05"]}
    store.append(pa.table({"item_id": ["a"], **row}), np.eye(2, dtype=np.float32)[:1])
    for where in CALLS.values():
        assert store.positions_where(where).tolist() == [0], where
        assert store.positions_where(f"NOT ({where})").tolist() == [], where


def test_says_an_engines_reason_without_its_own_whereabouts() -> None:
    error = ValueError(
        "Invalid user input: Schema error: No field named x. Valid fields are a, _rowid., "
        "/home/build/rust/scanner.rs:839:33"
    )
    assert str(refused("x = 1", error, ["a", "b"])) == (
        'the condition "x = 1" cannot be used (No field named x); write one SQL expression such '
        "as width >= 800 over the columns a, b"
    )


def test_a_condition_of_a_million_characters_is_refused_at_once() -> None:
    # Looking for a pattern in it first takes time that grows with the square of its length.
    with pytest.raises(BadInputError, match="1,000,000 characters and 1,000 are allowed"):
        single_expression("a" * 1_000_000, ["a"])
