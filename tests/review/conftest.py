"""A session over 24 pictures, of which eight show a disc."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from likewise.concepts.labelling import fill_basket
from likewise.review.session import Session
from likewise.workspace import Workspace


@pytest.fixture
def session(workspace: Workspace) -> Iterator[Session]:
    """A review of discs, of which two are in the basket."""
    fill_basket(workspace, "disc", like=["disc/00.png", "disc/01.png"], new=True)
    with Session(workspace, "disc", page_size=6, picker="most_alike", who="ann") as session:
        yield session
