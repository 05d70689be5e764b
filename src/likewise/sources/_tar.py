"""Members of a tar file, read in place: where each begins, and never anything unpacked."""

from __future__ import annotations

import os
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from likewise.errors import BadInputError, CorruptError, NotFoundError
from likewise.images.decode import BadImageError, Limits
from likewise.sources.base import Item, Refused

_COMPRESSED = {b"\x1f\x8b": "gzip", b"BZ": "bzip2", b"\xfd7": "xz", b"\x28\xb5": "zstd"}


@dataclass(frozen=True)
class Member:
    """A regular file in a tar.

    Attributes:
        name: as the tar has it.
        offset: of its first byte in the tar.
        size: bytes.
    """

    name: str
    offset: int
    size: int


def members(path: Path) -> Iterator[Member | Refused]:
    """The members of a tar in its order; links, devices and names that lead out are refused.

    Headers alone are read. Folders and what begins with a dot are passed over.

    Raises:
        NotFoundError: there is no such file.
        CorruptError: it is no tar, or is damaged from here on.
        BadInputError: it is compressed as a whole.
    """
    try:
        with tarfile.open(path, "r:", errorlevel=2) as tar:
            while (info := tar.next()) is not None:
                tar.members = []  # type: ignore[attr-defined]  # else it keeps them all
                found = _member(info)
                if found is not None:
                    yield found
            if not _ends_at(path, tar.offset):
                raise CorruptError(_damaged(path, f"no header at byte {tar.offset}"))
    except FileNotFoundError:
        raise NotFoundError(f"'{path}' does not exist; check its spelling") from None
    except (tarfile.TarError, zlib.error, ValueError, EOFError) as error:
        kind = _compression(path)
        if kind is not None:
            raise BadInputError(
                f"{path} is compressed as a whole ({kind}), so no image in it can be read by "
                "itself; unpack it to a plain .tar"
            ) from error
        raise CorruptError(_damaged(path, str(error))) from error
    except OSError as error:
        raise BadInputError(f"{path} cannot be read ({error.strerror}); give another") from error


def uri_of(path: str, member: Member) -> str:
    """Where a member is, for people and for `read_member`."""
    return f"{path}/{member.name}@{member.offset}"


def read_member(item: Item, limits: Limits) -> bytes:
    """The bytes of a member whose uri is of `uri_of`.

    Raises:
        BadImageError: the tar is gone, is not the one that was indexed, or the member is too
            large.
    """
    archive, _, offset = item.uri.rpartition("@")
    path = _tar_in(archive)
    if path is None:
        raise BadImageError("missing: the tar is gone")
    limits.check_bytes(item.size)
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mtime_ns != item.modified:
                raise BadImageError(f"changed: {path.name} is not the tar that was indexed")
            data = os.pread(file.fileno(), item.size, int(offset))
    except OSError as error:
        raise BadImageError(f"cannot be read ({error.strerror})") from error
    if len(data) < item.size:
        raise BadImageError(f"truncated file ({path.name} ends before it)")
    return data


def is_safe(name: str) -> bool:
    r"""Whether a name of a member stays below where it would be unpacked.

    Example:
        >>> is_safe("cats/tom.jpg"), is_safe("../../etc/passwd"), is_safe("C:\\x.jpg")
        (True, False, False)
    """
    parts = name.replace("\\", "/").split("/")
    return not (
        not name or "\0" in name or ".." in parts or parts[0] == "" or parts[0].endswith(":")
    )


def is_hidden(name: str) -> bool:
    """Whether a file or a folder above it begins with a dot."""
    return any(part.startswith(".") for part in name.split("/"))


def _member(info: tarfile.TarInfo) -> Member | Refused | None:
    name = info.name.removeprefix("./")
    if info.isdir():
        return None
    if not is_safe(name):
        return Refused(name, "its name leads out of the archive")
    if is_hidden(name):
        return None
    if info.issym() or info.islnk():
        return Refused(name, "a link; only files of the archive itself are read")
    if not info.isreg() or info.issparse():
        return Refused(name, "no regular file")
    try:
        name.encode()
    except UnicodeEncodeError:
        return Refused(name.encode(errors="replace").decode(), "its name is not valid UTF-8")
    return Member(name, info.offset_data, info.size)


def _tar_in(path_text: str) -> Path | None:
    """The tar that a uri of a member begins with."""
    path = Path(path_text).parent
    while not path.is_file():
        if path == path.parent:
            return None
        path = path.parent
    return path


def _ends_at(path: Path, offset: int) -> bool:
    """Whether a tar ends there, with or without blocks of zeros; the library stops at garbage."""
    with path.open("rb") as file:
        file.seek(offset)
        block = file.read(tarfile.BLOCKSIZE)
    return not any(block)


def _compression(path: Path) -> str | None:
    with path.open("rb") as file:
        return _COMPRESSED.get(file.read(2))


def _damaged(path: Path, why: str) -> str:
    return f"{path} cannot be read as a tar ({why}); write it again"
