from __future__ import annotations

import numpy as np

from likewise.core.vectors import unit
from likewise.propagate.base import PropagationGraph, propagate, to_ask


def between_two_clumps() -> tuple[PropagationGraph, np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Rows 0-19 near the first axis, 20-39 near the second, 40-43 copies halfway between."""
    random = np.random.default_rng(0)
    centres = np.repeat(np.eye(3, dtype=np.float32)[:2], 20, axis=0)
    clumps = unit(centres + random.normal(0, 0.05, (40, 3)).astype(np.float32))
    middle = unit(np.array([[1, 1, 0.2]] * 4, np.float32))
    given = np.full(44, -1)
    given[[0, 1, 20, 21]] = [0, 0, 1, 1]
    return PropagationGraph(np.concatenate([clumps, middle])), given


def test_asks_about_the_border_first_and_not_about_its_copies() -> None:
    landscape, given = between_two_clumps()
    done = propagate(landscape, given, "label_spreading", min_confidence=1)
    asked = to_ask(done, landscape, 3).tolist()
    assert asked[0] >= 40
    assert sum(row >= 40 for row in asked) == 1


def test_asks_only_about_rows_without_label_and_no_row_twice() -> None:
    landscape, given = between_two_clumps()
    done = propagate(landscape, given, "label_spreading", min_confidence=0.8)
    asked = to_ask(done, landscape, 100).tolist()
    assert sorted(asked) == done.abstained.tolist()
    assert to_ask(done, landscape, 0).tolist() == []
    full = propagate(landscape, np.arange(44) % 2, "label_spreading")
    assert to_ask(full, landscape, 5).tolist() == []
