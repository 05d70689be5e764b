from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from likewise.core.csv_cells import marked, unmarked


@given(st.text() | st.from_regex(r"'*[=+\-@\t\r\n＝＋－＠].*", fullmatch=True))
def test_what_was_marked_comes_back_and_no_spreadsheet_runs_it(text: str) -> None:
    assert unmarked(marked(text)) == text
    assert not marked(text).startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    )


def test_numbers_stay_numbers() -> None:
    assert marked(-0.25) == unmarked(-0.25) == -0.25
