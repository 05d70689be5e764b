"""An error is one line, whatever names of a stranger are in it."""

from __future__ import annotations

from pathlib import Path

from commands import Run


def test_a_key_of_the_metadata_with_a_line_end(run: Run, home: Path) -> None:
    rows = ['path,"a\nlikewise: all is well"', "shapes/disc/00.png,1", "shapes/disc/01.png,2"]
    (home / "list.csv").write_text("\n".join(rows) + "\n")
    assert run("index", "list.csv").code == 0
    words = ("search", "--like", "shapes/disc/00.png", "--where", "nokey = 1")
    ran = run(*words, "-w", "list.likewise")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert r"a\u{a}likewise: all is well" in ran.err
