"""The whole job of the page about label sets, as it stands there, by commands and in Python."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from made_datasets import files_of

from likewise.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "label-sets.md").read_text()
KINDS = {"disc": "barn", "square": "house"}


def first_block(language: str) -> list[str]:
    """Lines of the first code block of a language on the page."""
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1].splitlines()


@pytest.fixture
def photos(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two folders of five photos and one of six that nobody has sorted; new ones elsewhere."""
    for kind, name in KINDS.items():
        for folder in (name, "unsorted"):
            (home / "photos" / folder).mkdir(parents=True, exist_ok=True)
        for number, path in enumerate(sorted((home / "shapes" / kind).iterdir())):
            folder = name if number < 5 else "unsorted"
            shutil.copy(path, home / "photos" / folder / f"{name}_{path.stem}.jpg")
    shutil.copytree(home / "photos" / "house", home / "new_photos")
    shutil.rmtree(home / "shapes")
    shutil.rmtree(home / "shapes.likewise")
    monkeypatch.chdir(home)
    return home


def run(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", shlex.split(line))
    with pytest.raises(SystemExit) as stop:
        main()
        raise SystemExit(0)
    assert not stop.value.code, line


def test_six_lines_of_shell_and_ten_of_python_give_one_dataset(
    photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell, python = first_block("sh"), first_block("python")
    assert (len(shell), len(python)) == (6, 10)
    for line in shell:
        run(line, monkeypatch)
    answers = list(csv.DictReader(capsys.readouterr().out.partition("id,path,")[2].splitlines(),
                                  fieldnames=("id", "path", "label")))  # fmt: skip
    by_shell = files_of(photos / "dataset")
    labels = [Path(name).parts for name in by_shell if name.endswith(".jpg")]
    assert {part for part, _, _ in labels} == {"train", "test"}
    assert all(file.split("_0")[0].endswith(name) for _, name, file in labels)
    counts = [sum(name == label for _, label, _ in labels) for name in ("barn", "house")]
    assert counts[0] == counts[1] > 5  # balanced, and more than people's own
    about = json.loads(by_shell.pop("likewise.json"))
    assert about["balance"]
    assert {row["label"] for row in answers[1:]} == {"house"}

    shutil.rmtree(photos / "dataset")
    shutil.rmtree(photos / "photos.likewise")
    exec(compile("\n".join(python), "page", "exec", dont_inherit=True), {})  # noqa: S102 - our page
    by_python = files_of(photos / "dataset")
    pictures = {name for name in by_python if name.endswith(".jpg")}
    assert pictures == {name for name in by_shell if name.endswith(".jpg")}
