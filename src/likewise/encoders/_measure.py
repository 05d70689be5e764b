"""How fast an encoder is on this machine, by encoding drawn pictures for a few seconds."""

from __future__ import annotations

import io
import resource
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from itertools import count

import numpy as np
from PIL import Image

from likewise.encoders._encode_files import encode_files
from likewise.encoders._read_ahead import Failure
from likewise.encoders.base import Encoder, need_images
from likewise.errors import StorageError
from likewise.images.decode import Limits
from likewise.sources.base import UNKNOWN, Item

WIDTH, HEIGHT = 640, 480
"""Pixels of the pictures; larger ones take longer to decode."""

_PICTURES = 16  # different ones, which are read in turn
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes


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


def _picture(seed: int) -> bytes:
    """A JPEG of smooth random colours."""
    small = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    stream = io.BytesIO()
    image = Image.fromarray(small).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    image.save(stream, "JPEG", quality=90)
    return stream.getvalue()
