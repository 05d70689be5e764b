"""Makes the table of words that `efficientnet_lite0` does not know and names that are near to them.

    python scripts/make_suggestion_table.py [--wordnet FOLDER] [--table FILE]

FOLDER holds WordNet's ``data.noun``, ``index.noun`` and ``cntlist.rev``; on Debian, ``apt-get
install wordnet-base`` puts them in /usr/share/wordnet. A name is near to a word where

* both are names of one synset, or of two with a narrow hypernym in common ("purse");
* both have a hypernym in common whose information content, by the number of its hyponyms (Seco,
  Veale and Hayes, ECAI 2004), is high; they are ordered by Lin's similarity (ICML 1998);
* or else, the word's definition begins with the name ("puppy: a young dog").
"""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from make_synset_table import PICTURED, WORDNET, WordNet, wnids_of
from make_synset_table import TABLE as SYNSETS

from likewise.encoders.efficientnet_lite0.names import Names, read_table, words

TABLE = SYNSETS.with_name("suggestions.tsv")

_HEADING = """\
Nouns that the vocabulary lacks: names that are near in meaning, the nearest first, and the words.
Words without such names are listed so that they are not taken for spelling mistakes.
Made by scripts/make_suggestion_table.py from WordNet 3.0; do not edit by hand.
"""
_PICTURED = {"05", "06", "13", "17", "20"}
"""WordNet's files of animals, artifacts, food, natural objects and plants. The vocabulary has three
people, and what is near to a place or a substance in the graph is rarely like it in a picture."""

_NARROW = 0.55  # information content of the narrowest hypernym that word and names share
_NARROW_FOR_SYNONYMS = 0.4
_NARROW_FOR_GENUS = 0.45
_MOST_NAMES = 5
_RARER = 5  # a sense that is that many times as rare as the first is not meant
_MOST_SENSES = 3
_FADE = 0.9  # of similarities, from one sense to the next
_GENUS_SIMILARITY = 0.5
_SHORT = 8  # letters of a rare word that is still easily taken for a mistake
_ENDS_OF_GENUS = frozenset(
    [
        "of",
        "with",
        "that",
        "having",
        "used",
        "which",
        "to",
        "for",
        "in",
        "on",
        "from",
        "made",
        "consisting",
        "by",
        "usually",
        "or",
        "and",
        "where",
        "as",
        "at",
        "containing",
        "characterized",
        "whose",
        "who",
        "resembling",
        "formed",
        "especially",
        "often",
        "found",
    ]
)


@dataclass(frozen=True)
class Graph:
    """The nouns of WordNet with what similarities need, and which of them the vocabulary has."""

    folder: Path
    names: Names
    classes: tuple[str, ...]
    above: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lemmas: dict[str, tuple[str, ...]] = field(default_factory=dict)
    file: dict[str, str] = field(default_factory=dict)
    gloss: dict[str, str] = field(default_factory=dict)
    senses: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for line in _lines(self.folder / "data.noun"):
            head, _, gloss = line.partition(" | ")
            fields = head.split()
            count = int(fields[3], 16)
            offset, pointers = fields[0], fields[5 + 2 * count :]
            self.file[offset], self.gloss[offset] = fields[1], gloss
            self.lemmas[offset] = tuple(x.replace("_", " ") for x in fields[4 : 4 + 2 * count : 2])
            self.above[offset] = tuple(
                target
                for symbol, target in zip(pointers[0::4], pointers[1::4], strict=False)
                if symbol in ("@", "@i")
            )
        for line in _lines(self.folder / "index.noun"):
            fields = line.split()
            self.senses[fields[0].replace("_", " ")] = fields[-int(fields[2]) :]
        for line in (self.folder / "cntlist.rev").read_text(encoding="ascii").splitlines():
            key, sense, number = line.split()
            lemma, _, rest = key.partition("%")
            if rest.startswith("1:"):
                self.counts[lemma.replace("_", " "), int(sense)] = int(number)

    @cached_property
    def hyponyms(self) -> Counter[str]:
        """How many synsets are at or below each."""
        return Counter(above for offset in self.lemmas for above in self.line(offset))

    @cached_property
    def known(self) -> frozenset[str]:
        """Synsets that have a name which the vocabulary reads."""
        found = {above for offset in self.classes for above in self.line(offset)}
        return frozenset(offset for offset in found if self.name_of(offset))

    @cached_property
    def known_by_lemma(self) -> dict[str, list[str]]:
        """The known synsets that have a lemma."""
        return _inverted((offset, map(str.lower, self.lemmas[offset])) for offset in self.known)

    @cached_property
    def known_below(self) -> dict[str, list[str]]:
        """The known synsets at or below another one."""
        return _inverted((offset, self.line(offset)) for offset in self.known)

    def line(self, offset: str) -> frozenset[str]:
        """A synset and all above it."""
        return _line(self, offset)

    def content(self, offset: str) -> float:
        """Information content, from 0 for what is everything to 1 for what has no hyponyms."""
        return 1 - math.log(self.hyponyms[offset]) / math.log(len(self.lemmas))

    def name_of(self, offset: str) -> str | None:
        """The first name of a synset that the vocabulary reads."""
        return next((name for name in self.lemmas[offset] if name in _usable(self.names)), None)

    def frequency(self, offset: str) -> int:
        """How often a text of WordNet's corpus uses one of the names in this sense."""
        return max(
            self.counts.get((name.lower(), self.senses[name.lower()].index(offset) + 1), 0)
            for name in self.lemmas[offset]
        )

    def likely_senses(self, word: str) -> list[str]:
        """The synsets that a word may well mean, the most frequent first."""
        all_senses = self.senses[word]
        uses = [self.counts.get((word, sense), 0) for sense in range(1, len(all_senses) + 1)]
        meant = [
            offset
            for rank, offset in enumerate(all_senses)
            if rank == 0 or uses[rank] * _RARER >= uses[0]
        ]
        return meant[:_MOST_SENSES]


@cache
def _line(graph: Graph, offset: str) -> frozenset[str]:
    higher = (graph.line(above) for above in graph.above[offset])
    return frozenset({offset}).union(*higher)


@cache
def _usable(names: Names) -> frozenset[str]:
    return frozenset(names.usable)


Graph.__hash__ = object.__hash__  # type: ignore[method-assign,assignment]


def names_near(graph: Graph, word: str) -> tuple[str, ...]:
    """Names of the vocabulary that are near in meaning to a word that it lacks."""
    similarity: dict[str, float] = {}
    for rank, sense in enumerate(graph.likely_senses(word)):
        for offset, value in _similarities(graph, word, sense).items():
            similarity[offset] = max(similarity.get(offset, 0), value * _FADE**rank)
    direct = set(graph.classes)
    offsets = [offset for offset in similarity if offset in direct or graph.frequency(offset)]
    offsets.sort(key=lambda offset: (-similarity[offset], -graph.frequency(offset), offset))
    names = [graph.name_of(offset) or "" for offset in offsets]
    return tuple(dict.fromkeys(names))[:_MOST_NAMES]


def _similarities(graph: Graph, word: str, sense: str) -> dict[str, float]:
    """Known synsets near to one sense of a word, and how near."""
    if graph.file[sense] not in _PICTURED:
        return {}
    found: dict[str, float] = {}
    line = graph.line(sense)
    for lemma in map(str.lower, graph.lemmas[sense]):
        for offset in graph.known_by_lemma.get(lemma, []) if lemma != word else []:
            if max(map(graph.content, line & graph.line(offset))) >= _NARROW_FOR_SYNONYMS:
                used = graph.counts.get((lemma, graph.senses[lemma].index(sense) + 1), 0)
                value = 1 + graph.content(offset) + used / 1000  # the usual synonym comes first
                found[offset] = max(found.get(offset, 0), value)
    shared = max(line & graph.known, key=lambda x: (graph.content(x), x), default=None)
    if shared is not None and graph.content(shared) >= _NARROW:
        for offset in graph.known_below[shared]:
            lin = 2 * graph.content(shared) / (graph.content(sense) + graph.content(offset))
            found[offset] = max(found.get(offset, 0), lin)
    genus = None if found else _genus(graph, sense)
    return found if genus is None else {genus: _GENUS_SIMILARITY}


def _genus(graph: Graph, sense: str) -> str | None:
    """The known synset that a definition begins with: the dog of "a young dog"."""
    definition = re.sub(r"\([^)]*\)", "", graph.gloss[sense]).split(";")[0]
    phrase: list[str] = []
    for word in re.findall(r"[A-Za-z'-]+|,", definition):
        if word == "," or word.lower() in _ENDS_OF_GENUS:
            if phrase:
                break
            continue
        phrase.append(word.lower())
    for length in range(min(3, len(phrase)), 0, -1):
        name = graph.names.find(words(" ".join(phrase[-length:])))
        if name is not None and name.text in _usable(graph.names):
            lemma = name.text.lower()
            offsets = [
                offset
                for offset in graph.known_by_lemma.get(lemma, [])
                if graph.file[offset] == graph.file[sense]
                and graph.content(offset) >= _NARROW_FOR_GENUS
            ]
            if offsets:
                return min(offsets, key=graph.senses[lemma].index)
    return None


def make_table(graph: Graph, licence: str) -> str:
    """The whole table as text: a heading, the licence of WordNet, and a row a group of words."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in graph.senses:
        if graph.names.find(words(word)) is None:
            near = names_near(graph, word)
            uses = any((word, sense) in graph.counts for sense in range(1, 9))
            common = word.isalpha() and (uses or len(word) <= _SHORT)
            if near or common:
                groups[near].append(word)
    heading = [f"# {line}".rstrip() for line in (_HEADING + "\n" + licence).splitlines()]
    rows = [f"{', '.join(near)}\t{', '.join(sorted(found))}" for near, found in groups.items()]
    return "\n".join([*heading, "names\twords", *sorted(rows)]) + "\n"


def _lines(path: Path) -> Iterator[str]:
    """The lines of a file of WordNet below its licence."""
    with path.open(encoding="ascii", errors="replace") as lines:
        yield from (line.strip() for line in lines if not line.startswith("  "))


def _inverted(pairs: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for value, keys in sorted((value, sorted(set(keys))) for value, keys in pairs):
        for key in keys:
            found[key].append(value)
    return dict(found)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wordnet", type=Path, default=WORDNET, help="folder of WordNet 3.0")
    parser.add_argument("--synsets", type=Path, default=SYNSETS, help="the vocabulary's table")
    parser.add_argument("--table", type=Path, default=TABLE, help="the table to write")
    options = parser.parse_args(arguments)
    names = read_table(options.synsets.read_text(encoding="utf-8"))
    classes = tuple(PICTURED.get(wnid, wnid)[1:] for wnid in wnids_of(options.synsets))
    graph = Graph(options.wordnet, names, classes)
    table = make_table(graph, WordNet(options.wordnet).licence)
    options.table.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
