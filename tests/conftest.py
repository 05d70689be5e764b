"""What tests share: real images, a real index of them, and the photos when they are at hand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from likewise.indexing import index
from likewise.workspace import Workspace

_ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real photos; tests that need them skip where they are absent."""
    folder = Path(os.environ.get("LIKEWISE_TEST_DATA", _ROOT / ".." / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no photos at {folder}; set LIKEWISE_TEST_DATA to a folder that has them")
    return folder


def draw_shapes(folder: Path, each: int = 8) -> Path:
    """Write pictures of red discs, blue squares and green stripes into class folders."""
    rng = np.random.default_rng(0)
    for kind in ("disc", "square", "stripes"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            ground = tuple(int(x) for x in rng.integers(200, 255, 3))
            image = Image.new("RGB", (160, 120), ground)
            pen = ImageDraw.Draw(image)
            left, top, size = (int(x) for x in rng.integers([10, 10, 40], [60, 40, 70]))
            box = (left, top, left + size, top + size)
            if kind == "disc":
                pen.ellipse(box, fill=(200, 30, 30))
            elif kind == "square":
                pen.rectangle(box, fill=(30, 30, 200))
            else:
                for x in range(left % 12, 160, 12):
                    pen.line((x, 0, x, 120), fill=(20, 130, 40), width=5)
            image.save(folder / kind / f"{number:02d}.png")
    return folder


@pytest.fixture(scope="session")
def _indexed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("indexed")
    index(draw_shapes(home / "shapes"), home / "shapes.likewise")
    return home


@pytest.fixture
def home(_indexed_once: Path, tmp_path: Path) -> Path:
    """A folder of a test's own with `shapes/` and its workspace `shapes.likewise`."""
    shutil.copytree(_indexed_once, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    """An open workspace of 24 indexed pictures."""
    with Workspace(home / "shapes.likewise") as place:
        yield place
