"""An export that is killed at any step is completed, or found complete, by the same command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from likewise.concepts.labelling import fill_basket, record_labels
from likewise.core.file_names import MANIFEST, PROVENANCE
from likewise.errors import BadInputError
from likewise.export.concept import export_concept
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace

# Each kill is of a process of its own, forked so that modules are imported once. An audit event
# comes before the operation that it names: a kill at the n-th is a kill between two changes.
KILLING = """
import os, signal, sys
from likewise.export.concept import export_concept
from likewise.workspace import Workspace

path, folder, overwrite = sys.argv[1:]
events = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "open"}

def export(target, step):
    left = step

    def hook(event, arguments):
        nonlocal left
        if event not in events or "out" not in str(arguments):
            return
        if event == "open" and not set(str(arguments[1])) & set("wax"):
            return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with Workspace(path) as place:
        if overwrite == "yes":
            export_concept(place, "disc", target, "jsonl")
        if step:
            sys.addaudithook(hook)
        else:
            place.jobs.record_export = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
        export_concept(place, "disc", target, "csv", overwrite=overwrite == "yes")

for step in range(100):
    child = os.fork()
    if not child:
        export(f"{folder}/{step}/out", step)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != -signal.SIGKILL:
        sys.exit(status)
"""


@pytest.fixture
def taught(workspace: Workspace) -> Workspace:
    fill_basket(workspace, "disc", like=["disc/00.png"], new=True)
    said = [(f"disc/{n:02d}.png", "yes") for n in range(1, 6)]
    said += [(f"stripes/{n:02d}.png", "no") for n in range(6)]
    record_labels(workspace, "disc", said)
    learn_concept(workspace, "disc", "contrast")
    return workspace


def kill_at_each_step(workspace: Workspace, folder: Path, overwrite: bool) -> list[Path]:
    """Where exports went: one killed before it was noted, one at each change, and a whole one."""
    words = [str(workspace.path), str(folder), "yes" if overwrite else "no"]
    ran = subprocess.run([sys.executable, "-c", KILLING, *words], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return [folder / name / "out" for name in sorted((x.name for x in folder.iterdir()), key=int)]


def is_complete(target: Path) -> bool:
    check = ["sha256sum", "--check", "--quiet", MANIFEST]
    return subprocess.run(check, cwd=target).returncode == 0


def left_beside(target: Path) -> list[str]:
    return [path.name for path in target.parent.iterdir() if path.name.startswith(".out")]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_killed_export_is_completed_by_the_same_command(
    taught: Workspace, tmp_path: Path, overwrite: bool
) -> None:
    (tmp_path / "made").mkdir()
    outcomes = []
    for target in kill_at_each_step(taught, tmp_path / "made", overwrite):
        was_there = (target / "disc.csv").is_file()
        report = export_concept(taught, "disc", target, "csv", overwrite=overwrite)
        assert report.complete == was_there
        assert report.written != was_there
        assert is_complete(target)
        assert not (target / ".plan").exists()
        assert left_beside(target) == []
        sql = "SELECT count(*) FROM exports WHERE target = ? AND format = 'csv'"
        assert taught._database.rows(sql, [str(target)]) == [(1,)]
        outcomes.append(report.complete)
    first, *rest = outcomes
    assert first  # killed after the rename, before it was noted
    assert rest == sorted(rest)  # from one step on it is complete
    assert rest.count(False) >= 6
    assert rest.count(True) >= 2


def test_an_export_that_is_not_the_same_is_refused(taught: Workspace, tmp_path: Path) -> None:
    target = tmp_path / "out"
    export_concept(taught, "disc", target, "csv")
    assert export_concept(taught, "disc", target, "csv").complete
    assert export_concept(taught, "disc", target, "csv", dry_run=True).complete
    for form, where in (("jsonl", None), ("csv", "width > 1")):
        with pytest.raises(BadInputError, match="holds an earlier export"):
            export_concept(taught, "disc", target, form, where=where)
    (target / "disc.csv").write_text("changed by a person\n")
    with pytest.raises(BadInputError, match="holds an earlier export"):
        export_concept(taught, "disc", target, "csv")
    (target / "disc.csv").unlink()
    with pytest.raises(BadInputError, match="holds an earlier export"):
        export_concept(taught, "disc", target, "csv")
    (target / PROVENANCE).write_text("{")
    with pytest.raises(BadInputError, match="holds an earlier export"):
        export_concept(taught, "disc", target, "csv")


def test_a_new_answer_makes_it_another_export(taught: Workspace, tmp_path: Path) -> None:
    export_concept(taught, "disc", tmp_path / "out", "csv")
    record_labels(taught, "disc", [("square/00.png", "no")])
    with pytest.raises(BadInputError, match="holds an earlier export"):
        export_concept(taught, "disc", tmp_path / "out", "csv")
    about = json.loads((tmp_path / "out" / PROVENANCE).read_text())
    assert about["labels_upto"] < taught.labels.position()
