"""How far an exported rule's scores of large photos are off if others decode them.

Run: python benchmarks/large_photos.py --data FOLDER_OF_CLASS_FOLDERS --json OUT

likewise reduces a large JPEG while it decodes it; a program around the ONNX graph decodes all of
it. Photos of the folder are enlarged, for photos of that size are rarely at hand; what they show is
smoother than what a camera takes. A rule of each class is learned from the photos as they are.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from _class_folders import ClassFolders, asking, read_asked
from _needs import announce
from _records import Figure, publish
from PIL import Image

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.core.vectors import Vectors
from likewise.encoders.base import encode_images
from likewise.encoders.efficientnet_lite0 import EfficientnetLite0
from likewise.images.decode import decode
from likewise.rules.base import learn

EXAMPLES = 5
"""Of each class, with as many counter-examples, from which its rule is learned."""


def enlarged(path: Path, longest: int) -> bytes:
    """A photo as a JPEG whose longer side has so many pixels."""
    image = Image.open(path).convert("RGB")
    scale = longest / max(image.size)
    size = (round(image.width * scale), round(image.height * scale))
    file = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(file, "JPEG", quality=92)
    return file.getvalue()


def rules_of(world: ClassFolders, classes: list[str]) -> list[Rule]:
    """A rule for each class."""
    made = []
    for name in classes:
        yes, no = (world.vectors[(world.labels == name) == is_it] for is_it in (True, False))
        evidence = Evidence(world.space, yes[:EXAMPLES], no[:EXAMPLES], no[EXAMPLES:])
        made.append(learn(evidence, "anchored"))
    return made


def vectors_of(photo: bytes, encoder: EfficientnetLite0) -> Vectors:
    """The photo's vector from all of its pixels, and from those that likewise decodes."""
    whole = Image.open(io.BytesIO(photo)).convert("RGB")
    return encode_images(encoder, [whole, decode(photo, shortest=encoder.input_size).image])


def main() -> None:
    """Measure and publish."""
    announce()
    parser = asking(__doc__)
    parser.add_argument("--photos", type=int, default=60, help="how many are enlarged")
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--longest", type=int, default=4000, help="pixels of the longer side")
    options = parser.parse_args()
    world = read_asked(options)
    classes = sorted(set(world.labels.tolist()))[: options.classes]
    rules = rules_of(world, classes)
    encoder = EfficientnetLite0()
    rng = np.random.default_rng(0)
    paths = [path for name in classes for path in sorted((options.data / name).iterdir())]
    drawn = rng.permutation(len(paths))[: options.photos]
    photos = (enlarged(paths[number], options.longest) for number in drawn.tolist())
    pairs = np.array([vectors_of(photo, encoder) for photo in photos])
    plain, ours = pairs[:, 0], pairs[:, 1]
    scores = np.array([(rule.score(plain), rule.score(ours)) for rule in rules])
    away = np.abs(scores[:, 0] - scores[:, 1])
    thresholds = np.array([rule.threshold for rule in rules])[:, None]
    turned = (scores[:, 0] >= thresholds) != (scores[:, 1] >= thresholds)
    setting = f"{len(pairs)} photos at {options.longest} pixels, {len(rules)} rules"
    publish(
        [
            Figure("cosine of the vectors, lowest", float((plain * ours).sum(1).min()), ""),
            Figure("score off, median", float(np.median(away)), "", "", setting),
            Figure("score off, largest", float(away.max()), "", "", setting),
            Figure("yes that becomes no, or no yes", float(turned.mean()), "share", "", setting),
        ],
        options.json,
    )


if __name__ == "__main__":
    main()
