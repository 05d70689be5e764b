"""Fetch a model with a short name, try it on drawn images, and record what its files are.

    python scripts/check_encoder.py siglip2-base              # fetch, encode, print a table
    python scripts/check_encoder.py siglip2-base --record     # and record revision and digests
    python scripts/check_encoder.py siglip2-base --folder DIR # and its zero-shot accuracy on DIR

For a machine with a network and `pip install 'likewise[onnx]'`. `--record` writes the digests that
`likewise encoders get` compares with into `src/likewise/encoders/_models/published_digests.json`.
DIR holds a folder of images for each class; the folder's name is the phrase.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from likewise.encoders._models.from_hub import fetch, fetched, plan
from likewise.encoders._models.installed import Model
from likewise.encoders.base import Encoder, encode_images, encode_text, open_encoder

DIGESTS = Path(__file__).parents[1] / "src/likewise/encoders/_models/published_digests.json"
_COLOURS = ("red", "green", "blue", "yellow", "white")
_SHAPES = ("disc", "square", "stripe", "ring")
_IMAGES_A_CLASS = 20


def drawn(colour: str, shape: str, side: int = 160) -> Image.Image:
    """A shape of one colour on grey."""
    across, down = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side))
    distance = np.hypot(across, down)
    mask = {
        "disc": distance < 0.6,
        "square": (abs(across) < 0.55) & (abs(down) < 0.55),
        "stripe": abs(across) < 0.2,
        "ring": (distance > 0.45) & (distance < 0.7),
    }[shape]
    image = Image.new("RGB", (side, side), "grey")
    image.paste(colour, mask=Image.fromarray(np.uint8(mask) * 255))
    return image


def check_drawings(encoder: Encoder) -> list[tuple[str, str]]:
    """Rows of the table about 20 drawings and their 20 phrases."""
    pairs = [(colour, shape) for colour in _COLOURS for shape in _SHAPES]
    start = time.perf_counter()
    images = encode_images(encoder, [drawn(*pair) for pair in pairs])
    seconds = time.perf_counter() - start
    words = encode_text(
        encoder, [f"a {colour} {shape} on a grey background" for colour, shape in pairs]
    )
    right = np.mean((images @ words.T).argmax(axis=0) == np.arange(len(pairs)))
    return [
        ("dimensions", str(encoder.dim)),
        ("images a second", f"{len(pairs) / seconds:.1f}"),
        ("drawings found by their phrase", f"{100 * right:.0f} % (chance: 5 %)"),
    ]


def check_folder(encoder: Encoder, folder: Path) -> list[tuple[str, str]]:
    """A row on the share of a folder's images whose nearest phrase is their class."""
    classes = sorted(path for path in folder.iterdir() if path.is_dir())
    words = encode_text(encoder, [path.name.replace("_", " ") for path in classes])
    right = []
    for index, path in enumerate(classes):
        files = sorted(x for x in path.iterdir() if x.is_file())[:_IMAGES_A_CLASS]
        images = [Image.open(file).convert("RGB") for file in files]
        right += list((encode_images(encoder, images) @ words.T).argmax(axis=1) == index)
    return [(f"zero-shot, {len(classes)} classes", f"{100 * np.mean(right):.1f} % of {len(right)}")]


def record(model: Model, digests: Path) -> None:
    """Write a model's revision and digests into the table of all of them."""
    table = json.loads(digests.read_text(encoding="utf-8"))
    files = {
        path: digest for path, digest in model.files.items() if not path.startswith("LICENCE-")
    }
    table[model.name] = {"revision": model.revision, "files": files}
    digests.write_text(json.dumps(table, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", help="a short name; see: likewise encoders list")
    parser.add_argument("--record", action="store_true", help="record revision and digests")
    parser.add_argument("--digests", type=Path, default=DIGESTS, help="where to record them")
    parser.add_argument("--folder", type=Path, help="class folders for zero-shot accuracy")
    parser.add_argument("--accept-licence", action="store_true", help="of weights for research")
    options = parser.parse_args(arguments)
    model = fetched(options.name) or fetch(plan(options.name, options.accept_licence))
    model.check(model.folder)
    encoder = open_encoder(options.name)
    rows = [("revision", model.revision), ("licence", model.licence)]
    rows += [("MB", f"{model.size / 1e6:,.1f}"), ("fingerprint", encoder.fingerprint)]
    rows += check_drawings(encoder)
    if options.folder:
        rows += check_folder(encoder, options.folder)
    sys.stdout.write(f"| {model.name} | |\n| --- | --- |\n")
    sys.stdout.writelines(f"| {name} | {value} |\n" for name, value in rows)
    if options.record:
        record(model, options.digests)


if __name__ == "__main__":
    main()
