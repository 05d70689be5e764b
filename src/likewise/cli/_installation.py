"""Names the command that installs into the environment that likewise runs in."""

from __future__ import annotations

import importlib.util
import shlex
import shutil
import sys
from pathlib import Path

from likewise.errors import MissingExtraError


def own_pip_install() -> str:
    """`pip install`, or what does the same to the environment that likewise runs in.

    The shell finds another `pip` where that environment is not activated, and an environment that
    uv makes has none. The requirement follows: 'likewise[onnx]' takes the installed likewise, so
    it is right for an installation from a clone, too.
    """
    found = shutil.which("pip")
    if found and Path(found).parent.samefile(Path(sys.executable).parent):
        return "pip install"
    python = shlex.quote(sys.executable)
    if importlib.util.find_spec("pip"):
        return f"{python} -m pip install"
    return f"uv pip install --python {python}"


def missing_extra(error: MissingExtraError) -> str:
    """The error's sentence, with a command that installs into this environment."""
    return str(error).replace("pip install", own_pip_install(), 1)
