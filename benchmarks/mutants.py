"""Spoilt copies of real images, through the decoder that indexing uses.

Each image of a folder is changed in one of five ways at random places: bytes replaced, bits
flipped, a piece cut out, a piece doubled, the end cut off. Whatever comes of it, this process must
live, each must be answered, and none may take more than ten seconds.

Run alone: python benchmarks/mutants.py --data FOLDER --count 50000 --json OUT
"""

from __future__ import annotations

import argparse
import io
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from _needs import announce
from _records import Figure, publish
from PIL import Image

from likewise.images.decode import BadImageError
from likewise.images.decode.confined import decode_confined, fences

_ENDED = re.compile("crashes the decoder|s to decode;|of memory to decode")
_KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "MPO", "AVIF")


def originals(folder: Path, count: int) -> list[bytes]:
    """Some images of the folder, each in another format, small enough to be many."""
    rng = random.Random(0)
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".png"))
    found = []
    for number, path in enumerate(rng.sample(paths, min(count, len(paths)))):
        with Image.open(path) as image:
            small = image.convert("RGB").resize((96, 72))
        out = io.BytesIO()
        try:
            small.save(out, _KINDS[number % len(_KINDS)])
        except (KeyError, OSError):  # a Pillow without that format
            small.save(out, "JPEG", progressive=bool(number % 2))
        found.append(out.getvalue())
    return found


def mutants(images: list[bytes], count: int) -> Iterator[bytes]:
    """Spoilt copies, the same every time."""
    rng = random.Random(1)
    for _ in range(count):
        data = bytearray(rng.choice(images))
        for _ in range(rng.choice((1, 1, 2, 8))):
            at = rng.randrange(len(data))
            length = rng.choice((1, 2, 4, 64))
            how = rng.randrange(5)
            if how == 0:
                data[at : at + length] = rng.randbytes(length)
            elif how == 1:
                data[at] ^= 1 << rng.randrange(8)
            elif how == 2 and len(data) > 200:
                del data[at : at + length]
            elif how == 3:
                data[at:at] = data[at : at + length]
            elif how == 4 and at > 50:
                del data[at:]
        yield bytes(data)


def main() -> None:
    """Run and publish."""
    announce()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    outcomes: Counter[str] = Counter()
    longest = 0.0
    for number, data in enumerate(mutants(originals(options.data, 200), options.count)):
        started = time.perf_counter()
        try:
            decode_confined(data, 64)
            outcome = "read"
        except BadImageError as error:
            outcome = "ended" if _ENDED.search(str(error)) else "refused"
        longest = max(longest, time.perf_counter() - started)
        outcomes[outcome] += 1
        if number % 1000 == 999:
            print(f"\r{number + 1:,} {dict(outcomes)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    setting = f"{options.count:,} spoilt images in {len(_KINDS)} formats; {', '.join(fences())}"
    publish(
        [
            Figure("answered", outcomes.total(), "images", "all", setting),
            Figure("read all the same", outcomes["read"], "images", "", setting),
            Figure("refused with a reason", outcomes["refused"], "images", "", setting),
            Figure("a decoding process ended", outcomes["ended"], "images", "", setting),
            Figure("the longest", longest, "s", "<= 10", setting),
        ],
        options.json,
    )


if __name__ == "__main__":
    main()
