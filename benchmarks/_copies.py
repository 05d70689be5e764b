"""Sets of pictures with known copies: photos of a folder changed in nine ways, and drawn ones.

Beside the copies lie pictures that are none, though much about them is alike: photos with their
hues turned, one form filled in differently, pages of text of one layout, one shirt in other
colours.
"""

from __future__ import annotations

import colorsys
import io
import string
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

Change = Callable[[Image.Image], Image.Image]


def recompressed(image: Image.Image, quality: int) -> Image.Image:
    """As a JPEG of that quality."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def cropped(image: Image.Image, share: float) -> Image.Image:
    """Less by that share of each side, unevenly."""
    across, down = share * image.width, share * image.height
    left, top = round(0.3 * across), round(0.7 * down)
    return image.crop(
        (left, top, image.width - round(across) + left, image.height - round(down) + top)
    )


def turned_hue(image: Image.Image, degrees: int) -> Image.Image:
    """Each hue turned on the colour circle, as of the same thing in another colour."""
    hsv = np.array(image.convert("HSV"))
    hsv[..., 0] = (hsv[..., 0].astype(int) + round(degrees / 360 * 256)) % 256
    return Image.fromarray(hsv, "HSV").convert("RGB")


COPIES: dict[str, Change] = {
    "half size": lambda i: i.resize((max(1, i.width // 2), max(1, i.height // 2))),
    "JPEG 40": lambda i: recompressed(i, 40),
    "JPEG 90": lambda i: recompressed(i, 90),
    "5 % cropped": lambda i: cropped(i, 0.05),
    "10 % cropped": lambda i: cropped(i, 0.10),
    "grey": lambda i: i.convert("L").convert("RGB"),
    "brighter": lambda i: ImageEnhance.Brightness(i).enhance(1.3),
    "darker": lambda i: ImageEnhance.Brightness(i).enhance(0.75),
    "mirrored": lambda i: i.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
}


def is_colourful(image: Image.Image) -> bool:
    """Whether turning its hues makes another picture of it: a fifth of it has a strong colour."""
    saturation = np.asarray(image.convert("HSV"))[..., 1]
    value = np.asarray(image.convert("HSV"))[..., 2]
    return bool(((saturation > 110) & (value > 70)).mean() > 0.2)


def make_photos(
    photos: Iterable[Path], to: Path, count: int, every: int = 0, halves: int = 2
) -> dict[str, str]:
    """Write photos of one half with their copies; the group of each file, "" for a lone photo.

    Args:
        photos: files.
        to: a folder to write to.
        count: how many get copies; as many again lie beside them.
        every: which half of the photos, 0 or 1.
        halves: in how many parts the photos are taken.
    """
    chosen = sorted(photos)[every::halves]
    random = np.random.default_rng(every)
    random.shuffle(chosen)
    groups: dict[str, str] = {}
    to.mkdir(parents=True)
    for number, path in enumerate(chosen[: 2 * count]):
        with Image.open(path) as opened:
            image = opened.convert("RGB")
        name = f"{path.parent.name}-{path.stem}"
        copies = COPIES if number < count else {}
        _write(image, to, name, name, copies, groups)
        if number < count and number % 3 == 0 and is_colourful(image):
            for degrees in (90, 180):
                turned = f"{name}-hue{degrees}"
                _write(turned_hue(image, degrees), to, turned, turned, {}, groups)
    return groups


def make_drawings(to: Path, seed: int, count: int = 24) -> dict[str, str]:
    """Write `count` forms, pages and letters and 30 shirts, some with copies; each file's group."""
    random = np.random.default_rng(seed)
    groups: dict[str, str] = {}
    to.mkdir(parents=True)
    for number in range(count):
        pictures = {
            "form": _form(random, seed),
            "page": _page(random),
            "letter": _page(random, gaps=True),
        }
        for kind, image in pictures.items():
            name = f"{kind}-{number:02d}"
            _write(image, to, name, name, _without_mirrors() if number % 3 == 0 else {}, groups)
    for shape in range(3):
        for number in range(8):
            colour = colorsys.hsv_to_rgb(number / 8 + shape / 30, 0.75, 0.8)
            name = f"shirt-{shape}-{number}"
            image = _shirt(tuple(round(255 * c) for c in colour), shape + 3 * seed)
            _write(image, to, name, name, _without_mirrors() if number == 0 else {}, groups)
        for name, grey in (("black", 25), ("white", 225)):
            image = _shirt((grey,) * 3, shape + 3 * seed)
            _write(image, to, f"shirt-{shape}-{name}", f"shirt-{shape}-{name}", {}, groups)
    return groups


def _without_mirrors() -> dict[str, Change]:
    return {kind: change for kind, change in COPIES.items() if kind != "mirrored"}


def _write(
    image: Image.Image,
    to: Path,
    name: str,
    group: str,
    copies: dict[str, Change],
    groups: dict[str, str],
) -> None:
    image.save(to / f"{name}.png")
    groups[f"{name}.png"] = group
    for kind, change in copies.items():
        file = f"{name}={kind.replace(' ', '').replace('%', '')}.jpg"
        change(image).save(to / file, quality=92)
        groups[file] = group


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _word(random: np.random.Generator) -> str:
    letters = random.choice(list(string.ascii_lowercase), random.integers(2, 10))
    return "".join(letters.tolist())


def _form(random: np.random.Generator, layout: int) -> Image.Image:
    """One layout for all of a seed, filled in by hand with what differs."""
    image = Image.new("RGB", (600, 800), (250, 249, 245))
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, 580, 780), outline=(40, 40, 40), width=3)
    pen.text(
        (40, 40), ("Delivery note", "Application", "Invoice")[layout % 3], (0, 0, 0), _font(44)
    )
    for row in range(10):
        top = 120 + 62 * row
        pen.line((40, top + 50, 560, top + 50), (90, 90, 90), 2)
        pen.text((40, top + 8), f"Field {row + layout}", (0, 0, 0), _font(22))
        entry = " ".join(_word(random) for _ in range(2))
        pen.text((210, top), entry, (20, 30, 120), _font(34))
    return image


def _page(random: np.random.Generator, gaps: bool = False) -> Image.Image:
    image = Image.new("RGB", (600, 800), (255, 255, 255))
    pen = ImageDraw.Draw(image)
    top = 40
    while top < 750:
        if gaps and random.random() < 0.15:
            top += 40
            continue
        line = ""
        while len(line) < 52:
            line += _word(random) + " "
        pen.text((40, top), line[:58], (20, 20, 20), _font(19))
        top += 26
    return image


def _shirt(colour: tuple[int, ...], shape: int) -> Image.Image:
    """A shirt on white: its cut depends on the shape, all else on the colour."""
    image = Image.new("RGB", (360, 480), (255, 255, 255))
    pen = ImageDraw.Draw(image)
    width, sleeve, collar = 90 + 6 * (shape % 4), 60 + 15 * (shape % 3), 20 + 4 * (shape % 5)
    outline = [
        (180 - width, 80), (180 - collar, 60), (180, 60 + collar), (180 + collar, 60),
        (180 + width, 80), (180 + width + sleeve, 200), (180 + width + sleeve - 40, 225),
        (180 + width, 170), (180 + width, 430), (180 - width, 430), (180 - width, 170),
        (180 - width - sleeve + 40, 225), (180 - width - sleeve, 200),
    ]  # fmt: skip
    pen.polygon(outline, fill=colour, outline=tuple(c // 2 for c in colour))
    if shape % 2:
        pen.line((180, 60 + collar, 180, 430), tuple(c // 2 for c in colour), 3)
    return image
