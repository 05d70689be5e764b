"""Every error a user can meet: one sentence with the value, what was expected and the remedy."""

from __future__ import annotations

import shlex
from typing import Any


def command_line(*words: object) -> str:
    """A command of likewise as a person can paste it into a shell.

    Example:
        >>> command_line("search", "--concept", "red barn")
        "likewise search --concept 'red barn'"
    """
    return " ".join(["likewise", *(_quoted(str(word)) for word in words)])


def _quoted(word: str) -> str:
    """A word as the shell reads it back; "women's heels" is easier to read in double quotes."""
    return f'"{word}"' if "'" in word and not set(word) & set('"$`\\!') else shlex.quote(word)


UPGRADE = "upgrade with: pip install --upgrade likewise (in a clone: git pull && pip install .)"
"""The remedy where a file or a database is of a newer likewise."""


class LikewiseError(Exception):
    """Base of every error likewise raises on purpose.

    The message is for the person at the keyboard; ``exit_code`` is the exit code of a command
    that fails with it, so that scripts can tell the cases apart.
    """

    exit_code = 1


class BadInputError(LikewiseError):
    """An argument cannot be used: a wrong option, shape, filter or phrase."""

    exit_code = 2


class NotFoundError(LikewiseError):
    """A file, item, concept, rule or workspace that was named does not exist."""

    exit_code = 3


class MismatchError(LikewiseError):
    """Two things do not belong together, such as a rule and the vectors of another encoder."""

    exit_code = 4


class BusyError(LikewiseError):
    """Another process holds the workspace for writing."""

    exit_code = 5


class CorruptError(LikewiseError):
    """A file is truncated, altered, or not of the kind its name says."""

    exit_code = 6


class MissingExtraError(LikewiseError):
    """An optional library is not installed; the message is the command that installs it."""

    exit_code = 7

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs the extra '{extra}'; install it with: pip install 'likewise[{extra}]'"
        )
        self.feature, self.extra = feature, extra

    def __reduce__(self) -> tuple[Any, ...]:
        return MissingExtraError, (self.feature, self.extra)  # it is pickled between processes


class StorageError(LikewiseError):
    """The disk refused: full, read-only, or not permitted."""

    exit_code = 8
