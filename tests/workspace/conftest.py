from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from decision_places import Place


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty place for decisions, of each kind that there is."""
    if request.param == "sqlite":
        one = Place(tmp_path / "w.sqlite")
    else:
        one = Place(None, request.getfixturevalue("address"))
    yield one
    one.close()
