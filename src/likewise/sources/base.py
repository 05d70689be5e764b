"""The protocol of a source, which yields items under its own keys; how a source is found."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol

from likewise.core.box import Box
from likewise.errors import BadInputError, NotFoundError
from likewise.images.decode import Limits, read_bytes
from likewise.images.decode.confined import decode_confined
from likewise.registry import build, names, part
from likewise.sources._summary import Tally

UNKNOWN = -1
"""Size of an item that only reading it tells."""

_WHOLE = re.compile(r"/|[a-z][a-z0-9+.-]*://")


@dataclass(frozen=True)
class Item:
    """One image, or one part of an image, as its source lists it; no pixel has been read.

    A part of an image is an item of its own: it has a vector, a thumbnail and a digest of what is
    in its box, and is found, labelled and counted like any other. `uri`, `size` and `modified`
    are those of the whole image. A source should yield the parts of one image one after the other,
    with the image itself (where it is an item, too) among them: then its file is decoded once.

    Attributes:
        id: the source's own key: in a folder, the path relative to it with forward slashes; a
            part's is unlike its image's, such as ``cats/tom.jpg#1``.
        uri: where its bytes lie; an absolute path for a file of its own, and for anything else
            what its source takes to read it.
        size: bytes, or `UNKNOWN`.
        modified: when it was last changed, nanoseconds since 1970; 0 where that is unknown.
        metadata: more facts, strings and numbers.
        parent: of a part, the id of its image in this source, whether or not the source yields
            that image as well; None for a whole image.
        box: which part of the upright image it is; None for all of it.

    Raises:
        BadInputError: a box without a parent.
    """

    id: str
    uri: str
    size: int
    modified: int
    metadata: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    box: Box | None = None

    def __post_init__(self) -> None:
        if self.box is not None and self.parent is None:
            raise BadInputError(
                f"the item '{self.id}' has a box and no parent; give the id of the image that it "
                "is a part of"
            )


@dataclass(frozen=True)
class Refused:
    """An entry that a source cannot use, with the reason in one line."""

    id: str
    reason: str


class Source(Protocol):
    """Yields items in a stable order; ids are unique within the source.

    A source is a dataclass. Its first field is `root`, where it reads from; its other fields are
    its options, plain values that a workspace stores to open the source again. A subclass of this
    class has to define `root` and `items` only.

    Attributes:
        root: where it reads from, as a person would write it.
        skipped: how many entries the last walk passed over because their names are not of images.
        ids_are_paths: an item's uri is `base` and its id, so that the id alone locates it.
        annotated: its images come with labels; where none has one, the summary says so.
    """

    root: str
    skipped: int = 0
    ids_are_paths: ClassVar[bool] = False
    annotated: ClassVar[bool] = False

    @cached_property
    def tally(self) -> Tally:
        """Counts of what the walk in progress, or else the last one, read.

        `items` adds what it does not yield: `tally.omit` for everything that it leaves out,
        `tally.add_boxes` for boxes of which it makes no items.
        """
        return Tally(self.annotated)

    @classmethod
    def recognises(cls, what: str) -> int:
        """How well this kind of source fits what a person wrote.

        Returns:
            0 where it cannot read it, 1 where it can, 2 for the layout that it is made for.
        """
        return 0

    @property
    def base(self) -> str:
        """The common start of uris below `root`, such as the folder and a slash.

        It is not stored with each item, so that images can move together with their workspace.
        """
        return ""

    @property
    def name(self) -> str:
        """The default name of a workspace of it."""
        return Path(location(self.root)).resolve().name or "root"

    def items(self) -> Iterator[Item | Refused]:
        """Every item, or what was refused and why; one bad entry never stops the walk."""
        ...

    def count(self) -> int | None:
        """How many entries `items` will yield; None where that takes a walk to know."""
        return None

    def read(self, item: Item, limits: Limits) -> bytes:
        """The bytes of an item's image file; called from several threads at once.

        Raises:
            BadImageError: it is gone, forbidden, too large or has changed.
        """
        return read_bytes(item.uri, limits)

    def path(self, item: Item) -> Path | None:
        """The file that holds this item and nothing else; None where there is no such file."""
        return Path(item.uri)

    def there(self, item: Item) -> bool:
        """Whether the item still exists, as far as that is known without reading it."""
        path = self.path(item)
        return path is None or path.is_file()


def counted_items(source: Source) -> Iterator[Item | Refused]:
    """What `source.items()` yields; after it, `source.tally` has counted this walk alone."""
    source.tally = Tally(source.annotated)
    for entry in source.items():
        if isinstance(entry, Refused):
            source.tally.omit("entries that cannot be used", f"{entry.id}: {entry.reason}")
        else:
            source.tally.add(entry)
        yield entry


@dataclass(frozen=True, eq=False)
class Original:
    """An item of a collection and the source that can read it again.

    Attributes:
        item: under the collection's id, with its whole uri.
        source: reads it.
    """

    item: Item
    source: Source

    @property
    def uri(self) -> str:
        """Where its bytes are, for people to read."""
        return self.item.uri

    @property
    def path(self) -> Path | None:
        """The file that holds it and nothing else, if there is one; a part has none."""
        return None if self.item.box is not None else self.source.path(self.item)

    @property
    def there(self) -> bool:
        """Whether it still exists, as far as that is known without reading it."""
        return self.source.there(self.item)

    def read(self, limits: Limits | None = None) -> bytes:
        """The bytes of its image file; of a part, those of a PNG made of it.

        Raises:
            BadImageError: it is gone, forbidden, too large or has changed.
        """
        caps = limits or Limits()
        data = self.source.read(self.item, caps)
        if self.item.box is None:
            return data
        out = io.BytesIO()
        decode_confined(data, limits=caps, box=self.item.box).image.save(out, "PNG")
        return out.getvalue()


def location(root: str) -> str:
    """Where a root is, whatever folder one is in: an absolute path, or the URL that it is.

    Example:
        >>> location("s3://bucket/photos"), location("/data/./photos/")
        ('s3://bucket/photos', '/data/photos')
    """
    if is_url(root):
        return root
    return os.path.abspath(os.path.expanduser(root))  # noqa: PTH111 - a Path would eat "{0..9}/.."


def with_slash(folder: str | os.PathLike[str]) -> str:
    """A folder as the start of the uris in it.

    Example:
        >>> with_slash("/data/photos"), with_slash("/")
        ('/data/photos/', '/')
    """
    return os.path.join(folder, "")  # noqa: PTH118 - a Path would drop the slash


def is_url(root: str) -> bool:
    """Whether a root is a URL and no path.

    Example:
        >>> is_url("s3://bucket/photos"), is_url("photos/2026")
        (True, False)
    """
    return "://" in root and bool(_WHOLE.match(root)) and not root.startswith("/")


def short_uri(uri: str, base: str) -> str:
    """A uri as it is stored: without the base that it begins with.

    Example:
        >>> short_uri("/photos/cats/tom.jpg", "/photos/")
        'cats/tom.jpg'
    """
    short = uri.removeprefix(base)
    return uri if not short or _WHOLE.match(short) else short


def absolute_uri(stored: str, base: str) -> str:
    """A stored uri made whole again.

    Example:
        >>> absolute_uri("cats/tom.jpg", "/moved/photos/"), absolute_uri("s3://b/a.png", "/p/")
        ('/moved/photos/cats/tom.jpg', 's3://b/a.png')
    """
    return stored if _WHOLE.match(stored) else base + stored


def open_source(
    what: str | os.PathLike[str], name: str | None = None, options: Mapping[str, Any] | None = None
) -> Source:
    """Open a source: of the kind that is named, else of the kind that recognises what is given.

    Args:
        what: a folder, a file, a URL: what a person would write.
        name: of a part, such as "folder".
        options: fields of the part.

    Raises:
        BadInputError: no such kind or option, or what is given is nothing that can be read.
        NotFoundError: it does not exist.
    """
    root = os.fspath(what)
    kind = recognised(root) if name is None else name
    if kind is not None:
        if name is None:
            _check_options(kind, options or {})
        source: Source = build("sources", kind, "source", options or {}, root)
        return source
    if not root or "\0" in root:
        raise BadInputError(f"{root!r} cannot be the path of a folder; give another")
    if not is_url(root) and not os.path.lexists(location(root)):
        raise NotFoundError(f"'{root}' does not exist; check its spelling")
    raise BadInputError(
        f"'{root}' is not a folder, nor of another kind that is read; give the folder that holds "
        f"the images, or say what it is with --source: {', '.join(names('sources'))}"
    )


def _check_options(kind: str, options: Mapping[str, Any]) -> None:
    """Refuse an option that the kind which was recognised lacks and another has.

    Raises:
        BadInputError: see above; the message names the kinds that have it.
    """
    options_of_kind = _options(kind)
    for option in options:
        others = [other for other in names("sources") if option in _options(other)]
        if option not in options_of_kind and others:
            raise BadInputError(
                f"what was given looks like the source '{kind}', which has no option '{option}'; "
                f"say what it is with {' or '.join(f'--source {other}' for other in others)}"
            )


def _options(kind: str) -> set[str]:
    return {field.name for field in fields(part("sources", kind)) if field.init} - {"root"}


def recognised(what: str) -> str | None:
    """Name of the kind of source that is surest to read what a person wrote, if any does."""
    sureness = {name: part("sources", name).recognises(what) for name in names("sources")}
    best = max(sureness, key=lambda name: sureness[name])
    return best if sureness[best] else None


def name_of(source: Source) -> str:
    """Name of a source's kind.

    Raises:
        BadInputError: it is of no kind that is registered.
    """
    kind = type(source)
    for name in names("sources"):
        if part("sources", name) is kind:
            return name
    raise BadInputError(
        f"{kind.__name__} is no registered source; register it under the entry points "
        "'likewise.sources'"
    )


def options_of(source: Source) -> dict[str, Any]:
    """The options that a source was made with, those that differ from the default alone."""
    settable = [x for x in fields(source) if x.init and x.name != "root"]  # type: ignore[arg-type]
    values = {x.name: getattr(source, x.name) for x in settable}
    return {x.name: values[x.name] for x in settable if values[x.name] != x.default}
