"""What a benchmark needs beyond the default install, said before it does anything."""

from __future__ import annotations

import importlib.util
from functools import cache


@cache  # once, though scripts use parts of each other
def announce(*required: str, optional: tuple[str, ...] = ()) -> None:
    """Print which packages are needed and which of them are missing.

    Args:
        required: import names, without which nothing is measured.
        optional: import names of what is measured beside likewise where it is installed.

    Raises:
        SystemExit: one that is required is missing; the message has the command that installs it.
    """
    missing = [name for name in required if importlib.util.find_spec(name) is None]
    print(f"needs: {', '.join(required) or 'nothing besides likewise'}", flush=True)
    for name in optional:
        is_here = importlib.util.find_spec(name) is not None
        print(f"optional: {name} ({'installed' if is_here else 'not installed, left out'})")
    if missing:
        raise SystemExit(
            f"{', '.join(missing)} is not installed; run: pip install 'likewise[test]'"
        )
