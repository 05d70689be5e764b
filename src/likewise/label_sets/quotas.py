"""At most so many images of each class of a dataset, chosen the same way every time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from likewise.core.label_set import LabelSet
from likewise.errors import BadInputError
from likewise.export.plan import Chosen

OVER_QUOTA = "over the quota of their class"
"""Why an image with a class is left out."""


def quotas_of(
    label_set: LabelSet,
    chosen: Sequence[Chosen],
    per_class: Mapping[str, int] | int | None,
    balance: bool,
) -> dict[str, int]:
    """How many images each class may have at most; classes without a quota are not in it.

    Args:
        label_set: the set.
        chosen: the rows of a plan.
        per_class: at most so many of every class, or of some classes by name.
        balance: as many of every class as the smallest has, of those that have any.

    Raises:
        BadInputError: a name that is no class of the set, or a quota below 1.
    """
    if isinstance(per_class, int):
        per_class = dict.fromkeys(label_set.classes, per_class)
    quotas = dict(per_class or {})
    for name, most in quotas.items():
        label_set.check_class(name)
        if most < 1:
            raise BadInputError(f"a quota of {most} for '{name}' leaves nothing; give 1 or more")
    if balance and chosen:
        counts = Counter(row.label for row in chosen)
        least = min(min(count, quotas.get(name, count)) for name, count in counts.items())
        quotas = dict.fromkeys(counts, least)
    return quotas


def within_quotas(
    chosen: Sequence[Chosen], quotas: Mapping[str, int]
) -> tuple[tuple[Chosen, ...], int]:
    """The rows that the quotas leave, in their order, and how many rows are left out.

    People's labels come first. Among machine labels a lot decides that depends on the image and
    the class alone, so that neither the easiest images are preferred nor another run differs.

    Example:
        >>> rows = [Chosen("a", "cat", "round"), Chosen("b", "cat", "person")]
        >>> [row.id for row in within_quotas(rows, {"cat": 1})[0]]
        ['b']
    """
    left: Counter[str] = Counter(quotas)
    taken: set[int] = set()
    for number in sorted(range(len(chosen)), key=lambda number: _order(chosen[number])):
        label = chosen[number].label
        if label not in quotas or left[label] > 0:
            left[label] -= 1
            taken.add(number)
    kept = tuple(row for number, row in enumerate(chosen) if number in taken)
    return kept, len(chosen) - len(kept)


def _order(row: Chosen) -> tuple[bool, bytes]:
    return row.decided_by != "person", hashlib.sha256(f"{row.label}\n{row.id}".encode()).digest()
