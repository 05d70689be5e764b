"""Encoders that were learned from labels, and the encoder of a rule or a classifier."""

from __future__ import annotations

import re
from pathlib import Path

from likewise.core.classifier import Classifier
from likewise.core.classifier_file import check_encoder as check_classifier
from likewise.core.rule import Rule
from likewise.core.rule_file import check_encoder
from likewise.encoders._model_places import NotFetchedError, models_folder, without_hub
from likewise.encoders.base import Encoder, open_encoder
from likewise.errors import BadInputError, NotFoundError, command_line

FOLDER = "encoders"
"""In a workspace."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


def check_name(name: str) -> None:
    """Refuse what cannot name a learned encoder."""
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


def encoder_of(learned: Rule | Classifier, home: Path | None = None) -> Encoder:
    """The encoder whose vectors a rule scores, or a classifier classifies.

    The file names it, and may be a stranger's: nothing is fetched because of that.

    Args:
        learned: the rule or classifier.
        home: a workspace; an encoder that was learned from labels is looked for there, too.

    Raises:
        NotFoundError: it is not on this machine; the message is the command that fetches it.
        MismatchError: the encoder of that name is another one now.
    """
    name = str(learned.provenance.get("encoder_name") or learned.encoder.split("-")[0])
    encoder = open_if_here(name, home, "a rule or a classifier")
    _check(learned, encoder)
    return encoder


def open_if_here(name: str, home: Path | None, named_by: str = "a workspace") -> Encoder:
    """The encoder that a file names, which may be a stranger's; it must be on this machine.

    Args:
        name: as `open_encoder` takes it.
        home: the workspace that asks.
        named_by: what names it, for the message.
    """
    try:
        with without_hub():
            return open_encoder(name, home)
    except NotFetchedError as error:
        raise NotFoundError(
            f"{error}, and nothing is fetched because {named_by} names it; if you "
            f"trust whom it is from, get it with: {command_line('encoders', 'get', name)}"
        ) from None


def _check(learned: Rule | Classifier, encoder: Encoder) -> None:
    if isinstance(learned, Rule):
        check_encoder(learned, encoder.fingerprint)
    else:
        check_classifier(learned, encoder.fingerprint)
