"""Completion at the press of Tab, in the shells that are installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Run

BIN = Path(sys.executable).parent


def completed(shell: str, words: str, position: int) -> str:
    """What likewise answers to a shell that asks what may stand at a position."""
    ran = subprocess.run(
        [BIN / "likewise"],
        env={
            **os.environ,
            "_LIKEWISE_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": "" if shell == "fish" else str(position),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert not ran.stderr
    return ran.stdout


def test_commands_and_options_are_completed() -> None:
    assert "plain,quickstart" in completed("bash", "likewise qu", 1).split()
    assert "plain,--dry-run" in completed("bash", "likewise export --dr", 2).split()
    assert "plain,create" in completed("bash", "likewise concept cr", 2).split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_first_line_says_where_the_script_goes(run: Run, shell: str) -> None:
    ran = run("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    first, _, script = ran.out.partition("\n")
    assert first.startswith("# ")
    assert f"likewise completion {shell}" in first
    assert "_LIKEWISE_COMPLETE" in script
    facts = json.loads(run("completion", shell, "--json").out)
    assert (facts["shell"], facts["script"].strip()) == (shell, script.strip())


def test_another_shell_is_refused_with_those_there_are(run: Run) -> None:
    ran = run("completion", "tcsh")
    assert ran.code == 2
    assert "'bash', 'zsh', 'fish'" in ran.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_takes_the_script(shell: str, run: Run, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(run("completion", shell).out)
    begin = "autoload -U compinit && compinit -u\n" if shell == "zsh" else ""
    ask = {
        "bash": "COMP_WORDS=(likewise qu); COMP_CWORD=1; "
        "_likewise_completion likewise qu likewise; "
        'echo "${COMPREPLY[@]}"',
        "zsh": "whence -w _likewise_completion",
        "fish": "complete --do-complete 'likewise qu'",
    }[shell]
    ran = subprocess.run(
        [program, "-c", f"{begin}source {script}\n{ask}"],
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "quickstart" in ran.stdout or "function" in ran.stdout, ran.stderr
