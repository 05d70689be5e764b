"""What tests share: real images, a real index of them, and the photos when they are at hand."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import torchvision_without_operators  # noqa: F401 - it is for what it does
from browsing import browser, new_page
from drawings import draw
from hypothesis import HealthCheck, settings
from postgres_server import running_postgres
from shapes import draw_shapes

from likewise.images.grid import Grid
from likewise.indexing.index import index
from likewise.workspace import Workspace

__all__ = ["browser", "new_page"]  # one browser for all: playwright starts once a process

_ROOT = Path(__file__).parent.parent


# How long an example takes depends on what else the machine does, so no test has a deadline.
settings.register_profile(
    "likewise", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("likewise")


@pytest.fixture(autouse=True)
def _module_path_of_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `likewise.cli.main` sets for its child processes holds for one test only."""
    monkeypatch.setenv("PYTHONSAFEPATH", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser test that fails where CI is set runs again, up to twice, and is named.

    A browser may lose its renderer on a machine with little memory. Every other test has to hold
    on a busy machine as it is.
    """
    if os.environ.get("CI"):
        for item in items:
            if "browser" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=5))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real photos; tests that need them skip where they are absent."""
    folder = Path(os.environ.get("LIKEWISE_TEST_DATA", _ROOT / ".." / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no photos at {folder}; set LIKEWISE_TEST_DATA to a folder that has them")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The encoder's graph and agreements go to folders of the tests', not to the user's own."""
    os.environ["LIKEWISE_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["LIKEWISE_CONFIG"] = str(tmp_path_factory.mktemp("config"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real server of the tests' own; skips where its package is not installed."""
    pytest.importorskip("psycopg")
    with running_postgres() as url:
        yield url


@pytest.fixture
def address(request: pytest.FixtureRequest, postgres_url: str) -> str:
    """Where a team may share decisions; nobody has any there yet."""
    return f"{postgres_url}#test_{zlib.crc32(request.node.nodeid.encode())}"


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


@pytest.fixture(scope="session")
def _drawn_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("drawn")
    index(draw(home / "shapes"), home / "shapes.likewise")
    return home


@pytest.fixture
def drawn(_drawn_once: Path, tmp_path: Path) -> Path:
    """As `home`, with pictures of which none is a near-duplicate of another."""
    shutil.copytree(_drawn_once, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    """An open workspace of 24 indexed pictures."""
    with Workspace(home / "shapes.likewise") as place:
        yield place


@pytest.fixture(scope="session")
def _cut_once(_indexed_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("cut")
    shutil.copytree(_indexed_once, home, dirs_exist_ok=True)
    index(home / "shapes", home / "shapes.likewise", patches=Grid((2,)))
    return home


@pytest.fixture
def cut(_cut_once: Path, tmp_path: Path) -> Path:
    """A folder of a test's own with `shapes/` and its workspace, which has two patches an image."""
    return Path(shutil.copytree(_cut_once, tmp_path / "cut"))
