"""The files that CI installs beside torch have hashes and are within pyproject.toml's bounds."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parent.parent
_LINE = re.compile(r"([0-9a-z-]+)==([0-9][0-9a-z.]*) --hash=sha256:[0-9a-f]{64}")


def locked() -> dict[str, str]:
    """Version by package; a line that names no hash, or a place, is refused."""
    versions = {}
    for line in (_ROOT / "constraints-ci.txt").read_text().splitlines():
        if not line.startswith("#"):
            found = _LINE.fullmatch(line)
            assert found, f"{line!r} has no hash; run: make lock"
            versions[found[1]] = found[2]
    return versions


def test_the_lock_holds_what_is_asked_for_within_its_bounds() -> None:
    versions = locked()
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    for text in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        requirement = Requirement(text)
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"constraints-ci.txt lacks {text}; run: make lock"
        assert requirement.specifier.contains(version), (
            f"{text} and constraints-ci.txt differ; run: make lock"
        )


def test_the_lock_holds_the_torch_of_the_makefile() -> None:
    makefile, versions = (_ROOT / "Makefile").read_text(), locked()
    for name in ("torch", "torchvision"):
        assert re.search(rf"{name}=={re.escape(versions[name])}\s", makefile), "run: make lock"


def test_the_hashes_are_checked() -> None:
    makefile = (_ROOT / "Makefile").read_text()
    assert "--require-hashes --no-deps -r constraints-ci.txt" in makefile
    assert "-c constraints-ci.txt" not in makefile  # a constraint checks no hash
