"""Words of this project's own that its pages must not use, and what to write instead.

    python scripts/docs_words.py        # lists them; the exit code is 1 where there is one

Code, output and the targets of links do not count. The reference of the commands is their --help.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md")
GENERATED = ("docs/reference/cli.md",)
WORDS = {
    "place, places": "folder, location, position, row; 'instead of' for 'in place of'",
    "told, said": "reported, listed, answered; or say who does it: 'the output shows'",
    "wanted, meant": "expected, requested; of images: 'that show the concept'",
    "likeness, likest": "similarity, cosine, score",
    "chance, chances": "probability",
    "promise, promises, promised": "stated, guaranteed; 'interval' for what has one",
    "crowd": "background",
    "clump, clumps": "cluster",
    "strays": "unusual images",
    "stranger, strangers": "somebody else, a connection without a token",
    "picker, pickers": "query strategy",
    "projector, projectors": "map",
    "mirror, mirrors": "database, table",
    "trail": "log",
    "refits": "fits",
    "crew": "workers",
    "landscape": "graph",
    "shelf, shelve, shelved, desk, albums": "registry, store",
    "bells, halves, poisoned, reckoning, census, ledger, voters, ballot, ballots": "see the field",
}
"""Words -> what to write."""

_INSTEAD = {word: instead for words, instead in WORDS.items() for word in words.split(", ")}
_WORD = re.compile(rf"\b(?:{'|'.join(_INSTEAD)})\b", re.IGNORECASE)
_NO_PROSE = re.compile(r"^ *```.*?^ *```|`[^`\n]*`|(?<=\])\([^)\n]*\)|\"[^\"\n]*\"", re.M | re.S)


def found_in(text: str) -> Iterator[tuple[int, str]]:
    r"""Each such word of a page, with the number of its line.

    Example:
        >>> list(found_in("A place.\n`place` and [it](place.md)\nHe told."))
        [(1, 'place'), (3, 'told')]
    """
    prose = _NO_PROSE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)
    for number, line in enumerate(prose.splitlines(), 1):
        for word in _WORD.findall(line):
            yield number, word


def main() -> int:
    """List them all."""
    paths = sorted({path for pattern in PAGES for path in ROOT.glob(pattern)})
    count = 0
    for path in paths:
        name = path.relative_to(ROOT).as_posix()
        for number, word in () if name in GENERATED else found_in(path.read_text()):
            sys.stdout.write(f"{name}:{number}: '{word}'; write: {_INSTEAD[word.lower()]}\n")
            count += 1
    return min(count, 1)


if __name__ == "__main__":
    sys.exit(main())
