"""Labels that came with the images, as answers and as classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from source_makers import pictures, write_table, written

from likewise.concepts.metadata_labels import (
    Imported,
    class_of_each,
    import_column,
    read_column,
)
from likewise.errors import BadInputError
from likewise.indexing.index import index
from likewise.workspace import Workspace

CELLS: list[dict[str, Any]] = [
    {"class": "barn", "tags": ["red", "old"], "good": True, "n": 3},
    {"class": "house", "tags": ["red"], "good": False, "n": 3},
    {"class": "barn", "tags": []},
    {},
]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workspace]:
    files = pictures()
    written(tmp_path / "p", files)
    rows = [{"path": f"p/{name}", **cells} for name, cells in zip(files, CELLS, strict=True)]
    index(write_table(tmp_path / "t.jsonl", rows), tmp_path / "w.likewise")
    with Workspace(tmp_path / "w.likewise") as opened:
        yield opened


def verdicts(place: Workspace, concept: str) -> list[str | None]:
    """What counts now of each picture, in their order."""
    said = place.labels.current(concept)
    return [said[f"p/{n}"].verdict if f"p/{n}" in said else None for n in pictures()]


def test_a_value_is_yes_another_no_and_none_is_none(place: Workspace) -> None:
    (taken,) = import_column(place, "class", "barn", who="ana").concepts
    assert (taken.yes, taken.no, taken.known, taken.made) == (2, 1, 0, True)
    assert verdicts(place, "barn") == ["yes", "no", "yes", None]
    label = place.labels.current("barn")[f"p/{next(iter(pictures()))}"]
    assert (label.who, label.source) == ("ana", "metadata")
    assert label.digest


def test_again_nothing_is_recorded_twice(place: Workspace) -> None:
    import_column(place, "class", "barn")
    (taken,) = import_column(place, "class", "barn").concepts
    assert (taken.yes, taken.no, taken.known, taken.made) == (0, 0, 3, False)
    assert place.labels.count("barn") == 3


def test_a_list_holds_several_and_every_value_may_be_a_concept(place: Workspace) -> None:
    taken = import_column(place, "tags").concepts
    assert [(one.concept, one.yes, one.no) for one in taken] == [("old", 1, 1), ("red", 2, 0)]
    assert verdicts(place, "old") == ["yes", "no", None, None]


def test_true_is_yes_and_another_name_is_said_with_value(place: Workspace) -> None:
    import_column(place, "good", "sharp", yes_only=True)
    assert verdicts(place, "sharp") == ["yes", None, None, None]
    import_column(place, "class", "farm building", "barn")
    assert verdicts(place, "farm building") == ["yes", "no", "yes", None]
    assert read_column(place, "n").values == dict.fromkeys(
        [f"p/{n}" for n in list(pictures())[:2]], ("3",)
    )


def test_a_dry_run_records_nothing(place: Workspace) -> None:
    assert [one.made for one in import_column(place, "class", dry_run=True).concepts] == [
        True,
        True,
    ]
    assert place.concepts.names() == []
    assert place.labels.count() == 0


def test_what_is_not_there_is_said_with_what_is(place: Workspace) -> None:
    with pytest.raises(BadInputError, match="metadata has: class, folder, good, n, tags"):
        import_column(place, "colour", "barn")
    with pytest.raises(BadInputError, match="no item has 'shed' in 'class'.*--value: barn, house"):
        import_column(place, "class", "shed")
    with pytest.raises(BadInputError, match="has 2 values in 'tags' and one class is wanted"):
        class_of_each(place, "tags")


def test_too_many_values_are_no_concepts(tmp_path: Path) -> None:
    files = pictures(1)
    written(tmp_path / "p", files)
    rows = [{"path": f"p/{n}", "tags": list(range(50))} for n in files]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("likewise.concepts.metadata_labels._MOST_CONCEPTS", 49)
        index(write_table(tmp_path / "t.jsonl", rows), tmp_path / "w.likewise")
        with (
            Workspace(tmp_path / "w.likewise") as place,
            pytest.raises(BadInputError, match="'tags' has 50 values.*--concept NAME"),
        ):
            import_column(place, "tags")


def test_columns_of_items_serve_as_well(workspace: Workspace) -> None:
    taken = {one.concept: (one.yes, one.no) for one in import_column(workspace, "folder").concepts}
    assert taken == dict.fromkeys(("disc", "square", "stripes"), (8, 16))
    classes, _ = class_of_each(workspace, "folder")
    assert {item.split("/")[0] for item in classes} == set(classes.values())


@pytest.fixture
def spelled(tmp_path: Path) -> Iterator[Workspace]:
    """Values as people type them: one class in three spellings, a list in a text, a blank."""
    cells = ["cat", "cat", "cat ", "Cat", "cat,dog", "dog", " ", "Paris, France"]
    files = pictures(len(cells))
    written(tmp_path / "p", files)
    rows = [{"path": f"p/{name}", "label": cell} for name, cell in zip(files, cells, strict=True)]
    index(write_table(tmp_path / "t.jsonl", rows), tmp_path / "w.likewise")
    with Workspace(tmp_path / "w.likewise") as opened:
        yield opened


def counts(imported: Imported) -> dict[str, tuple[int, int]]:
    return {one.concept: (one.yes, one.no) for one in imported.concepts}


def test_values_that_differ_by_blanks_or_capitals_are_chosen_about(spelled: Workspace) -> None:
    match = r"in 'label' 'cat' \(2\), 'Cat' \(1\), 'cat ' \(1\) differ only.*--spellings merge"
    for concept in ("cat", None):
        with pytest.raises(BadInputError, match=match):
            import_column(spelled, "label", concept, separator="")
    assert spelled.labels.count() == 0
    merged = import_column(spelled, "label", "cat", spellings="merge", separator="", dry_run=True)
    assert counts(merged) == {"cat": (4, 3)}
    assert "taken as one value each" in " ".join(merged.notes)
    apart = import_column(spelled, "label", "cat", spellings="keep", separator="", dry_run=True)
    assert counts(apart) == {"cat": (2, 5)}
    other = import_column(spelled, "label", "dog", separator="", dry_run=True)
    assert counts(other) == {"dog": (1, 6)}  # a cat in any spelling is no dog


def test_a_text_that_may_be_a_list_is_chosen_about(spelled: Workspace) -> None:
    with pytest.raises(BadInputError, match="'cat' is a value, too; say with --separator ','"):
        import_column(spelled, "label", "dog")
    split = import_column(
        spelled, "label", separator=",", spellings="merge", yes_only=True, dry_run=True
    )
    assert counts(split) == {"cat": (5, 0), "dog": (2, 0), "Paris": (1, 0), "France": (1, 0)}
    assert split.column.to_json() == {
        "items": 8, "with_value": 7, "without_value": 1, "with_several": 2, "alike": [],
        "values": {"France": 1, "Paris": 1, "cat": 5, "dog": 2},
    }  # fmt: skip
    summary = split.column.summary()
    assert summary == "8 images, 7 with 4 values of 'label' (2 with several), 1 without"


def test_a_comma_in_a_name_of_one_thing_is_said_and_not_cut(tmp_path: Path) -> None:
    files = pictures(2)
    written(tmp_path / "p", files)
    rows = [
        {"path": f"p/{n}", "town": x} for n, x in zip(files, ["Paris, France", "Rome"], strict=True)
    ]
    index(write_table(tmp_path / "t.jsonl", rows), tmp_path / "w.likewise")
    with Workspace(tmp_path / "w.likewise") as opened:
        done = import_column(opened, "town", dry_run=True)
    assert counts(done) == {"Paris, France": (1, 1), "Rome": (1, 1)}
    assert "'Paris, France' (1): taken as one value each; --separator" in done.notes[0]


def test_classes_that_differ_by_blanks_or_capitals_are_said(spelled: Workspace) -> None:
    classes, notes = class_of_each(spelled, "label")
    assert set(classes.values()) == {"cat", "cat ", "Cat", "cat,dog", "dog", "Paris, France"}
    assert "each is a class of its own" in notes[0]
