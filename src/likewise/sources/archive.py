"""A zip or tar of images, read in place; nothing is unpacked."""

from __future__ import annotations

import codecs
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from likewise.errors import BadInputError, CorruptError, NotFoundError
from likewise.images.decode import BadImageError, Limits
from likewise.sources._files import named_as_image
from likewise.sources._tar import is_hidden, is_safe, members, read_member, uri_of
from likewise.sources.base import Item, Refused, Source, is_url, location

_ENDINGS = {".zip": "zip", ".cbz": "zip", ".tar": "tar"}
_WHOLE = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_ENCRYPTED = 0x1
_UTF8 = 0x800


@dataclass(eq=False)
class Archive(Source):
    """Image files inside a zip or a tar, under the names that they have there.

    Links, devices, and names that lead out of the archive are refused. What a member says about
    its own size is checked against the caps before it is read, and no more than that is ever
    decompressed.

    Attributes:
        root: a .zip or .tar.
        encoding: of names in a zip that does not say it, such as cp932 of Japanese Windows; UTF-8
            where the names are that, else code page 437, unless given.
        skipped: how many members the last walk passed over because no image is named so.
    """

    root: str
    encoding: str = ""
    skipped: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        self._file = Path(location(self.root))
        self._kind = _ENDINGS.get(self._file.suffix.lower())
        if self.root.lower().endswith(_WHOLE):
            raise BadInputError(
                f"{self.root} is compressed as a whole, so no image in it can be read by itself; "
                "unpack it to a plain .tar"
            )
        if self._kind is None or is_url(self.root):
            raise BadInputError(f"'{self.root}' is no .zip or .tar by its name; give one")
        try:
            codecs.lookup(self.encoding or "utf-8")
        except LookupError as error:
            raise BadInputError(
                f"'{self.encoding}' is no encoding that is known; give one such as cp932 or gbk"
            ) from error
        if not self._file.is_file():
            raise NotFoundError(f"the archive '{self.root}' does not exist; check its spelling")
        self._zip: zipfile.ZipFile | None = None
        self._zip_modified = 0

    @classmethod
    def recognises(cls, what: str) -> int:
        """1 for a file that is a zip or tar by its name."""
        path = Path(location(what))
        ours = path.suffix.lower() in _ENDINGS or what.lower().endswith(_WHOLE)
        return int(ours and not is_url(what) and path.is_file())

    @property
    def base(self) -> str:
        """The archive, with a slash."""
        return f"{self._file}/"

    @property
    def name(self) -> str:
        """The archive's name without its ending."""
        return self._file.stem

    def items(self) -> Iterator[Item | Refused]:
        """Every member with the name of an image, or why it is refused."""
        self.skipped = 0
        yielded: set[str] = set()
        for entry in self._tar_items() if self._kind == "tar" else self._zip_items():
            if not named_as_image(entry.id):
                self.skipped += 1
            elif entry.id in yielded and isinstance(entry, Item):
                yield Refused(f"{entry.id} (again)", "the archive has two files of that name")
            else:
                yielded.add(entry.id)
                yield entry

    def read(self, item: Item, limits: Limits) -> bytes:
        """The bytes of a member; see `Source.read`."""
        return read_member(item, limits) if self._kind == "tar" else self._from_zip(item, limits)

    def path(self, item: Item) -> Path | None:
        """No file of its own."""
        return None

    def _tar_items(self) -> Iterator[Item | Refused]:
        modified = self._file.stat().st_mtime_ns
        for member in members(self._file):
            if isinstance(member, Refused):
                yield member
                continue
            folder = member.name.rpartition("/")[0]
            uri = uri_of(str(self._file), member)
            yield Item(member.name, uri, member.size, modified, {"folder": folder})

    def _zip_items(self) -> Iterator[Item | Refused]:
        members = self._opened().infolist()
        windows = not any("/" in info.filename for info in members)
        for info in members:
            name = self._name_of(info)
            if windows or info.create_system == 0:  # MS-DOS and what came after it
                name = name.replace("\\", "/")
            if name.endswith("/"):
                continue
            why = _why_not(info, name)
            if why:
                yield Refused(name, why)
            if why or is_hidden(name) or name.startswith("__MACOSX/"):
                continue
            folder = name.rpartition("/")[0]
            # The check sum tells a member that was replaced by one of the same size and minute.
            when = _seconds(info) * 10**9 + info.CRC % 10**9
            yield Item(name, self.base + info.filename, info.file_size, when, {"folder": folder})

    def _name_of(self, info: zipfile.ZipInfo) -> str:
        """The name of a member, whose bytes may be of another encoding than the zip says."""
        if info.flag_bits & _UTF8 or info.filename.isascii():
            return info.filename
        raw = info.filename.encode("cp437")
        try:
            return raw.decode(self.encoding or "utf-8")
        except UnicodeDecodeError:
            if self.encoding:
                return info.filename
            self.tally.note(
                "names whose encoding the archive does not say (name it, such as "
                "--set encoding=cp932)",
                info.filename,
            )
            return info.filename

    def _opened(self) -> zipfile.ZipFile:
        """The zip as it is now; its list is read once, and again when the file has changed."""
        try:
            modified = self._file.stat().st_mtime_ns
            if self._zip is None or modified != self._zip_modified:
                self._zip, self._zip_modified = zipfile.ZipFile(self._file), modified
        except FileNotFoundError:
            raise NotFoundError(f"the archive '{self.root}' is gone; bring it back") from None
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise CorruptError(
                f"{self.root} cannot be read as a zip ({error}); write it again"
            ) from error
        except OSError as error:
            raise BadInputError(f"{self.root} cannot be read ({error.strerror})") from error
        return self._zip

    def _from_zip(self, item: Item, limits: Limits) -> bytes:
        try:
            opened = self._opened()
            info = opened.getinfo(item.uri.removeprefix(self.base))
        except KeyError:
            raise BadImageError("missing: it is not in the archive any more") from None
        except (NotFoundError, CorruptError, BadInputError) as error:
            raise BadImageError(str(error)) from error
        limits.check_bytes(info.file_size)
        try:
            with opened.open(info) as file:
                data = file.read(info.file_size + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            RuntimeError,
            NotImplementedError,
        ) as error:
            raise BadImageError(f"broken in its archive ({error})") from None
        except OSError as error:
            raise BadImageError(f"cannot be read ({error.strerror})") from error
        if len(data) != info.file_size:
            raise BadImageError("broken in its archive (it is not as long as it says)")
        return data


def _why_not(info: zipfile.ZipInfo, name: str) -> str:
    """Why a member of a zip is not taken; "" for one that is."""
    if not (is_safe(info.filename) and is_safe(name)):
        return "its name leads out of the archive"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a link; only files of the archive itself are read"
    if kind not in (0, stat.S_IFREG):
        return "no regular file"
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted; unpack the archive with its password first"
    if info.compress_type not in _METHODS:
        return f"it is compressed by a method that is not read ({info.compress_type})"
    return ""


def _seconds(info: zipfile.ZipInfo) -> int:
    try:
        return int(datetime(*info.date_time).timestamp())
    except (ValueError, OverflowError, OSError):
        return 0
