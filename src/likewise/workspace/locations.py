"""Where workspaces are: found, named after their source, and their folders made."""

from __future__ import annotations

import os
from pathlib import Path

from likewise.core.files import WORKSPACE_FILE
from likewise.errors import BadInputError, NotFoundError, StorageError, command_line
from likewise.search.store._bucket import bucket_url
from likewise.workspace.backup import loss, refuse_loss
from likewise.workspace.remote import SUFFIX, located


def find_workspace(path: str | os.PathLike[str] | None = None) -> Path:
    """The workspace that is meant: the one named, else the only one in the current folder.

    Raises:
        NotFoundError: none is there, or several are and none was named.
    """
    if path is not None:
        folder, url = located(path), bucket_url(path)
        if url and not folder.exists():
            raise NotFoundError(
                f"there is no likewise workspace at {url}; make one with: "
                f"{command_line('index', 'FOLDER', '--workspace', url)}"
            )
        return folder
    found = sorted(path for path in Path().glob(f"*{SUFFIX}") if _is_workspace(path))
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFoundError(
            f"there is no workspace (*{SUFFIX}) in {Path.cwd()}; make one with "
            "likewise index FOLDER, or name one with --workspace"
        )
    raise NotFoundError(
        f"there are {len(found)} workspaces here ({', '.join(map(str, found))}); "
        "name one with --workspace"
    )


def default_workspace(source: str | os.PathLike[str]) -> Path:
    """Where the workspace of a source goes when nothing is said: NAME.likewise right here.

    Example:
        >>> str(default_workspace("/data/photos"))
        'photos.likewise'
    """
    return Path(f"{Path(source).resolve().name or 'root'}{SUFFIX}")


def _is_workspace(folder: Path) -> bool:
    database = folder / WORKSPACE_FILE
    return database.exists() or loss(database) is not None


def make_folder(folder: Path) -> Path:
    """Make the folder of a new workspace, if it is not there yet.

    Raises:
        BadInputError: something else is at that path.
        CorruptError: its database is gone while its copies are there.
        StorageError: it cannot be made.
    """
    refuse_loss(folder / WORKSPACE_FILE)
    is_workspace = not folder.exists() or (folder / WORKSPACE_FILE).exists()
    if not is_workspace and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInputError(
            f"{folder} exists and is not a likewise workspace; choose another path with --workspace"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be made ({error.strerror}); choose another path with --workspace"
        ) from error
    return folder


def vectors_location(home: str | Path, fingerprint: str) -> str:
    """Where a workspace keeps the vectors of an encoder.

    Args:
        home: its folder, or the URL of its vectors.
        fingerprint: of the encoder.
    """
    return f"{home}/vectors/{fingerprint}.lance"
