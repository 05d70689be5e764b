"""A side of `rivals.py`: the sessions of `_learning_side.py`, also with rules of others."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from _learning_side import Mask, Rows, Side, Taught, average_precision
from _rivals import RIVALS, Images, Known

WAYS = (
    ("nearest neighbour, mean not subtracted", "", True, False),
    ("nearest neighbour", "nearest", True, False),
    ("exemplar SVM", "exemplar_svm", True, False),
    ("words", "text", False, True),
    ("example and words", "best", True, True),
)
"""What is known, the library's rule if any, and whether it has an example and the class's name."""


class NoProbabilities:
    """In place of a rule of the library."""

    def probability(self, _: Any) -> None:
        """There is none."""


class TaughtRival(Taught):
    """The same for a rival: yes and no as rows."""

    def __init__(self, side: RivalsSide, yes: Sequence[int], no: Sequence[int]) -> None:
        self._rivals_side, self._yes, self._no = side, list(yes), list(no)

    def answer(self, rows: Rows, verdicts: Mask) -> None:
        """Keep a page of answers."""
        self._yes += rows[verdicts].tolist()
        self._no += rows[~verdicts].tolist()

    def learned(self) -> tuple[Any, Any]:
        """Scores of all images."""
        side = self._rivals_side
        yes, no = (np.array(rows, np.intp) for rows in (self._yes, self._no))
        known = Known(side.images, yes, no, np.random.default_rng(0))
        started = time.process_time()
        scores = RIVALS[side.learner](known)
        side.seconds.append(time.process_time() - started)
        return NoProbabilities(), scores


class RivalsSide(Side):
    """A side whose learner may be a rival."""

    @cached_property
    def images(self) -> Images:
        """The vectors that the library's rules see, too; the graph is made before it is timed."""
        images = Images(self.mapped)
        assert images.graph.shape[0] == len(self.mapped)
        assert len(images.smoothness)
        return images

    def teach(self, yes: Sequence[int], no: Sequence[int]) -> Taught:
        """A new concept with a basket."""
        return (TaughtRival if self.learner in RIVALS else Taught)(self, yes, no)

    def words(self, _: np.random.Generator) -> dict[str, Any]:
        """AP with one example, with the class's name, and with both, over all other images."""
        from likewise import LikewiseError, fill_basket, learn_concept

        name = " ".join(self.classes).replace("_", " ").lower()
        understood = getattr(self.workspace.encoder, "understood", None)
        try:
            if understood is None or len(self.classes) > 1 or understood(name).ignored:
                return {}
        except LikewiseError:
            return {}
        example = self.examples[0]
        rest = np.arange(len(self.ids)) != example
        figures = {}
        for what, learner, has_example, has_word in WAYS:
            scores = self.vectors @ self.vectors[example]
            if learner:
                self.number += 1
                concept = f"concept {self.number}"
                like = [str(self.ids[example])] if has_example else []
                words = [name] if has_word else []
                fill_basket(self.workspace, concept, like, hints=words, new=True)
                scores = learn_concept(self.workspace, concept, learner)[0].score(self.vectors)
            figures[what] = average_precision(scores[rest], self.relevant[rest])
        return figures


def main() -> None:
    """Answer a line of JSON for each line read, a query."""
    side = RivalsSide(*map(Path, sys.argv[2:]))
    for line in sys.stdin:
        print("RESULT" + json.dumps(side.query(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
