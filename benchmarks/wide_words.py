"""How well words that cover many kinds of thing find them, by all their meanings or by one mean.

Run: python benchmarks/wide_words.py --data FOLDER_OF_CLASS_FOLDERS --json OUT

A class folder whose name the encoder reads in full stands for one thing or more; a word is wide
when it names those and others as well ("dog" for a folder of dalmatians). Each wide word is
looked for by the rule `text`, once with its meanings apart and once with their mean. Images of
folders whose name is not read, or of which the word names only a part, could be either and are
left out of that word's ranking.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

import numpy as np
from _class_folders import ClassFolders, asking, read_asked
from _needs import announce
from _records import Figure, publish

from likewise.core.evidence import Evidence
from likewise.core.vectors import Vectors
from likewise.encoders.efficientnet_lite0 import EfficientnetLite0
from likewise.encoders.efficientnet_lite0.names import read_table
from likewise.errors import BadInputError
from likewise.rules.base import learn
from likewise.rules.retrieval import average_precision
from likewise.simulate.replay import hint_samples

_FEWEST_IMAGES = 5


def things(phrase: str, encoder: EfficientnetLite0) -> frozenset[int]:
    """Classes of the encoder that a phrase names; none when it is not read in full."""
    try:
        reading = encoder.understood(phrase)
    except BadInputError:
        return frozenset()
    return frozenset() if reading.ignored else frozenset(np.flatnonzero(reading.weights.max(0)))


def wide_words(
    folders: Mapping[str, frozenset[int]], encoder: EfficientnetLite0
) -> dict[str, frozenset[int]]:
    """Words that name all of some folder and more, one for each set of things."""
    table = files("likewise.encoders.efficientnet_lite0") / "synsets.tsv"
    words: dict[frozenset[int], str] = {}
    for word in read_table(table.read_text(encoding="utf-8")).usable:
        named = things(word, encoder)
        if any(folder and folder < named for folder in folders.values()):
            words.setdefault(named, word)
    return {word: named for named, word in words.items()}


def look_for(
    world: ClassFolders, word: str, rows: Vectors, sure: list[str], no: list[str]
) -> float:
    """Average precision of the images of the folders `sure` among them and those of `no`."""
    ranked = np.isin(world.labels, [*sure, *no])
    evidence = Evidence(world.space, hints=hint_samples(word, rows, world.space.dim_in))
    rule = learn(evidence, "text")
    return average_precision(rule.score(world.vectors[ranked]), np.isin(world.labels[ranked], sure))


def main() -> None:
    """Measure and publish."""
    announce()
    options = asking(__doc__).parse_args()
    world = read_asked(options)
    encoder = EfficientnetLite0()
    names = sorted(set(world.labels.tolist()))
    folders = {name: things(name.replace("_", " ").lower(), encoder) for name in names}
    found: list[tuple[float, float]] = []
    print("| word | folders | all meanings | their mean |\n|---|---|---|---|")
    for word, named in sorted(wide_words(folders, encoder).items()):
        sure = [name for name, own in folders.items() if own and own <= named]
        no = [name for name, own in folders.items() if own and not own & named]
        if not no or np.isin(world.labels, sure).sum() < _FEWEST_IMAGES:
            continue
        apart = look_for(world, word, encoder.encode_meanings(word), sure, no)
        mean = look_for(world, word, encoder.encode_text([word]), sure, no)
        found.append((apart, mean))
        print(f"| {word} | {', '.join(sure[:4])} | {apart:.3f} | {mean:.3f} |")
    if not found:
        raise SystemExit("no wide word covers any of the folders")
    setting = f"{len(world.labels)} images, {len(found)} wide words"
    by_all, by_mean = np.array(found).T
    figures = [
        Figure("wide words, by all their meanings", float(by_all.mean()), "mean AP", "", setting),
        Figure("wide words, by the mean of them", float(by_mean.mean()), "mean AP", "", setting),
        Figure("wide words that lose by it", float((by_all < by_mean - 0.01).mean()),
               "share of words", "", setting),
    ]  # fmt: skip
    print()
    publish(figures, options.json)


if __name__ == "__main__":
    main()
