"""Check installed packages against the published advisories, and fail if none was checked.

    python scripts/audit_dependencies.py .venv/bin/python

It runs pip-audit (in the environment that runs this script) over what another environment holds.
A scan that could not look anything up says "no known vulnerabilities", too; so packages that were
skipped are counted, and a scan that skipped more than one in twenty is a failure. Exit codes: 0
all well, 1 a package has a known weakness, 2 too little was checked to say.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_SKIPPED = 0.05


@dataclass(frozen=True)
class Audit:
    """What a scan came to.

    Attributes:
        checked: how many packages were looked up.
        skipped: names of those that could not be.
        weak: name and version of each package with a known weakness, and its advisories.
    """

    checked: int
    skipped: tuple[str, ...]
    weak: Mapping[str, tuple[str, ...]]

    @property
    def exit_code(self) -> int:
        """0, 1 or 2; see above."""
        if self.weak:
            return 1
        total = self.checked + len(self.skipped)
        return 0 if self.checked and len(self.skipped) <= MOST_SKIPPED * total else 2

    def sentence(self) -> str:
        """What a person should know."""
        if self.weak:
            found = "; ".join(f"{name}: {', '.join(ids)}" for name, ids in self.weak.items())
            return f"{len(self.weak)} package(s) have known weaknesses: {found}"
        if self.exit_code:
            return (
                f"only {self.checked} of {self.checked + len(self.skipped)} packages could be "
                f"looked up (not {', '.join(self.skipped[:3])}, ...), so this says nothing; run "
                "it where the advisories can be reached"
            )
        return f"{self.checked} packages checked, no known weakness"


def read_audit(dependencies: Sequence[Mapping[str, Any]]) -> Audit:
    """Sum up what pip-audit wrote, the list under ``dependencies`` of its JSON."""
    skipped = tuple(str(x["name"]) for x in dependencies if "skip_reason" in x)
    weak = {
        f"{x['name']} {x['version']}": tuple(str(found["id"]) for found in x["vulns"])
        for x in dependencies
        if x.get("vulns")
    }
    return Audit(len(dependencies) - len(skipped), skipped, weak)


def installed(python: str) -> str:
    """What an environment holds, a pinned requirement a line, likewise itself left out."""
    command = [python, "-m", "pip", "list", "--format=freeze", "--exclude", "likewise"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main(python: str) -> int:
    """Scan the environment of that interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, answer = Path(folder, "requirements.txt"), Path(folder, "audit.json")
        wanted.write_text(installed(python))
        command = [sys.executable, "-m", "pip_audit", "-r", str(wanted), "--no-deps"]
        command += ["--disable-pip", "-f", "json", "-o", str(answer)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not answer.exists():
            sys.stderr.write(done.stderr)
            return 2
        audit = read_audit(json.loads(answer.read_text())["dependencies"])
    sys.stdout.write(audit.sentence() + "\n")
    return audit.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else sys.executable))
