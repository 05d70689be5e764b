from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.errors import BadInputError
from likewise.indexing.index import index
from likewise.maps.colouring import colour_by_column, colour_by_facet, colour_by_groups
from likewise.workspace import Workspace


def counts(classes: np.ndarray) -> list[int]:
    found: list[int] = np.bincount(classes).tolist()
    return found


def test_values_others_and_none(home: Path) -> None:
    rows = [f"shapes/disc/{n:02d}.png,{'abcdefghijkl'[n]}" for n in range(8)]
    rows += [f"shapes/square/{n:02d}.png,{'ijkl'[n % 4]}" for n in range(6)]
    rows += [f"shapes/stripes/{n:02d}.png," for n in range(3)]
    (home / "list.csv").write_text("\n".join(["path,kind", *rows]) + "\n")
    index(home / "list.csv", home / "list.likewise")
    with Workspace(home / "list.likewise") as workspace:
        found = colour_by_facet(workspace, "metadata.kind")
        assert found.legend == ("i", "j", "a", "b", "c", "d", "e", "f", "g", "others", "none")
        assert (found.others, found.none) == (9, 10)
        assert counts(found.classes) == [2, 2, 1, 1, 1, 1, 1, 1, 1, 3, 3]


def test_a_range_has_parts_or_a_ramp(workspace: Workspace) -> None:
    parts = colour_by_facet(workspace, "bytes", parts=True)
    assert (parts.scale, len(parts.legend), parts.others, parts.none) == ("categories", 5, -1, -1)
    sizes = np.array(
        [row["bytes"] for row in workspace.collection.facts(workspace.collection.ids(), ["bytes"])]
    )
    width = (sizes.max() - sizes.min()) / 5
    expected = np.minimum((sizes - sizes.min()) // width, 4)
    assert parts.classes.tolist() == expected.astype(int).tolist()
    assert parts.legend[0].startswith(f"{sizes.min():,.0f} to ")
    assert colour_by_facet(workspace, "bytes").scale == "ramp"
    with pytest.raises(BadInputError, match="nothing to colour by in 'widht'"):
        colour_by_facet(workspace, "widht")


def test_a_column_without_a_value_anywhere(workspace: Workspace) -> None:
    found = colour_by_column(workspace, "camera")
    assert (found.legend, found.none, counts(found.classes)) == (("none",), 0, [24])


def test_a_facet_and_a_column_agree(workspace: Workspace) -> None:
    column, facet = (one(workspace, "folder") for one in (colour_by_column, colour_by_facet))
    assert column.legend == facet.legend == ("disc", "square", "stripes")
    assert column.classes.tolist() == facet.classes.tolist()


def test_groups_beyond_the_colours_are_together() -> None:
    groups = {f"g{n:02d}": np.array([n]) for n in range(11)}
    found = colour_by_groups(13, groups, "not answered")
    assert found.legend[-2:] == ("others", "not answered")
    assert counts(found.classes) == [1] * 9 + [2, 2]
