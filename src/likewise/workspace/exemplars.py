"""Images that people brought as examples from outside the collection."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from likewise.core.files import is_inside, new_file
from likewise.core.vectors import Vectors
from likewise.encoders.base import Encoder, encode_images, need_images
from likewise.errors import BadInputError, NotFoundError, StorageError
from likewise.images.decode import BadImageError
from likewise.images.decode.confined import read_confined
from likewise.images.thumbnails import LONGEST, make_thumbnail
from likewise.workspace.database import Database, now

_PREFIX = "exemplar:"


@dataclass(frozen=True, eq=False)
class Exemplar:
    """An image file that was read and encoded.

    Attributes:
        item: its id, made from its content.
        digest: of its content.
        path: its file.
        vector: shape (1, dim).
    """

    item: str
    digest: str
    path: Path
    vector: Vectors


def read_exemplar(path: Path, encoder: Encoder) -> Exemplar:
    """Read and encode one image file.

    Raises:
        BadInputError: it is not an image that can be read; the message names it and the reason.
            Or the encoder stands for vectors that were computed elsewhere.
    """
    need_images(encoder)
    try:
        decoded = read_confined(path, encoder.input_size)
    except BadImageError as error:
        raise BadInputError(f"{path} cannot be used as an example: {error}") from error
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read ({error.strerror})") from error
    vector = encode_images(encoder, [decoded.image])
    return Exemplar(f"{_PREFIX}{decoded.digest[:16]}", decoded.digest, path, vector)


class Exemplars:
    """The outside examples of a workspace, each with a copy of its file.

    The copy is kept because a decision rests on it: the original may go, and another encoder
    must be able to read it again.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database, self._folder = database, folder

    def keep(self, exemplar: Exemplar) -> str:
        """Copy the image into the workspace; answers its id.

        Raises:
            StorageError: the disk is full or refuses.
        """
        file = f"{exemplar.digest[:16]}{exemplar.path.suffix.lower()}"
        try:
            self._folder.mkdir(exist_ok=True)
            if not (self._folder / file).exists():
                with new_file(self._folder / file) as part:
                    shutil.copyfile(exemplar.path, part)
        except OSError as error:
            raise StorageError(
                f"{exemplar.path} could not be copied into {self._folder} ({error.strerror}); "
                "free some space, then run the command again"
            ) from error
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO exemplars VALUES (?, ?, ?, ?, ?)",
                (exemplar.item, exemplar.digest, str(exemplar.path), file, now()),
            )
        return exemplar.item

    def paths(self, items: Sequence[str]) -> dict[str, Path]:
        """Files of those ids that are exemplars.

        A database from elsewhere may name any file of this machine: only one in the folder of
        exemplars is answered.
        """
        rows = self._database.rows("SELECT item, file FROM exemplars")
        requested = set(items)
        return {
            item: self._folder / file
            for item, file in rows
            if item in requested and is_inside(self._folder, file)
        }

    def origins(self, items: Sequence[str]) -> dict[str, str]:
        """The paths that those ids which are exemplars were read from."""
        rows = self._database.rows("SELECT item, name FROM exemplars")
        requested = set(items)
        return {item: name for item, name in rows if item in requested}

    def pictures(self, items: Sequence[str]) -> dict[str, bytes]:
        """Thumbnails of those ids that are exemplars and can be read, as JPEG."""
        found = {}
        for item, path in self.paths(items).items():
            with suppress(BadImageError, OSError):
                found[item] = make_thumbnail(read_confined(path, LONGEST).image)
        return found

    def vectors(self, items: Sequence[str], encoder: Encoder) -> dict[str, Vectors]:
        """Vectors, shape (1, dim) each, of those ids that are exemplars."""
        return {
            item: read_exemplar(path, encoder).vector for item, path in self.paths(items).items()
        }
