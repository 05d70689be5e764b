"""Write constraints-ci.txt: every package of CI's environment with torch, and its file's hash.

    python scripts/lock_ci.py          (or: make lock)

It asks pip what it would install of all that `make test-torch` installs, without installing it.
torch is its build for the CPU, so the files have to be where pip finds that build.
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
# What continuous integration installs beside torch, file by file: Python {python} on Linux, x86-64.
# Written by: make lock. Used by: make test-torch, where CI is set and Python and machine are these;
# everyone else, and plain `make test`, gets the newest versions that pyproject.toml allows.
"""
BUILDING = ["editables", "hatchling"]
"""What builds the project: pip must not fetch it by itself, for it would check no hash."""

MODELS = re.compile(r"^MODEL_LIBRARIES := (.*)$", re.MULTILINE)
PINNED = re.compile(r"\b(?:torch|torchvision)==[0-9.]+")


def wanted(makefile: str) -> list[str]:
    """What the Makefile installs besides the project: torch and the libraries of models."""
    models = MODELS.search(makefile)
    if models is None:
        raise ValueError("the Makefile names no MODEL_LIBRARIES")
    return [*PINNED.findall(makefile), *models[1].split()]


def locked(chosen: Iterable[Mapping[str, Any]]) -> list[str]:
    """Lines of the lock: sorted, a package once with its hash, likewise itself left out.

    Args:
        chosen: the list under ``install`` of pip's report.

    Raises:
        ValueError: pip names no hash of a file.
    """
    lines = {}
    for one in chosen:
        name = re.sub(r"[-_.]+", "-", str(one["metadata"]["name"])).lower()
        if name == "likewise":
            continue
        digest = one["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256")
        if digest is None:
            raise ValueError(f"pip names no hash of {name}")
        version = str(one["metadata"]["version"]).partition("+")[0]
        lines[name] = f"{name}=={version} --hash=sha256:{digest}"
    return [line for _, line in sorted(lines.items())]


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
    lines = locked(resolve([".[test]", *BUILDING, *wanted((ROOT / "Makefile").read_text())]))
    LOCK.write_text(HEAD.format(python=python) + "\n".join(lines) + "\n")
    sys.stdout.write(f"{LOCK.name}: {len(lines)} packages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
