"""The wheel is the same whoever builds it, and holds the package and nothing else."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

_ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", _ROOT / "scripts" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def wheels(script: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Built here, and of a copy with other times and permissions, and files that are no part."""
    home = tmp_path_factory.mktemp("release")
    copy = home / "copy"
    shutil.copytree(_ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(_ROOT / name, copy / name)
    for path in copy.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700 if path.is_dir() else 0o600)
    (copy / "tests").mkdir()
    (copy / "tests" / "test_secret.py").write_text("")
    (copy / "src" / "likewise" / "__pycache__").mkdir()
    (copy / "src" / "likewise" / "__pycache__" / "x.cpython-311.pyc").write_bytes(b"x")
    (first,) = script.build(home / "first")
    (second,) = script.build(home / "second", copy)
    return first, second


def test_two_builds_are_the_same_byte_for_byte(
    script: ModuleType, wheels: tuple[Path, Path]
) -> None:
    assert wheels[0].name == wheels[1].name
    assert script.digest(wheels[0]) == script.digest(wheels[1])


def test_the_wheel_holds_the_package_and_nothing_else(
    script: ModuleType, wheels: tuple[Path, Path]
) -> None:
    with zipfile.ZipFile(wheels[0]) as archive:
        names = archive.namelist()
        assert (
            "Requires-Dist: numpy"
            in archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
        )
    assert script.unwanted(names) == []
    assert wheels[0].stat().st_size < 2_000_000


@pytest.mark.parametrize(
    "name", ["tests/a.py", "likewise/a.pyc", "likewise/photos/a.jpg", "docs/a.md", ".env"]
)
def test_what_is_no_part_of_the_package_is_seen(script: ModuleType, name: str) -> None:
    assert script.unwanted([name]) == [name]


def test_an_installer_that_is_not_here_is_passed_over(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "built_twice", lambda dist: dist / "likewise.whl")
    monkeypatch.setenv("PATH", "")
    assert script.main(["--installer", "pipx"]) == 0
    assert "not tried, there is no pipx here" in capsys.readouterr().out
