"""Where the files of a model are: a folder, the folder of models, or the Hugging Face hub."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.encoders._model_places import (
    Files,
    fetched_folder,
    is_repository,
    local_folder,
    not_cached,
)
from likewise.encoders._short_names import SHORT_NAMES, repository_of
from likewise.errors import BadInputError, CorruptError, NotFoundError

_SMALL_FILES = ("config.json", "preprocessor_config.json", "tokenizer*.json")

_LARGEST_SETTINGS = 64 << 20  # bytes; a tokenizer_config.json lists every token that was added


@dataclass(frozen=True)
class ModelFiles:
    """The files of one model.

    Attributes:
        name: by which it is found again: an absolute path, or a name in the folder of models or
            on the hub.
        folder: where they are.
        variant: such as "int8", or "" for full precision.
        vision: the graph that reads images.
        text: the graph that reads words, or None.
    """

    name: str
    folder: Path
    variant: str
    vision: Path
    text: Path | None

    def settings(self, name: str) -> dict[str, Any]:
        """A JSON file of the folder; empty where there is none."""
        file = self.folder / name
        if not file.is_file():
            return {}
        try:
            if file.stat().st_size > _LARGEST_SETTINGS:
                raise CorruptError(f"{file} is too large for a file of settings; fetch it again")
            found = json.loads(file.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise CorruptError(f"{file} is not JSON ({error}); fetch it again") from error
        if not isinstance(found, dict):
            raise CorruptError(f"{file} is not a JSON object; fetch it again")
        return found

    def digest(self) -> str:
        """Of both graphs and of weights that lie beside them; SHA-256 in hexadecimal digits."""
        digest = hashlib.sha256()
        for graph in (self.vision, self.text):
            if graph is None:
                continue
            for file in (graph, *sorted(graph.parent.glob(f"{graph.name}_data*"))):
                with file.open("rb") as stream:
                    digest.update(hashlib.file_digest(stream, "sha256").digest())
        return digest.hexdigest()


def find_model(which: str) -> ModelFiles:
    """Find a model, fetching it from the hub where it is not on this machine.

    Args:
        which: a folder, a name in the folder of models, a short name or a repository of the hub;
            "@" and a variant may follow.
    """
    model, variant = _split(which)
    if not model:
        raise BadInputError(
            "'onnx' needs to be told which model: onnx:FOLDER, onnx:OWNER/NAME of the Hugging Face "
            f"hub, or onnx:{SHORT_NAMES[0].name}; see: likewise encoders list"
        )
    files = _required_files(variant)
    local = local_folder(model, files)
    if local is not None:
        return _files(*local, variant)
    repository = repository_of(model)
    if not is_repository(repository):
        raise not_cached(model, files)
    return _files(model, fetched_folder(model, repository, files), variant)


def _required_files(variant: str) -> Files:
    graphs = [_file_name(stem, variant) for stem in ("vision_model", "text_model")]
    return Files(
        "vision_model.onnx, text_model.onnx and the .json files",
        lambda folder: _graph((folder / "onnx", folder), "vision_model", variant) is not None,
        [
            [
                *_SMALL_FILES,
                *(f"{subfolder}{graph}*" for graph in graphs for subfolder in ("", "onnx/")),
            ]
        ],
        "onnx",
    )


def _split(which: str) -> tuple[str, str]:
    if Path(which).expanduser().is_dir():  # a folder may have an @ in its name
        return which, ""
    model, _, variant = which.partition("@")
    return model, variant


def _files(name: str, folder: Path, variant: str) -> ModelFiles:
    search_folders = (folder / "onnx", folder)
    vision = _graph(search_folders, "vision_model", variant)
    if vision is None:
        variants = sorted(
            {
                x.name
                for search_folder in search_folders
                for x in search_folder.glob("vision_model*.onnx")
            }
        )
        if not variants:
            raise NotFoundError(
                f"{folder} has no vision_model.onnx, nor has its folder onnx; an export with "
                "vision_model.onnx, text_model.onnx, tokenizer.json and preprocessor_config.json "
                "is wanted"
            )
        choice = ", ".join(
            x[len("vision_model") : -len(".onnx")].lstrip("_") or "-" for x in variants
        )
        raise BadInputError(
            f"{folder} has no variant '{variant or '-'}'; it has: {choice} (- is said by leaving "
            "@ out)"
        )
    return ModelFiles(name, folder, variant, vision, _graph(search_folders, "text_model", variant))


def _graph(search_folders: Sequence[Path], stem: str, variant: str) -> Path | None:
    file = _file_name(stem, variant)
    return next(
        (
            search_folder / file
            for search_folder in search_folders
            if (search_folder / file).is_file()
        ),
        None,
    )


def _file_name(stem: str, variant: str) -> str:
    return f"{stem}_{variant}.onnx" if variant else f"{stem}.onnx"
