"""Models from the Hugging Face hub: first the list of files, then the files."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

from likewise.core.progress import Progress
from likewise.encoders._model_places import is_repository
from likewise.encoders._models.hub import Listing, RemoteFile, hub_address, list_files
from likewise.encoders._models.installed import RECORD, Model, installed
from likewise.encoders._models.placing import (
    LICENCES,
    REVISION,
    SETTINGS,
    UNFINISHED,
    check_licence,
    check_room,
    finish,
    part_folder,
    started_revision,
)
from likewise.encoders._models.transfer import digest_of, download
from likewise.encoders._short_names import short_name
from likewise.encoders.onnx.files import MERGES, PIECES, no_export
from likewise.encoders.onnx.layouts import find_graphs
from likewise.errors import BadInputError, CorruptError, NotFoundError, command_line

_VISION = re.compile(r"(vision_model|visual)[^/]*\.onnx$|visual/model[^/]*\.onnx$")
_ALONE = re.compile(r"^onnx/model[^/]*\.onnx$")
_DIGESTS = package_files("likewise.encoders._models").joinpath("published_digests.json")


_STEMS = {
    "onnx": ("vision_model", "text_model"),
    "visual": ("model",),
    "textual": ("model",),
}
"""Names of graphs by the folder that they are in."""


@dataclass(frozen=True)
class Plan:
    """What is to be fetched.

    Attributes:
        model: the record it will have; its `files` are those digests that likewise has recorded.
        listing: the files on the hub.
        variant: of the graphs, such as "int8".
    """

    model: Model
    listing: Listing
    variant: str

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.listing.files)

    @property
    def checked_by(self) -> str:
        """What the files are compared with."""
        if self.model.files:
            return "the digests that likewise has recorded"
        return (
            "the digests that the hub lists, for likewise has recorded none of this model; what "
            f"came is recorded in {RECORD}"
        )


def recorded_digests(name: str) -> tuple[str, dict[str, str]]:
    """The revision and the digests of files that were recorded for a short name; ("", {}) if none.

    They come from `scripts/check_encoder.py NAME --record`, run by somebody with a network.
    """
    recorded: dict[str, Any] = json.loads(_DIGESTS.read_text(encoding="utf-8"))
    found = recorded.get(name, {})
    return str(found.get("revision", "")), dict(found.get("files", {}))


def fetched(which: str) -> Model | None:
    """The model in the folder of models, if it has the files of that name and variant."""
    name, _, variant = which.removeprefix("onnx:").partition("@")
    model = installed(Path(name).name)
    return model if model and find_graphs(model.folder, variant) else None


def plan(which: str, accept_licence: bool = False) -> Plan:
    """Ask the hub what a model consists of.

    Args:
        which: a short name or OWNER/NAME; "@" and a variant may follow.
        accept_licence: that the person accepts a licence for research only.

    Raises:
        BadInputError: no such short name, or a licence that must be accepted first.
        NotFoundError: the hub cannot be reached or has no such model.
    """
    name, _, variant = which.removeprefix("onnx:").partition("@")
    short = short_name(name)
    check_licence(short, accept_licence)
    if short is not None and not short.repository:
        raise no_export(short)
    repository = name if short is None else short.repository
    if not is_repository(repository):
        raise BadInputError(
            f"'{name}' is neither a short name nor OWNER/NAME of the Hugging Face hub; see: "
            f"{command_line('encoders', 'list')}"
        )
    revision, digests = recorded_digests(name)
    listing = _listing(repository, revision, started_revision(Path(name).name))
    folder = short.folder if short else ""
    paths = [file.path for file in listing.files]
    is_alone = _is_of_images_alone(paths)
    wanted = tuple(
        file for file in listing.files if _is_needed(file.path, variant, folder, is_alone)
    )
    if not any((_ALONE if is_alone else _VISION).search(file.path) for file in wanted):
        raise NotFoundError(
            f"{repository} has no vision_model{f'_{variant}' if variant else ''}.onnx; give a "
            "repository with an export for transformers.js, Immich or rclip, or export the model "
            "yourself"
        )
    model = Model(
        Path(name).name,
        repository,
        listing.revision,
        short.licence if short else "not known to likewise",
        {file.path: digests[file.path] for file in wanted if file.path in digests},
        hub_address(),
    )
    return Plan(model, replace(listing, files=wanted), variant)


def fetch(what: Plan, progress: Progress = lambda _done, _total: None) -> Model:
    """Fetch the files of a plan into the folder of models; answers the record that is written.

    A run that is stopped leaves what has come, and the next one goes on with it.

    Raises:
        StorageError: the disk has no room, or the connection ends again and again.
        CorruptError: a file has another digest than was recorded or listed; it is deleted.
    """
    part = part_folder(what.model.name)
    part.mkdir(parents=True, exist_ok=True)
    if (part / REVISION).is_file() and started_revision(what.model.name) != what.model.revision:
        shutil.rmtree(part)  # what came is of another revision
        part.mkdir()
    (part / REVISION).write_text(what.model.revision, encoding="utf-8")
    arrived = sum(file.stat().st_size for file in part.rglob("*") if file.is_file())
    check_room(part, what.size - arrived)
    done = 0

    def received(of_file: int) -> None:
        progress(done + of_file, what.size)

    for file in what.listing.files:
        target = part / file.path
        if not target.is_file():
            _bring(what, file, target, received)
        done += file.size
        progress(done, what.size)
    return finish(what.model, part)


def _bring(what: Plan, file: RemoteFile, target: Path, received: Callable[[int], None]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    coming = target.with_name(f"{target.name}{UNFINISHED}")
    download(what.listing.url(file), coming, file.size, received)
    recorded = what.model.files.get(file.path)
    is_right = digest_of(coming) == recorded if recorded else file.is_in(coming)
    if not is_right:
        digest = digest_of(coming)
        coming.unlink()
        raise CorruptError(
            f"{file.path} came with the digest {digest[:12]}..., which is not the one "
            f"{'recorded in likewise' if recorded else 'that the hub lists'}; nothing of it is "
            f"kept: try again, and do not use the file if it happens again"
        )
    coming.replace(target)  # not by `new_file`, which would lose what an interrupted run fetched


def _is_of_images_alone(paths: Sequence[str]) -> bool:
    """Whether a repository holds a model that reads no words, by its files."""
    return (
        any(_ALONE.search(path) for path in paths)
        and "preprocessor_config.json" in paths
        and not any(_VISION.search(path) or path.startswith("tokenizer") for path in paths)
    )


def _is_needed(path: str, variant: str, folder: str, is_alone: bool) -> bool:
    """Whether a file of a repository is one of the model's, in any layout that is read."""
    suffix = f"_{variant}" if variant else ""
    name, parent = Path(path).name, Path(path).parent.as_posix()
    if parent in (".", folder) and any(fnmatch(name, x) for x in SETTINGS):
        return True
    if parent == "." and any(fnmatch(name, x) for x in (*LICENCES, "README.md")):
        return True
    if name == MERGES or (parent in ("visual", "textual") and name.endswith((".json", PIECES))):
        return True
    stems = _STEMS.get(parent, ()) if not folder else ()
    if is_alone and parent == "onnx":
        stems = ("model",)
    if parent == (folder or "."):
        stems = ("visual", "textual", "vision_model", "text_model")
    files = [f"{stem}{suffix}.onnx" for stem in stems]
    return any(name == file or name.startswith((f"{file}_data", f"{file}.data")) for file in files)


def _listing(repository: str, pinned: str, started: str) -> Listing:
    """The files at the pinned revision, at that of an earlier run, or at the newest."""
    if started and not pinned:
        try:
            return list_files(repository, started)
        except NotFoundError:
            pass  # that revision is gone; the run begins again with the newest
    return list_files(repository, pinned or "main")
