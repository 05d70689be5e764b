"""Shards of samples: tar files as WebDataset writes them, read in place."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from likewise.errors import BadInputError, LikewiseError, NotFoundError
from likewise.images.decode import BadImageError, Limits
from likewise.sources import _rows
from likewise.sources._files import named_as_image
from likewise.sources._tar import Member, members, read_member, uri_of
from likewise.sources.base import Item, Refused, Source, is_url, location, with_slash

_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")
_MOST_SHARDS = 1_000_000
_LONGEST_TEXT = 4 << 20  # bytes of a .json, .cls or .txt
_TEXTS = ("cls", "txt", "text", "json", "caption")


@dataclass(eq=False)
class Webdataset(Source):
    """Images in shards, each with the other files of its sample as metadata.

    Files of a shard that follow one another and are called the same up to the first dot are a
    sample (the format of WebDataset, Aizman and others 2020). Of a sample every image is an item;
    its .json gives keys, its .cls and .txt one each. Nothing is unpacked: an image is read again
    from its place in the shard.

    Attributes:
        root: a shard, shards with ranges such as ``shards/{0000..0999}.tar``, or a folder of them.
        skipped: how many members the last walk passed over; texts of a sample do not count.
    """

    root: str
    skipped: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        if is_url(self.root):
            raise BadInputError(
                f"'{self.root}' is no path; shards are read in place from a disk, so copy or mount "
                "them first"
            )
        self._where = location(self.root)
        if not self._shards():
            raise NotFoundError(
                f"there is no shard at '{self.root}'; check its spelling and its range"
            )

    @classmethod
    def recognises(cls, what: str) -> int:
        """2 for ranges of tars, folders of tars, and tars whose first files are a sample."""
        if is_url(what) or "\0" in what:
            return 0
        where = location(what)
        if where.endswith(".tar") and _BRACES.search(where) and not Path(where).exists():
            return 2
        path = Path(where)
        if path.is_dir():
            return 2 * int(_is_folder_of_shards(path))
        return 2 * int(path.suffix == ".tar" and path.is_file() and _begins_with_a_sample(path))

    @property
    def base(self) -> str:
        """The folder that the shards, or their ranges, are in."""
        where = Path(self._where)
        if where.is_dir():
            return with_slash(where)
        before = self._where if where.exists() else _BRACES.split(self._where)[0]
        return with_slash(os.path.dirname(before))  # noqa: PTH120

    @property
    def name(self) -> str:
        """The folder's name, or the only shard's without its ending."""
        path = Path(self._where)
        if path.is_file():
            return path.stem
        return path.name if path.is_dir() else (Path(self.base).name or "shards")

    def items(self) -> Iterator[Item | Refused]:
        """An item for each image, shard by shard; one damaged shard does not stop the rest."""
        self.skipped = 0
        shards = self._shards()
        if not shards:
            raise NotFoundError(f"there is no shard at '{self.root}'; check its spelling")
        for shard in shards:
            name = os.path.relpath(shard, self.base)
            prefix = "" if str(shard) == self._where else f"{name.removesuffix('.tar')}/"
            try:
                yield from self._of_shard(shard, prefix)
            except LikewiseError as error:
                yield Refused(name, str(error))

    def read(self, item: Item, limits: Limits) -> bytes:
        """The bytes of an image in a shard; see `Source.read`."""
        return read_member(item, limits)

    def path(self, item: Item) -> Path | None:
        """No file of its own."""
        return None

    def _shards(self) -> list[Path]:
        path = Path(self._where)
        if path.is_dir():
            return sorted(found for found in path.rglob("*.tar") if found.is_file())
        if path.is_file():
            return [path]
        return [shard for shard in map(Path, _expanded(self._where)) if shard.is_file()]

    def _of_shard(self, shard: Path, prefix: str) -> Iterator[Item | Refused]:
        modified = shard.stat().st_mtime_ns
        sample: list[Member] = []
        for member in members(shard):
            if isinstance(member, Refused):
                yield Refused(prefix + member.id, member.reason)
                continue
            if sample and _key(member.name) != _key(sample[0].name):
                yield from self._of_sample(shard, prefix, sample, modified)
                sample = []
            sample.append(member)
        if sample:
            yield from self._of_sample(shard, prefix, sample, modified)

    def _of_sample(
        self, shard: Path, prefix: str, sample: list[Member], modified: int
    ) -> Iterator[Item | Refused]:
        images = [member for member in sample if named_as_image(member.name)]
        texts = [member for member in sample if _extension(member.name) in _TEXTS]
        self.skipped += len(sample) - len(images)
        if not images:
            return
        self.skipped -= len(texts)
        metadata: dict[str, Any] = {"shard": shard.name}
        for member in texts:
            metadata |= self._facts(shard, prefix, member, modified)
        for member in images:
            uri = uri_of(str(shard), member)
            yield Item(prefix + member.name, uri, member.size, modified, metadata)

    def _facts(self, shard: Path, prefix: str, member: Member, modified: int) -> dict[str, Any]:
        """What a text of a sample says."""
        kind, name = _extension(member.name), prefix + member.name
        if member.size > _LONGEST_TEXT:
            self.tally.omit(f"texts above {_LONGEST_TEXT >> 20} MiB", name)
            return {}
        item = Item(member.name, uri_of(str(shard), member), member.size, modified)
        try:
            text = read_member(item, Limits()).decode("utf-8-sig").strip() if member.size else ""
            if kind != "json":
                return {kind: text}
            found = json.loads(text)
            return _rows.plain(found) if isinstance(found, dict) else {"json": text}
        except (BadImageError, ValueError, RecursionError) as error:
            self.tally.omit("texts that cannot be read", f"{name} ({error})")
            return {}


def _key(name: str) -> str:
    """What the files of one sample share: the path up to the first dot of the file's name.

    Example:
        >>> _key("a/b.c/001.seg.png"), _key("a/001.jpg")
        ('a/b.c/001', 'a/001')
    """
    folder, slash, file = name.rpartition("/")
    return folder + slash + file.partition(".")[0]


def _extension(name: str) -> str:
    return name.rpartition("/")[2].partition(".")[2].lower()


def _expanded(pattern: str) -> Iterator[str]:
    """Every name that a pattern with ``{000..123}`` or ``{a,b}`` stands for, as shells write it.

    Example:
        >>> list(_expanded("{a,b}-{08..10}.tar"))[:4]
        ['a-08.tar', 'a-09.tar', 'a-10.tar', 'b-08.tar']
    """
    pieces = _BRACES.split(pattern)
    choices = [_choices(piece) if index % 2 else [piece] for index, piece in enumerate(pieces)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > _MOST_SHARDS:
        raise BadInputError(f"'{pattern}' stands for {count:,} shards; give a smaller range")
    for chosen in product(*choices):
        yield "".join(chosen)


def _choices(inside: str) -> list[str]:
    found = _RANGE.fullmatch(inside)
    if found is None:
        return inside.split(",")
    first, last = found.groups()
    width = max(len(first), len(last)) if first.startswith("0") or last.startswith("0") else 0
    low, high = int(first), int(last)
    if abs(high - low) >= _MOST_SHARDS:
        raise BadInputError(
            f"'{{{inside}}}' stands for {abs(high - low) + 1:,} shards; give a smaller range"
        )
    step = 1 if high >= low else -1
    return [str(number).zfill(width) for number in range(low, high + step, step)]


def _is_folder_of_shards(folder: Path) -> bool:
    """Whether there are tars in a folder and no images beside them."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if not entry.name.startswith(".")]
    return any(name.endswith(".tar") for name in names) and not any(map(named_as_image, names))


def _begins_with_a_sample(shard: Path) -> bool:
    """Whether the first two files of a tar are called the same but for their endings."""
    first: list[str] = []
    with suppress(LikewiseError, OSError):
        for member in members(shard):
            if isinstance(member, Member):
                first.append(_key(member.name))
            if len(first) == 2:
                break
    return len(first) == 2 and first[0] == first[1]
