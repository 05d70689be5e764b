"""A table of drawn shapes with columns of its own, and its workspace."""

from __future__ import annotations

from pathlib import Path

from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.indexing.index import index
from likewise.workspace import Workspace

CONDITION = "articleType = 'Watches' AND price > 9.5"
"""As text, no price above 9.5 that the table has is larger than '9.5'."""

MATCHING = ("shapes/disc/06.png", "shapes/disc/07.png")
"""The images for which the condition holds."""

_TYPES = {"disc": "Watches", "square": "Shirts", "stripes": "Flip Flops"}


def index_priced(home: Path) -> Path:
    """Index `home/list.csv`, which has a type and a price for each picture of `home/shapes`.

    The workspace has the concept "disc", whose example is a disc that the condition leaves out.
    """
    rows = [
        f"shapes/{kind}/{n:02d}.png,{name},{n + 4}"
        for kind, name in _TYPES.items()
        for n in range(8)
    ]
    (home / "list.csv").write_text("\n".join(["path,articleType,price", *rows]) + "\n")
    path = home / "list.likewise"
    index(home / "list.csv", path)
    with Workspace(path) as place:
        change_basket(place, Concept("disc", ("shapes/disc/00.png",)), new=True)
    return path
