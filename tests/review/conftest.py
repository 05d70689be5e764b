"""A session over 24 pictures, of which eight show a disc."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from reviews import review_of_discs

from likewise.review.session import Session
from likewise.workspace import Workspace


@pytest.fixture
def session(workspace: Workspace) -> Iterator[Session]:
    """A review of discs, of which two are in the basket."""
    with review_of_discs(workspace) as session:
        yield session
