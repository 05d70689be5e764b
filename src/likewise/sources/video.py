"""Frames of videos, sampled in even steps of time."""

from __future__ import annotations

import io
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from likewise.errors import BadInputError, MissingExtraError, NotFoundError
from likewise.images.decode import BadImageError, Limits
from likewise.images.decode.open_image import words_of
from likewise.sources._files import look_at, named_as_image
from likewise.sources._walk import walk
from likewise.sources.base import UNKNOWN, Item, Refused, Source, is_url, location, with_slash

SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts"})
"""Names that are taken for videos, in capitals or not."""

_OPEN = 2  # videos that are open for reading
_NEAR = 5.0  # seconds that are decoded on the way rather than jumped over
_QUALITY = 95


@dataclass(eq=False)
class Video(Source):
    """Frames of a video, or of every video below a folder, one every so many seconds.

    The id of a frame is the video's name and the second, such as ``clip.mp4#12.5``. Nothing is
    written to the disk: a frame is decoded when it is needed, and comes as a JPEG.

    Attributes:
        root: the video or the folder.
        every: seconds from one frame to the next.
        skipped: how many files the last walk passed over because no video is named so.
    """

    root: str
    every: float = 1.0
    skipped: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        self._where = Path(location(self.root))
        if is_url(self.root) or not self._where.exists():
            raise NotFoundError(f"the video '{self.root}' does not exist; check its spelling")
        if not 0 < self.every < float("inf"):
            raise BadInputError(f"every is {self.every}; seconds above 0 are wanted")
        _library()
        self._readers: OrderedDict[tuple[str, int], _Reader] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def recognises(cls, what: str) -> int:
        """2 for a video by its name, and for a folder with videos and no images in it."""
        path = Path(location(what))
        if is_url(what) or not path.exists():
            return 0
        if not path.is_dir():
            return 2 * int(_named_as_video(path.name))
        with os.scandir(path) as entries:
            names = [entry.name for entry in entries]
        return 2 * int(any(map(_named_as_video, names)) and not any(map(named_as_image, names)))

    @property
    def base(self) -> str:
        """The folder of the videos, with a slash."""
        folder = self._where if self._where.is_dir() else self._where.parent
        return with_slash(folder)

    @property
    def name(self) -> str:
        """The folder's name, or the video's without its ending."""
        return self._where.name if self._where.is_dir() else self._where.stem

    def items(self) -> Iterator[Item | Refused]:
        """An item for each frame of each video; one that cannot be opened is refused."""
        self.skipped = 0
        for name in self._names():
            if isinstance(name, Refused):
                yield name
                continue
            file = look_at(name, self.base + name, {})
            try:
                seconds = _seconds(self.base + name) if isinstance(file, Item) else 0.0
            except BadImageError as error:
                yield Refused(name, str(error))
                continue
            if isinstance(file, Refused):
                yield file
                continue
            for number in range(int(seconds / self.every - 1e-6) + 1):
                at = f"{number * self.every:.3f}".rstrip("0").rstrip(".")
                metadata = {"video": name, "time": float(at)}
                yield Item(f"{name}#{at}", f"{file.uri}#{at}", UNKNOWN, file.modified, metadata)

    def _names(self) -> Iterator[str | Refused]:
        if not self._where.is_dir():
            yield self._where.name
            return
        for name, entry in walk(str(self._where), self.tally):
            if isinstance(entry, Refused):
                yield entry
            elif _named_as_video(name):
                yield name
            else:
                self.skipped += 1

    def read(self, item: Item, limits: Limits) -> bytes:
        """A frame as a JPEG; see `Source.read`."""
        path, _, at = item.uri.rpartition("#")
        try:
            if Path(path).stat().st_mtime_ns != item.modified:
                raise BadImageError(f"changed: {Path(path).name} is not the video that was indexed")
        except OSError:
            raise BadImageError("missing: the video is gone") from None
        with self._lock:
            key = (path, item.modified)
            reader = self._readers.get(key)
            if reader is None:
                reader = self._readers[key] = _Reader(path)
                while len(self._readers) > _OPEN:
                    self._readers.popitem(last=False)
            self._readers.move_to_end(key)
        image = reader.frame(float(at), limits)
        out = io.BytesIO()
        image.save(out, "JPEG", quality=_QUALITY)
        limits.check_bytes(out.tell())
        return out.getvalue()

    def path(self, item: Item) -> Path | None:
        """No file of its own."""
        return None


class _Reader:
    """A video that is open: frames near to one another are decoded on the way."""

    def __init__(self, path: str) -> None:
        self._path, self._lock = path, threading.Lock()
        self._container: Any = None
        self._frames: Iterator[Any] = iter(())
        self._last: Any = None

    def frame(self, at: float, limits: Limits) -> Any:
        """The picture that is shown at a second."""
        with self._lock:
            try:
                return self._upright(self._found(at), limits)
            except BadImageError:
                raise
            except Exception as error:  # decoders of other people's bytes raise anything
                self._container = None
                raise BadImageError(f"cannot be decoded ({words_of(error)})") from error

    def _found(self, at: float) -> Any:
        if self._container is None:
            self._container = _library().open(self._path)
            self._last = None
        stream = self._container.streams.video[0]
        start = float((stream.start_time or 0) * stream.time_base)
        at += start
        if self._last is None or not 0 <= at - float(self._last.time) < _NEAR:
            self._container.seek(round(at / stream.time_base), stream=stream)
            self._frames = self._container.decode(stream)
            self._last = None
        half = 0.5 / float(stream.average_rate or 25)
        while self._last is None or float(self._last.time) + half < at:
            following = next(self._frames, None)
            if following is None:
                break
            if following.time is not None:
                self._last = following
        if self._last is None:
            raise BadImageError("the video has no frame there")
        return self._last

    def _upright(self, frame: Any, limits: Limits) -> Any:
        limits.check_pixels(frame.width, frame.height)
        image = frame.to_image()
        turn = int(getattr(frame, "rotation", 0) or 0)
        return image.rotate(turn, expand=True) if turn else image


def _seconds(path: str) -> float:
    """How long a video is.

    Raises:
        BadImageError: it cannot be opened, or does not say.
    """
    library = _library()
    try:
        with closing(library.open(path)) as container:
            streams = container.streams.video
            if not streams:
                raise BadImageError("there are no pictures in it, only sound")
            for length, base in (
                (streams[0].duration, streams[0].time_base), (container.duration, 1e-6),
            ):  # fmt: skip
                if length and base:
                    return float(length * base)
    except BadImageError:
        raise
    except Exception as error:  # the library has an exception for every kind of damage
        raise BadImageError(f"cannot be opened as a video ({words_of(error)})") from error
    raise BadImageError(
        "it does not say how long it is; write it anew, such as with ffmpeg -c copy"
    )


def _library() -> Any:
    try:
        import av
    except ImportError:
        raise MissingExtraError("reading videos", "video") from None
    with suppress(AttributeError):
        av.logging.set_level(av.logging.PANIC)  # what is wrong is said in our words
    return av


def _named_as_video(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122 - a name, not a path
