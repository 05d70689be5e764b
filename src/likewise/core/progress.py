"""Progress of a long run, as a bar: drawn by the browser in a notebook, elsewhere of text."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called with how many items are done and how many there are; None where that is unknown.

It may raise to end the work, as a cancelled job of the server does.
"""

_USUAL = {"ncols": 80, "nrows": 24}


class ProgressBar:
    """A bar for any argument `progress`; it appears with the first call.

    It closes when all is done; where a run fails, the bar shows how far it came.

    Args:
        what: what is counted, such as "images".

    Example:
        >>> import contextlib, io
        >>> with contextlib.redirect_stderr(io.StringIO()) as seen:
        ...     bar = ProgressBar("images")
        ...     for done in range(5):
        ...         bar(done, 4)
        >>> "4/4" in seen.getvalue()
        True
    """

    def __init__(self, what: str = "images") -> None:
        self.what = what
        self._bar: Any = None
        self._over: tuple[int, int] | None = None

    def __call__(self, done: int, total: int | None = None) -> None:
        """Draw how many are done, of how many; None or 0 where the total is unknown."""
        if self._over == (done, total):
            return  # some runs report twice that all is done
        if self._bar is None:
            self._bar = _bar(self.what, total or None)
        elif total and total != self._bar.total:
            self._bar.reset(total)  # a bar in a browser learns its end in no other way
        self._bar.update(done - self._bar.n)
        if total and done >= total:
            self._over = done, total
            self._bar.close()
            self._bar = None


def _bar(what: str, total: int | None) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without ipywidgets the bar is text, which is enough
        from tqdm.auto import tqdm

        return tqdm(desc=what, total=total, smoothing=0.1, **terminal_size())


def terminal_size() -> dict[str, int]:
    """Columns and rows for tqdm where a terminal does not know its own size; else nothing.

    A terminal that was opened by a program often has 0 columns, and tqdm would draw nothing.
    """
    try:
        has_size = all(os.get_terminal_size(sys.stderr.fileno()))
    except (OSError, ValueError, AttributeError):
        return {}
    return {} if has_size else _USUAL
