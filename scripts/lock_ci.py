"""Write constraints-ci.txt: the exact version of every package that a full CI installation takes.

    python scripts/lock_ci.py          (or: make lock)

It asks pip what it would install of all that `make test TORCH=1` installs, without installing
it. What a build adds to a version of its own ("2.13.0+cpu") is left out, and so are the packages
that only other builds of torch ask for.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "constraints-ci.txt"

HEAD = """\
# The exact versions that continuous integration installs: Python {python} on Linux, x86-64.
# Written by: make lock. Used by the Makefile where CI is set and Python and machine are these;
# anybody else gets the newest versions that pyproject.toml allows.
"""
_TORCH = re.compile(r"pip install --quiet (?:--no-deps )?([^-$'].*)$", re.MULTILINE)


def wanted(makefile: str) -> list[str]:
    r"""What the Makefile installs besides the project: torch and the libraries of models.

    Example:
        >>> wanted("\t$(BIN)/python -m pip install --quiet $(LOCK) --no-deps torchvision==0.28.0")
        ['torchvision==0.28.0']
    """
    lines = makefile.partition("$(VENV)/.installed-torch:")[2] or makefile
    lines = lines.replace("$(LOCK) ", "").partition("\n\n")[0]
    return [name for line in _TORCH.findall(lines) for name in line.split()]


def locked(chosen: Iterable[Mapping[str, Any]]) -> list[str]:
    """Lines of the lock: sorted, a package once, likewise itself left out.

    Args:
        chosen: the list under ``install`` of pip's report.

    Example:
        >>> locked([{"metadata": {"name": "Torch_X", "version": "2.1+cpu"}}])
        ['torch-x==2.1']
    """
    versions = {}
    for one in chosen:
        name = re.sub(r"[-_.]+", "-", str(one["metadata"]["name"])).lower()
        versions[name] = str(one["metadata"]["version"]).partition("+")[0]
    versions.pop("likewise", None)
    return [f"{name}=={version}" for name, version in sorted(versions.items())]


def resolve(requirements: list[str]) -> list[Mapping[str, Any]]:
    """What pip would install into an empty environment."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--ignore-installed",
        "--quiet",
        "--quiet",
    ]
    command += ["--report", "-", *requirements]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    chosen: list[Mapping[str, Any]] = json.loads(done.stdout)["install"]
    return chosen


def main() -> int:
    """Write the lock."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    if (python, sys.platform, platform.machine()) != ("3.11", "linux", "x86_64"):
        sys.stderr.write(
            f"this is Python {python} on {sys.platform} {platform.machine()}, and CI's is 3.11 on "
            "linux x86_64; run it there\n"
        )
        return 2
    lines = locked(resolve([".[test]", *wanted((ROOT / "Makefile").read_text())]))
    LOCK.write_text(HEAD.format(python=python) + "\n".join(lines) + "\n")
    sys.stdout.write(f"{LOCK.name}: {len(lines)} packages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
