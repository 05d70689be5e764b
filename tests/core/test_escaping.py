from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import likewise
from likewise.core.escaping import (
    cell,
    escaped,
    json_text,
    marked,
    printable,
    read_cell,
    unescaped,
    unmarked,
)

UNSAFE = "\x00\x07\r\x1b\x7f\x85\x9b\u061c\u200e\u2028\u2029\u202e\u2066\u2069\ufeff\udce9"
ids = st.text(st.sampled_from(UNSAFE + "\n\t\\u{}1be5c'=a") | st.characters(exclude_categories=()))


@given(ids)
@example("\\u{1b}")
@example("\\u{5c}u{1b}")
@example("\\\x1b\\u{\x1b}")
def test_an_id_comes_back_from_its_escaped_form(item: str) -> None:
    shown = escaped(item)
    assert unescaped(shown) == item
    assert not set(UNSAFE + "\n\t") & set(shown)


@given(ids)
def test_an_id_comes_back_from_a_cell_of_csv(item: str) -> None:
    file = io.StringIO()
    csv.writer(file).writerow([cell(item), ""])
    assert read_cell(next(csv.reader(io.StringIO(file.getvalue())))[0]) == item


@pytest.mark.parametrize("item", ["a b/é 猫.jpg", r"d\new\u.jpg", r"a\x1b", "\u202fAM"])
def test_an_id_that_harms_nothing_stays_as_it_is(item: str) -> None:
    assert escaped(item) == printable(item) == unescaped(item) == item


@pytest.mark.parametrize("old", ["a\nb", "a\x1bb", "c\td", r"e\f", "\u202e"])
def test_a_cell_of_an_older_file_keeps_its_characters(old: str) -> None:
    assert read_cell(old) == old


@given(ids)
def test_json_reads_back_the_same(item: str) -> None:
    text = json_text({"id": item})
    assert json.loads(text) == {"id": item}
    assert not set(UNSAFE) & set(text)


def test_commands_print_through_one_module() -> None:
    folder = Path(likewise.__file__).parent / "cli"
    direct = re.compile(r"click\.s?echo|\bprint\(|std(out|err)\.write|error\.show\(\)")
    found = [
        f"{path.name}: {line.strip()}"
        for path in folder.glob("*.py")
        if path.name != "_text.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if direct.search(line)
    ]
    assert found == []


@given(st.text() | st.from_regex(r"'*[=+\-@\t\r\n＝＋－＠].*", fullmatch=True))
def test_what_was_marked_comes_back_and_no_spreadsheet_runs_it(text: str) -> None:
    assert unmarked(marked(text)) == text
    assert not marked(text).startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    )


def test_numbers_stay_numbers() -> None:
    assert marked(-0.25) == unmarked(-0.25) == -0.25
