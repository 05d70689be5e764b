from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SCRIPT = Path(__file__).parent.parent / "scripts" / "ci_summary.py"


def summarized(folder: Path, *parts: tuple[str, int, str]) -> tuple[int, list[str]]:
    (folder / "outcomes").write_text("".join(f"{name} {code}\n" for name, code, _ in parts))
    for name, _, log in parts:
        (folder / f"{name}.log").write_text(log)
    done = subprocess.run(
        [sys.executable, str(_SCRIPT), str(folder)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.splitlines()


GREEN = "== 30 passed, 4 skipped, 2 rerun in 10.00s (0:00:10) ==\n"


def test_green_parts_are_summed(tmp_path: Path) -> None:
    code, lines = summarized(
        tmp_path, ("first", 0, GREEN), ("second", 0, "5 passed, 1 warning in 2.50s\n")
    )
    assert code == 0
    assert lines == [
        "green: first, reruns of browser tests: 2",
        "green: second, reruns of browser tests: 0",
        "==== 35 passed, 4 skipped, 1 warning, 2 rerun in 12.50s ====",
    ]


def test_a_failed_test_is_red(tmp_path: Path) -> None:
    red = "== 1 failed, 29 passed in 9.00s ==\nmake: *** [test] Error 1\n"
    code, lines = summarized(tmp_path, ("first", 2, red), ("second", 0, GREEN))
    assert code == 1
    assert lines[0].startswith("RED: first ended with exit code 2")
    assert lines[-1].startswith("==== 1 failed, 59 passed, 4 skipped, 2 rerun in")


def test_a_part_whose_tests_never_ran_is_red_in_the_counts(tmp_path: Path) -> None:
    code, lines = summarized(
        tmp_path, ("first", 2, "mypy: Found 1 error in 1 file\n"), ("second", 0, GREEN)
    )
    assert code == 1
    assert "RED: first ended with exit code 2, its tests did not run" in lines
    assert lines[-1] == "==== 30 passed, 4 skipped, 1 error, 2 rerun in 10.00s ===="
