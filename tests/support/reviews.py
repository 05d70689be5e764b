"""A review of the discs among 24 pictures, eight of which show one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from likewise.concepts.labelling import fill_basket
from likewise.review.session import Session
from likewise.workspace import Workspace


@contextmanager
def review_of_discs(
    workspace: Workspace, examples: int = 2, page_size: int = 6
) -> Iterator[Session]:
    """Ann's review, with so many discs in the basket and the most alike first."""
    like = [f"disc/{number:02d}.png" for number in range(examples)]
    fill_basket(workspace, "disc", like=like, new=True)
    with Session(workspace, "disc", page_size=page_size, picker="most_alike", who="ann") as session:
        yield session
