"""Models in the folder of models: what was fetched, and from where."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from likewise.core.files import new_file
from likewise.core.output_files import complete_file
from likewise.encoders._model_places import models_folder
from likewise.encoders._models.transfer import digest_of
from likewise.errors import BadInputError, CorruptError, NotFoundError, command_line

RECORD = "likewise-model.json"
"""In a model's folder: what it is and the digests of its files."""

_LARGEST_RECORD = 1 << 20  # bytes


@dataclass(frozen=True)
class Model:
    """A model that was fetched.

    Attributes:
        name: of its folder.
        repository: on the hub.
        revision: the commit that it was fetched at.
        licence: of the weights, in a word or two.
        files: SHA-256 of each file, by its path in the folder.
        source: where the files came from.
    """

    name: str
    repository: str
    revision: str
    licence: str
    files: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    @property
    def folder(self) -> Path:
        """Where it is."""
        return models_folder() / self.name

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum((self.folder / path).stat().st_size for path in self.files)

    @property
    def licence_file(self) -> str:
        """The name of the file with the licence's text, or with where to find it."""
        return next((path for path in self.files if path.upper().startswith("LICEN")), "")

    def check(self, folder: Path) -> None:
        """Compare the files in a folder with the digests.

        Raises:
            CorruptError: one is not there, or is another file.
        """
        for path, digest in self.files.items():
            file = folder / path
            if not file.is_file() or digest_of(file) != digest:
                raise CorruptError(
                    f"{file} is not the file that was recorded for the model '{self.name}'; "
                    f"get it again: {command_line('encoders', 'get', self.name)}"
                )

    def write(self, folder: Path) -> None:
        """Write the record into the model's folder."""
        with new_file(folder / RECORD) as part:
            part.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def installed(name: str) -> Model | None:
    """The model of that name in the folder of models, or None."""
    record = models_folder() / name / RECORD
    return read_record(record.read_bytes(), str(record)) if record.is_file() else None


def all_installed() -> list[Model]:
    """Every model in the folder of models that was fetched by likewise."""
    found = [
        installed(record.parent.name) for record in sorted(models_folder().glob(f"*/{RECORD}"))
    ]
    return [model for model in found if model is not None]


def read_record(content: bytes, source: str) -> Model:
    """The model that a record describes.

    Raises:
        CorruptError: it is no such record, or names files outside of the folder.
    """
    try:
        if len(content) > _LARGEST_RECORD:
            raise ValueError("it is too large")
        found: dict[str, Any] = json.loads(content)
        texts = {key: str(found[key]) for key in ("name", "repository", "revision", "licence")}
        files = {_inside(path): str(digest) for path, digest in found["files"].items()}
        if Path(texts["name"]).name != texts["name"] or texts["name"] in ("", ".", ".."):
            raise ValueError(f"the name is {texts['name']!r}")
        return Model(**texts, files=files, source=str(found.get("source", "")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CorruptError(f"{source} is not the record of a model ({error})") from error


def remove(name: str) -> int:
    """Delete a model's folder; answers how many bytes that frees.

    Raises:
        NotFoundError: no model of that name was fetched.
    """
    model = _required(name)
    size = model.size
    shutil.rmtree(model.folder)
    return size


def pack(name: str, to: Path) -> Model:
    """Write a model's files into a ZIP file, from which another machine can take it.

    Raises:
        NotFoundError: no model of that name was fetched.
        CorruptError: a file is not the one that was recorded.
    """
    model = _required(name)
    model.check(model.folder)
    with complete_file(to) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for path in (RECORD, *model.files):
            archive.write(model.folder / path, path)
    return model


def unpack(archive_path: Path, to: Path) -> Model:
    """Write the files of a ZIP file that `pack` made into a new folder; they are checked.

    Only files that its record lists are written, so no name in the archive leads elsewhere.

    Raises:
        BadInputError: it is no such ZIP file.
        CorruptError: a file is missing or is not the one that was recorded.
    """
    try:
        with zipfile.ZipFile(archive_path) as archive:
            model = read_record(_record_in(archive), f"{RECORD} in {archive_path}")
            for path in model.files:
                (to / path).parent.mkdir(parents=True, exist_ok=True)
                with archive.open(path) as source, (to / path).open("wb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
    except (zipfile.BadZipFile, KeyError, NotImplementedError) as error:
        raise BadInputError(
            f"{archive_path} is not a ZIP file of a model ({error}); make one with: "
            f"{command_line('encoders', 'pack', 'NAME', '--to', 'FILE.zip')}"
        ) from error
    model.check(to)
    return model


def _record_in(archive: zipfile.ZipFile) -> bytes:
    with archive.open(RECORD) as record:
        return record.read(_LARGEST_RECORD + 1)


def _required(name: str) -> Model:
    model = installed(name)
    if model is None:
        names = ", ".join(x.name for x in all_installed()) or "none"
        raise NotFoundError(
            f"the model '{name}' was not fetched to {models_folder()}; there are: {names}"
        )
    return model


def _inside(path: str) -> str:
    parts = Path(path).parts
    if not parts or Path(path).is_absolute() or ".." in parts or "\\" in path or "\0" in path:
        raise ValueError(f"it names the file {path!r}")
    return path
