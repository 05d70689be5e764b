"""Print the lowest versions that the bounds of pyproject.toml allow, as constraints for pip.

python scripts/lowest_versions.py > lowest.txt          (used by: make lowest)
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

_BOUND = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?(?:>=|==)([^,;]+)")


def lowest(requirements: Iterable[str]) -> list[str]:
    """Each requirement at its lower bound.

    Raises:
        ValueError: one has none.

    Example:
        >>> lowest(["numpy>=2.0", "pylance>=14,<15", "moto[s3]==5"])
        ['numpy==2.0', 'pylance==14', 'moto==5']
    """
    found = []
    for one in requirements:
        bound = _BOUND.match(one)
        if bound is None:
            raise ValueError(f"'{one}' has no lower bound; give it one: {one}>=VERSION")
        found.append(f"{bound[1]}=={bound[2].strip()}")
    return found


def main() -> None:
    """Print those of what a plain installation needs."""
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text()
    sys.stdout.write("\n".join(lowest(tomllib.loads(text)["project"]["dependencies"])) + "\n")


if __name__ == "__main__":
    main()
