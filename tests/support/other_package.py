"""A package of somebody else's with a part for each family, as pip installs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PARTS = {
    "classify": "few_means",
    "curate": "every_second",
    "encoders": "mean_colour",
    "export": "file_list",
    "mirrors": "nowhere",
    "pick": "in_order",
    "project": "spiral",
    "propagate": "nearest_label",
    "rule_formats": "words",
    "rules": "newest",
    "sources": "path_list",
}
"""The name that the package's entry point gives its part, by family."""

_MODULE = '''
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from likewise.classify.base import classifier_of
from likewise.core.rule import Rule
from likewise.core.vectors import unit
from likewise.curate.base import chosen
from likewise.propagate.base import Strongest, nearest_labelled
from likewise.sources.base import Item, Source


@dataclass(frozen=True)
class TheirClassify:
    def fit(self, references):
        shown = np.flatnonzero(references.counts)
        rows = [references.rows[references.owners == owner].mean(axis=0) for owner in shown]
        return classifier_of("few_means", references, unit(np.stack(rows)), shown)


@dataclass(frozen=True)
class TheirCurate:
    def select(self, pool):
        return chosen(self, pool, np.arange(0, len(pool), 2), reasons="every second goes")


class TheirEncoders:
    name, dim, fingerprint, input_size = "mean_colour", 4, "mean_colour-1", 8

    def prepare(self, image):
        return np.asarray(image.resize((8, 8)), dtype=np.float32)

    def encode(self, batch):
        means = batch.mean(axis=(1, 2)) / 255
        return np.concatenate([means, np.ones((len(batch), 1), np.float32)], axis=1)


@dataclass(frozen=True)
class TheirExport:
    separator: str = " "

    def write(self, dataset, folder):
        lines = [f"{row.id}{self.separator}{row.label}" for row in dataset.rows]
        (folder / "list.txt").write_text("\\n".join(lines))


@dataclass(frozen=True)
class TheirMirrors:
    url: str = ""


@dataclass(frozen=True)
class TheirPick:
    def pick(self, pool, count):
        return np.argsort(-pool.scores, kind="stable")[:count]


@dataclass(frozen=True)
class TheirProject:
    extra: ClassVar[str | None] = None

    def seconds(self, count):
        return 1.0

    def place(self, rows, progress):
        progress(len(rows), len(rows))
        return np.ascontiguousarray(rows[:, :2], np.float32)


@dataclass(frozen=True)
class TheirPropagate:
    def vote(self, task):
        rows, kept = task.propagation_graph.rows, Strongest(len(task.targets))
        for number in range(task.classes):
            similarity = rows @ rows[task.targets == number].T
            best = similarity.max(axis=1, initial=0.0, keepdims=True)
            kept.add(np.asarray(best, np.float32), number)
        return kept.votes()

    def causes(self, task, votes, rows):
        return nearest_labelled(task, rows, votes.guesses[rows])


@dataclass(frozen=True)
class TheirRuleFormats:
    def content(self, rule):
        return f"{rule.learner}: {rule.toward.shape}".encode()


@dataclass(frozen=True)
class TheirRules:
    """Remembers the background: a rule that must not be scored on what it learned from."""

    def learn(self, evidence):
        space = evidence.space
        away = unit(space.apply(evidence.background.rows).mean(axis=0))
        toward = space.apply(evidence.positives.rows[-1:])
        return Rule("whatever", space, toward, away=away, away_weight=0.5)


@dataclass
class TheirSources(Source):
    root: str

    def items(self):
        for line in Path(self.root).read_text().splitlines():
            status = Path(line).stat()
            yield Item(line, str(Path(line).absolute()), status.st_size, status.st_mtime_ns)
'''


def install(folder: Path) -> Path:
    """Build the package and install it; answers the folder that goes on the path.

    Without its dependencies and with the build tools that are here, so nothing is fetched.
    """
    source, site = folder / "source", folder / "site"
    (source / "their_package").mkdir(parents=True)
    (source / "their_package" / "__init__.py").write_text("")
    (source / "their_package" / "parts.py").write_text(_MODULE)
    points = [
        f'[project.entry-points."likewise.{family}"]\n'
        f'{name} = "their_package.parts:Their{"".join(map(str.title, family.split("_")))}"\n'
        for family, name in PARTS.items()
    ]
    build = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    about = '[project]\nname = "their-package"\nversion = "1.0"\n'
    (source / "pyproject.toml").write_text(build + about + "".join(points))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    options = ["--no-build-isolation", "--no-index", "--target", str(site), str(source)]
    subprocess.run([*command, *options], check=True)
    return site
