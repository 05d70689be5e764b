"""The committed table of suggestions against the vocabulary, and against WordNet if installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from likewise.encoders.efficientnet_lite0 import EfficientnetLite0

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "make_suggestion_table.py"
TABLE = ROOT / "src" / "likewise" / "encoders" / "efficientnet_lite0" / "suggestions.tsv"
WORDNET = Path("/usr/share/wordnet")

SYNSETS = "class\twnid\tnames\thypernyms\n0\tn00000004\tpurse\tbag; thing\n"
NOUNS = """\
  1 The licence of a small WordNet.
00000001 03 n 01 thing 0 000 | what is
00000003 06 n 01 bag 0 001 @ 00000001 n 0000 | holds
00000004 06 n 01 purse 2 001 @ 00000003 n 0000 | a small bag
00000005 06 n 02 handbag 0 purse 1 001 @ 00000003 n 0000 | a bag for carrying
00000006 06 n 01 sack 0 001 @ 00000003 n 0000 | holds much
00000007 05 n 01 hound 0 001 @ 00000001 n 0000 | barks
00000008 06 n 01 pouch 0 001 @ 00000001 n 0000 | a tiny purse for coins
00000009 18 n 01 porter 0 001 @ 00000003 n 0000 | carries
"""


NOUNS += "".join(
    f"{number:08} 03 n 01 other_{number} 0 001 @ 00000001 n 0000 | another\n"
    for number in range(100, 300)
)


def index_of(nouns: str) -> str:
    """The index of those nouns; the senses of a name in order of their numbers."""
    senses: dict[str, list[str]] = {}
    for line in reversed(nouns.splitlines()[1:]):
        fields = line.split()
        for name in fields[4 : 4 + 2 * int(fields[3]) : 2]:
            senses.setdefault(name, []).append(fields[0])
    rows = [f"{name} n {len(at)} 0 {len(at)} 0 {' '.join(at)}" for name, at in senses.items()]
    return "\n".join(["  1 The licence of a small WordNet.", *sorted(rows)]) + "\n"


def made(folder: Path, *options: str) -> str:
    """What the script writes."""
    table = folder / "made.tsv"
    command = [sys.executable, str(SCRIPT), "--table", str(table), *options]
    subprocess.run(command, check=True)
    return table.read_text(encoding="utf-8")


def test_words_are_near_by_synonym_hypernym_and_definition(tmp_path: Path) -> None:
    (tmp_path / "synsets.tsv").write_text(SYNSETS)
    (tmp_path / "data.noun").write_text(NOUNS)
    (tmp_path / "index.noun").write_text(index_of(NOUNS))
    (tmp_path / "cntlist.rev").write_text("bag%1:06:00:: 1 5\nhound%1:05:00:: 1 2\n")
    text = made(tmp_path, "--wordnet", str(tmp_path), "--synsets", str(tmp_path / "synsets.tsv"))
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    assert rows == [
        "names\twords",
        "\thound, porter",  # nothing is near to an animal here, and people are left out
        "bag, purse\tsack",
        "purse\tpouch",
        "purse, bag\thandbag",
    ]
    assert "# The licence of a small WordNet." in text


def test_the_table_answers_with_names_of_the_vocabulary_and_lists_none_of_them() -> None:
    encoder = EfficientnetLite0()
    usable = set(encoder.word_senses())
    rows = [x.split("\t") for x in TABLE.read_text(encoding="utf-8").splitlines() if x[:1] != "#"]
    assert rows[0] == ["names", "words"]
    for near, lacking in rows[1:]:
        assert not near or usable.issuperset(near.split(", ")), near
        assert lacking
        assert not usable.intersection(lacking.split(", "))
    assert sum(len(lacking.split(", ")) for near, lacking in rows[1:] if near) > 10_000


def test_the_table_comes_with_the_licence_of_wordnet() -> None:
    text = TABLE.read_text(encoding="utf-8")
    assert "# WordNet 3.0 Copyright 2006 by Princeton University.  All rights reserved." in text


@pytest.mark.skipif(
    not (WORDNET / "cntlist.rev").is_file(),
    reason="WordNet is not installed; apt-get install wordnet-base",
)
@pytest.mark.slow
def test_the_table_is_what_the_script_makes(tmp_path: Path) -> None:
    assert made(tmp_path, "--wordnet", str(WORDNET)) == TABLE.read_text(encoding="utf-8")
