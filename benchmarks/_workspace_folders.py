"""Vectors of a workspace by class folder, and draws of references from them."""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likewise import Workspace
from likewise.core.references import References
from likewise.core.vectors import Vectors

LEAST_TESTED = 10
NO_CLASSES = ["BACKGROUND_Google", "Faces_easy"]


@dataclass(frozen=True, eq=False)
class Folders:
    """Vectors of a workspace's images by class folder."""

    name: str
    encoder: str
    vectors: dict[str, Vectors]

    def able(self, count: int) -> list[str]:
        """The classes with so many references and enough other images."""
        return [name for name, rows in self.vectors.items() if len(rows) >= count + LEAST_TESTED]

    def images(self, rng: random.Random, count: int, leave_out: Sequence[str] = ()) -> Vectors:
        """Images drawn at random, none of some classes."""
        rows = np.concatenate([v for name, v in self.vectors.items() if name not in leave_out])
        return rows[rng.sample(range(len(rows)), min(count, len(rows)))]

    def draw(
        self, rng: random.Random, chosen: Sequence[str], count: int
    ) -> tuple[References, dict[str, Vectors]]:
        """References of some classes, so many each, and the other images of each."""
        vectors, labels, others = [], [], {}
        for name in chosen:
            rows = self.vectors[name]
            order = rng.sample(range(len(rows)), len(rows))
            vectors.append(rows[order[:count]])
            labels += [name] * count
            others[name] = rows[order[count:]]
        return References(np.concatenate(vectors), labels, encoder=self.encoder), others


def options_of(about: str | None, draws: int) -> argparse.ArgumentParser:
    """The options of a script that draws classes and references, and its module's first line."""
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("workspaces", type=Path, nargs="+", metavar="WORKSPACE",
                        help="Indexed from a folder of class folders.")  # fmt: skip
    parser.add_argument("--classes", type=int, default=12, help="as many or all, where fewer")
    parser.add_argument("--draws", type=int, default=draws)
    parser.add_argument("--leave-out", nargs="*", default=NO_CLASSES,
                        help="Folders that are no class, or twice the same.")  # fmt: skip
    return parser


def read_folders(path: Path, leave_out: Sequence[str]) -> Folders:
    """All vectors of a workspace that was indexed from a folder of class folders."""
    with Workspace(path) as workspace:
        folders: dict[str, list[str]] = {}
        for item in workspace.collection.ids():
            folders.setdefault(item.partition("/")[0], []).append(item)
        vectors = {
            name: workspace.collection.vectors(items)
            for name, items in sorted(folders.items())
            if name not in leave_out
        }
        return Folders(path.stem, workspace.fingerprint, vectors)


def interval(values: Sequence[float]) -> float:
    """Half of the 95 % interval of a mean."""
    return float(1.96 * np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
