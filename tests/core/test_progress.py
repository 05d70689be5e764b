"""The bar as a run drives it; how a browser draws it is in tests/notebook/test_jupyter.py."""

from __future__ import annotations

import pytest

from likewise.core.progress import ProgressBar


def drawn(bar: ProgressBar, calls: list[tuple[int, int | None]]) -> None:
    for done, total in calls:
        bar(done, total)


def test_a_total_that_comes_late_or_grows_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    drawn(ProgressBar("images"), [(0, None), (2, 0), (3, 8), (4, 10), (10, 10)])
    told = capsys.readouterr().err
    assert "images" in told
    assert "10/10" in told


def test_an_end_that_is_told_twice_is_one_bar(capsys: pytest.CaptureFixture[str]) -> None:
    drawn(ProgressBar("rows"), [(1, 2), (2, 2), (2, 2)])
    assert capsys.readouterr().err.count("100%") == 1
