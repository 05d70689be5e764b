"""Object storage through fsspec: what is asked again when a connection breaks."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from likewise.errors import BadInputError, LikewiseError, MissingExtraError
from likewise.images.decode import BadImageError, Limits
from likewise.images.decode.open_image import words_of
from likewise.sources.base import UNKNOWN

SCHEMES = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
}
"""What URLs of object storage begin with, and the package that reads it."""

_ATTEMPTS = 3
_PAUSE = 0.5  # seconds before the second attempt; twice as long before each further one
_SETTINGS = ("AWS_", "AZURE_", "FSSPEC_", "GCSFS_", "GOOGLE_", "STORAGE_EMULATOR_")
_REFUSED = (FileNotFoundError, PermissionError)


def scheme_of(url: str) -> str:
    """What a URL begins with.

    Example:
        >>> scheme_of("s3://bucket/photos")
        's3'
    """
    return urlsplit(url).scheme.lower()


def file_system(scheme: str) -> Any:
    """The fsspec file system of a scheme; credentials are the environment's.

    Raises:
        MissingExtraError: its package is not installed.
        BadInputError: there is no such scheme.
    """
    if scheme not in SCHEMES:
        raise BadInputError(
            f"'{scheme}://' is no object storage that is read; these are: "
            + ", ".join(f"{scheme}://" for scheme in SCHEMES)
        )
    settings = sorted(pair for pair in os.environ.items() if pair[0].startswith(_SETTINGS))
    return _opened(scheme, tuple(settings))


@lru_cache(maxsize=8)
def _opened(scheme: str, _settings: tuple[tuple[str, str], ...]) -> Any:
    """One file system for each state of the environment, which it reads when it is made."""
    try:
        import fsspec

        options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
        return fsspec.filesystem(scheme, **options)
    except ImportError:
        raise MissingExtraError(f"reading {scheme}://", "cloud") from None


def read(url: str, limits: Limits, size: int = UNKNOWN) -> bytes:
    """The bytes of an object.

    Args:
        url: of the object.
        limits: caps on its size.
        size: bytes that it had when it was listed, or `UNKNOWN`.

    Raises:
        BadImageError: it is gone, forbidden, too large, has changed, or cannot be reached.
    """
    limits.check_bytes(size)
    end = int(limits.max_megabytes * 2**20) + 1
    try:
        system = file_system(scheme_of(url))
    except LikewiseError as error:
        raise BadImageError(str(error)) from None
    for attempt in range(_ATTEMPTS):
        try:
            data = bytes(system.cat_file(url, start=0, end=end) if size == UNKNOWN
                         else system.cat_file(url))  # fmt: skip
        except FileNotFoundError:
            raise BadImageError("missing: the object is gone") from None
        except PermissionError as error:
            raise BadImageError(f"forbidden ({words_of(error)})") from None
        except Exception as error:  # each storage has exceptions of its own for a broken connection
            why = f"cannot be read ({words_of(error)})"
        else:
            if size == UNKNOWN and len(data) == end:
                raise BadImageError(
                    f"more than {limits.max_megabytes:g} megabytes, the cap for a file; raise it "
                    "with --max-megabytes"
                )
            if size not in (UNKNOWN, len(data)):
                raise BadImageError(f"changed: it has {len(data)} bytes and was listed with {size}")
            return data
        if attempt + 1 < _ATTEMPTS:
            time.sleep(_PAUSE * 2**attempt)
    raise BadImageError(why)
