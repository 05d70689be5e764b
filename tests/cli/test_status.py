from __future__ import annotations

from pathlib import Path

from commands import Run


def block(text: str) -> list[str]:
    """The lines of the status, however much stands around them."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("found: "))
    return lines[start : start + 4]


def test_learn_report_and_export_say_the_same(run: Run, tmp_path: Path) -> None:
    assert (
        run("concept", "create", "disc", "--like", "disc/00.png", "--like", "disc/01.png").code == 0
    )
    learned, reported = run("learn", "disc"), run("report", "disc")
    exported = run("export", "disc", "--to", str(tmp_path / "out"))
    expected = block(learned.out)
    assert [line.partition(":")[0] for line in expected] == ["found", "left", "precision", "next"]
    assert block(reported.out) == expected
    assert block(exported.out) == expected
