"""What running a command answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ran:
    """Exit code and both outputs of a command."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]
