"""Clusters that nobody has answered, kept while answers come in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit
from likewise.label_sets.kinds import Kinds

GROUPS, EACH = 6, 5


class Rows:
    """Rows in groups round the axes; counts how often they are asked for."""

    def __init__(self) -> None:
        self.asked = 0
        near = np.random.default_rng(0).normal(0, 0.01, (GROUPS * EACH, GROUPS))
        rows = np.repeat(np.eye(GROUPS), EACH, axis=0) + near
        self.rows = unit(rows.astype(np.float32))

    def __call__(self) -> Vectors:
        self.asked += 1
        return self.rows


def known(*groups: int) -> NDArray[np.bool_]:
    """The first row of each of these groups is answered."""
    found = np.zeros(GROUPS * EACH, dtype=bool)
    found[[group * EACH for group in groups]] = True
    return found


def group_of(row: int) -> int:
    return row // EACH


def test_each_kind_is_one_group_with_all_of_its_images() -> None:
    found = Kinds(Rows()).unseen(known(), GROUPS)
    assert {group_of(kind.row) for kind in found} == set(range(GROUPS))
    for kind in found:
        assert kind.members[0] == kind.row
        assert sorted(kind.members) == [group_of(kind.row) * EACH + n for n in range(EACH)]


def test_the_clusters_stay_while_answers_come_in() -> None:
    rows = Rows()
    kinds = Kinds(rows)
    kinds.unseen(known(), GROUPS)
    left = kinds.unseen(known(0, 3), GROUPS)
    assert {group_of(kind.row) for kind in left} == {1, 2, 4, 5}
    assert rows.asked == 1


def test_they_are_made_again_where_few_are_left_or_when_asked() -> None:
    rows = Rows()
    kinds = Kinds(rows)
    kinds.unseen(known(), GROUPS)
    few = kinds.unseen(known(0, 1, 2, 3), GROUPS)
    assert rows.asked == 2
    assert {4, 5} <= {group_of(kind.row) for kind in few}
    kinds.unseen(known(0, 1, 2, 3), GROUPS)
    assert rows.asked == 2  # as few are left as were made
    kinds.unseen(known(0, 1, 2, 3), GROUPS, again=True)
    assert rows.asked == 3
