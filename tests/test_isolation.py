"""Modules in the current folder are not run, whatever command starts a process there."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from drawings import draw

COMMAND = str(Path(sys.executable).with_name("likewise"))
INSTALLED = (
    "PIL", "click", "cloudpickle", "fastapi", "filelock", "joblib", "lance", "likewise", "numkong",
    "numpy", "onnx", "onnxruntime", "platformdirs", "pyarrow", "ray", "safetensors", "scipy",
    "setproctitle", "sklearn", "sitecustomize", "tqdm", "usercustomize", "uvicorn", "yaml",
)  # fmt: skip
PYTHON_LOADS = ("PIL", "click", "mmap", "numpy", "onnxruntime", "resource", "sqlite3", "lance")
"""Not loaded by `python -m` itself before the first line of likewise runs."""


STARTS = 4
"""Ray starts nothing where the machine is very busy; the message says to run the command again."""


def set_traps(folder: Path, names: tuple[str, ...]) -> Path:
    """Modules that leave their names in a file when they are imported; answers that file."""
    report = folder.parent / "imported"
    for name in names:
        trap = f"with open({str(report)!r}, 'a') as report: report.write('{name} ')\n"
        if name in ("likewise", "multiprocessing"):
            (folder / name).mkdir()
            (folder / name / "__init__.py").write_text(trap)
        else:
            (folder / f"{name}.py").write_text(trap)
    return report


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A stranger's folder of images."""
    return draw(tmp_path / "photos", 4)


@pytest.fixture
def traps(folder: Path) -> Path:
    standard = tuple(sorted(name for name in sys.stdlib_module_names if name[0] != "_"))
    return set_traps(folder, standard + INSTALLED)


def run(folder: Path, *arguments: str, command: tuple[str, ...] = (COMMAND,)) -> str:
    own = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    for _ in range(STARTS):
        done = subprocess.run(
            [*command, *arguments], cwd=folder, env=own, capture_output=True, text=True, check=False
        )
        if "Ray did not start" not in done.stderr:
            break
    assert done.returncode == 0, (arguments, done.stderr[-2000:])
    return done.stdout


@pytest.mark.slow
def test_no_command_runs_code_of_the_current_folder(folder: Path, traps: Path) -> None:
    shutil.copy(folder / "disc" / "00.png", folder.parent / "new.png")
    draw(folder.parent / "classes", 4)
    for line in (
        "index . -w ../w.likewise",
        "search --like ../new.png -w ../w.likewise",
        "concept create disc --like disc/00.png --like ../new.png -w ../w.likewise",
        "learn disc --out ../disc.rule -w ../w.likewise",
        "classify square --rule ../disc.rule",
        "curate duplicates --labels none -w ../w.likewise",
        "export disc --to ../out -w ../w.likewise",
        "watch stripes --rule ../disc.rule --out ../sorted --csv --once",
        "fewshot train ../classes --out ../shapes.classifier",
        "reindex --encoder efficientnet_lite0 -w ../w.likewise",
        "explain disc disc/01.png -w ../w.likewise",
        "info -w ../w.likewise",
        "doctor -w ../w.likewise",
        "backup ../b.tar -w ../w.likewise",
        "restore ../b.tar -w ../r.likewise",
    ):
        run(folder, *line.split())
        assert not traps.exists(), f"{line} imported {traps.read_text()}"


@pytest.mark.slow
def test_workers_of_ray_run_no_code_of_the_current_folder(folder: Path, traps: Path) -> None:
    pytest.importorskip("ray")
    run(folder, "index", ".", "-w", "../w.likewise", "--ray", "local")
    assert not traps.exists(), f"imported {traps.read_text()}"


def test_a_script_elsewhere_decodes_without_code_of_the_current_folder(
    folder: Path, traps: Path, tmp_path: Path
) -> None:
    script = tmp_path / "scripts" / "script.py"
    script.parent.mkdir()
    script.write_text(
        "from likewise.images.decode.confined import read_confined\n"
        "print(read_confined('disc/00.png').image.size)\n"
    )
    assert run(folder, str(script), command=(sys.executable,)) == "(96, 72)\n"
    assert not traps.exists(), f"imported {traps.read_text()}"


def test_the_package_started_as_a_module_lets_go_of_the_current_folder(folder: Path) -> None:
    report = set_traps(folder, PYTHON_LOADS)
    run(folder, "index", ".", "-w", "../w.likewise", command=(sys.executable, "-m", "likewise"))
    assert not report.exists(), f"imported {report.read_text()}"


@pytest.mark.parametrize("flags", [("-I",), ("-P",), ("-s",)])
def test_a_child_finds_likewise_beside_no_installation(tmp_path: Path, flags: tuple[str]) -> None:
    """As where it is found by PYTHONPATH, in the user's site, or by a change of sys.path."""
    source = importlib.util.find_spec("likewise")
    assert source is not None
    assert source.origin is not None
    shutil.copytree(Path(source.origin).parent, tmp_path / "elsewhere" / "likewise")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'elsewhere')!r});"
        "from likewise.core.isolation import python_main; print(*python_main('M'), sep='\\n')"
    )
    printed = run(tmp_path, *flags, "-c", code, command=(sys.executable,)).splitlines()
    assert printed[1] == ("-I" if flags == ("-I",) else "-P")
    assert printed[-2:] == [str(tmp_path / "elsewhere"), "M"]
