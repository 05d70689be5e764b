"""A dataset's files in object storage, where an object is there whole or not at all.

The storage itself keeps what it has acknowledged and checks digests, so nothing is flushed or noted
here. Credentials are the environment's, as for images.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from likewise.core.addresses import refuse_secret
from likewise.errors import BusyError, CorruptError, LikewiseError, NotFoundError, StorageError

SCHEMES = ("s3", "gs", "az", "abfss")
"""What URLs begin with that Lance reads and writes."""

_URL = re.compile(rf"({'|'.join(SCHEMES)}):/{{1,2}}([^/].*)")
_RETRIES = {"client_max_retries": "3", "client_retry_timeout": "30"}  # seconds
_FORBIDDEN = ("AccessDenied", "403 Forbidden", "401 Unauthorized", "InvalidAccessKeyId",
              "PermissionDenied", "SignatureDoesNotMatch")  # fmt: skip
_MISSING = ("Not found", "NotFound", "NoSuchKey", "404 Not Found")
_DAMAGED = (*_MISSING, "encountered", "too small", "out of range", "magic",
            "out of bounds", "nvalid", "corrupt")  # fmt: skip


def bucket_url(address: object) -> str:
    """The URL of a place in object storage; "" for anything else.

    Args:
        address: a URL, or a path that was made of one and has lost a slash.

    Example:
        >>> bucket_url(Path("s3://photos/ws/")), bucket_url("photos.likewise")
        ('s3://photos/ws', '')

    Raises:
        BadInputError: it holds a key, which would be stored.
    """
    found = _URL.fullmatch(os.fspath(address) if isinstance(address, os.PathLike) else str(address))
    url = f"{found[1]}://{found[2].rstrip('/')}" if found else ""
    refuse_secret(url)
    return url


class Bucket:
    """Where a dataset, or another thing of a workspace, is in object storage.

    Attributes:
        uri: as Lance takes it.
        options: of the storage.
        how_checked: what `damaged` finding nothing means, in words.
        single_writer: whether the workspace's lock keeps every other writer out.
    """

    single_writer = False

    how_checked = "every file there and readable"

    def __init__(self, url: str) -> None:
        self.uri = url
        self.options = dict(_RETRIES)
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")
        if url.startswith("s3:") and endpoint:
            self.options["aws_endpoint"] = endpoint
            self.options["allow_http"] = str(endpoint.startswith("http://")).lower()

    def __str__(self) -> str:
        return self.uri

    def open_head(self) -> tuple[Any | None, tuple[str, ...]]:
        """The dataset at its newest version, or None; nothing is ever set aside.

        Raises:
            NotFoundError: there is no such bucket.
            CorruptError: the newest version cannot be read.
            StorageError: it may not be read, or cannot be reached.
        """
        import lance

        try:
            return lance.dataset(self.uri, storage_options=self.options), ()
        except (ValueError, OSError, RuntimeError) as error:
            if "was not found" in str(error):
                return None, ()
            raise self.unreadable(error) from error

    def make(self) -> None:
        """Nothing: there are no folders."""

    def begin(self, schema: Any) -> Any | None:
        """An empty first version, which one of several drivers makes and no other.

        Raises:
            BusyError: another was first.
        """
        import lance

        try:
            return lance.write_dataset(
                schema.empty_table(), self.uri, schema, mode="create", storage_options=self.options
            )
        except (ValueError, OSError) as error:
            if "already exists" in str(error):
                raise BusyError(
                    f"{self} was made by another process at the same time, so nothing was added; "
                    "run the same command again"
                ) from error
            raise

    def files(self) -> set[Path]:
        """Nothing: a listing would cost more than it tells."""
        return set()

    def sync(self, files: Iterable[Path]) -> None:
        """Nothing: what was acknowledged is kept."""

    def keep(self, files: set[Path]) -> None:
        """Nothing: what was acknowledged is kept, and the storage checks digests itself."""

    def data_files(self, fragments: Sequence[Any]) -> set[Path]:
        """Nothing."""
        del fragments
        return set()

    def complete_files(self, fragments: Sequence[Any]) -> set[Path]:
        """Nothing, once every data file of fragments was opened.

        Raises:
            OSError: one of them is not there, or cut short.
        """
        for file in (file for part in fragments for file in part.files):
            if not self._opens(file.path):
                raise OSError(f"{file.path}, which was written apart, is not there or cut short")
        return set()

    def discard(self, files: set[Path]) -> None:
        """Nothing: what a commit that failed has left goes with the next compaction."""

    def forget_digests(self) -> None:
        """Nothing: there are none."""

    def damaged(self, fragment: Any) -> tuple[bool, int]:
        """Whether files of a fragment are gone or cut short; all of them can be checked."""
        names = [file.path for file in fragment.metadata.files]
        return not all(map(self._opens, names)), 0

    def read(self, name: str) -> bytes | None:
        """An object below the URL; None where there is none.

        Raises:
            NotFoundError: there is no such bucket.
            StorageError: it may not be read, or the storage cannot be reached.
        """
        with tempfile.TemporaryDirectory() as folder:
            downloaded = Path(folder, "object")
            try:
                self._session().download_file(name, str(downloaded))
            except (ValueError, OSError, RuntimeError) as error:
                if any(mark in str(error) for mark in _MISSING) and "Bucket" not in str(error):
                    return None
                raise self.unreadable(error) from error
            return downloaded.read_bytes()

    def write(self, name: str, data: bytes) -> None:
        """Put an object below the URL, in place of what was there.

        Raises:
            NotFoundError: there is no such bucket.
            StorageError: it may not be written, or the storage cannot be reached.
        """
        with tempfile.TemporaryDirectory() as folder:
            uploaded = Path(folder, "object")
            uploaded.write_bytes(data)
            try:
                self._session().upload_file(str(uploaded), name)
            except (ValueError, OSError, RuntimeError) as error:
                raise self.refused(error, len(data)) from error

    def refused(self, error: Exception, byte_count: int) -> LikewiseError:
        """The error for a storage that would not take `wanted` bytes."""
        return self._described(
            error, "written", f"{byte_count:,} bytes were wanted and nothing was added; "
        )

    def unreadable(self, error: Exception) -> LikewiseError:
        """The error for what cannot be read."""
        text = str(error)
        if any(mark in text for mark in _DAMAGED) and not _is_outside(text):
            return CorruptError(
                f"vectors at {self} are gone or cut short ({_reason(text)}); run likewise doctor "
                "--repair, which takes their images out, and likewise index, which encodes those "
                "again"
            )
        return self._described(error, "read", "")

    def _described(self, error: Exception, verb: str, lost: str) -> LikewiseError:
        text = str(error)
        if "NoSuchBucket" in text:
            return NotFoundError(
                f"there is no bucket of {self}; make it, or check the spelling and which "
                "credentials are in the environment"
            )
        if "RequestTimeTooSkewed" in text:
            return StorageError(
                f"{self} could not be {verb}: the storage says that this machine's clock, where "
                f"it is {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, is wrong; {lost}set the clock and "
                "run the same command again"
            )
        if any(mark in text for mark in _FORBIDDEN):
            return StorageError(
                f"{self} may not be {verb} ({_reason(text)}); {lost}put credentials that may into "
                "the environment"
            )
        return StorageError(
            f"{self} could not be {verb} ({_reason(text)}); {lost}check the connection and run "
            "the same command again: what was committed is kept"
        )

    def _opens(self, name: str) -> bool:
        """Whether a data file is there with its end; damage is told from a lost connection."""
        try:
            self._session().open_reader(f"data/{name}").metadata()
        except (ValueError, OSError, RuntimeError) as error:
            if _is_outside(str(error)):
                raise self._described(error, "read", "") from error
            return False
        return True

    def _session(self) -> Any:
        from lance.file import LanceFileSession

        return LanceFileSession(self.uri, storage_options=self.options)


def _is_outside(text: str) -> bool:
    """Whether an error is the connection's or about rights, not about a file."""
    marks = ("NoSuchBucket", "error sending request", "connection", "timed out", *_FORBIDDEN)
    return any(mark in text for mark in marks)


def _reason(text: str) -> str:
    """The part of Lance's error that says something, in few words."""
    code = re.search(r"<Code>(\w+)</Code>", text)
    if code:
        return code[1]
    if "error sending request" in text or "HTTP error" in text:
        return "no connection"
    first = text.split(", /")[0].splitlines()[0] if text else "no reason given"
    return first if len(first) <= 120 else f"{first[:117]}..."
