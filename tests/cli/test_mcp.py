"""``likewise mcp`` without what it needs, and ``likewise skill install``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from commands import Run

WITHOUT = (
    "import sys; sys.modules['mcp'] = sys.modules['mcp_types'] = None; "
    "from likewise.cli import main; main()"
)


def test_without_the_extra_it_is_one_command_to_paste(home: Path) -> None:
    folder = Path(sys.executable).parent
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "mcp", "--root", str(home)],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (7, "")
    assert done.stderr == (
        "likewise: likewise mcp needs the extra 'mcp'; install it with: "
        "pip install 'likewise[mcp]'\n"
    )


def test_it_needs_a_folder(run: Run) -> None:
    ran = run("mcp")
    assert ran.code == 2
    assert "--root FOLDER" in ran.err


def test_a_skill_is_written_once_and_never_over_another(run: Run, home: Path) -> None:
    ran = run("skill", "install", "--to", "skills")
    file = home / "skills" / "likewise" / "SKILL.md"
    assert ran.out == "file: skills/likewise/SKILL.md\n"
    text = file.read_text()
    assert text.startswith("---\nname: likewise\ndescription: ")
    for word in ("Plan first", "Look at pages", "Ask before you change", "status block"):
        assert word in text
    again = json.loads(run("skill", "install", "--to", "skills", "--json").out)
    assert again == {"file": "skills/likewise/SKILL.md", "written": False}
    file.write_text("mine")
    refused = run("skill", "install", "--to", "skills")
    assert refused.code == 2
    assert "replace it with --overwrite" in refused.err
    assert file.read_text() == "mine"
    assert run("skill", "install", "--to", "skills", "--overwrite").code == 0
    assert file.read_text() == text


def test_the_skill_names_tools_and_commands_that_exist(run: Run, home: Path) -> None:
    import re

    import click

    from likewise.cli import commands
    from likewise.server.mcp.tools import TOOLS

    run("skill", "install", "--to", "skills")
    text = (home / "skills" / "likewise" / "SKILL.md").read_text()
    names = {tool.name for tool in TOOLS}
    known = names | {"confirm", "stop", "random_audit", "unsure", "?", "CONCEPT"}
    lines = re.findall(r"`([^`]+)`", text)
    for quoted in lines:
        first = quoted.split()
        if first[0] == "likewise":
            assert commands.get_command(click.Context(commands), first[1]) is not None, quoted
        elif first[0] not in known:
            assert commands.get_command(click.Context(commands), first[0]) is not None, quoted
