"""As many items of every class, site or whatever else is known, with quotas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from likewise.core.selection import Selection
from likewise.curate.base import Pool, check_k, chosen
from likewise.curate.methods._quotas import Groups, check_met, even_shares, groups_by, tickets
from likewise.errors import BadInputError


@dataclass(frozen=True)
class Balance:
    """Keep items so that groups are alike in size; within a group by lot, the same every time.

    The trade-off: evenness 1 makes groups alike, and drops most of the large ones or runs out of
    the small ones; evenness 0 keeps the shares that the pool has.

    Attributes:
        by: columns that make the groups: "label", "site", ..., or "cluster" for what items look
            like; several make a group of each combination.
        k: how many in all; 0 for as many as `most` and evenness leave.
        most: of each group; 0 for no cap.
        quotas: exactly so many of these groups.
        at_least: of each group of the column `of`, before anything else.
        of: that column; those of `by` unless given.
        evenness: from 0 to 1.
        best_effort: take what there is where quotas cannot be met, and say so.

    Example:
        >>> pool = Pool(tuple("abcdef"), labels=("x", "x", "x", "x", "y", "y"))
        >>> Balance().select(pool).counts()["x"]
        2
    """

    by: tuple[str, ...] = ("label",)
    k: int = 0
    most: int = 0
    quotas: Mapping[str, int] = field(default_factory=dict)
    at_least: int = 0
    of: str = ""
    evenness: float = 1.0
    best_effort: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.evenness <= 1:
            raise BadInputError(f"evenness is {self.evenness}; give a number from 0 to 1")
        for name, count in {
            "k": self.k, "most": self.most, "at_least": self.at_least, **self.quotas
        }.items():  # fmt: skip
            if count < 0:
                raise BadInputError(f"{count} items are wanted of '{name}'; give 0 or more")

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; needs the columns.

        Raises:
            NotFoundError: a column that the pool does not have.
            BadInputError: quotas that cannot be met; the message says which and by how much.
        """
        groups = groups_by(pool, self.by)
        notes = []
        if self.k:
            if self.best_effort and self.k > len(pool):
                notes.append(f"{self.k} items are wanted and the pool has {len(pool)}")
            else:
                check_k(self.k, pool)
        sizes = dict(zip(groups.names, groups.sizes.tolist(), strict=True))
        notes += check_met(self.quotas, sizes, self.best_effort)
        reserved, note = self._reserved(pool, groups)
        notes += note
        shares = self._shares(groups, np.bincount(groups.of[reserved], minlength=len(sizes)))
        keep = _draw(pool, groups, shares, reserved)
        counts = np.bincount(groups.of[keep], minlength=len(sizes))
        notes.append(
            f"{len(sizes)} groups of {min(sizes.values())} to {max(sizes.values())} items became "
            f"{int(counts.min())} to {int(counts.max())}; {_evenness(counts)}"
        )
        return chosen(
            self,
            pool,
            keep,
            reasons=[f"enough of {groups.names[g]}" for g in groups.of.tolist()],
            parts=[groups.names[g] for g in groups.of.tolist()],
            notes=notes,
        )

    def _reserved(self, pool: Pool, groups: Groups) -> tuple[NDArray[np.intp], list[str]]:
        """Places that the floor of `at_least` takes, and what a person should know of it."""
        if not self.at_least:
            return np.empty(0, np.intp), []
        of = groups_by(pool, (self.of,)) if self.of else groups
        sizes = of.sizes
        minimums = dict.fromkeys(of.names, self.at_least)
        notes = check_met(
            minimums, dict(zip(of.names, sizes.tolist(), strict=True)), self.best_effort
        )
        reserved = _draw(pool, of, np.minimum(sizes, self.at_least), np.empty(0, np.intp))
        if self.k and len(reserved) > self.k:
            note = f"at least {self.at_least} of each of {len(of.names)} groups are "
            raise BadInputError(
                f"{note}{len(reserved)} items, {len(reserved) - self.k} more than the {self.k} "
                "wanted in all; lower at_least or raise k"
            )
        return reserved, notes

    def _shares(self, groups: Groups, reserved: NDArray[np.intp]) -> NDArray[np.intp]:
        sizes = groups.sizes
        caps = np.minimum(sizes, self.most) if self.most else sizes.copy()
        fixed = np.array([name in self.quotas for name in groups.names], dtype=np.bool_)
        demand = np.array([self.quotas.get(name, 0) for name in groups.names], dtype=np.intp)
        caps = np.where(fixed, np.minimum(demand, sizes), np.maximum(caps, reserved))
        floors = np.where(fixed, caps, np.minimum(reserved, caps))
        if self.k:
            return even_shares(caps, min(self.k, int(caps.sum())), self.evenness, floors)
        if self.most or self.quotas or not self.evenness:
            return caps
        smallest = int(sizes.min())
        return np.maximum(even_shares(caps, smallest * len(sizes), self.evenness, floors), floors)


def _draw(
    pool: Pool, groups: Groups, shares: NDArray[np.intp], first: NDArray[np.intp]
) -> NDArray[np.intp]:
    """So many places of each group: those that are reserved first, then by lot; ascending."""
    later = np.ones(len(pool), dtype=np.intp)
    later[first] = 0
    order = np.lexsort((tickets(pool.ids), later, groups.of))
    sorted_groups = groups.of[order]
    turn = np.arange(len(pool)) - np.searchsorted(sorted_groups, sorted_groups)
    return np.sort(order[turn < shares[sorted_groups]])


def _evenness(counts: NDArray[np.intp]) -> str:
    """As how many groups of one size they are, in words: the exponential of the entropy."""
    shares = counts[counts > 0] / max(1, counts.sum())
    return f"as even as {np.exp(-(shares * np.log(shares)).sum()):.1f} groups of one size"
