"""Every notebook of examples/ runs, from a folder that holds nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))

EXECUTE = """\
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], as_version=4)
nbformat.validate(book)
NotebookClient(book, timeout=600).execute()
nbformat.write(book, sys.argv[1])
"""
"""A process of its own, so that Jupyter's event loop and its warnings are not pytest's."""


def cells(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text())["cells"])


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that raises, an assertion of a cell, or a warning is a failure."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    work = tmp_path / "work"
    work.mkdir()
    book = Path(shutil.copy(path, work))
    shutil.copy(EXAMPLES / "photos.py", work)
    command = [sys.executable, "-c", EXECUTE, book.name]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    outputs = [output for cell in cells(book) for output in cell.get("outputs", ())]
    assert outputs
    assert not [output["text"] for output in outputs if output.get("name") == "stderr"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_output(path: Path) -> None:
    for cell in cells(path):
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_each_use_has_a_notebook() -> None:
    assert {path.stem for path in NOTEBOOKS} >= {
        "camera_traps", "product_photos", "waste_sorting", "few_shot_machines", "dataset_cleaning",
        "label_the_rest",
    }  # fmt: skip
