"""Where the files of a model are: a folder, the folder of models, or the Hugging Face hub."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.encoders._model_places import (
    Files,
    NotFetchedError,
    fetched_folder,
    hub_allowed,
    is_repository,
    local_folder,
    models_folder,
    not_cached,
    without_hub,
)
from likewise.encoders._short_names import (
    SHORT_NAMES,
    ShortName,
    repository_of,
    short_name,
)
from likewise.encoders.onnx.graph import external_data
from likewise.encoders.onnx.layouts import LAYOUTS, find_graphs, model_folders
from likewise.errors import (
    BadInputError,
    CorruptError,
    MissingExtraError,
    NotFoundError,
    command_line,
)

MERGES = "bpe_simple_vocab_16e6.txt.gz"
PIECES = "vocab.txt"  # WordPiece's

_SMALL_FILES = ("config.json", "preprocessor_config.json", "tokenizer*.json", PIECES)

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
        root: the model's folder, where `folder` is one inside of it.
    """

    name: str
    folder: Path
    variant: str
    vision: Path
    text: Path | None
    root: Path

    @property
    def words_folder(self) -> Path:
        """Where the tokenizer's files are: beside the text graph, or in the model's folder."""
        folders = [] if self.text is None else [self.text.parent]
        folders += [self.folder, self.root]
        files = (x / name for name in ("tokenizer.json", PIECES) for x in folders)
        return next((file.parent for file in files if file.is_file()), self.folder)

    @property
    def merges(self) -> Path | None:
        """The file of merges of CLIP's own tokenizer, as open_clip and rclip have it, if any."""
        folders = (self.folder, self.folder / "tokenizer", self.folder.parent / "tokenizer")
        found = (folder / MERGES for folder in folders)
        return next((file for file in found if file.is_file()), None)

    def settings(self, name: str, folder: Path | None = None) -> dict[str, Any]:
        """A JSON file of the model's folder or of another one; empty where there is none."""
        file = (folder or self.folder) / name
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
            beside = [
                *graph.parent.glob(f"{graph.name}_data*"),
                *graph.parent.glob(f"{graph.name}.data*"),
            ]
            named = sorted({*beside, *external_data(graph)})
            for file in (graph, *named):
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
    published = short_name(model)
    if published is not None and not published.repository:
        raise no_export(published)
    repository = repository_of(model)
    if not is_repository(repository):
        raise not_cached(model, files)
    if repository != model and hub_allowed():
        return _files(model, _cached_folder(model, variant, files), variant)
    return _files(model, fetched_folder(model, repository, files), variant)


def no_export(published: ShortName) -> NotFoundError:
    """The error for a model of which no export without torch is known."""
    return NotFoundError(
        f"of '{published.name}' no export with graphs, tokenizer and settings is known, so it "
        f"needs torch: pip install 'likewise[open-clip]', then --encoder {published.with_torch}; "
        f"or put an export of your own into {models_folder() / published.name}"
    )


def _cached_folder(name: str, variant: str, files: Files) -> Path:
    """The hub's own cache of a model with a short name; only `encoders get` fetches one.

    Raises:
        NotFetchedError: it is not there; the message is the command that fetches it.
    """
    published = short_name(name)
    assert published is not None
    try:
        with without_hub():
            return fetched_folder(name, published.repository, files)
    except (NotFetchedError, MissingExtraError):
        which = f"{name}@{variant}" if variant else name
        raise NotFetchedError(
            f"the model '{which}' is not on this machine; get it ({published.size / 1e9:.1f} GB in "
            f"full precision, {published.licence}) with: {command_line('encoders', 'get', which)}, "
            f"put {files.description} into {models_folder() / name}, or use the built-in encoder "
            "efficientnet_lite0"
        ) from None


def _required_files(variant: str) -> Files:
    suffix = f"_{variant}" if variant else ""
    graphs = [f"{stem}_model{suffix}.onnx" for stem in ("vision", "text")]
    return Files(
        "vision_model.onnx, text_model.onnx and the .json files",
        lambda folder: find_graphs(folder, variant) is not None,
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
    found = find_graphs(folder, variant)
    if found is not None:
        inner, vision, text = found
        return ModelFiles(name, inner, variant, vision, text, folder)
    variants = {x for inner in model_folders(folder) for y in LAYOUTS for x in y.variants(inner)}
    if not variants:
        raise NotFoundError(
            f"{folder} has no vision_model.onnx, nor has its folder onnx; an export with "
            "vision_model.onnx, text_model.onnx, tokenizer.json and preprocessor_config.json "
            "is wanted, or one for Immich, rclip or fastembed"
        )
    choice = ", ".join(sorted(x or "-" for x in variants))
    raise BadInputError(
        f"{folder} has no variant '{variant or '-'}'; it has: {choice} (- is said by leaving @ out)"
    )
