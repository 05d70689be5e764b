"""Another commit of this repository beside this tree: its checkout, and an interpreter for it."""

from __future__ import annotations

import subprocess
import sysconfig
import tomllib
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def checked_out(commit: str, to: Path) -> Iterator[Path]:
    """A worktree of a commit of this repository."""
    git = ["git", "-C", str(_ROOT), "worktree"]
    added = subprocess.run(
        [*git, "add", "--detach", str(to), commit], capture_output=True, text=True, check=False
    )
    if added.returncode:
        raise SystemExit(f"'{commit}' cannot be checked out: {added.stderr.strip()}")
    try:
        yield to
    finally:
        subprocess.run([*git, "remove", "--force", str(to)], check=False, capture_output=True)


def environment(tree: Path, to: Path) -> Path:
    """Its interpreter: this tree's source first, then the packages of the one that runs now."""
    venv.create(to, symlinks=True)
    python = to / "bin" / "python"
    packages = next((to / "lib").glob("python*/site-packages"))
    (packages / "side.pth").write_text(f"{tree / 'src'}\n{sysconfig.get_path('purelib')}\n")
    settings = tomllib.loads((tree / "pyproject.toml").read_text())
    module, _, function = settings["project"]["scripts"]["likewise"].partition(":")
    script = to / "bin" / "likewise"
    script.write_text(
        f"#!{python}\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"
    )
    script.chmod(0o755)
    return python
