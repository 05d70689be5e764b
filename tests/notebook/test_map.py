"""The map as Python has it: what it sends, what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.concepts.evidence import evidence_for
from likewise.core.concept import Concept
from likewise.errors import BadInputError, NotFoundError
from likewise.maps.collection_map import open_map
from likewise.rules.base import learn
from likewise.workspace import Workspace


def test_a_collection_shows_its_map(workspace: Workspace) -> None:
    shown = workspace.collection.map(by="folder")
    found = open_map(workspace, "pca")  # it was computed and kept
    assert shown.xy == found.points.tobytes()
    assert (shown.scale, shown.legend) == ("categories", ["disc", "square", "stripes"])
    folders = [item.split("/")[0] for item in workspace.collection.ids()]
    assert [shown.legend[place] for place in shown.classes] == folders


def test_a_rule_colours_by_its_scores(workspace: Workspace) -> None:
    rule = learn(evidence_for(workspace, Concept("disc", ("disc/00.png",))), "mean")
    shown = workspace.collection.map(rule=rule)
    assert shown.scale == "ramp"
    best = workspace.collection.ids()[int(np.argmax(np.frombuffer(shown.classes, np.uint8)))]
    assert best == "disc/00.png"


def test_what_is_drawn_around_comes_back_as_ids(workspace: Workspace) -> None:
    shown = workspace.collection.map()
    ids = workspace.collection.ids()
    sent = memoryview(np.array([2, 5], "<u4").tobytes())  # as a page sends bytes
    shown.set_state({"inside": sent})
    assert shown.selected == [ids[2], ids[5]]
    shown.set_state({"at": 7})
    assert shown.picked == ids[7]
    shown.set_state({"inside": memoryview(b""), "at": -1})
    assert (shown.selected, shown.picked) == ([], "")


def test_the_picture_of_a_point(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = workspace.collection.map()
    sent: list[tuple[Any, Any]] = []
    monkeypatch.setattr(shown, "send", lambda content, buffers: sent.append((content, buffers)))
    for asked in ({"want": 3}, {"want": 24}, {"want": "3"}, "nonsense"):
        shown._handle_custom_msg(asked, [])
    item = workspace.collection.ids()[3]
    assert sent == [({"have": 3, "id": item}, workspace.pictures([item]))]


def test_what_cannot_be_shown_is_said(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as place:
        collection = place.collection
        with pytest.raises(BadInputError, match="no column 'wdith'"):
            collection.map(by="wdith")
        with pytest.raises(BadInputError, match="did you mean 'pca'"):
            collection.map("pac")
    with pytest.raises(NotFoundError, match="the workspace of this collection is closed"):
        collection.map()
