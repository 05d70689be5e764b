"""What `pip install` gives serves the app: every file is in the wheel, and nothing is fetched."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ports import free_port
from serve_process import fetch, serve_process

import likewise

PACKAGE = Path(likewise.__file__).parent
PROJECT = PACKAGE.parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--wheel-dir", folder, PROJECT],
        check=True,
    )  # fmt: skip
    (wheel,) = folder.glob("likewise-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_every_file_of_the_package_is_in_the_wheel(unpacked: Path) -> None:
    def files(package: Path) -> set[str]:
        found = (path.relative_to(package) for path in package.rglob("*") if path.is_file())
        return {path.as_posix() for path in found if "__pycache__" not in path.parts}

    assert files(unpacked / "likewise") == files(PACKAGE)


def test_the_wheel_serves_the_app(unpacked: Path, tmp_path: Path) -> None:
    port = free_port()
    with serve_process(port, cwd=tmp_path, environment={"PYTHONPATH": str(unpacked)}):
        seen: set[str] = set()
        links = re.findall(r'(?:src|href)="([^"]+)"', fetch(port, "/"))
        while links:
            link = links.pop()
            assert link.startswith("/static/")  # from here, and from nowhere else
            if link not in seen and not link.endswith(".svg"):
                seen.add(link)
                text = fetch(port, link)
                parts = re.findall(r"""(?:from|import)\s*\(?['"]\./([^'"]+)['"]""", text)
                links += [f"{link.rpartition('/')[0]}/{part}" for part in parts]
        names = {link.rpartition("/")[2] for link in seen}
        assert {"app.js", "app.css", "grid.js"} <= names
        assert len(names) == len(seen)
