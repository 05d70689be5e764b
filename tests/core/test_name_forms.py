"""Names are the same text whether an accent is a character of its own or not."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest

from likewise.core.name_forms import Names, existing_path
from likewise.indexing.index import index
from likewise.search.collection import Collection
from likewise.workspace import Workspace

COMPOSED, DECOMPOSED = normalize("NFC", "Äpfel 한글.png"), normalize("NFD", "Äpfel 한글.png")


def test_the_same_characters_come_first() -> None:
    both = Names([COMPOSED, DECOMPOSED])
    assert both.find(COMPOSED) == COMPOSED
    assert both.find(DECOMPOSED) == DECOMPOSED
    assert Names([DECOMPOSED]).find(COMPOSED) == DECOMPOSED
    assert Names([COMPOSED]).find(DECOMPOSED) == COMPOSED


def test_what_could_be_two_is_none() -> None:
    third = normalize("NFD", "Ä") + normalize("NFC", "pfel 한글.png")
    assert Names([COMPOSED, DECOMPOSED]).find(third) is None
    assert Names([COMPOSED]).find("Birnen.png") is None


def test_paths_are_spelled_as_the_file_system_does(tmp_path: Path) -> None:
    folder = tmp_path / normalize("NFD", "Größe")
    folder.mkdir()
    file = folder / DECOMPOSED
    file.write_bytes(b"")
    assert existing_path(tmp_path / normalize("NFC", "Größe") / COMPOSED) == str(file)
    assert existing_path(file) == str(file)
    absent = str(tmp_path / "nö" / "nö.png")
    assert existing_path(absent) == absent
    assert existing_path("\u00e4\0") == "\u00e4\0"


@pytest.fixture
def collection(tmp_path: Path, home: Path) -> Collection:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, image in ((DECOMPOSED, "disc/00.png"), ("plain.png", "square/00.png")):
        (photos / name).write_bytes((home / "shapes" / image).read_bytes())
    return Workspace(index(photos, tmp_path / "p.likewise").workspace).collection


def test_a_collection_resolves_names(collection: Collection) -> None:
    found = collection.resolve([COMPOSED, DECOMPOSED, "plain.png", "Ähre.png", "none.png"])
    assert found == {COMPOSED: DECOMPOSED, DECOMPOSED: DECOMPOSED, "plain.png": "plain.png"}
