"""Commands on pages: those of formats for the way out are run, all others parsed."""

from __future__ import annotations

import re
import shlex
from itertools import takewhile
from pathlib import Path

import click
import pytest
from commands import Run

from likewise.cli import commands
from likewise.registry import names

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "formats").glob("*.md"))
ALL_PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_ENDS = ("|", ">", ">>", "&&", ";")
_COMMAND = re.compile(r"^likewise ((?:export|curate|rule export) [^#\n]*)", re.MULTILINE)


def commands_of(page: Path) -> list[str]:
    text = page.read_text()
    return [found.strip() for found in _COMMAND.findall(text.partition("## Out")[2] or text)]


EVERY = [pytest.param(page, id=page.stem) for page in PAGES if commands_of(page)]


@pytest.fixture
def barn(run: Run, home: Path) -> None:
    """A concept "barn" with a rule and probabilities, a split "parts", a label set "machines"."""
    (home / "yes.txt").write_text("".join(f"disc/{n:02d}.png\n" for n in range(2, 7)))
    no = [f"{kind}/{n:02d}.png\n" for kind in ("square", "stripes") for n in range(4)]
    (home / "no.txt").write_text("".join(no))
    run("concept", "create", "barn", "--like", "disc/00.png", "--like", "disc/01.png")
    run("concept", "label", "barn", "--yes", "yes.txt", "--no", "no.txt")
    assert run("learn", "barn", "--rule", "contrast").code == 0
    assert run("curate", "split", "--save", "parts", "--no-near").code == 0
    assert run("labels", "sets", "create", "machines", "crane", "drill").code == 0
    assert run("labels", "sets", "label", "machines", "crane", "square/05.png").code == 0


@pytest.mark.usefixtures("barn")
@pytest.mark.parametrize("page", EVERY)
def test_commands_run(run: Run, home: Path, page: Path) -> None:
    for command in commands_of(page):
        ran = run(*shlex.split(command))
        assert ran.code == 0, f"likewise {command}\n{ran.err}"
        if "--to" in command and "--dry-run" not in command:
            target = shlex.split(command)[shlex.split(command).index("--to") + 1]
            assert (home / target).exists(), command


def lines_of(page: Path) -> list[str]:
    """Commands in the code blocks of a page; one that goes on in the next line is one."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    text = "\n".join(block for language, block in blocks if language in ("", "sh"))
    return re.findall(r"^(?:\$ )?(likewise [^\n]*)", text.replace("\\\n", " "), re.MULTILINE)


@pytest.mark.parametrize("page", [pytest.param(page, id=page.stem) for page in ALL_PAGES])
def test_commands_are_understood(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most are about files that only the reader has, so options and arguments are parsed."""
    monkeypatch.chdir(tmp_path)
    for line in lines_of(page):
        command: click.Command = commands
        context = click.Context(commands, help_option_names=["-h", "--help"])  # commands keep it
        typed = takewhile(lambda word: word not in _ENDS, shlex.split(line, comments=True))
        _, *words = typed
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            found = command.get_command(context, words[0])
            assert found is not None, line
            command, context, words = found, click.Context(found, context), words[1:]
        try:
            command.make_context(line, words, parent=context)
        except click.BadParameter as error:
            if "does not exist" not in error.message:
                raise


def test_every_format_has_a_command_on_a_page() -> None:
    told = " ".join(command for page in PAGES for command in commands_of(page))
    for name in names("export"):
        assert f"--format {name} " in f"{told} " or name == "folder", name
    for name in names("rule_formats"):
        assert f".{name} " in f"{told} ", name
    overview = (PAGES[0].parent / "README.md").read_text()
    for page in PAGES:
        assert page.stem == "README" or f"({page.name})" in overview, page
