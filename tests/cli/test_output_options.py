"""Every option of every command that names what is written: nothing that exists is replaced."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from command_tree import every_command
from commands import Run
from PIL import Image

from likewise.cli._output import OutputPath
from likewise.images.drawing import save_picture

WRITES_BY_ITS_OWN_RULE = {
    ("export", "to"): "replaces only a folder that an export made, unchanged, with --overwrite",
    ("curate export", "to"): "as export",
    ("export-page", "to"): "as export",
    ("backup", "to"): "refuses every file that exists",
    ("remove", "manifest"): "refuses every file that exists",
    ("restore", "workspace_path"): "refuses every folder that exists",
    ("demo", "to"): "a folder of its own, which it goes on with",
    ("watch", "out"): "gives new files new names",
    (
        "skill install",
        "folder",
    ): "replaces a file of another content only with --overwrite",
}
READS = {
    "workspace", "workspace_path", "source", "images", "labels", "refs", "classifier_file",
    "unlabelled", "place", "simulate",
    "rule_file", "also", "table", "inbox", "vectors", "ids", "root", "words", "word_list", "backup",
    "file", "what", "answers", "roots", "like", "encoder",
}  # fmt: skip


COMMANDS = every_command()
OUTPUTS = [
    (names, command, option)
    for names, command in COMMANDS
    for option in command.params
    if isinstance(option.type, OutputPath)
]


@pytest.mark.parametrize(("names", "command"), COMMANDS, ids=[" ".join(n) for n, _ in COMMANDS])
def test_every_path_is_read_or_is_an_output(names: tuple[str, ...], command: click.Command) -> None:
    for option in command.params:
        if not isinstance(option.type, click.Path) or isinstance(option.type, OutputPath):
            continue
        own_rule = (" ".join(names), option.name) in WRITES_BY_ITS_OWN_RULE
        assert own_rule or option.name in READS, (
            f"likewise {' '.join(names)} has {option.opts}: make it an output_option if it writes, "
            "or name it among what is read"
        )


def arguments_of(command: click.Command, option: click.Parameter, value: str) -> list[str]:
    """The option with a value, and something for each thing that the command must have."""
    given = [option.opts[0], value]
    for other in command.params:
        if other is not option and other.required:
            given += ["x"] if isinstance(other, click.Argument) else [other.opts[0], "y"]
    return given


@pytest.mark.parametrize(
    ("names", "command", "option"),
    OUTPUTS,
    ids=[f"{' '.join(n)} {o.opts[0]}" for n, _, o in OUTPUTS],
)
def test_what_exists_is_kept(
    run: Run, home: Path, names: tuple[str, ...], command: click.Command, option: click.Parameter
) -> None:
    assert isinstance(option.type, OutputPath)
    target = home / "mine.png"
    if option.type.kind == "folder":
        target.mkdir()
        (target / "mine.txt").write_text("mine")
    else:
        target.write_text("mine")
    ran = run(*names, *arguments_of(command, option, str(target)))
    assert ran.code == 2, ran.err
    assert "mine.png" in ran.err
    assert "--overwrite" in ran.err
    content = target / "mine.txt" if option.type.kind == "folder" else target
    assert content.read_text() == "mine"
    allowed = run(*names, "--overwrite", *arguments_of(command, option, str(target)))
    assert "replace it with" not in allowed.err
    assert "holds files already" not in allowed.err


def test_there_are_outputs_to_test() -> None:
    assert len(OUTPUTS) >= 15


def test_a_picture_that_likewise_drew_is_drawn_again(run: Run, home: Path) -> None:
    for _ in range(2):
        ran = run("search", "--like", "disc/00.png", "--sheet", "page.png")
        assert ran.code == 0, ran.err
    Image.open(home / "page.png").convert("L").save(home / "page.png")  # a person's work now
    assert run("search", "--like", "disc/00.png", "--sheet", "page.png").code == 2


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_pictures_say_who_drew_them(tmp_path: Path, name: str) -> None:
    save_picture(Image.new("RGB", (9, 9)), tmp_path / name)
    assert b"drawn by likewise" in (tmp_path / name).read_bytes()


def test_an_output_may_be_a_device(run: Run) -> None:
    ran = run("curate", "split", "--report", "/dev/null")
    assert ran.code == 0, ran.err
