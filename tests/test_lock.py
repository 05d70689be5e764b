"""The versions that CI installs are within the bounds of pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parent.parent


def test_the_lock_holds_what_is_asked_for_within_its_bounds() -> None:
    lines = [
        line for line in (_ROOT / "constraints-ci.txt").read_text().splitlines() if line[:1] != "#"
    ]
    locked = dict(line.split("==") for line in lines)
    assert all(re.fullmatch(r"[0-9a-z-]+==[0-9][0-9a-z.]*", line) for line in lines)  # no place
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    for text in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        wanted = Requirement(text)
        version = locked.get(canonicalize_name(wanted.name))  # None: asked for since; the newest
        assert version is None or wanted.specifier.contains(version), (
            f"{text} and constraints-ci.txt differ; run: make lock"
        )
    makefile = (_ROOT / "Makefile").read_text()
    for name in ("torch", "torchvision"):
        assert f"{name}=={locked[name]}\n" in makefile, "run: make lock"
