"""Labels that came with the images, as answers and as classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from source_makers import pictures, write_table, written

from likewise.concepts.metadata_labels import given_class_of_each, given_values, import_given
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
    (taken,) = import_given(place, "class", "barn", who="ana")
    assert (taken.yes, taken.no, taken.known, taken.made) == (2, 1, 0, True)
    assert verdicts(place, "barn") == ["yes", "no", "yes", None]
    label = place.labels.current("barn")[f"p/{next(iter(pictures()))}"]
    assert (label.who, label.source) == ("ana", "metadata")
    assert label.digest


def test_again_nothing_is_recorded_twice(place: Workspace) -> None:
    import_given(place, "class", "barn")
    (taken,) = import_given(place, "class", "barn")
    assert (taken.yes, taken.no, taken.known, taken.made) == (0, 0, 3, False)
    assert place.labels.count("barn") == 3


def test_a_list_holds_several_and_every_value_may_be_a_concept(place: Workspace) -> None:
    taken = import_given(place, "tags")
    assert [(one.concept, one.yes, one.no) for one in taken] == [("old", 1, 1), ("red", 2, 0)]
    assert verdicts(place, "old") == ["yes", "no", None, None]


def test_true_is_yes_and_another_name_is_said_with_value(place: Workspace) -> None:
    import_given(place, "good", "sharp", yes_only=True)
    assert verdicts(place, "sharp") == ["yes", None, None, None]
    import_given(place, "class", "farm building", "barn")
    assert verdicts(place, "farm building") == ["yes", "no", "yes", None]
    assert given_values(place, "n") == dict.fromkeys(
        [f"p/{n}" for n in list(pictures())[:2]], ("3",)
    )


def test_a_dry_run_records_nothing(place: Workspace) -> None:
    assert [one.made for one in import_given(place, "class", dry_run=True)] == [True, True]
    assert place.concepts.names() == []
    assert place.labels.count() == 0


def test_what_is_not_there_is_said_with_what_is(place: Workspace) -> None:
    with pytest.raises(BadInputError, match="metadata has: class, folder, good, n, tags"):
        import_given(place, "colour", "barn")
    with pytest.raises(BadInputError, match="no item has 'shed' in 'class'.*--value: barn, house"):
        import_given(place, "class", "shed")
    with pytest.raises(BadInputError, match="has 2 values in 'tags' and one class is wanted"):
        given_class_of_each(place, "tags")


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
            import_given(place, "tags")


def test_columns_of_items_serve_as_well(workspace: Workspace) -> None:
    taken = {one.concept: (one.yes, one.no) for one in import_given(workspace, "folder")}
    assert taken == dict.fromkeys(("disc", "square", "stripes"), (8, 16))
    classes = given_class_of_each(workspace, "folder")
    assert {item.split("/")[0] for item in classes} == set(classes.values())
