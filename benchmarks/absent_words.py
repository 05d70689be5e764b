"""How often a search says that none of the images is of a word's sense, rightly and wrongly.

Run: python benchmarks/absent_words.py --data FOLDER_OF_CLASS_FOLDERS --json OUT

Words for what is there are the folders' names, as far as the encoder reads them in full. Words
for what is not are the names of the classes that no folder's name names. A folder whose name is
not read may hold such a class all the same, so that the second share can be too low.
"""

from __future__ import annotations

import numpy as np
from _class_folders import ClassFolders, asking, read_asked
from _needs import announce
from _records import Figure, publish
from wide_words import things

from likewise.core.evidence import Evidence
from likewise.encoders.efficientnet_lite0 import EfficientnetLite0
from likewise.rules.base import learn
from likewise.rules.query import CLASSES_JUDGED, IMAGES_JUDGED
from likewise.simulate.replay import hint_samples


def is_flagged(world: ClassFolders, word: str, encoder: EfficientnetLite0) -> bool:
    """Whether a search for a word says that none of its best images is of its sense."""
    hints = hint_samples(word, encoder.encode_meanings(word), world.space.dim_in)
    rule = learn(Evidence(world.space, hints=hints), "text")
    best = np.argsort(-rule.score(world.vectors))[:IMAGES_JUDGED]
    return encoder.best_class_rank(word, world.vectors[best]) >= CLASSES_JUDGED


def main() -> None:
    """Measure and publish."""
    announce()
    parser = asking(__doc__)
    parser.add_argument("--absent", type=int, help="absent words, drawn at random; else all")
    options = parser.parse_args()
    world = read_asked(options)
    encoder = EfficientnetLite0()
    names = {name.replace("_", " ").lower() for name in world.labels.tolist()}
    present = {name: things(name, encoder) for name in sorted(names)}
    present = {name: classes for name, classes in present.items() if classes}
    if not present:
        raise SystemExit("the encoder reads none of the folders' names")
    covered = frozenset[int]().union(*present.values())
    absent = [
        word
        for word in encoder.word_senses()
        if len(classes := things(word, encoder)) == 1 and not classes & covered
    ]
    if options.absent is not None:
        absent = np.random.default_rng(0).permutation(absent)[: options.absent].tolist()
    wrong = [word for word in present if is_flagged(world, word, encoder)]
    right = [word for word in absent if is_flagged(world, word, encoder)]
    print(f"wrongly flagged: {', '.join(wrong) or 'none'}")
    setting = f"{len(world.labels)} images, {len(present)} words present, {len(absent)} absent"
    figures = [
        Figure("words present that are flagged", len(wrong) / len(present), "share", "", setting),
        Figure("words absent that are flagged", len(right) / len(absent), "share", "", setting),
    ]
    publish(figures, options.json)


if __name__ == "__main__":
    main()
