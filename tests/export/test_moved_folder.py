"""A folder that was moved: what export and index say, with the command that mends it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from likewise import Workspace, export_concept, fill_basket, index, learn_concept, record_labels
from likewise.errors import BadInputError


def test_export_counts_the_files_that_are_gone(home: Path) -> None:
    place = index(home / "shapes", home / "moved.likewise").workspace
    with Workspace(place) as workspace:
        ids = [item for item in workspace.collection.ids() if item.startswith("disc/")]
        fill_basket(workspace, "disc", like=ids[:2])
        record_labels(workspace, "disc", [(item, "yes") for item in ids])
        learn_concept(workspace, "disc")
        (home / "shapes").rename(home / "elsewhere")
        with pytest.raises(BadInputError) as refused:
            export_concept(workspace, "disc", home / "dataset")
    assert f"all {len(ids)} images" in str(refused.value)
    assert any(f"the first is {item!r}" in str(refused.value) for item in ids)
    assert str(refused.value).endswith("--relocate")


def test_index_names_the_command_that_relocates(home: Path) -> None:
    place = index(home / "shapes", home / "moved.likewise").workspace
    (home / "shapes").rename(home / "else where")
    with pytest.raises(BadInputError) as refused:
        index(home / "else where", place)
    command = str(refused.value).partition("likewise index ")[2].partition(";")[0]
    folder, option, workspace, last = shlex.split(command)
    assert (option, last) == ("--workspace", "--relocate")
    index(folder, Path(workspace), relocate=True)
    with Workspace(place) as opened:
        assert opened.collection.original("disc/00.png").there
