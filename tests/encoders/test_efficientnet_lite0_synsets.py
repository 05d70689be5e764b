"""The committed table against WordNet, where WordNet is installed, and against itself."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "make_synset_table.py"
TABLE = ROOT / "src" / "likewise" / "encoders" / "efficientnet_lite0" / "synsets.tsv"
WORDNET = Path("/usr/share/wordnet")

NOUNS = """\
  1 The licence of a small WordNet.
00000001 03 n 01 entity 0 002 ~ 00000002 n 0000 ~ 00000003 n 0000 | what is
00000002 03 n 02 animal 0 beast 0 001 @ 00000001 n 0000 | moves
00000003 03 n 01 pet 0 001 @ 00000001 n 0000 | kept
00000004 05 n 02 Cat 0 house_cat 1 003 @ 00000002 n 0000 @ 00000003 n 0000 %p 00000001 n 0000 | a
00000005 05 n 01 cat 2 001 @i 00000002 n 0000 | a gossip @ 00000003
"""
INDEX = """\
  1 The licence of a small WordNet.
animal n 1 2 @ ~ 1 1 00000002
beast n 1 1 @ 1 1 00000002
cat n 2 1 @ 2 1 00000004 00000005
entity n 1 1 ~ 1 1 00000001
house_cat n 1 1 @ 1 1 00000004
pet n 1 1 @ 1 1 00000003
"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_synset_table", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]


def test_reads_names_senses_and_hypernyms(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "data.noun").write_text(NOUNS)
    (tmp_path / "index.noun").write_text(INDEX)
    table = script.make_table(["n00000004", "n00000005"], script.WordNet(tmp_path))
    assert rows(table) == [
        ["class", "wnid", "names", "hypernyms"],
        ["0", "n00000004", "Cat, house cat", "animal, beast; pet; entity"],
        ["1", "n00000005", "cat#2", "animal, beast; entity"],
    ]
    assert "# The licence of a small WordNet." in table.splitlines()


def test_the_table_has_a_row_a_class_in_the_classifiers_order(script: ModuleType) -> None:
    header, *found = rows(TABLE.read_text(encoding="utf-8"))
    assert header == ["class", "wnid", "names", "hypernyms"]
    assert [int(row[0]) for row in found] == list(range(1000))
    wnids = [row[1] for row in found]
    assert wnids == sorted(set(wnids)) == script.wnids_of(TABLE)
    assert all(len(row) == 4 and "entity" in row[3].split("; ") for row in found)


def test_the_table_comes_with_the_licence_of_wordnet() -> None:
    text = TABLE.read_text(encoding="utf-8")
    assert "# WordNet 3.0 Copyright 2006 by Princeton University.  All rights reserved." in text


@pytest.mark.skipif(
    not (WORDNET / "data.noun").is_file(),
    reason="WordNet is not installed; apt-get install wordnet-base",
)
def test_the_table_is_what_the_script_makes(tmp_path: Path) -> None:
    again = tmp_path / "synsets.tsv"
    names_lost = [
        line if line.startswith("#") else "\t".join(line.split("\t")[:2])
        for line in TABLE.read_text(encoding="utf-8").splitlines()
    ]
    again.write_text("\n".join(names_lost), encoding="utf-8")
    command = [sys.executable, str(SCRIPT), "--table", str(again), "--wordnet", str(WORDNET)]
    subprocess.run(command, check=True)
    assert again.read_bytes() == TABLE.read_bytes()
