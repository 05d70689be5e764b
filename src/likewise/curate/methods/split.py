"""Training, validation and test sets that do not leak into one another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from likewise.core.selection import Selection
from likewise.curate.base import NOBODY, Pool, chosen
from likewise.curate.methods._duplicate_pairs import components, near_pairs
from likewise.curate.methods._quotas import groups_by, ticket, tickets
from likewise.errors import BadInputError

USUAL_PARTS = {"train": 0.8, "val": 0.1, "test": 0.1}


@dataclass(frozen=True)
class Split:
    """Give each item a part; near-duplicates, and items of one group, always the same one.

    Whatever hangs together is one unit, chains of near-duplicates too. Units are put in an order
    by lot, class by class, and the order is cut in the stated shares. A lot depends on the ids
    alone, so the same pool is always split alike, and where images were added most stay where
    they were. To have all of them stay, name the earlier split (--before NAME; on arrays, the
    column "part"): what has a part keeps it, and new images join what they are copies of. A new
    image that is a copy of images in two parts is dropped, for it would join them; and so are,
    from the larger part, earlier ones that turn out to be copies.

    Attributes:
        parts: shares by name; they add up to 1.
        by: columns whose values are spread over the parts alike; the labels, if there are any,
            unless given.
        groups: a column whose values are never separated, such as a patient or a video.
        near: keep near-duplicates together; needs vectors.
        threshold: likeness from which two are near-duplicates; see `near_duplicates`.
        mirrored: take mirror images for near-duplicates.
        seed: of the random order; another one splits another way.

    Example:
        >>> pool = Pool(tuple("abcdefghij"), labels=("x",) * 10)
        >>> Split({"train": 0.7, "test": 0.3}, near=False).select(pool).counts()
        {'test': 3, 'train': 7}
    """

    looks_at_pictures: ClassVar[bool] = True

    parts: Mapping[str, float] = field(default_factory=lambda: dict(USUAL_PARTS))
    by: tuple[str, ...] = ()
    groups: str = ""
    near: bool = True
    threshold: float | None = None
    mirrored: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        shares = list(self.parts.values())
        good = all(0 < share < 1 or (share == 1 and len(shares) == 1) for share in shares)
        if not good or not math.isclose(sum(shares), 1, abs_tol=1e-6):
            raise BadInputError(
                f"the parts {dict(self.parts)} do not add up to 1; give a share above 0 to each"
            )

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; the answer's parts name them.

        Raises:
            BadInputError: earlier parts that this split does not have, or no vectors.
            NotFoundError: a column that the pool does not have.
        """
        names = tuple(self.parts)
        before = self._before(pool, names)
        units, note = self._units(pool)
        out, because = _leaks(units, before, np.array(list(self.parts.values())))
        strata = self._strata(pool)
        part = self._placed(pool, units, before, strata, out)
        moved = int(((before >= 0) & (part != before) & ~out).sum())
        counts = np.bincount(part[~out], minlength=len(names))
        shares_text = ", ".join(
            f"{n} {c} ({c / max(1, counts.sum()):.1%})"
            for n, c in zip(names, counts.tolist(), strict=True)
        )
        notes = [shares_text, *note]
        if (before >= 0).any():
            notes.append(f"{int((before >= 0).sum())} had a part before, {moved} of them moved")
        notes += self._lacking(pool, part, out)
        if out.any():
            notes.append(f"{int(out.sum())} items would leak from one part into another")
        return chosen(
            self,
            pool,
            np.flatnonzero(~out),
            reasons="copy of images in two parts",
            because=because,
            parts=[names[number] for number in part.tolist()],
            notes=notes,
        )

    def _lacking(self, pool: Pool, part: NDArray[np.intp], out: NDArray[np.bool_]) -> list[str]:
        """A note on classes of which the largest part, the one to learn from, has no image."""
        classes = {label for label in pool.labels if label}
        largest = max(self.parts, key=lambda name: self.parts[name])
        number = list(self.parts).index(largest)
        has = (
            {pool.labels[row] for row in np.flatnonzero((part == number) & ~out)} if classes else {}
        )
        lacking = sorted(classes - set(has))
        if not lacking:
            return []
        return [
            f"{len(lacking)} of {len(classes)} classes have no image in '{largest}', such as "
            f"'{lacking[0]}'; label more of them, or leave them out"
        ]

    def _before(self, pool: Pool, names: Sequence[str]) -> NDArray[np.intp]:
        """Number of the part each item had, -1 for new ones."""
        earlier = pool.facts.get("part", [""] * len(pool))
        unknown = sorted({str(name) for name in earlier if name} - set(names))
        if unknown:
            raise BadInputError(
                f"an item had the part '{unknown[0]}' before, which is not one of "
                f"{', '.join(names)}; give the same parts, or leave the earlier ones out"
            )
        numbers = {name: number for number, name in enumerate(names)}
        return np.array([numbers.get(name, NOBODY) for name in earlier], dtype=np.intp)

    def _units(self, pool: Pool) -> tuple[NDArray[np.intp], list[str]]:
        """What hangs together, by number, and a note on it."""
        ends: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
        note = []
        if self.near and len(pool) > 1:
            pairs = near_pairs(pool, self.threshold, self.mirrored)
            near = components(pool, pairs, self.mirrored)
            ends.append(_chain(near))
            sizes = np.bincount(near)
            note = [
                f"{int((sizes > 1).sum())} groups of near-duplicates, the largest of "
                f"{int(sizes.max())}; {pairs.how}"
            ]
        if self.groups:
            has_value = [value not in (None, "") for value in pool.column(self.groups)]
            of = groups_by(pool, (self.groups,)).of
            ends.append(_chain(np.where(has_value, of, len(pool) + np.arange(len(pool)))))
        first = np.concatenate([end[0] for end in ends] or [np.empty(0, np.intp)])
        second = np.concatenate([end[1] for end in ends] or [np.empty(0, np.intp)])
        edges = coo_matrix((np.ones(len(first), np.int8), (first, second)), shape=(len(pool),) * 2)
        return np.asarray(connected_components(edges, directed=False)[1], np.intp), note

    def _strata(self, pool: Pool) -> NDArray[np.uint64]:
        """A lot for each item's class: where in the order of the parts its units begin."""
        by = self.by or (("label",) if pool.labels else ())
        if not by:
            return np.zeros(len(pool), dtype=np.uint64)
        groups = groups_by(pool, by)
        return tickets(groups.names, self.seed)[groups.of]

    def _placed(
        self,
        pool: Pool,
        units: NDArray[np.intp],
        before: NDArray[np.intp],
        strata: NDArray[np.uint64],
        out: NDArray[np.bool_],
    ) -> NDArray[np.intp]:
        """Number of the part of each item."""
        count = int(units.max()) + 1
        lots = tickets(pool.ids, self.seed)
        first = np.lexsort((lots, units))
        starts = first[np.searchsorted(units[first], np.arange(count))]  # each unit's lowest lot
        assigned = np.full(count, NOBODY)
        has = np.flatnonzero((before >= 0) & ~out)
        assigned[units[has]] = before[has]
        sizes = np.bincount(units, minlength=count)
        of_unit = np.empty(count, dtype=np.intp)
        for stratum in np.unique(strata[starts]).tolist():
            mine = np.flatnonzero(strata[starts] == stratum)
            mine = mine[np.argsort(lots[starts[mine]], kind="stable")]
            of_unit[mine] = self._cut(sizes[mine], assigned[mine], stratum)
        return of_unit[units]

    def _cut(
        self, sizes: NDArray[np.intp], assigned: NDArray[np.intp], stratum: int
    ) -> NDArray[np.intp]:
        """Cut the units of one class, in order, into parts; those that have one keep it."""
        shares = np.array(list(self.parts.values()))
        free = assigned < 0
        total = sizes.sum()
        has = np.bincount(assigned[~free], weights=sizes[~free], minlength=len(shares))
        lacking = np.maximum(shares * total - has, 0)
        lacking = shares if lacking.sum() <= 0 else lacking / lacking.sum()
        edges = np.cumsum(lacking)[:-1]
        weight = sizes[free].astype(np.float64)
        middle = (np.cumsum(weight) - weight / 2) / max(weight.sum(), 1)
        offset = (
            ticket(str(stratum), self.seed) / 2**64
        )  # else no small class reached the last part
        part = assigned.copy()
        part[free] = np.searchsorted(edges, (middle + offset) % 1.0, side="right")
        return part


def _chain(groups: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs that string each group together."""
    order = np.argsort(groups, kind="stable")
    same = groups[order][1:] == groups[order][:-1]
    return order[:-1][same], order[1:][same]


def _leaks(
    units: NDArray[np.intp], before: NDArray[np.intp], shares: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """What must go because its unit had several parts, and because of which item of it."""
    out = np.zeros(len(units), dtype=np.bool_)
    because = np.full(len(units), NOBODY)
    had = before >= 0
    ends = np.full(int(units.max()) + 1, NOBODY), np.full(int(units.max()) + 1, len(shares))
    np.maximum.at(ends[0], units[had], before[had])
    np.minimum.at(ends[1], units[had], before[had])
    for unit in np.flatnonzero((ends[0] >= 0) & (ends[0] != ends[1])).tolist():
        members = np.flatnonzero(units == unit)
        parts = np.unique(before[members][before[members] >= 0])
        smallest = parts[shares[parts].argmin()]  # of equals the first; a test set is small
        stays = members[before[members] == smallest]
        goes = members[before[members] != smallest]
        out[goes], because[goes] = True, stays[0]
    return out, because
