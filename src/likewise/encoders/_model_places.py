"""Finds the files of a model: in a folder, the folder of models, or the Hugging Face hub."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from likewise.errors import MissingExtraError, NotFoundError

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_hub_allowed: ContextVar[bool] = ContextVar("hub_allowed", default=True)


class NotFetchedError(NotFoundError):
    """A model is not on this machine, and the hub may not be asked."""


@contextmanager
def without_hub() -> Iterator[None]:
    """Raise `NotFetchedError` in a block for models that are not on this machine."""
    before = _hub_allowed.set(False)
    try:
        yield
    finally:
        _hub_allowed.reset(before)


def hub_allowed() -> bool:
    """Whether the hub may be asked here; see `without_hub`."""
    return _hub_allowed.get()


@dataclass(frozen=True)
class Files:
    """The files of a kind of model.

    Attributes:
        description: how an error names them.
        complete: whether a folder has them.
        patterns: what to fetch from the hub; each list is tried until the folder is complete.
        extra: which of likewise's extras brings the library that fetches.
    """

    description: str
    complete: Callable[[Path], bool]
    patterns: Sequence[Sequence[str]]
    extra: str


def models_folder() -> Path:
    """The folder of models: $LIKEWISE_MODELS, or one in the user's cache."""
    import platformdirs

    named = os.environ.get("LIKEWISE_MODELS")
    return Path(named) if named else Path(platformdirs.user_cache_dir("likewise")) / "models"


def is_repository(model: str) -> bool:
    """Whether a name has the form OWNER/NAME of the hub."""
    return _REPOSITORY.fullmatch(model) is not None


def local_folder(model: str, files: Files) -> tuple[str, Path] | None:
    """The folder of a model on this machine, and the name that finds it again.

    A path is taken as it is. A bare name is a folder of that name with the files in it, here or in
    the folder of models, which a workspace that moved to another machine looks into as well.
    """
    path = Path(model).expanduser()
    bare = model == path.name
    if path.is_dir() and (not bare or files.complete(path)):
        return str(path.resolve()), path.resolve()
    ours = models_folder() / path.name
    return (path.name, ours) if ours.is_dir() else None


def not_cached(model: str, files: Files) -> NotFoundError:
    """The error for a name that is no folder and cannot be fetched."""
    return NotFoundError(
        f"there is no folder {model}, and {models_folder() / Path(model).name} is not there "
        f"either; put {files.description} into one of them, or use the built-in encoder "
        "efficientnet_lite0"
    )


def fetched_folder(model: str, repository: str, files: Files, folder_name: str = "") -> Path:
    """The hub's own cache of a model, filled where it is not yet.

    Args:
        model: as the person named it.
        repository: OWNER/NAME on the hub.
        files: what is wanted of it.
        folder_name: its name in the folder of models, where it is looked for first; the last part
            of `model` when left out.
    """
    ours = models_folder() / (folder_name or Path(model).name)
    if files.complete(ours):
        return ours
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise MissingExtraError(f"fetching the model '{model}'", files.extra) from error
    why = "it has not these files"
    for on_this_machine in (True, False):  # the hub is not asked for what is here
        if not on_this_machine and not _hub_allowed.get():
            raise NotFetchedError(
                f"the model '{model}' is not on this machine ({socket.gethostname()})"
            )
        for patterns in files.patterns:
            try:
                found = Path(
                    snapshot_download(
                        repository, allow_patterns=list(patterns), local_files_only=on_this_machine
                    )
                )
            except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
                message = str(error).strip() or "no answer"
                why = message.splitlines()[0].partition(". ")[0].rstrip(".")
                break
            if files.complete(found):
                return found
    raise NotFoundError(
        f"the model '{model}' is not on this machine and the Hugging Face hub did not give it "
        f"({why}); put {files.description} of {repository} into {ours}, or use the "
        "built-in encoder efficientnet_lite0"
    )
