"""The processes of `learning.py`: workspaces of the folders, and sides that answer queries."""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from _learning_queries import FEWEST_IMAGES, Query, queries
from tqdm import tqdm

from likewise.workspace import Workspace

_SIDE = Path(__file__).with_name("_learning_side.py")
_CACHE = Path(tempfile.gettempdir()) / "likewise-benchmarks"
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Contender:
    """A learner of one commit.

    Attributes:
        name: as in the tables.
        learner: its name in the library.
        options: its fields that differ from their defaults.
        commit: "" for this tree.
        python: the interpreter that imports that commit.
    """

    name: str
    learner: str
    options: Mapping[str, Any]
    commit: str
    python: Path

    def request(self, query: Query, parts: Sequence[str]) -> str:
        """The line that a side reads."""
        return json.dumps(
            {
                "classes": query.classes,
                "draw": query.draw,
                "learner": self.learner,
                "options": self.options,
                "parts": parts,
            }
        )


@dataclass
class Folder:
    """A folder of class folders, with a workspace of it for every commit."""

    data: Path
    cache: Path
    workspaces: dict[str, Path] = field(default_factory=dict)

    def index(self, commit: str, python: Path) -> None:
        """Make the workspace, or bring it up to date."""
        name = self.data.resolve().name + (f"-{commit}" if commit else "") + ".likewise"
        self.workspaces[commit] = self.cache / name
        subprocess.run(
            [python, _SIDE, "index", self.data, self.workspaces[commit]],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def queries(self, options: argparse.Namespace) -> list[Query]:
        """What is looked for in it."""
        with Workspace(self.workspaces[""]) as workspace:
            ids = sorted(workspace.collection.ids())
            vectors = workspace.collection.vectors(ids)
        labels = np.array([item.rpartition("/")[0].partition("/")[0] for item in ids])
        chosen = queries(
            labels, vectors, options.no_class, most_classes=options.classes,
            mixtures=options.mixtures, draws=options.draws, seed=options.seed,
        )  # fmt: skip
        if not chosen:
            raise SystemExit(f"{self.data} has no class folder with {FEWEST_IMAGES} images or more")
        return chosen


class Process:
    """A side that answers one query after the other."""

    def __init__(self, python: Path, script: Path, workspace: Path, scratch: Path) -> None:
        scratch.mkdir(parents=True)
        self._process = subprocess.Popen(
            [python, script, "serve", workspace, scratch],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **_ONE_THREAD},
        )  # fmt: skip

    def ask(self, request: str) -> dict[str, Any]:
        """The figures of one query."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{request}\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("RESULT"):
                return dict(json.loads(line.removeprefix("RESULT")))
        raise SystemExit("a side ended before it answered; see its message above")

    def end(self) -> None:
        """Let it finish."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@contextmanager
def processes(
    folder: Folder, contenders: Sequence[Contender], jobs: int, script: Path
) -> Iterator[queue.Queue[dict[str, Process]]]:
    """So many groups of a process for each commit."""
    pythons = {contender.commit: contender.python for contender in contenders}
    idle: queue.Queue[dict[str, Process]] = queue.Queue()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        for job in range(jobs):
            group = {}
            for number, (commit, python) in enumerate(pythons.items()):
                place = Path(scratch) / f"{job}-{number}"
                group[commit] = Process(python, script, folder.workspaces[commit], place)
                stack.callback(group[commit].end)
            idle.put(group)
        yield idle


def measured(
    folder: Folder,
    contenders: Sequence[Contender],
    options: argparse.Namespace,
    script: Path = _SIDE,
) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """How many queries there are, and for each contender the figures of every query.

    Args:
        folder: where the queries come from.
        contenders: what each of them is asked of.
        options: `parts`, `jobs`, and what `Folder.queries` reads.
        script: what a process runs.
    """
    chosen = folder.queries(options)
    progress = tqdm(total=len(chosen), desc=folder.data.name, unit="query")
    with processes(folder, contenders, options.jobs, script) as idle:

        def run(query: Query) -> dict[str, dict[str, Any]]:
            group = idle.get()
            try:
                answers = {
                    contender.name: group[contender.commit].ask(
                        contender.request(query, options.parts)
                    )
                    for contender in contenders
                }
            finally:
                idle.put(group)
            progress.update()
            return answers

        with ThreadPoolExecutor(options.jobs) as pool:
            outcomes = list(pool.map(run, chosen))
    progress.close()
    return len(chosen), {c.name: [one[c.name] for one in outcomes] for c in contenders}


def asking(about: str | None) -> argparse.ArgumentParser:
    """The options of every benchmark of sessions; it adds its own.

    Args:
        about: the benchmark's docstring, whose first line is its description.
    """
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    add = parser.add_argument
    add("--data", type=Path, action="append", required=True, help="a folder of class folders")
    add("--cache", type=Path, default=_CACHE, help="where workspaces are kept (%(default)s)")
    add("--draws", type=int, default=2, help="draws of examples for each concept (%(default)s)")
    add("--classes", type=int, default=24, help="single classes, chosen at random; 0 for all")
    add("--mixtures", type=int, default=8, help="concepts of several classes (%(default)s)")
    add(
        "--no-class", action="append", default=["BACKGROUND_Google"],
        help="a folder whose images belong to no class (repeatable)",
    )  # fmt: skip
    add("--jobs", type=int, default=os.cpu_count() or 1, help="queries at a time (%(default)s)")
    add("--seed", type=int, default=0, help="of the choice of classes and mixtures")
    add("--json", type=Path, help="write one record a figure here")
    return parser


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """What was asked; the cache is made, and a folder that is none ends the program."""
    options = parser.parse_args()
    for folder in options.data:
        if not folder.is_dir():
            parser.error(f"{folder} is not a folder; give one with a folder of images a class")
    options.cache.mkdir(parents=True, exist_ok=True)
    return options
