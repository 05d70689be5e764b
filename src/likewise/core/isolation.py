"""Child processes of Python that run no code of the current folder.

`python -m` and `python -c` put the current folder first on the module path, and that folder may
hold a stranger's photos beside a stranger's ``mmap.py``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parents[2])
_CODE = (
    "import sys; sys.path.append(sys.argv.pop(1)); import importlib; "
    "importlib.import_module(sys.argv.pop(1)).main()"
)


def python_main(module: str) -> list[str]:
    """The command that calls `main` of a module of likewise in a process of its own.

    The folder of this likewise comes last on the path, so that the child finds it however it is
    installed. Isolated mode is kept where this process has it, and not used elsewhere: it would
    hide the packages of the user's site and of PYTHONPATH.

    Args:
        module: the full name of the module.
    """
    flag = "-I" if sys.flags.isolated else "-P"
    return [sys.executable, flag, "-c", _CODE, _ROOT, module]


def keep_current_folder_off_paths() -> None:
    """Have every process of Python that this one starts leave the current folder off its path."""
    os.environ["PYTHONSAFEPATH"] = "1"


@contextmanager
def outside_the_current_folder() -> Iterator[None]:
    """Be in the root folder for a block, unless this process itself imports from the current one.

    Ray puts the current folder of the process that starts it first on the path of every worker.
    """
    current = Path.cwd()
    if any(not entry or Path(entry).resolve() == current.resolve() for entry in sys.path):
        yield
        return
    os.chdir(current.anchor)
    try:
        yield
    finally:
        os.chdir(current)
