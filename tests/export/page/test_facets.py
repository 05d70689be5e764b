"""What a page can be filtered by."""

from __future__ import annotations

import json
from typing import Any

import pytest

from likewise.errors import BadInputError
from likewise.export.page.facets import facets_of


def row(folder: str = "", taken_at: str | None = None, **metadata: Any) -> dict[str, Any]:
    return {"folder": folder, "taken_at": taken_at, "metadata": json.dumps(metadata)}


def test_a_property_with_a_few_values_becomes_a_facet() -> None:
    rows = [row("a", "2020-01-02T03:04:05", site="x", id=0), row("b", "2021", site="x", id=1)]
    rows += [row("a", "2020", site="y", id=number) for number in range(2, 60)]
    found = facets_of(rows)
    assert [facet.name for facet in found] == ["site", "folder", "year"]  # not id: 60 values
    folder = found[1]
    assert (folder.values, folder.of[:3]) == (("a", "b"), (0, 1, 0))
    assert found[2].values == ("2020", "2021")


def test_what_most_images_lack_is_none_and_an_image_without_it_is_in_no_value() -> None:
    rows = [row("a", site="x"), row("b", site="y"), row("b"), row("b"), row("b")]
    assert [facet.name for facet in facets_of(rows)] == ["folder"]
    (site,) = facets_of(rows, ["site"])
    assert site.of == (0, 1, -1, -1, -1)


def test_values_of_any_kind_are_text() -> None:
    rows = [row(v=1), row(v=True), row(v=["é"]), row(v=None)]
    (found,) = facets_of(rows, ["v"])
    assert set(found.values) == {"1", "true", '["é"]'}
    assert found.of[3] == -1


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(BadInputError, match="no image has a 'colour'.*: site, folder"):
        facets_of([row("a", site="x")], ["colour"])
