"""Say what each part of a CI run came to, and the sum of pytest's counts.

    python scripts/ci_summary.py FOLDER

FOLDER holds `outcomes`, a part and its exit code a line, and PART.log, what each part printed. The
last line is in pytest's own form. The exit code is 0 where every part's is 0.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

ORDER = ("failed", "passed", "skipped", "xfailed", "xpassed", "warning", "error", "rerun")
_LINE = re.compile(r"^=* ?((?:\d+ [a-z]+(?:, )?)+) in ([0-9.]+)s\b.*$", re.MULTILINE)


def counts(log: str) -> tuple[Counter[str], float] | None:
    """Pytest's counts by outcome and its seconds; None where pytest did not come to an end.

    Example:
        >>> counts("=== 1 failed, 20 passed, 2 errors in 3.50s (0:00:03) ===")
        (Counter({'passed': 20, 'error': 2, 'failed': 1}), 3.5)
    """
    found = _LINE.findall(log)
    if not found:
        return None
    pairs = [part.split() for part in found[-1][0].split(", ")]
    return Counter({word.removesuffix("s"): int(number) for number, word in pairs}), float(
        found[-1][1]
    )


def summary(parts: list[tuple[str, int, str]]) -> tuple[list[str], int]:
    """Lines to print, the sum last, and the exit code.

    Args:
        parts: name, exit code and output of each.
    """
    total: Counter[str] = Counter()
    seconds, code = 0.0, 0
    lines = []
    for name, outcome, log in parts:
        found = counts(log)
        if outcome:
            code = 1
            lines.append(f"RED: {name} ended with exit code {outcome}")
            if found is None or not {"failed", "error"} & set(found[0]):
                total["error"] += 1  # ruff, mypy or an installation failed, not a test
        else:
            lines.append(f"green: {name}")
        if found is not None:
            total += found[0]
            seconds += found[1]
            lines[-1] += f", reruns of browser tests: {found[0]['rerun']}"
        else:
            lines[-1] += ", its tests did not run"
    listed = ", ".join(f"{total[word]} {word}" for word in ORDER if total[word])
    lines.append(f"==== {listed} in {seconds:.2f}s ====")
    return lines, code


def main(folder: Path) -> int:
    """Print the summary of that folder."""
    parts = []
    for line in (folder / "outcomes").read_text().splitlines():
        name, outcome = line.split()
        parts.append((name, int(outcome), (folder / f"{name}.log").read_text(errors="replace")))
    lines, code = summary(parts)
    sys.stdout.write("\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
