"""One side of `learning.py`: runs the review sessions of one query for each line it reads.

Runs in the environment of the commit it measures, so it uses only the names of `likewise` itself,
and what every version has. It works in a copy of a workspace: baskets and answers are written
there as a person's are, and rules are learned by `learn_concept`, as `likewise learn` does.
`_rivals_side.py` runs the same sessions with rules that are not the library's.
"""

from __future__ import annotations

import inspect
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

EXAMPLES, PAGE, LOOKS = 3, 20, (0, 20, 60, 100)
BUDGETS = (1, 5, 10, 20)
_COPY_COSINE = 0.97
_BINS = 10
_LEFT_OUT = shutil.ignore_patterns("thumbnails")
_FEWEST_LEFT = 5  # relevant images, to compare a sum of probabilities with

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]


def average_precision(scores: NDArray[np.float32], relevant: Mask) -> float:
    """Area under the precision-recall curve; equal scores share one rank."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(relevant[order])
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    return float((hits[last] / (last + 1.0) * np.diff(hits[last], prepend=0)).sum() / hits[-1])


def calibration_error(probabilities: NDArray[np.float32], truth: Mask) -> float:
    """Expected calibration error over ten bins of equal width."""
    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, weights=probabilities - truth, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(truth))


class Taught:
    """A concept of a workspace: its basket, its answers, and the rule that is learned of them."""

    def __init__(self, side: Side, yes: Sequence[int], no: Sequence[int]) -> None:
        from likewise import fill_basket

        self._side = side
        self._version: Any = None
        side.number += 1
        self.name = f"concept {side.number}"
        like, unlike = ([str(side.ids[row]) for row in rows] for rows in (yes, no))
        fill_basket(side.workspace, self.name, like, unlike, new=True)

    def answer(self, rows: Rows, verdicts: Mask) -> None:
        """Record a page of answers."""
        from likewise import record_labels

        shown: dict[str, Any] = {}
        if "shown_by" in inspect.signature(record_labels).parameters:
            shown["shown_by"] = self._version
        answers = [
            (str(self._side.ids[row]), "yes" if verdict else "no")
            for row, verdict in zip(rows.tolist(), verdicts.tolist(), strict=True)
        ]
        record_labels(
            self._side.workspace, self.name, answers, who="benchmark", source="page", **shown
        )

    def learned(self) -> tuple[Any, Any]:
        """The rule, and its scores of all images."""
        from likewise import learn_concept

        side = self._side
        started = time.process_time()
        rule, self._version = learn_concept(
            side.workspace, self.name, side.learner, options=side.options
        )
        side.seconds.append(time.process_time() - started)
        return rule, rule.score(side.vectors)


class Side:
    """A workspace copy, its vectors, and the learner that is measured."""

    def __init__(self, workspace: Path, scratch: Path) -> None:
        from likewise import Workspace

        copy = scratch / workspace.name
        shutil.copytree(workspace, copy, symlinks=True, ignore=_LEFT_OUT)
        self.workspace = Workspace(copy)
        collection = self.workspace.collection
        self.ids = np.array(sorted(collection.ids()))
        self.rows = {item: row for row, item in enumerate(self.ids.tolist())}
        self.labels = np.array([item.rpartition("/")[0].partition("/")[0] for item in self.ids])
        self.vectors = collection.vectors(self.ids.tolist())
        self.mapped = collection.space().apply(self.vectors)
        self.seconds: list[float] = []
        self.number = 0

    def query(
        self, classes: Sequence[str], draw: int, learner: str, options: Any, parts: Sequence[str]
    ) -> dict[str, Any]:
        """All figures of one query under one learner."""
        self.classes, self.learner, self.options, self.seconds = classes, learner, options, []
        self.relevant = np.isin(self.labels, classes)
        seed = [draw, *" ".join(classes).encode()]
        order = np.random.default_rng(seed).permutation(len(self.ids))
        self.shown = np.zeros(len(self.ids), bool)
        self.shown[order[: len(order) // 2]] = True
        self.examples = order[self.relevant[order] & self.shown[order]]
        figures: dict[str, Any] = {"classes": len(classes)}
        if len(self.examples) > EXAMPLES and self.relevant[~self.shown].any():
            for part in parts:
                figures |= getattr(self, part)(np.random.default_rng([1, *seed]))
        figures["seconds"] = self.seconds
        return figures

    def sessions(self, random: np.random.Generator) -> dict[str, Any]:
        """Three examples and pages of the half that is shown; AP on the other half."""
        return self._session(self.shown, random, 0.0, "")

    def wrong(self, random: np.random.Generator) -> dict[str, Any]:
        """The same where one answer in ten is wrong."""
        return self._session(self.shown, random, 0.1, "wrong_")

    def whole(self, random: np.random.Generator) -> dict[str, Any]:
        """A session over the whole collection: what is found, and the probabilities of the rest."""
        everything = np.ones(len(self.ids), bool)
        known: list[tuple[int, float, float, int]] = []
        yes, no, rule, scores = self._reviewed(everything, random, 0.0, known)
        rest = everything
        rest[[*yes, *no]] = False
        to_find = int(self.relevant.sum()) - EXAMPLES
        figures = {
            f"found_{looks}": (found - EXAMPLES) / min(to_find, looks)
            for looks, _, _, found in known[1:]
        }
        probabilities = rule.probability(scores[rest])
        if probabilities is not None:
            truth = self.relevant[rest]
            figures["calibration_error"] = calibration_error(probabilities, truth)
            if truth.sum() >= _FEWEST_LEFT:
                figures["sum_ratio"] = float(probabilities.sum() / truth.sum())
        return figures

    def baskets(self, _: np.random.Generator) -> dict[str, Any]:
        """N examples and as many nearest misses, and one example alone."""
        figures = {}
        for budget in BUDGETS:
            if len(self.examples) < budget:
                continue
            yes = self.examples[:budget]
            misses = np.flatnonzero(self.shown & ~self.relevant)
            nearest = np.argsort(-(self.mapped[misses] @ self.mapped[yes].mean(axis=0)))
            no = misses[nearest[: budget if budget > 1 else 0]]
            _, scores = self.teach(yes.tolist(), no.tolist()).learned()
            figures[f"basket_{budget}"] = self._judged(scores)
            figures[f"mean_basket_{budget}"] = self._judged(self._mean(yes))
        return figures

    def copies(self, random: np.random.Generator) -> dict[str, Any]:
        """Five examples, and with them five near-copies of one."""
        from likewise import evidence_for, learn

        if len(self.examples) < 5:
            return {}
        concept = self.teach(self.examples[:5].tolist(), []).name
        evidence: Any = evidence_for(self.workspace, self.workspace.concepts.get(concept))
        rows = getattr(evidence.positives, "rows", evidence.positives)
        one = rows[0]
        noise = random.standard_normal((5, len(one))).astype(np.float32)
        noise -= np.outer(noise @ one, one)
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        copies = _COPY_COSINE * one + np.sqrt(1 - _COPY_COSINE**2) * noise
        crowded = _with_positives(evidence, np.concatenate([rows, copies.astype(np.float32)]))
        precisions = [
            self._judged(learn(known, self.learner, **self.options).score(self.vectors))
            for known in (evidence, crowded)
        ]
        return {"without_copies": precisions[0], "with_copies": precisions[1]}

    def _session(
        self, may_be_shown: Mask, random: np.random.Generator, error_rate: float, prefix: str
    ) -> dict[str, Any]:
        figures: list[tuple[int, float, float, int]] = []
        self._reviewed(may_be_shown, random, error_rate, figures)
        judged = {f"{prefix}ap_{looks}": ours for looks, ours, _, _ in figures}
        return judged | {f"{prefix}mean_ap_{looks}": mean for looks, _, mean, _ in figures}

    def _reviewed(
        self,
        may_be_shown: Mask,
        random: np.random.Generator,
        error_rate: float,
        figures: list[tuple[int, float, float, int]],
    ) -> tuple[list[int], list[int], Any, Any]:
        """Answer the best-ranked page after page; what was answered, the last rule, its scores."""
        yes: list[int] = self.examples[:EXAMPLES].tolist()
        no: list[int] = []
        concept = self.teach(yes, no)
        for looks in range(0, LOOKS[-1] + 1, PAGE):
            rule, scores = concept.learned()
            if looks in LOOKS:
                mean = self._mean(np.array(yes))
                figures.append((looks, self._judged(scores), self._judged(mean), len(yes)))
            left = may_be_shown.copy()
            left[[*yes, *no]] = False
            page = np.argsort(-np.where(left, scores, -np.inf), kind="stable")[:PAGE]
            page = page[left[page]]
            if looks == LOOKS[-1] or not len(page):
                continue
            is_right = random.random(len(page)) >= error_rate
            verdicts = self.relevant[page] == is_right
            yes += page[verdicts].tolist()
            no += page[~verdicts].tolist()
            concept.answer(page, verdicts)
        return yes, no, rule, scores

    def teach(self, yes: Sequence[int], no: Sequence[int]) -> Taught:
        """A new concept with a basket."""
        return Taught(self, yes, no)

    def _mean(self, yes: Rows) -> Any:
        """Scores by cosine to the centred mean."""
        return self.mapped @ self.mapped[yes].mean(axis=0)

    def _judged(self, scores: Any) -> float:
        return average_precision(scores[~self.shown], self.relevant[~self.shown])


def _with_positives(evidence: Any, rows: NDArray[np.float32]) -> Any:
    """The same evidence with more positives, in the form that the version at hand takes."""
    if hasattr(evidence.positives, "rows"):
        ids = evidence.positives.ids
        ids += tuple(f"copy {number}" for number in range(len(rows) - len(ids)))
        return replace(evidence, positives=type(evidence.positives)(rows, ids))
    ids = tuple(f"positive {number}" for number in range(len(rows)))
    return replace(evidence, positives=rows, positive_ids=ids, positive_weights=None)


def main() -> None:
    """Index a folder, or answer a line of JSON for each line read, a query."""
    command, *words = sys.argv[1:]
    if command == "index":
        from likewise import index

        index(*words)
        return
    side = Side(*map(Path, words))
    for line in sys.stdin:
        print("RESULT" + json.dumps(side.query(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
