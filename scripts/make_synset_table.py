"""Makes the table of the classes that `efficientnet_lite0` tells apart, from WordNet 3.0.

    python scripts/make_synset_table.py [--wordnet FOLDER] [--table FILE]

The table names its classes itself (column ``wnid``), so it is made again from what is there.
FOLDER holds WordNet's ``data.noun`` and ``index.noun``; on Debian, ``apt-get install
wordnet-base`` puts them in /usr/share/wordnet.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).parents[1] / "src/likewise/encoders/efficientnet_lite0/synsets.tsv"
WORDNET = Path("/usr/share/wordnet")
PICTURED = {"n07930864": "n03147509", "n04355933": "n04356056"}
"""Classes whose pictures show another synset than the one that they were collected for.

Pictures were searched for by a synset's words, and for a rare sense came those of the frequent
one: for the punch that is called cup, cups; for the burning glass that is called sunglass,
sunglasses. The classifier's rows agree: nearest to "cup" are coffee mug, espresso and pitcher.
"""
_COLUMNS = ("class", "wnid", "names", "hypernyms")
_HEADING = """\
The 1,000 classes of ImageNet (ILSVRC 2012) in the order of the classifier's outputs.
Made by scripts/make_synset_table.py from WordNet 3.0; do not edit by hand.
Names of one synset are separated by ", " and synsets by "; ", the nearest hypernyms first.
"crane#5" is the fifth most frequent sense of the word; no number means the first.
"""


@dataclass(frozen=True)
class Synset:
    """One meaning: its names, and the offsets of the meanings right above it."""

    names: tuple[str, ...]
    above: tuple[str, ...]


class WordNet:
    """The nouns of WordNet, by the offset that also makes a synset's id."""

    def __init__(self, folder: Path) -> None:
        data, index = (folder / name for name in ("data.noun", "index.noun"))
        self.licence = "".join(
            line.split(maxsplit=1)[1] if len(line.split()) > 1 else "\n"
            for line in _licence_lines(data)
        )
        senses = dict(_senses(_entries(index)))
        self.synsets = dict(_synset(line, senses) for line in _entries(data))

    def line_above(self, offset: str) -> list[Synset]:
        """Every hypernym of a synset, level by level, each once."""
        found: dict[str, Synset] = {}
        level = self.synsets[offset].above
        while level:
            new = [above for above in dict.fromkeys(level) if above not in found]
            found.update((above, self.synsets[above]) for above in new)
            level = tuple(higher for above in new for higher in self.synsets[above].above)
        return list(found.values())


def make_table(wnids: Iterable[str], wordnet: WordNet) -> str:
    """The whole table as text: a heading, the licence of WordNet, and a row a class."""
    heading = [f"# {line}".rstrip() for line in (_HEADING + "\n" + wordnet.licence).splitlines()]
    rows = ["\t".join(_COLUMNS)]
    for index, wnid in enumerate(wnids):
        shown = PICTURED.get(wnid, wnid)[1:]
        names = _names(wordnet.synsets[shown], wordnet.synsets[wnid[1:]])
        above = "; ".join(", ".join(synset.names) for synset in wordnet.line_above(shown))
        rows.append(f"{index}\t{wnid}\t{', '.join(names)}\t{above}")
    return "\n".join(heading + rows) + "\n"


def _names(shown: Synset, collected: Synset) -> list[str]:
    """The names of what pictures show, and those that they were collected by."""
    words = {name.partition("#")[0] for name in shown.names}
    return [*shown.names, *(x for x in collected.names if x.partition("#")[0] not in words)]


def wnids_of(table: Path) -> list[str]:
    """The ids that a table lists, in order."""
    lines = table.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [row[1] for row in rows[1:]]


def _licence_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            if not line.startswith(" "):
                return
            yield line


def _entries(path: Path) -> Iterator[list[str]]:
    """The fields of each line below the licence, without the gloss."""
    with path.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            if not line.startswith(" "):
                yield line.partition(" | ")[0].split()


def _senses(entries: Iterable[list[str]]) -> Iterator[tuple[tuple[str, str], int]]:
    """Which sense of a word a synset is: ``index.noun`` lists the most frequent first."""
    for fields in entries:
        count = int(fields[2])
        for sense, offset in enumerate(fields[-count:], 1):
            yield (fields[0], offset), sense


def _synset(fields: list[str], senses: dict[tuple[str, str], int]) -> tuple[str, Synset]:
    offset, words = fields[0], int(fields[3], 16)
    names = []
    for word in fields[4 : 4 + 2 * words : 2]:
        sense = senses[word.lower(), offset]
        names.append(word.replace("_", " ") + (f"#{sense}" if sense > 1 else ""))
    pointers = fields[5 + 2 * words :]
    above = [
        target
        for symbol, target in zip(pointers[0::4], pointers[1::4], strict=False)
        if symbol in ("@", "@i")
    ]
    return offset, Synset(tuple(names), tuple(above))


def main() -> None:
    """Write the table over itself."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wordnet", type=Path, default=WORDNET, help="folder of WordNet 3.0")
    parser.add_argument("--table", type=Path, default=TABLE, help="the table to make again")
    options = parser.parse_args()
    table = make_table(wnids_of(options.table), WordNet(options.wordnet))
    options.table.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
