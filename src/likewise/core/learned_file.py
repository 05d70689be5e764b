"""What rule files and classifier files share: arrays and a JSON document, sealed by a digest.

Such a file is a safetensors file (arrays behind a JSON header), so that other programs can read
the weights too. The header's metadata has one entry, `likewise`: a JSON document, and a sha256
over that document and the arrays. The digest catches damage and careless edits; it is not a
signature. Nothing in the file is ever executed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from likewise.core.output_files import complete_file
from likewise.errors import (
    UPGRADE,
    BadInputError,
    CorruptError,
    LikewiseError,
    MismatchError,
    NotFoundError,
    StorageError,
)

Arrays = Mapping[str, NDArray[Any]]
Document = Mapping[str, Any]
_KINDS = {
    "toward": ("rule", "give it to --rule, or open it with open_rule"),
    "owners": ("classifier", "give it to --classifier, or open it with open_classifier"),
    "matrix": ("projection", "use it with: likewise reindex --encoder projected:NAME"),
    "graph": ("network", "use it with: likewise reindex --encoder finetuned:NAME"),
}
"""The array that only files of one kind hold: the kind, and what such a file is used for."""

_Thing = TypeVar("_Thing")

_ENTRY = "likewise"
_LARGEST_HEADER = 16 * 2**20
_LARGEST_FILE = 2**30


@dataclass(frozen=True)
class Kind:
    """A kind of learned thing that is kept in a file of its own.

    Attributes:
        name: how errors call it; it is the files' suffix too.
        format: number of the layout that is written; it and all below can be read.
        save_with: the function that writes one.
        again: how to make another one.
        arrays: those that each has, with their types.
        optional: those that it may have.
    """

    name: str
    format: int
    save_with: str
    again: str
    arrays: Mapping[str, type[np.generic]]
    optional: Mapping[str, type[np.generic]]

    def save(self, data: bytes, path: str | os.PathLike[str]) -> Path:
        """Write a whole file or none; it is on the disk when this returns.

        Raises:
            BadInputError: another suffix.
            StorageError: the disk refused.
        """
        target = self.checked_path(path)
        with complete_file(target, durable=True) as part:
            part.write_bytes(data)
        return target

    def checked_path(self, path: str | os.PathLike[str]) -> Path:
        """The path, if it has the suffix of this kind.

        Raises:
            BadInputError: another suffix.
        """
        target = Path(path)
        if target.suffix != f".{self.name}":
            raise BadInputError(
                f"'{target}' does not end in .{self.name}; name it '{target.name}.{self.name}'"
            )
        return target

    def read(self, path: str | os.PathLike[str]) -> bytes:
        """Read a file of a sane size.

        Raises:
            NotFoundError: no such file.
            CorruptError: not a regular file, or a huge one.
            StorageError: the file cannot be read.
        """
        source = Path(path)
        try:
            with os.fdopen(_open_without_waiting(source), "rb") as file:
                return self._read_checked(file, source)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFoundError(
                f"there is no {self.name} file '{source}'; save one with {self.save_with}, or "
                "check the path"
            ) from error
        except OSError as error:
            raise StorageError(
                f"the {self.name} file '{source}' cannot be read: {error.strerror or error}; "
                "check its permissions"
            ) from error

    def to_bytes(self, arrays: Arrays, document: Document) -> bytes:
        """The content of a file; the same arrays and document always give the same bytes.

        Raises:
            BadInputError: provenance that is not JSON.
        """
        arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        numbered = {"format": self.format, **document}
        try:
            entry = _canonical({"document": numbered, "sha256": _digest(arrays, numbered)})
        except (TypeError, ValueError, RecursionError) as error:
            raise BadInputError(
                f"the provenance of the {self.name} cannot be written as JSON ({error}); keep to "
                "strings, finite numbers, lists and dictionaries"
            ) from error
        return safetensors.numpy.save(arrays, metadata={_ENTRY: entry})

    def from_bytes(
        self, data: bytes, name: str, build: Callable[[Arrays, Document], _Thing]
    ) -> _Thing:
        """Read the content of a file; `name` is what errors call it.

        Args:
            data: the content.
            name: of the file.
            build: makes the thing of arrays and document; what it finds wrong with them, it says
                with a ValueError, KeyError, TypeError or `BadInputError`.

        Raises:
            CorruptError: truncated, altered, or of another kind.
            MismatchError: written in a newer format.
        """
        try:
            size = _header_size(data[:8], len(data))
            entry = json.loads(json.loads(data[8 : 8 + size])["__metadata__"][_ENTRY])
            document = dict(entry["document"])
            arrays = safetensors.numpy.load(data)
            self._refuse_another_kind(arrays, name)
            if isinstance(document["format"], int) and document["format"] > self.format:
                raise MismatchError(
                    f"'{name}' is written in format {document['format']} and this version reads "
                    f"up to {self.format}; {UPGRADE}"
                )
            if entry["sha256"] != _digest(arrays, document):
                raise ValueError("its digest does not match its content")
            if document["format"] not in range(1, self.format + 1):
                raise ValueError("its format is not known")
            self._check_arrays(arrays)
            return build(arrays, document)
        except MismatchError:
            raise
        except (
            KeyError,
            TypeError,
            ValueError,
            IndexError,
            RecursionError,
            LikewiseError,
            safetensors.SafetensorError,
        ) as error:
            raise CorruptError(
                f"'{name}' is not a {self.name} file or is damaged ({_short(error)}); get it again "
                f"from where it came, or {self.again}"
            ) from error

    def _refuse_another_kind(self, arrays: Arrays, name: str) -> None:
        for array, (kind, remedy) in _KINDS.items():
            if array in arrays and array not in {**self.arrays, **self.optional}:
                raise MismatchError(f"'{name}' is a {kind} file, not a {self.name} file; {remedy}")

    def _check_arrays(self, arrays: Arrays) -> None:
        types = {**self.arrays, **self.optional}
        if not self.arrays.keys() <= arrays.keys() <= types.keys():
            raise ValueError(f"it holds other arrays than a {self.name} has")
        for name, array in arrays.items():
            if array.dtype != types[name]:
                raise ValueError(f"its '{name}' is not {np.dtype(types[name]).name}")

    def check_encoder(self, learned_with: str, fingerprint: str) -> None:
        """Refuse vectors of another encoder: their numbers would mean something else.

        Args:
            learned_with: fingerprint of the encoder that it was learned with.
            fingerprint: of the encoder that made the vectors.

        Raises:
            MismatchError: they are not the same.
        """
        if learned_with != fingerprint:
            raise MismatchError(
                f"the {self.name} was learned with the encoder '{learned_with}' and these vectors "
                f"come from '{fingerprint}'; encode the images with the {self.name}'s encoder, or "
                f"{self.again} with this one"
            )

    def _read_checked(self, file: BinaryIO, source: Path) -> bytes:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST_FILE:
            raise CorruptError(
                f"'{source}' is not a {self.name} file: a regular file of at most {_LARGEST_FILE} "
                "bytes is wanted; check the path"
            )
        return file.read(about.st_size)


def _digest(arrays: Arrays, document: Document) -> str:
    digest = hashlib.sha256(_canonical(document).encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"\n{name} {array.dtype.name} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _canonical(document: Document) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _header_size(start: bytes, size_of_file: int) -> int:
    """Length of the header, refused before anything of that length is read."""
    size = int.from_bytes(start, "little")
    if len(start) < 8 or not 2 <= size <= min(_LARGEST_HEADER, size_of_file - 8):
        raise ValueError(f"its header claims {size} bytes and the file has {size_of_file}")
    return size


def _open_without_waiting(source: Path) -> int:
    """Open for reading without waiting for a writer, as a named pipe would make us."""
    return os.open(source, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
