"""List the packages that `pip install likewise` brings, and their licences.

    python scripts/default_install.py          (or, with a bill of materials: make sbom)
    python scripts/default_install.py onnx     (the same of an installation with that extra)

It reads the metadata of what is installed beside it. The exit code is 1 where a licence forbids
commercial use, or none is named.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_FORBIDDING = re.compile(
    r"non-?\s?commercial|\bNC\b|research (?:only|purposes)|AGPL|SSPL|Affero|Commons Clause|BUSL"
    r"|proprietary|evaluation only",
    re.IGNORECASE,
)
UNNAMED = "not named"


def packages(*extras: str) -> dict[str, tuple[str, ...]]:
    """What likewise needs, directly or not, and the chain that leads to each, in that order.

    Args:
        extras: names of extras that are installed with it.
    """
    found: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, frozenset[str], tuple[str, ...]]]
    waiting = [("likewise", frozenset(extras), ())]
    seen = set()
    while waiting:
        package, its_extras, chain = waiting.pop(0)
        if (package, its_extras) in seen:
            continue
        seen.add((package, its_extras))
        if chain:
            found.setdefault(package, chain)
        for requirement in _requirements(distribution(package), its_extras):
            waiting.append((
                canonicalize_name(requirement.name),
                frozenset(requirement.extras),
                (*chain, package),
            ))  # fmt: skip
    return found


def _requirements(package: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    for requirement in map(Requirement, package.requires or ()):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            yield requirement


def licence(name: str) -> str:
    """What a package's metadata says of its licence, in one line."""
    package = distribution(name)
    about = package.metadata
    classified = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier", [])
        if line.startswith("License :: ") and line != "License :: OSI Approved"
    ]
    written = (about.get("License") or "").strip().split("\n")[0]
    if written == "UNKNOWN":
        written = ""
    return about.get("License-Expression") or "; ".join(classified) or written or _file(package)


def _file(package: Distribution) -> str:
    """The first line of the licence's file."""
    for path in package.files or ():
        if path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            return path.read_text().strip().split("\n")[0]
    return UNNAMED


def objection(text: str) -> str | None:
    """Why a licence is refused; None where it is not.

    Example:
        >>> objection("CC-BY-NC-4.0"), objection("MIT")
        ('forbids commercial use', None)
    """
    if text == UNNAMED:
        return "names no licence"
    return "forbids commercial use" if _FORBIDDING.search(text) else None


def main() -> int:
    """Print a line a package; refuse what cannot be used commercially."""
    refused = []
    found = packages(*sys.argv[1:])
    for name in sorted(found):
        text = licence(name)
        sys.stdout.write(f"{name} {distribution(name).version}: {text}\n")
        if why := objection(text):
            refused.append(f"{name} {why} ({text}); it comes by {' > '.join(found[name])}")
    sys.stdout.write(f"{len(found)} packages\n")
    sys.stderr.write("".join(f"{line}\n" for line in refused))
    return int(bool(refused))


if __name__ == "__main__":
    sys.exit(main())
