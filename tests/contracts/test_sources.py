"""What every source must do, those that will be added included."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import MISSING, fields, replace
from pathlib import Path

import pytest
from source_makers import MAKERS, Made, picture, pictures, served

from likewise.errors import LikewiseError
from likewise.images.decode import BadImageError, Limits
from likewise.indexing.index import index, update
from likewise.registry import class_name, names, part
from likewise.sources import _web
from likewise.sources.base import (
    UNKNOWN,
    Item,
    Refused,
    Source,
    absolute_uri,
    counted_items,
    name_of,
    open_source,
    options_of,
    recognised,
    short_uri,
)
from likewise.workspace import Workspace


@pytest.fixture(params=names("sources"))
def kind(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    assert name in MAKERS, f"a maker of a place for '{name}' is missing in source_makers.py"
    return name


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is also served over HTTP, to a web that is all on this machine."""
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setattr(_web, "is_public", lambda address: True)
    with served(place) as address:
        monkeypatch.setenv("LIKEWISE_TEST_SERVER", address)
        yield place


@pytest.fixture
def made(kind: str, home: Path) -> Made:
    return MAKERS[kind](home, pictures())


def opened(kind: str, made: Made) -> Source:
    return open_source(made.what, kind, made.options)


def items(source: Source) -> list[Item]:
    found = list(source.items())
    assert not [entry for entry in found if isinstance(entry, Refused)]
    return [entry for entry in found if isinstance(entry, Item)]


def test_is_a_record_whose_options_are_plain_values_with_defaults(kind: str) -> None:
    made = part("sources", kind)
    assert made.__name__ == class_name(kind)
    assert 10 < len((made.__doc__ or "").partition("\n")[0]) <= 100
    root, *options = fields(made)
    assert root.name == "root"
    for option in options:
        assert not option.init or option.default is not MISSING, option.name
        assert not option.init or isinstance(option.default, str | bool | int | float), option.name


def test_yields_every_picture_under_its_id_the_same_every_time(kind: str, made: Made) -> None:
    source = opened(kind, made)
    found = items(source)
    assert sorted(item.id for item in found) == sorted(made.ids.values())
    assert items(source) == found == items(opened(kind, made))
    assert source.count() in (None, len(found))
    assert source.name
    for item in found:
        json.dumps(dict(item.metadata))


def test_counts_what_it_understood(kind: str, made: Made) -> None:
    source = opened(kind, made)
    for _ in range(2):  # each walk is counted by itself
        assert len(list(counted_items(source))) == len(made.ids)
        counts = source.tally.summary().to_json()
        assert counts.pop("omitted") == counts.pop("notes") == []
        assert counts == {
            "images": 4, "labels": 0, "labelled": 0, "boxes": 0, "splits": {}, **made.summary,
        }  # fmt: skip
    list(source.items())  # a walk that nobody counts
    assert len(list(counted_items(source))) == source.tally.summary().images


def test_nothing_disappears_without_a_count(kind: str, made: Made, tmp_path: Path) -> None:
    assert made.spoil is not None, f"a thing that '{kind}' cannot use is missing in its maker"
    source = opened(kind, made)
    list(counted_items(source))
    whole, passed_over = source.tally.summary(), source.skipped
    made.spoil()
    report = index(made.what, tmp_path / "w.likewise", source=kind, options=made.options)
    assert report.summary is not None
    assert report.added == report.summary.images == whole.images
    assert sum(one.count for one in report.summary.omitted) + report.ignored == passed_over + 1
    for one in report.summary.omitted:
        assert one.example
        assert one.example in str(report.summary)
    assert json.loads(json.dumps(report.to_json()))["summary"] == report.summary.to_json()


def test_reads_the_very_bytes_from_several_threads(kind: str, made: Made) -> None:
    source = opened(kind, made)
    name_by_id = {item: name for name, item in made.ids.items()}
    given = pictures()
    found = items(source) * 3
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda item: source.read(item, Limits()), found))
    for item, data in zip(found, read, strict=True):
        assert data == given[name_by_id[item.id]] or not made.exact
        assert data == source.read(item, Limits())
        assert item.size in (UNKNOWN, len(data))
        assert source.there(item)
        path = source.path(item)
        assert path is None or path.read_bytes() == data


def test_is_found_again_by_what_is_stored(kind: str, made: Made, home: Path) -> None:
    source = opened(kind, made)
    again = open_source(source.root, name_of(source), json.loads(json.dumps(options_of(source))))
    assert name_of(source) == kind
    for item in items(source):
        stored = short_uri(item.uri, source.base)
        assert str(home) not in stored, "an absolute path would be stored"
        uri = absolute_uri(item.id if source.ids_are_paths else stored, again.base)
        assert uri == item.uri
        assert again.read(replace(item, uri=uri), Limits()) == source.read(item, Limits())


def test_is_recognised_by_what_a_person_writes(kind: str, made: Made) -> None:
    assert recognised(made.what) == kind
    assert part("sources", kind).recognises(f"{made.what}-none") == 0 or "://" in made.what


def test_a_picture_above_the_cap_is_refused_before_it_is_read_whole(kind: str, made: Made) -> None:
    source = opened(kind, made)
    with pytest.raises(BadImageError, match=r"megabytes.*--max-megabytes"):
        source.read(items(source)[0], Limits(max_megabytes=1e-5))


def test_says_in_a_sentence_that_nothing_is_there(kind: str, made: Made) -> None:
    with pytest.raises(LikewiseError) as error:
        list(open_source(f"{made.what}-none", kind, made.options).items())
    assert 10 < len(str(error.value)) < 400
    assert "\n" not in str(error.value)


def test_only_what_is_new_or_changed_is_read_again(kind: str, made: Made, tmp_path: Path) -> None:
    workspace = tmp_path / "w.likewise"
    report = index(made.what, workspace, source=kind, options=made.options)
    assert (report.added, report.failed) == (4, ())
    assert index(made.what, workspace).unchanged == 4

    first, second = list(made.ids)[:2]
    known = dict(made.ids)
    made.remove(second)
    (report,) = update(workspace)
    assert (report.missing, report.added, report.failed) == (1, 0, ())
    with Workspace(workspace) as place:
        assert set(place.states.all("missing")) == {known[second]}
        original = place.collection.original(known[first])
        assert original.read() == pictures()[first] or not made.exact
        assert original.there
    if kind == "urls":  # what was downloaded once is not asked for again
        return
    made.change(first, picture(99))
    (report,) = update(workspace)
    assert (report.changed, report.failed) == (3 if made.loses_all else 1, ())
    with Workspace(workspace) as place:
        assert place.collection.original(known[first]).read() == picture(99) or not made.exact


def test_what_is_gone_after_it_was_listed_costs_one_picture(kind: str, made: Made) -> None:
    source = opened(kind, made)
    found = items(source)
    gone, name = next(iter(made.ids.items()))
    lost = next(item for item in found if item.id == name)
    made.remove(gone)
    with pytest.raises(BadImageError) as error:
        source.read(lost, Limits())
    assert "\n" not in str(error.value)
