"""`diverse` against the textbook's loop, in float64, one distance after the other."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from pools import circle, clumps, names

import likewise.curate.methods.diverse as module
from likewise.curate.base import Pool, curate
from likewise.curate.methods.diverse import k_centre
from likewise.errors import BadInputError, NotFoundError


def textbook(rows: NDArray[np.float32], k: int, start: list[int]) -> list[int]:
    """Gonzalez 1985: always the point whose nearest centre is the farthest."""
    exact = rows.astype(np.float64)
    distance = ((exact[:, None] - exact[None]) ** 2).sum(axis=2)
    chosen = list(start)
    if not chosen:
        chosen = [int((rows.astype(np.float64) @ rows.mean(axis=0, dtype=np.float64)).argmax())]
        k -= 1
    for _ in range(k):
        nearest = np.round(distance[:, chosen].min(axis=1), 13)
        nearest[chosen] = -1
        chosen.append(int(nearest.argmax()))
    return chosen


@pytest.mark.parametrize("tenth", range(10))
def test_equals_the_textbook(tenth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 500 random pools."""
    for seed in range(50 * tenth, 50 * tenth + 50):
        random = np.random.default_rng(seed)
        count, dim = int(random.integers(2, 90)), int(random.integers(2, 20))
        rows = clumps((count,), dim, noise=float(random.uniform(0.1, 3)), seed=seed)
        if seed % 4 == 0:  # copies
            rows = rows[random.integers(0, count, count)]
        if seed % 3 == 0:  # shortlists that run out, blocks that end
            monkeypatch.setattr(module, "_SHORTLIST", int(random.integers(1, 12)))
            monkeypatch.setattr(module, "_MOST_NEW", int(random.integers(1, 5)))
        start = random.choice(count, int(random.integers(0, min(4, count))), replace=False)
        k = int(random.integers(1, count - len(start) + 1))
        found = k_centre(rows, k, start)
        assert found.indices.tolist() == textbook(rows, k, start.tolist()), seed
        likeness = rows @ rows[found.indices].T
        assert np.allclose(found.similarity, likeness.max(axis=1), atol=1e-5), seed


def test_ties_go_to_the_first() -> None:
    chosen = curate(circle(0, 90, 180, 270), "diverse", k=2, chosen=("b",))
    assert chosen.kept == ("b", "d", "a")


def test_chosen_ones_come_first_and_do_not_count() -> None:
    chosen = curate(circle(0, 1, 2, 50, 90), "diverse", k=1, chosen=("c", "e"))
    assert chosen.kept == ("c", "e", "d")
    assert chosen.rows()[3] == {
        "id": "a", "kept": False, "part": "", "reason": "like one that is kept", "because": "c",
        "score": pytest.approx(np.cos(np.deg2rad(2))),
    }  # fmt: skip


def test_covers_within_twice_the_best() -> None:
    """Gonzalez's guarantee, against the best of all choices of three."""
    from itertools import combinations

    rows = clumps((12,), 3, noise=2)
    angle = np.arccos(np.clip(rows @ rows.T, -1, 1))
    best = min(angle[:, list(few)].min(axis=1).max() for few in combinations(range(12), 3))
    places = k_centre(rows, 3).indices
    assert angle[:, places].min(axis=1).max() <= 2 * best + 1e-5


def test_bad_input() -> None:
    with pytest.raises(BadInputError, match="5 items are wanted and the pool has 4"):
        curate(circle(0, 1, 2, 3), "diverse", k=3, chosen=("a", "b"))
    with pytest.raises(NotFoundError, match="'x' is chosen already"):
        curate(circle(0, 1, 2, 3), "diverse", k=1, chosen=("x",))
    with pytest.raises(BadInputError, match="needs vectors"):
        curate(Pool(names(3)), "diverse", k=1)
