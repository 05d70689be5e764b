"""The command that a message gives installs into the environment that likewise runs in."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from likewise.cli._installation import missing_extra, own_pip_install
from likewise.errors import MissingExtraError


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_in_an_activated_environment_it_is_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = program(tmp_path / "own environment" / "bin" / "pip")
    monkeypatch.setattr(sys, "executable", str(pip.with_name("python")))
    monkeypatch.setenv("PATH", str(pip.parent))
    assert own_pip_install() == "pip install"
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    monkeypatch.setenv("PATH", str(program(tmp_path / "another" / "pip").parent))
    assert own_pip_install() == f"'{pip.with_name('python')}' -m pip install"


def test_without_pip_it_is_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/tools/bin/python")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_extra(MissingExtraError("reading videos", "video")) == (
        "reading videos needs the extra 'video'; install it with: "
        "uv pip install --python /opt/tools/bin/python 'likewise[video]'"
    )


def test_an_installation_from_a_clone_is_taken_as_it_is(tmp_path: Path) -> None:
    """What the messages rest on: pip looks for likewise nowhere, because it is installed."""
    pytest.importorskip("pip")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--no-deps",
         "likewise[video]"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Requirement already satisfied: likewise[video]" in done.stdout
