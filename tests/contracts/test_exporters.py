"""What every exporter must do, whoever wrote it: runs over all that are registered."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

import pytest
from made_datasets import ODD_NAMES, box_rows, dataset_of, files_of, odd_dataset, odd_rows

from likewise.core.file_names import MANIFEST, PROVENANCE
from likewise.errors import BadInputError
from likewise.export.base import Exporter, Row
from likewise.export.concept import export_concept
from likewise.export.selection import export_selection
from likewise.export.writing import write_dataset
from likewise.label_sets.exporting import export_label_set
from likewise.registry import build, class_name, names

EXPORTERS = names("export")
SPLITS = [(), ("train", "val", "test")]


def exporter(name: str) -> Exporter:
    made: Exporter = build("export", name, "format", {})
    return made


@pytest.mark.parametrize("name", EXPORTERS)
def test_is_a_frozen_record_with_defaults_that_says_what_it_writes(name: str) -> None:
    made = exporter(name)
    assert type(made).__name__ == class_name(name)
    assert type(made).__dataclass_params__.frozen  # type: ignore[attr-defined]
    first = (type(made).__doc__ or "").partition("\n")[0]
    assert 20 < len(first) <= 100
    assert all(field.name.islower() for field in fields(made))  # type: ignore[arg-type]


@pytest.mark.parametrize("splits", SPLITS, ids=["whole", "split"])
@pytest.mark.parametrize("name", EXPORTERS)
def test_writes_every_image_under_any_name_and_nothing_beside(
    name: str, splits: tuple[str, ...], tmp_path: Path
) -> None:
    before = files_of_originals(tmp_path / "photos", splits)
    dataset = odd_dataset(tmp_path / "photos", splits)
    (tmp_path / "out").mkdir()
    exporter(name).write(dataset, tmp_path / "out")
    assert files_of(tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"photos", "out"}
    assert files_of(tmp_path / "photos") == before
    assert not [path for path in (tmp_path / "out").rglob("*") if ".partial" in path.name]
    assert not {MANIFEST, PROVENANCE} & {path.name for path in (tmp_path / "out").iterdir()}


def files_of_originals(photos: Path, splits: tuple[str, ...]) -> dict[str, bytes]:
    odd_rows(photos, splits=splits)
    return files_of(photos)


@pytest.mark.parametrize("name", EXPORTERS)
def test_takes_parts_of_images(name: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    exporter(name).write(dataset_of(box_rows(tmp_path / "photos")), tmp_path / "out")
    assert files_of(tmp_path / "out")


@pytest.mark.parametrize("name", EXPORTERS)
def test_the_same_dataset_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    dataset = odd_dataset(tmp_path / "photos", ("train", "val"))
    for out in ("one", "other"):
        (tmp_path / out).mkdir()
        exporter(name).write(dataset, tmp_path / out)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "other")


@pytest.mark.parametrize("name", EXPORTERS)
def test_what_an_interrupted_run_left_is_made_whole(name: str, tmp_path: Path) -> None:
    """Interrupted at each of a few rows; the next run goes on in the same folder."""
    rows = odd_rows(tmp_path / "photos")
    whole, left = tmp_path / "whole", tmp_path / "left"
    write_dataset(exporter(name), dataset_of(rows), whole, False, "digest")
    for stop in (0, 3, len(rows) - 1, 2 * len(rows) - 1):
        dataset = replace(dataset_of(rows), rows=Stopping(rows, stop))
        try:
            write_dataset(exporter(name), dataset, left, True, "digest")
        except KeyboardInterrupt:
            assert (tmp_path / ".left.partial").is_dir()
    write_dataset(exporter(name), dataset_of(rows), left, True, "digest")
    assert files_of(left) == files_of(whole)
    assert not (tmp_path / ".left.partial").exists()


class Stopping:
    """Rows during which someone presses Ctrl-C."""

    def __init__(self, rows: Sequence[Row], after: int) -> None:
        self.rows, self.after = rows, after

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        for row in self.rows:
            if self.after == 0:
                raise KeyboardInterrupt
            self.after -= 1
            yield row


@pytest.mark.parametrize("name", EXPORTERS)
def test_an_option_that_it_has_not_is_refused(name: str) -> None:
    with pytest.raises(BadInputError, match="no option 'colour'"):
        build("export", name, "format", {"colour": "red"})


@pytest.mark.parametrize("name", EXPORTERS)
@pytest.mark.parametrize("export", [export_concept, export_label_set, export_selection])
def test_its_options_are_none_of_those_of_an_export(
    name: str, export: Callable[..., object]
) -> None:
    options = {option.name for option in fields(exporter(name))}  # type: ignore[arg-type]
    assert not options & set(inspect.signature(export).parameters)


def test_odd_names_are_odd() -> None:
    assert len({name.casefold() for name in ODD_NAMES}) < len(ODD_NAMES)
    assert max(len(name.encode()) for name in ODD_NAMES) == 255
