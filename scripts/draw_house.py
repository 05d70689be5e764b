"""Draw the folders of the source tree and the imports between them into docs/images/house.svg.

    python scripts/draw_house.py            # draw it anew
    python scripts/draw_house.py --check    # exit 1 where the picture is not the tree's

The floors and the imports are those that `tests/test_house.py` checks. An arrow is drawn where a
folder imports another of its own floor or of the next floor below.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "house.svg"

TITLES = ["arrays and records", "outside", "the workspace", "the steps", "around them", "faces"]
WIDTH, FLOOR_HEIGHT, BOX_HEIGHT, LEFT, GAP = 1180, 120, 34, 130, 12


def house() -> ModuleType:
    """The test of the tree, as a module: its floors and its imports."""
    spec = importlib.util.spec_from_file_location("house", ROOT / "tests" / "test_house.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def boxes(floors: list[set[str]]) -> dict[str, tuple[float, float, float]]:
    """Left edge, top edge and width of every folder's box, in pixels."""
    found = {}
    for number, floor in enumerate(reversed(floors)):
        names = sorted(floor)
        width = (WIDTH - LEFT - GAP * (len(names) - 1) - 20) / len(names)
        for column, name in enumerate(names):
            left = LEFT + column * (width + GAP)
            found[name] = (left, 40 + number * FLOOR_HEIGHT, width)
    return found


def arrow(start: tuple[float, float, float], end: tuple[float, float, float]) -> str:
    """A curve from the bottom of one box to the top of another, or above boxes of one floor."""
    x1, y1, x2, y2 = start[0] + start[2] / 2, start[1], end[0] + end[2] / 2, end[1]
    if y1 == y2:
        height = 12 + abs(x2 - x1) / 16
        path = f"M{x1:.0f} {y1:.0f} C{x1:.0f} {y1 - height:.0f} {x2:.0f} {y1 - height:.0f}"
        kind = "same"
    else:
        y1 += BOX_HEIGHT
        path = f"M{x1:.0f} {y1:.0f} C{x1:.0f} {y1 + 40:.0f} {x2:.0f} {y2 - 40:.0f}"
        kind = "down"
    return f'<path class="{kind}" d="{path} {x2:.0f} {y2:.0f}" marker-end="url(#tip)"/>'


def draw() -> str:
    """The picture, as SVG."""
    tree = house()
    floors: list[set[str]] = tree.FLOORS
    placed = boxes(floors)
    pairs = sorted({(tree.folder_of(a), tree.folder_of(b)) for a, b in tree.arrows()})
    drawn = [
        arrow(placed[a], placed[b])
        for a, b in pairs
        if tree.floor_of(a) - tree.floor_of(b) in (0, 1)
    ]
    height = 40 + len(floors) * FLOOR_HEIGHT - 40
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-label="{len(placed)} folders on {len(floors)} floors">',
        "<style>text{font:14px sans-serif;fill:#222}.floor{fill:#667;font-size:12px}"
        "rect{fill:#eef2fb;stroke:#5a6b9a;rx:5}path{fill:none}"
        ".down{stroke:#8a94ad;stroke-opacity:.45}.same{stroke:#c0561f;stroke-opacity:.8}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" '
        'markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" fill="#667"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" style="fill:#fff;stroke:none"/>',
        *drawn,
    ]
    for title, top in zip(reversed(TITLES), range(len(floors)), strict=True):
        lines.append(
            f'<text class="floor" x="10" y="{40 + top * FLOOR_HEIGHT + 22}">{title}</text>'
        )
    for name, (left, top, width) in placed.items():
        lines.append(
            f'<rect x="{left:.0f}" y="{top}" width="{width:.0f}" height="{BOX_HEIGHT}"/>'
            f'<text x="{left + width / 2:.0f}" y="{top + 22}" text-anchor="middle">{name}</text>'
        )
    return "\n".join([*lines, "</svg>\n"])


def main() -> int:
    """Draw the picture, or check it."""
    picture = draw()
    if "--check" in sys.argv[1:]:
        return int(not PICTURE.exists() or PICTURE.read_text() != picture)
    PICTURE.write_text(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
