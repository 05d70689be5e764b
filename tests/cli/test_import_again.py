"""A file of answers that is read a second time."""

from __future__ import annotations

import json
from pathlib import Path

from commands import Run


def test_reading_a_file_again_overrides_no_correction(run: Run, home: Path) -> None:
    run("concept", "create", "barn", "--like", "disc/00.png")
    first, other = home / "first.csv", home / "other.csv"
    first.write_text("id,verdict\ndisc/01.png,yes\ndisc/02.png,no\n")
    read = ("labels", "import", str(first), "--concept", "barn")
    assert "1 yes, 1 no recorded" in run(*read).out
    no = home / "no.txt"
    no.write_text("disc/01.png\n")
    assert run("concept", "label", "barn", "--no", str(no)).code == 0
    again = run(*read)
    assert again.code == 0
    assert "nothing recorded" in again.out
    assert "2 were imported before and are passed over" in again.err
    told = json.loads(run("labels", "blame", "barn", "disc/01.png", "--json").out)
    assert [(label["source"], label["verdict"]) for label in told] == [
        ("file", "yes"), ("command", "no")
    ]  # fmt: skip
    other.write_text("id,verdict\ndisc/01.png,no\ndisc/02.png,no\n")
    run("labels", "import", str(other), "--concept", "barn")
    assert "1 yes recorded" in run(*read).out  # the file says something else than the last one
