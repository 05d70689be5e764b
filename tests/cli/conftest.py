from __future__ import annotations

import sys
from pathlib import Path

import pytest
from commands import Ran, Run

from likewise.cli import main


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path) -> Run:
    """Run a command as `likewise` would, inside `home`; answers exit code and both outputs."""
    monkeypatch.chdir(home)

    def go(*arguments: object) -> Ran:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["likewise", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return go
