"""The front end's pure logic, under node; and its types, where TypeScript is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from likewise.cli import commands
from likewise.server.page_files import STATIC

HERE = Path(__file__).parent / "js"
FILES = sorted(HERE.glob("*.test.js"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".test.js"))
def test_logic(path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; apt-get install nodejs runs these too")
    run = subprocess.run([node, "--test", path], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "\n# pass 0" not in run.stdout


def test_types() -> None:
    tsc = shutil.which("tsc")
    if tsc is None:
        pytest.skip("tsc is not on the path; npm install typescript in a folder of your own has it")
    run = subprocess.run([tsc, "-p", HERE / "tsconfig.json"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_the_page_knows_every_command_that_it_leaves_out() -> None:
    text = (STATIC / "messages.js").read_text()
    named = " ".join(re.findall(r"'([a-z -]+)'", text.partition("split")[0])).split()
    assert set(commands.list_commands(click.Context(commands))) <= set(named)
