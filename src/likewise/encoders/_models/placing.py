"""The steps that every way to bring a model to this machine has in common."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from likewise.core.output_files import free_space
from likewise.encoders._model_places import models_folder
from likewise.encoders._models.installed import RECORD, Model, installed
from likewise.encoders._models.transfer import digest_of
from likewise.encoders._short_names import ShortName
from likewise.encoders.onnx.files import PIECES
from likewise.errors import BadInputError, StorageError, command_line

SETTINGS = ("config.json", "preprocessor_config.json", "tokenizer*.json", PIECES)
LICENCES = ("LICENSE*", "LICENCE*", "license*")
LICENCE_NOTE = "LICENCE-OF-THE-WEIGHTS.txt"
REVISION = "revision.txt"
"""In the folder of a model that is still coming: the commit that it is of."""
UNFINISHED = ".part"
"""Ending of a file that is still coming."""


def part_folder(name: str) -> Path:
    """Where the files of a model are until all have come."""
    return models_folder() / f".{name}.partial"


def started_revision(name: str) -> str:
    """The revision that an earlier run began to fetch; empty where there is none."""
    file = part_folder(name) / REVISION
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def check_licence(short: ShortName | None, accepted: bool) -> None:
    """Refuse weights for research only until their licence is accepted."""
    if short is not None and short.licence == "research only" and not accepted:
        raise BadInputError(
            f"the weights of '{short.name}' may be used for research only; read the licence at "
            f"https://huggingface.co/{short.repository}, then accept it with: "
            f"{command_line('encoders', 'get', short.name, '--accept-licence')}"
        )


def check_room(folder: Path, needed: int) -> None:
    """Refuse to begin what the disk has no room for."""
    if needed > shutil.disk_usage(folder).free:
        raise StorageError(
            f"{folder.parent} has no room for {needed:,} bytes ({free_space(folder)}); free some "
            "space there, or name another folder with LIKEWISE_MODELS"
        )


def finish(model: Model, part: Path) -> Model:
    """Give a folder of checked files its name; files of other variants that are there stay.

    The record is written last, or the folder is renamed as a whole where there is none yet.
    """
    (part / REVISION).unlink(missing_ok=True)
    before = installed(model.name)
    if before is not None and before.revision != model.revision:
        shutil.rmtree(before.folder)
        before = None
    came = {
        path.relative_to(part).as_posix(): digest_of(path)
        for path in sorted(part.rglob("*"))
        if path.is_file() and path.name != RECORD and path.suffix != UNFINISHED
    }
    files = {**(before.files if before else {}), **came}
    if not any(fnmatch(path, pattern) for path in files for pattern in (*LICENCES, LICENCE_NOTE)):
        (part / LICENCE_NOTE).write_text(_licence_note(model), encoding="utf-8")
        files[LICENCE_NOTE] = came[LICENCE_NOTE] = digest_of(part / LICENCE_NOTE)
    finished = replace(model, files=files)
    if model.folder.exists():
        for path in came:
            (model.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (part / path).replace(model.folder / path)
        finished.write(model.folder)
        shutil.rmtree(part)
    else:
        for unfinished in part.rglob(f"*{UNFINISHED}"):
            unfinished.unlink()
        finished.write(part)
        part.replace(model.folder)
    return finished


def _licence_note(model: Model) -> str:
    return (
        f"Licence of the weights: {model.licence}\n"
        f"Published at: https://huggingface.co/{model.repository}\n"
        f"Revision: {model.revision}\n"
    )
