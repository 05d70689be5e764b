"""Check what a release would hold: builds it, installs it as people do, and runs it.

    python scripts/release.py                                   (pip, with this Python)
    python scripts/release.py --installer uv --installer pipx --python python3.12
    python scripts/release.py --installer clone                 (how long a fresh clone takes)

The wheel is built twice and must be the same, byte for byte, and hold nothing but the package.
For each installer and Python it is then installed into an environment that holds nothing else;
there the main job runs (`likewise demo`), the web app is opened, and the files of every older
format are read. `dist/` gets the wheel, the sdist and `sha256sums.txt`. The exit code is 1 where
something failed; an installer that is not on this machine is named and passed over.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_ALLOWED = re.compile(
    r"likewise/[\w/.-]+\.(py|js|css|html|json|svg|tsv|typed)"
    r"|likewise/server/mcp/skill/SKILL\.md"
    r"|likewise-[\w.]+\.dist-info/(METADATA|WHEEL|RECORD|entry_points\.txt|licenses/LICENSE)"
)
_MOST_BYTES = 2_000_000


class CheckError(Exception):
    """A check of the release failed."""


def tell(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def unwanted(names: Sequence[str]) -> list[str]:
    """Files of a wheel that are no part of the package.

    Example:
        >>> unwanted(["likewise/cli/index.py", "tests/test_house.py", "likewise/a.pyc"])
        ['tests/test_house.py', 'likewise/a.pyc']
    """
    return [name for name in names if not _ALLOWED.fullmatch(name)]


def build(folder: Path, project: Path = ROOT, *kinds: str) -> list[Path]:
    """Build the wheel and, of another kind, the sdist of a project into a folder."""
    targets = [word for kind in kinds or ("wheel",) for word in ("--target", kind)]
    command = [sys.executable, "-m", "hatchling", "build", *targets, "--directory", str(folder)]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise CheckError(f"the build failed: {ran.stderr.strip()[-2000:]}")
    return sorted(folder.iterdir())


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def built_twice(dist: Path) -> Path:
    """The wheel, which a second build made anew, byte for byte, and which holds the package only.

    Raises:
        CheckError: the two differ, or it holds something else.
    """
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir()
    sdist, wheel = sorted(
        build(dist, ROOT, "sdist", "wheel"), key=lambda path: path.suffix == ".whl"
    )
    with tempfile.TemporaryDirectory() as folder:
        for again in build(Path(folder), ROOT, "sdist", "wheel"):
            if digest(again) != digest(dist / again.name):
                raise CheckError(f"two builds of {again.name} differ")
    with zipfile.ZipFile(wheel) as archive:
        odd = unwanted(archive.namelist())
    if odd:
        raise CheckError(f"the wheel holds {', '.join(odd[:5])}")
    if wheel.stat().st_size > _MOST_BYTES:
        raise CheckError(f"the wheel has {wheel.stat().st_size:,} bytes")
    files = (sdist, wheel)
    sums = "".join(f"{digest(path)}  {path.name}\n" for path in files)
    (dist / "sha256sums.txt").write_text(sums)
    for path in files:
        tell(f"{path.name}: {path.stat().st_size:,} bytes, sha256 {digest(path)}")
    return wheel


def by_pip(wheel: Path, home: Path, python: str) -> list[str]:
    """Install with pip into a new virtual environment; the words that run likewise."""
    run(python, "-m", "venv", home / "env")
    run(home / "env/bin/python", "-m", "pip", "install", "--quiet", wheel)
    return [str(home / "env/bin/likewise")]


def by_uv(wheel: Path, home: Path, python: str) -> list[str]:
    """Install with `uv tool install`."""
    places = {"UV_TOOL_DIR": home / "tools", "UV_TOOL_BIN_DIR": home / "bin"}
    run("uv", "tool", "install", "--quiet", "--python", python, wheel, **places)
    return [str(home / "bin/likewise")]


def by_uvx(wheel: Path, home: Path, python: str) -> list[str]:  # noqa: ARG001
    """Install nothing: `uvx` makes an environment for the command."""
    return ["uvx", "--quiet", "--python", python, "--from", str(wheel), "likewise"]


def by_pipx(wheel: Path, home: Path, python: str) -> list[str]:
    """Install with pipx."""
    places = {"PIPX_HOME": home / "pipx", "PIPX_BIN_DIR": home / "bin"}
    run("pipx", "install", "--quiet", "--python", python, wheel, **places)
    return [str(home / "bin/likewise")]


def by_clone(wheel: Path, home: Path, python: str) -> list[str]:  # noqa: ARG001
    """Clone the repository and install from it, as `make quickstart` does."""
    run("git", "clone", "--quiet", ROOT, home / "likewise")
    run("make", f"PYTHON={python}", ".venv/.installed", cwd=home / "likewise")
    return [str(home / "likewise/.venv/bin/likewise")]


INSTALLERS: dict[str, Callable[[Path, Path, str], list[str]]] = {
    "pip": by_pip,
    "uv": by_uv,
    "uvx": by_uvx,
    "pipx": by_pipx,
    "clone": by_clone,
}


def run(*words: object, cwd: Path | None = None, **environment: object) -> str:
    """Run a program; what it printed.

    Raises:
        CheckError: it failed; with the end of what it said.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**clean, **{name: str(value) for name, value in environment.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        said = (ran.stderr or ran.stdout).strip()[-2000:]
        raise CheckError(f"{' '.join(map(str, words))} ended with {ran.returncode}: {said}")
    return ran.stdout


def check(wheel: Path, installer: str, python: str) -> None:
    """Install the wheel and run it, printing the seconds of each step.

    Raises:
        CheckError: a step failed.
    """
    with tempfile.TemporaryDirectory(prefix="likewise-release-") as folder:
        home = Path(folder)
        started = time.monotonic()
        with step("install"):
            likewise = INSTALLERS[installer](wheel, home, python)
        cache = {"LIKEWISE_CACHE": home / "cache", "LIKEWISE_CONFIG": home / "config"}
        with step("first page of likewise quickstart"):
            open_first_page(likewise, home, cache)
        tell(f"  from nothing to the first page: {time.monotonic() - started:.1f} s")
        with step("likewise demo"):
            said = run(*likewise, "demo", "--json", cwd=home, **cache)
        figures = json.loads(said)
        found = figures["pages"][-1]["found"]
        tell(
            f"  demo: {found} found on {len(figures['pages'])} pages, learner {figures['learner']}"
        )
        if installer == "pip":
            with step("files of older formats"):
                open_old_formats(home / "env/bin/python")


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print how long a step took."""
    started = time.monotonic()
    yield
    tell(f"  {name}: {time.monotonic() - started:.1f} s")


def open_first_page(likewise: Sequence[str], home: Path, cache: dict[str, Path]) -> None:
    """Wait until the web app answers with its page and the picture of an image."""
    process = subprocess.Popen(
        [*likewise, "quickstart", "--no-browser", "--json", "--port", "0"],
        stdout=subprocess.PIPE,
        cwd=home,
        env={**os.environ, **{name: str(value) for name, value in cache.items()}},
        text=True,
    )
    assert process.stdout is not None
    try:
        text = ""
        while not text.endswith("\n}\n"):
            line = process.stdout.readline()
            if not line:
                raise CheckError(f"likewise quickstart ended with {process.wait()}")
            text += line
        facts = json.loads(text)
        for path in ("/", "/thumb/3/0003.png", "/api/state"):
            request = urllib.request.Request(
                f"http://127.0.0.1:{facts['port']}{path}",
                headers={"authorization": f"Bearer {facts['token']}"},
            )
            with urllib.request.urlopen(request, timeout=60) as answer:
                body = answer.read()
        if json.loads(body)["workspace"]["items"] != facts["index"]["added"]:
            raise CheckError(f"the web app shows {body[:200]!r}")
    finally:
        process.terminate()
        process.wait()


def open_old_formats(python: Path) -> None:
    """Run the tests of older formats against what is installed, not against the source."""
    run(python, "-m", "pip", "install", "--quiet", "pytest")
    words = ["-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider", "-o", "addopts="]
    with tempfile.TemporaryDirectory() as folder:  # where no src/ is beside the tests
        for name in ("tests/formats", "scripts"):
            shutil.copytree(ROOT / name, Path(folder) / name)
        shutil.copy(ROOT / "tests" / "test_formats.py", Path(folder) / "tests")
        run(python, *words, "tests/test_formats.py", cwd=Path(folder))


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, install and run; 1 where something failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--installer", action="append", choices=INSTALLERS, default=[])
    parser.add_argument("--python", action="append", default=[], help="this one unless given")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    options = parser.parse_args(arguments)
    failed = []
    try:
        wheel = built_twice(options.dist)
    except CheckError as error:
        tell(f"FAILED: {error}")
        return 1
    for installer in options.installer or ["pip"]:
        for python in options.python or [sys.executable]:
            program = {"pip": python, "clone": "make"}.get(installer, installer)
            if shutil.which(program) is None:
                tell(f"{installer}, {python}: not tried, there is no {program} here")
                continue
            tell(f"{installer}, {python}:")
            try:
                check(wheel, installer, python)
            except CheckError as error:
                failed.append(installer)
                tell(f"  FAILED: {error}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
