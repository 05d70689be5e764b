"""What a repository of the Hugging Face hub holds, at one revision."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from likewise.encoders._models.transfer import digest_of, read_url
from likewise.errors import CorruptError, NotFoundError, StorageError, command_line

_LARGEST_LIST = 8 << 20  # bytes


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository.

    Attributes:
        path: in the repository.
        size: bytes.
        sha256: of a large file, as the hub lists it; else None.
        blob: of a small file, the digest that Git has of it; else None.
    """

    path: str
    size: int
    sha256: str | None = None
    blob: str | None = None

    def is_in(self, file: Path) -> bool:
        """Whether a file on the disk has these bytes, by the digest that the hub lists."""
        if self.sha256 is not None:
            return digest_of(file) == self.sha256
        if self.blob is not None:
            content = file.read_bytes()
            header = f"blob {len(content)}\0".encode()
            return hashlib.sha1(header + content, usedforsecurity=False).hexdigest() == self.blob
        return file.stat().st_size == self.size


@dataclass(frozen=True)
class Listing:
    """The files of a repository at a revision.

    Attributes:
        repository: OWNER/NAME.
        revision: the commit.
        files: every file.
    """

    repository: str
    revision: str
    files: tuple[RemoteFile, ...]

    def url(self, file: RemoteFile) -> str:
        """Where a file is."""
        path = f"{self.repository}/resolve/{self.revision}/{quote(file.path)}"
        return f"{hub_address()}/{path}"


def hub_address() -> str:
    """Where the hub is: $HF_ENDPOINT, which its own library reads too, or huggingface.co."""
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def list_files(repository: str, revision: str = "main") -> Listing:
    """The files of a repository.

    Raises:
        NotFoundError: the hub has no such repository or revision, or cannot be reached.
        CorruptError: it answers something else than a list of files.
    """
    url = f"{hub_address()}/api/models/{repository}/revision/{quote(revision, safe='')}?blobs=true"
    try:
        found: Any = json.loads(read_url(url, _LARGEST_LIST))
        files = tuple(_file(entry) for entry in found["siblings"])
        return Listing(repository, str(found["sha"]), files)
    except (OSError, StorageError) as error:
        raise NotFoundError(
            f"{hub_address()} cannot be reached ({error}); where it can, run: "
            f"{command_line('encoders', 'pack', 'NAME', '--to', 'FILE.zip')}, and here: "
            f"{command_line('encoders', 'get', '--from', 'FILE.zip')}"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError(f"{url} does not answer with a list of files ({error!r})") from error


def _file(entry: dict[str, Any]) -> RemoteFile:
    path, size = str(entry["rfilename"]), int(entry["size"])
    parts = Path(path).parts
    if not parts or Path(path).is_absolute() or ".." in parts or "\\" in path or "\0" in path:
        raise ValueError(f"a file is named {path!r}")
    lfs = entry.get("lfs")
    return RemoteFile(path, size, str(lfs["sha256"]) if lfs else None, entry.get("blobId"))
