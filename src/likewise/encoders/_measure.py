"""How fast an encoder is on this machine, by encoding drawn pictures for a few seconds."""

from __future__ import annotations

import io
import resource
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol, runtime_checkable

import numpy as np
from PIL import Image

from likewise.encoders._encode_files import encode_files
from likewise.encoders._read_ahead import Failure
from likewise.encoders.base import Encoder, encode_images, need_images
from likewise.errors import LikewiseError, StorageError
from likewise.images.decode import Limits
from likewise.sources.base import UNKNOWN, Item

WIDTH, HEIGHT = 640, 480
"""Pixels of the pictures; larger ones take longer to decode."""

SAME = 1e-3
"""How far apart the vectors of two providers may be, in any column."""

_PICTURES = 16  # different ones, which are read in turn
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes
_COMPARED = 4


@dataclass(frozen=True)
class Speed:
    """What an encoder does here.

    Attributes:
        images_a_second: read, decoded and encoded, as `likewise index` does it.
        seconds_to_start: until the first image was encoded.
        memory: bytes of the process at its most.
    """

    images_a_second: float
    seconds_to_start: float
    memory: int

    def seconds_for(self, images: int) -> float:
        """How long so many images take."""
        return self.seconds_to_start + images / self.images_a_second


@runtime_checkable
class ProviderEncoder(Encoder, Protocol):
    """An encoder that several providers of onnxruntime can run."""

    def providers(self) -> list[str]:
        """Their names, "cpu" first."""

    def with_provider(self, name: str) -> Encoder:
        """The same encoder, run by one of them."""

    def remember_provider(self, name: str) -> None:
        """Run it by this one on this machine from now on."""


@dataclass(frozen=True)
class ProviderSpeed:
    """What one provider does with an encoder.

    Attributes:
        name: of the provider.
        speed: None where it cannot run the encoder or answers other vectors.
        difference: the largest, of any column, to the vectors that the processor answers.
        problem: why it cannot run, or "".
    """

    name: str
    speed: Speed | None
    difference: float = 0.0
    problem: str = ""

    @property
    def outcome(self) -> str:
        """Its speed, or why it is not used."""
        if self.speed is not None:
            return f"{self.speed.images_a_second:.1f} images/s"
        return self.problem or f"not used, its vectors differ by {self.difference:.2g}"

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        speed = None if self.speed is None else self.speed.images_a_second
        return {"name": self.name, "images_a_second": speed, "difference": self.difference,
                "problem": self.problem}  # fmt: skip


def measure_providers(encoder: ProviderEncoder, seconds: float = 10) -> list[ProviderSpeed]:
    """Time an encoder under each provider, and remember the fastest that answers the same.

    Args:
        encoder: one that several providers can run.
        seconds: for all of them together.

    Returns:
        One for each provider, the fastest first.
    """
    names = encoder.providers()
    pictures = [_opened(_picture(seed)) for seed in range(_COMPARED)]
    expected = encode_images(encoder.with_provider("cpu"), pictures)
    found = []
    for name in names:
        runner = encoder.with_provider(name)
        try:
            difference = float(np.abs(encode_images(runner, pictures) - expected).max())
        except LikewiseError as error:
            found.append(ProviderSpeed(name, None, problem=str(error)))
            continue
        is_same = difference <= SAME
        speed = measure(runner, seconds / len(names)) if is_same else None
        found.append(ProviderSpeed(name, speed, difference))
    found.sort(key=lambda x: 0.0 if x.speed is None else -x.speed.images_a_second)
    encoder.remember_provider(found[0].name)
    return found


def measure(encoder: Encoder, seconds: float = 10) -> Speed:
    """Encode drawn JPEG pictures of 640 x 480 for about so many seconds.

    Args:
        encoder: one that reads images.
        seconds: after the first picture; one more at least is encoded.
    """
    need_images(encoder)
    pictures = [_picture(seed) for seed in range(_PICTURES)]
    items = (Item(str(n), str(n % _PICTURES), UNKNOWN, 0) for n in count())

    def read(item: Item, _: Limits) -> bytes:
        return pictures[int(item.uri)]

    start = first = last = time.perf_counter()
    done = -1  # the first picture waits for the encoder to be loaded
    with closing(encode_files(items, encoder, read=read)) as results:
        for _item, found in results:
            if isinstance(found, Failure):
                raise StorageError(f"a drawn picture cannot be encoded here ({found})")
            last = time.perf_counter()
            done += 1
            if done == 0:
                first = last
            elif last >= first + seconds:
                break
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT
    return Speed(done / max(last - first, 1e-9), first - start, memory)


def _opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture)).convert("RGB")


def _picture(seed: int) -> bytes:
    """A JPEG of smooth random colours."""
    small = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    stream = io.BytesIO()
    image = Image.fromarray(small).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    image.save(stream, "JPEG", quality=90)
    return stream.getvalue()
