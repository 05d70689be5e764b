"""Odd, broken and hostile images, made on the spot, each with what must come of it.

Nearly all that can be read show one picture of four quarters, so that a test can say whether it
came out upright and in its colours.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, features
from PIL.ExifTags import Base

SIZE = (64, 48)
RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 160, 60), (40, 60, 190), (230, 220, 60)
COLOURS = (RED, GREEN, BLUE, YELLOW)
GREYS = tuple((round(0.299 * r + 0.587 * g + 0.114 * b),) * 3 for r, g, b in COLOURS)
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Expected:
    """What must come of a file.

    Attributes:
        reason: regular expression that the refusal matches; None for an image that is read.
        size: width and height upright.
        quarters: colours of the four quarters, row by row; None where they are not tested.
        tolerance: how far each channel may be off.
        either: whether it may also be read, whatever comes out.
    """

    reason: str | None = None
    size: tuple[int, int] = SIZE
    quarters: tuple[tuple[int, ...], ...] | None = COLOURS
    tolerance: int = 8
    either: bool = False


READ = Expected()
GREY = Expected(quarters=GREYS)


def make_corpus(folder: Path) -> dict[str, Expected]:
    """Write every file into `folder`; answers what must come of each, by file name."""
    folder.mkdir(parents=True, exist_ok=True)
    expected: dict[str, Expected] = {}
    for family in (_turned, _modes, _containers, _names, _broken, _hostile):
        for name, data, outcome in family():
            assert name not in expected, name
            (folder / name).write_bytes(data)
            expected[name] = outcome
    return expected


def picture(mode: str = "RGB") -> Image.Image:
    """Red and green over blue and yellow."""
    pixels = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    middle = (SIZE[1] // 2, SIZE[0] // 2)
    pixels[: middle[0], : middle[1]], pixels[: middle[0], middle[1] :] = RED, GREEN
    pixels[middle[0] :, : middle[1]], pixels[middle[0] :, middle[1] :] = BLUE, YELLOW
    return Image.fromarray(pixels).convert(mode)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(width: int, height: int, depth: int, colour: int, rows: bytes, after: bytes = b"") -> bytes:
    """A PNG by hand: `rows` with their filter bytes, `after` chunks behind the pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + after
        + chunk(b"IEND", b"")
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_exif(**tags: Any) -> Image.Exif:
    """An EXIF block with base tags by name."""
    exif = Image.Exif()
    for name, value in tags.items():
        exif[Base[name]] = value
    return exif


Family = Iterator[tuple[str, bytes, Expected]]

_UNTURN = {
    1: (),
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_90),
    6: (Image.Transpose.ROTATE_90,),
    7: (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_270),
    8: (Image.Transpose.ROTATE_270,),
}
"""How a camera held that way stores the upright picture: by the words of the EXIF standard."""


def _turned() -> Family:
    for orientation, turns in _UNTURN.items():
        stored = picture()
        for turn in turns:
            stored = stored.transpose(turn)
        exif = with_exif(Orientation=orientation)
        yield f"turned-{orientation}.jpg", encoded(stored, "JPEG", quality=95, exif=exif), READ
    stored = picture().transpose(Image.Transpose.ROTATE_90)
    exif = with_exif(Orientation=6)
    for kind in ("PNG", "WEBP", "TIFF"):
        yield f"turned.{kind.lower()}", encoded(stored, kind, exif=exif), READ
    rows = b"".join(b"\0" + row.tobytes() for row in np.asarray(stored))
    late = chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    yield "turned-late.png", png(*stored.size, 8, 2, rows, after=late), READ
    yield "turned-9.jpg", encoded(picture(), "JPEG", exif=with_exif(Orientation=9)), READ
    yield "exif-broken.jpg", encoded(picture(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"), READ
    yield "exif-noise.jpg", encoded(picture(), "JPEG", exif=b"Exif\0\0" + _noise(500)), READ


def _modes() -> Family:
    yield "grey.jpg", encoded(picture("L"), "JPEG"), GREY
    yield "progressive.jpg", encoded(picture(), "JPEG", progressive=True, quality=95), READ
    # Pillow's CMYK is plain ink without a profile, so colours come back as they were.
    yield "cmyk.jpg", encoded(picture("CMYK"), "JPEG", quality=95), READ
    yield "cmyk.tif", encoded(picture("CMYK"), "TIFF"), READ
    yield "grey.png", encoded(picture("L"), "PNG"), GREY
    yield "palette.png", encoded(picture().quantize(8), "PNG"), READ
    yield "palette.gif", encoded(picture().quantize(8), "GIF"), READ
    yield "palette.bmp", encoded(picture().quantize(8), "BMP"), READ
    black, white = (0, 0, 0), WHITE
    one_bit = Expected(quarters=(black, white, black, white))
    pixels = picture("L").point(lambda level: 255 * (level in (GREYS[1][0], GREYS[3][0])))
    yield "one-bit.png", encoded(pixels.convert("1"), "PNG"), one_bit
    yield "one-bit.tif", encoded(pixels.convert("1"), "TIFF", compression="group4"), one_bit

    # The first quarter can be seen through, down to the paper.
    seen_through = Expected(quarters=(WHITE, *COLOURS[1:]))
    clear = picture("RGBA")
    clear.paste((9, 9, 9, 0), (0, 0, SIZE[0] // 2, SIZE[1] // 2))
    yield "alpha.png", encoded(clear, "PNG"), seen_through
    yield "alpha.webp", encoded(clear, "WEBP", lossless=True), seen_through
    yield "alpha.tif", encoded(clear, "TIFF"), seen_through
    # White on nothing: over white nothing would be left of it.
    pale = Image.new("RGBA", SIZE, (255, 255, 255, 0))
    pale.paste((250, 255, 250, 255), (0, 0, SIZE[0] // 2, SIZE[1] // 2))
    on_black = Expected(quarters=((250, 255, 250), (0, 0, 0), (0, 0, 0), (0, 0, 0)))
    yield "alpha-white.png", encoded(pale, "PNG"), on_black
    yield "alpha-white.webp", encoded(pale, "WEBP", lossless=True), on_black
    solid = Image.new("RGBA", SIZE, WHITE)
    yield "alpha-opaque-white.png", encoded(solid, "PNG"), Expected(quarters=(WHITE,) * 4)
    half = picture("RGBA")
    half.putalpha(128)
    mixed = tuple(tuple((c + 255) // 2 for c in colour) for colour in COLOURS)
    yield "alpha-half.png", encoded(half, "PNG"), Expected(quarters=mixed)
    clear_grey = Expected(quarters=(WHITE, *GREYS[1:]))
    yield "alpha-grey.png", encoded(clear.convert("LA"), "PNG"), clear_grey
    palette = picture().quantize(8)
    first = int(np.asarray(palette)[0, 0])
    yield "alpha-palette.png", encoded(palette, "PNG", transparency=first), seen_through
    yield "alpha-palette.gif", encoded(palette, "GIF", transparency=first), seen_through
    levels = bytes(0 if i == first else 255 for i in range(8))
    yield "alpha-levels.png", encoded(palette, "PNG", transparency=levels), seen_through
    yield "alpha-key.png", encoded(picture(), "PNG", transparency=RED), seen_through
    yield "alpha-key-grey.png", encoded(picture("L"), "PNG", transparency=GREYS[0][0]), clear_grey

    low_byte = np.random.default_rng(1).integers(0, 256, SIZE[::-1], np.uint16)
    deep = np.asarray(picture("L")).astype(np.uint16) * 256 + low_byte
    yield "16-bit-grey.png", encoded(Image.fromarray(deep), "PNG"), GREY
    yield "16-bit-grey.tif", encoded(Image.fromarray(deep), "TIFF"), GREY
    yield "16-bit-grey-big-endian.tif", encoded(Image.fromarray(deep.astype(">u2")), "TIFF"), GREY
    colour = (np.asarray(picture()).astype(np.uint16) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in colour)
    yield "16-bit-colour.png", png(*SIZE, 16, 2, rows), READ
    # Numbers without a stated range: the smallest is black, the largest is white.
    level = np.asarray(picture("L")).astype(np.float64)
    low, high = level.min(), level.max()
    spread = tuple((round((g[0] - low) / (high - low) * 255),) * 3 for g in GREYS)
    stretched = Expected(quarters=spread, tolerance=2)
    whole = Image.fromarray((level * 70_000 - 5_000_000).astype(np.int32))
    yield "32-bit.tif", encoded(whole, "TIFF"), stretched
    # A sensor of few bits in 16: the range that is used is stretched, a dead pixel and a hot one
    # aside. A quarter of the range and more is taken as it is.
    few = (7_200 + (level - low) * 1.2).astype(np.uint16)
    yield "16-bit-narrow.png", encoded(Image.fromarray(few), "PNG"), stretched
    swapped = Image.fromarray(few.astype(">u2"))
    yield "16-bit-narrow-big-endian.tif", encoded(swapped, "TIFF"), stretched
    few[0, 0], few[1, 1] = 0, 65_535
    yield "16-bit-narrow-hot.tif", encoded(Image.fromarray(few), "TIFF"), stretched
    flat_deep = Image.fromarray(np.full(SIZE[::-1], 7_200, np.uint16))
    yield "16-bit-flat.png", encoded(flat_deep, "PNG"), Expected(quarters=((28,) * 3,) * 4)
    fraction = Image.fromarray((level / 255).astype(np.float32))
    yield "float.tif", encoded(fraction, "TIFF"), stretched
    holes = (level / 255).astype(np.float32)
    holes[0, 0], holes[0, 1] = np.nan, np.inf
    yield "float-with-holes.tif", encoded(Image.fromarray(holes), "TIFF"), stretched
    flat = Image.new("F", SIZE, 3.5)
    yield "float-flat.tif", encoded(flat, "TIFF"), Expected(quarters=((0, 0, 0),) * 4)
    yield "lab.tif", encoded(picture("LAB"), "TIFF"), READ
    yield "ycbcr.tif", encoded(picture("YCbCr"), "TIFF"), READ


def _containers() -> Family:
    other = Image.new("RGB", SIZE, (1, 2, 3))
    frames: dict[str, Any] = {"save_all": True, "append_images": [other, other]}
    yield "animated.gif", encoded(picture(), "GIF", **frames), READ
    yield "animated.png", encoded(picture(), "PNG", **frames), READ
    yield "animated.webp", encoded(picture(), "WEBP", lossless=True, **frames), READ
    yield "pages.tif", encoded(picture(), "TIFF", **frames), READ
    yield "two-lenses.jpg", encoded(picture(), "MPO", quality=95, **frames), READ
    yield "lossy.webp", encoded(picture(), "WEBP", quality=95), READ
    yield "plain.bmp", encoded(picture(), "BMP"), READ
    yield "plain.dib", encoded(picture(), "BMP"), READ
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        data = encoded(picture(), "TIFF", compression=compression)
        yield f"{compression}.tif", data, READ
    yield "big.tif", encoded(picture(), "TIFF", big_tiff=True), READ
    if features.check("avif"):
        yield "plain.avif", encoded(picture(), "AVIF", quality=90), READ
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + _noise(64)
    missing = find_spec("pillow_heif") is None
    why = r"pip install 'likewise\[heic\]'" if missing else "broken HEIC file"
    yield "header-only.heic", heic, Expected(reason=why)
    tall = Image.new("L", (1, 60_000), 90)
    shown = Expected(size=tall.size, quarters=((90, 90, 90),) * 4)
    yield "one-pixel-wide.png", encoded(tall, "PNG"), shown
    one = Expected(size=(1, 1), quarters=(RED,) * 4)
    yield "one-pixel.png", encoded(Image.new("RGB", (1, 1), RED), "PNG"), one


def _names() -> Family:
    data = encoded(picture(), "PNG")
    yield "a png by another name.jpg", data, READ
    yield "CAPITALS.PNG", data, READ
    yield "naïve ☃ 猫.png", data, READ
    yield "two\nlines\tand a bell\a.png", data, READ
    yield "<img src=x onerror=alert(1)>.png", data, READ
    yield "=HYPERLINK(0).png", data, READ
    yield "-rf.png", data, READ
    yield "%2e%2e%2fup.png", data, READ


def _broken() -> Family:
    yield "empty.jpg", b"", Expected(reason=r"^empty file \(0 bytes\)$")
    yield "one-byte.png", b"\x89", Expected(reason="^not an image")
    yield "text.jpg", b"this is a note, and no picture\n" * 20, Expected(reason="^not an image")
    page = b"<!doctype html><title>404</title><p>Not found</p>"
    yield "page.png", page, Expected(reason="^not an image")
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield "drawing.png", drawing, Expected(reason="^not an image")
    yield "noise.webp", _noise(5000), Expected(reason="^not an image")
    yield "zeros.jpg", bytes(5000), Expected(reason="^not an image")

    grain = Image.fromarray(np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8))
    kinds = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"]
    for kind in [*kinds, "AVIF"] if features.check("avif") else kinds:
        data = encoded(grain, kind)
        cut = Expected(reason=rf"^(truncated|broken {kind}) file")
        for percent in (5, 50, 95):
            yield f"cut-at-{percent}.{kind.lower()}", data[: len(data) * percent // 100], cut
    data = encoded(grain, "JPEG")
    truncated = Expected(reason=r"^truncated file \(.*not processed\)\)$")
    yield "cut-in-last-rows.jpg", data[:-40], truncated
    data = encoded(grain, "JPEG", progressive=True)
    yield "cut-progressive.jpg", data[: len(data) // 2], truncated
    data = encoded(grain, "PNG")
    flipped = bytearray(data)
    flipped[20] ^= 0xFF  # in the header, which has a checksum
    yield "header-flipped.png", bytes(flipped), Expected(reason=r"^broken PNG file \(.+\)$")
    middle = len(data) // 2
    flipped = bytearray(data)
    flipped[middle : middle + 64] = bytes(64)
    yield "pixels-zeroed.png", bytes(flipped), Expected(reason=r"^(broken PNG|truncated) file")


def _hostile() -> Family:
    # 900 megapixels of one bit: all zeros, 110 KB.
    squeeze = zlib.compressobj(9)
    rows = b"".join(squeeze.compress(bytes(3751 * 1000)) for _ in range(30)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    cap = "^900 megapixels, above the cap of 200; raise it with --max-megapixels$"
    yield "bomb-900-megapixels.png", bomb, Expected(reason=cap)
    too_many = Expected(reason="megapixels, above the cap of 200|too many pixels")
    yield "bomb.gif", _gif_of_size(65_535, 65_535), too_many
    bmp = bytearray(encoded(picture(), "BMP"))
    bmp[18:26] = struct.pack("<ii", 100_000, 100_000)
    yield "bomb.bmp", bytes(bmp), too_many
    webp = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\xff\x00\xff\xff\x00" + _noise(50)
    riff = b"RIFF" + struct.pack("<I", len(webp) + 4) + b"WEBP" + webp
    yield "bomb.webp", riff, Expected(reason="too many pixels|megapixels|broken WEBP")
    tall = png(4_000_000_000, 1, 8, 0, b"\0")
    yield "bomb-wide.png", tall, Expected(reason="megapixels|broken PNG|truncated")

    jpeg = encoded(picture(), "JPEG", quality=95)
    yield "with-a-tail.jpg", jpeg + b"PK\x03\x04" + _noise(3000), READ
    script = "<script>alert(1)</script>"
    exif = with_exif(Make=script, Model="\x1b[31mgnp", Artist=script)
    yield "script-in-exif.jpg", encoded(picture(), "JPEG", quality=95, exif=exif), READ
    page = b"<html><script>alert(1)</script></html>"
    yield "page-in-comment.jpg", encoded(picture(), "JPEG", quality=95, comment=page), READ
    yield "page-in-comment.gif", encoded(picture().quantize(8), "GIF", comment=page), READ
    rows = b"".join(b"\0" + row.tobytes() for row in np.asarray(picture()))
    note = chunk(b"tEXt", b"Comment\0" + page)
    yield "page-in-text.png", png(*SIZE, 8, 2, rows, after=note), READ
    yield "archive-behind.png", png(*SIZE, 8, 2, rows) + b"PK\x05\x06" + bytes(18), READ
    yield "document-behind.gif", encoded(picture().quantize(8), "GIF") + b"%PDF-1.4\n", READ
    document = b"%PDF-1.4\n" + jpeg
    yield "document-before.jpg", document, Expected(reason="^not an image")
    yield "script.png", b"#!/bin/sh\nrm -rf /\n", Expected(reason="^not an image")
    profile = chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(20_000_000), 9))
    bomb = png(*SIZE, 8, 2, rows).replace(chunk(b"IEND", b""), profile + chunk(b"IEND", b""))
    yield "bomb-in-profile.png", bomb, Expected(reason="broken PNG")
    yield "polyglot.gif", b"GIF89a/*" + b"*/=1;alert(1)//" + _noise(99), Expected(reason=".")
    loop = bytearray(encoded(picture(), "TIFF"))
    (first,) = struct.unpack_from("<I", loop, 4)
    (entries,) = struct.unpack_from("<H", loop, first)
    struct.pack_into("<I", loop, first + 2 + 12 * entries, first)  # the next page is this page
    yield "loop.tif", bytes(loop), READ
    # The only entry leads to the part for cameras, which is this part, and so is the next.
    entry = struct.pack("<HHHII", 1, Base.ExifOffset, 4, 1, 8)
    block = b"Exif\0\0II*\0" + struct.pack("<I", 8) + entry + struct.pack("<I", 8)
    yield "exif-loop.jpg", encoded(picture(), "JPEG", quality=95, exif=block), READ
    lost = bytearray(encoded(picture(), "TIFF"))
    struct.pack_into("<I", lost, 4, 2**31)  # where the first page is: far behind the end
    yield "page-behind-the-end.tif", bytes(lost), Expected(reason="broken TIFF|truncated")
    many = struct.pack("<HHIH", 0x4949, 42, 8, 65_535) + _noise(4000)
    yield "many-tags.tif", many, Expected(reason="broken TIFF|truncated|megapixels")
    text = chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(50_000_000), 9))
    rows = b"".join(b"\0" + row.tobytes() for row in np.asarray(picture()))
    yield "bomb-in-text.png", png(*SIZE, 8, 2, rows, after=text), Expected(reason="broken PNG")


def _gif_of_size(width: int, height: int) -> bytes:
    data = bytearray(encoded(picture().quantize(8), "GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def _noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)
