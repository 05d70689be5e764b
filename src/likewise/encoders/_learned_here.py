"""Where encoders are that were learned from a person's labels: in a workspace, or by themselves."""

from __future__ import annotations

import re
from pathlib import Path

from likewise.encoders._model_places import models_folder
from likewise.errors import BadInputError, NotFoundError

FOLDER = "encoders"
"""In a workspace."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


def check_name(name: str) -> None:
    """Refuse what cannot name a learned encoder.

    Raises:
        BadInputError: another form than letters, digits, - and _.
    """
    if _NAME.fullmatch(name) is None:
        raise BadInputError(
            f"'{name}' cannot name an encoder; letters, digits, - and _ are wanted, 60 at most"
        )


def find_learned(family: str, which: str, home: Path | None, suffix: str = "") -> tuple[str, Path]:
    """The file or folder of a learned encoder, and the name by which it is found again.

    A path is taken as it is. A name is looked for in the workspace, then in the folder of models,
    which is where to copy it for a machine without that workspace.

    Args:
        family: which encoder asks, such as "projected".
        which: a name or a path.
        home: the workspace that asks, if one does.
        suffix: what a file's name ends in; "" for a folder.

    Raises:
        BadInputError: nothing was named, or by no name at all.
        NotFoundError: it is nowhere.
    """
    if not which:
        raise BadInputError(
            f"'{family}' needs to be told which: {family}:NAME as likewise finetune named it, or "
            f"{family}:PATH"
        )
    if "/" in which or (suffix and which.endswith(suffix)):
        path = Path(which).expanduser().resolve()
        if path.exists():
            return str(path), path
        raise NotFoundError(f"there is no {path}, so the encoder '{family}:{which}' is not here")
    check_name(which)
    folders = [models_folder()] if home is None else [home / FOLDER, models_folder()]
    for folder in folders:
        if (folder / f"{which}{suffix}").exists():
            return which, folder / f"{which}{suffix}"
    searched = " nor in ".join(map(str, folders))
    raise NotFoundError(
        f"the encoder '{family}:{which}' is not in {searched}; copy {FOLDER}/{which}{suffix} of "
        f"the workspace that it was learned in to {models_folder()}, or name that workspace with "
        "--workspace"
    )


def learned_encoders(home: Path) -> list[str]:
    """Names of the encoders that were learned in a workspace, as `open_encoder` takes them."""
    folder = home / FOLDER
    if not folder.is_dir():
        return []
    return [
        f"{family}:{file.stem}"
        for family, suffix in (("projected", "projection"), ("finetuned", "network"))
        for file in sorted(folder.glob(f"*.{suffix}"))
    ]
