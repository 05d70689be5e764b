"""Tokens that a dry run gives out: the same request, with the token, is carried out once."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from likewise.errors import MismatchError

SECONDS = 900.0
"""How long a token counts."""

_MOST = 100


class Confirmations:
    """Tokens of requests that a person has yet to agree to.

    Args:
        clock: seconds that only grow.

    Example:
        >>> confirmations = Confirmations()
        >>> token = confirmations.give("export of 57 images")
        >>> confirmations.take(token, "export of 57 images")
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._requests: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def give(self, request: str) -> str:
        """A token for a request.

        Args:
            request: all that is asked for and all that it rests on, as text.
        """
        token = secrets.token_urlsafe(9)
        with self._lock:
            self._requests[token] = request, self._clock() + SECONDS
            if len(self._requests) > _MOST:
                self._requests.popitem(last=False)
        return token

    def take(self, token: str, request: str) -> None:
        """Let a request pass that has its token; the token is used up.

        Raises:
            MismatchError: no such token, it is too old, or it was given for something else.
        """
        with self._lock:
            expected, until = self._requests.pop(token, ("", 0.0))
        if not expected or self._clock() > until:
            why = f"'{token}' is no token of the last {SECONDS / 60:.0f} minutes, or it is used up"
        elif expected != request:
            why = "the request or what it rests on has changed since its dry run"
        else:
            return
        raise MismatchError(
            f"{why}; nothing was written: call again without 'confirm', and show the person the "
            "new counts"
        )
