"""What `learning.py` publishes of its queries: figures with intervals, and one table a learner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from _learning_side import BUDGETS, LOOKS
from _records import Figure

WORSE = 0.01
_RESAMPLED = 2000

Outcomes = Sequence[Mapping[str, Any]]
"""A mapping of names to numbers for each query, in one order for all learners."""


@dataclass(frozen=True)
class Cell:
    """A mean over queries, and its 95 % interval where one is of use.

    Attributes:
        value: the mean.
        low: lower end of the interval by bootstrap over the queries; equal to `high` without one.
        high: upper end.
        count: queries that it rests on.
    """

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        """As in a table."""
        if self.low == self.high:
            return f"{self.value:.3f}"
        return f"{self.value:+.3f} ({self.low:+.3f} to {self.high:+.3f})"


def difference(values: Sequence[float]) -> Cell:
    """Mean of differences, one for each query, with an interval."""
    array = np.array(values)
    drawn = np.random.default_rng(0).choice(array, (_RESAMPLED, len(array))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Cell(float(array.mean()), float(low), float(high), len(array))


def plain(values: Sequence[float], reduced: Callable[[Any], Any] = np.mean) -> Cell:
    """A mean, or another summary, without an interval."""
    value = float(reduced(values))
    return Cell(value, value, value, len(values))


def figures_of(outcomes: Outcomes, reference: Outcomes | None) -> dict[str, Cell]:
    """Every figure of one learner on one folder, by name; what no query has is left out.

    Args:
        outcomes: of the learner.
        reference: of the same queries under what it is compared with; None compares with nothing.
    """
    found: dict[str, Cell] = {}
    for looks in LOOKS:
        found |= _mean(f"AP after {looks} looks", _values(outcomes, f"ap_{looks}"))
    for looks in LOOKS:
        if reference is not None:
            pairs = _pairs(outcomes, reference, f"ap_{looks}", f"ap_{looks}")
            found |= _difference(f"over the reference after {looks} looks", pairs)
    if reference is not None:
        for kind, mine, theirs in _by_kind(outcomes, reference):
            pairs = _pairs(mine, theirs, "ap_60", "ap_60")
            found |= _difference(f"over the reference after 60 looks, {kind}", pairs)
    for looks in LOOKS:
        pairs = _pairs(outcomes, outcomes, f"ap_{looks}", f"mean_ap_{looks}")
        found |= _difference(f"over the centred mean of the same yes after {looks} looks", pairs)
        found |= _worse(f"worse than it by > {WORSE} after {looks} looks", pairs)
    for budget in BUDGETS:
        pairs = _pairs(outcomes, outcomes, f"basket_{budget}", f"mean_basket_{budget}")
        basket = f"{budget} yes and {budget} no" if budget > 1 else "one example"
        found |= _difference(f"over the centred mean, {basket}", pairs)
        found |= _worse(f"worse than it by > {WORSE}, {basket}", pairs)
    for looks in LOOKS[1:]:
        name = f"found in {looks} looks, share of an oracle's"
        found |= _mean(name, _values(outcomes, f"found_{looks}"))
    lost = _pairs(outcomes, outcomes, "ap_100", "wrong_ap_100")
    found |= _difference("AP lost by 10 % wrong answers after 100 looks", lost)
    lost = _pairs(outcomes, outcomes, "without_copies", "with_copies")
    found |= _difference("AP lost by five near-copies in a basket of ten", lost)
    errors = _values(outcomes, "calibration_error")
    found |= _mean("expected calibration error after 100 looks", errors)
    ratios = np.array(_values(outcomes, "sum_ratio"))
    if len(ratios):
        name = "sum of probabilities / truth after 100 looks"
        found[f"{name}, median"] = plain(ratios.tolist(), np.median)
        found[f"{name}, share in .7 to 1.4"] = plain(((ratios >= 0.7) & (ratios <= 1.4)).tolist())
    seconds = [second for outcome in outcomes for second in outcome.get("seconds", ())]
    if seconds:
        found["processor seconds to learn a rule, median"] = plain(seconds, np.median)
    return found


GOALS = {
    "over the reference after 0 looks": ">= .03",
    "over the reference after 60 looks": ">= .05 mean, >= 0 worst",
    "over the centred mean, one example": ">= .03",
    "over the centred mean, 5 yes and 5 no": ">= .05",
    "over the centred mean, 10 yes and 10 no": ">= .05",
    "over the centred mean, 20 yes and 20 no": ">= .05",
    **{f"worse than it by > {WORSE} after {looks} looks": "<= .05" for looks in LOOKS},
    "AP lost by 10 % wrong answers after 100 looks": "<= .02",
    "AP lost by five near-copies in a basket of ten": "<= .01",
    "expected calibration error after 100 looks": "<= .05",
    "sum of probabilities / truth after 100 looks, median": ".7 to 1.4",
}


def as_table(by_folder: Mapping[str, Mapping[str, Cell]]) -> str:
    """Markdown: a line a figure, a column a folder, with the mean over folders and the range."""
    names = list(dict.fromkeys(name for cells in by_folder.values() for name in cells))
    several = len(by_folder) > 1
    head = ["what", *by_folder, *(["mean", "lowest", "highest"] if several else []), "goal"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name in names:
        cells = [folder.get(name) for folder in by_folder.values()]
        texts = ["" if cell is None else str(cell) for cell in cells]
        if several:
            values = [cell.value for cell in cells if cell is not None]
            texts += [f"{value:.3f}" for value in (np.mean(values), min(values), max(values))]
        lines.append(f"| {' | '.join([name, *texts, GOALS.get(name, '')])} |")
    return "\n".join(lines)


def as_records(cells: Mapping[str, Cell], learner: str, folder: str, on: str) -> list[Figure]:
    """The same as records for JSON."""
    records = []
    for name, cell in cells.items():
        setting = f"{folder}: {on}; {cell.count} values"
        if cell.low != cell.high:
            setting += f", 95 % interval {cell.low:+.4f} to {cell.high:+.4f}"
        records.append(Figure(f"{learner}: {name}", cell.value, "", GOALS.get(name, ""), setting))
    return records


def _values(outcomes: Outcomes, name: str) -> list[float]:
    return [float(outcome[name]) for outcome in outcomes if name in outcome]


def _pairs(outcomes: Outcomes, others: Outcomes, name: str, other_name: str) -> list[float]:
    """Differences of two figures of each query that has both."""
    return [
        float(one[name] - other[other_name])
        for one, other in zip(outcomes, others, strict=True)
        if name in one and other_name in other
    ]


def _by_kind(outcomes: Outcomes, others: Outcomes) -> Iterator[tuple[str, Outcomes, Outcomes]]:
    """The queries for single classes, and those for mixtures of several."""
    pairs = list(zip(outcomes, others, strict=True))
    for kind, is_mixture in (("single classes", False), ("mixtures of classes", True)):
        chosen = [pair for pair in pairs if (pair[0]["classes"] > 1) == is_mixture]
        yield kind, [one for one, _ in chosen], [other for _, other in chosen]


def _mean(name: str, values: list[float]) -> dict[str, Cell]:
    return {name: plain(values)} if values else {}


def _difference(name: str, values: list[float]) -> dict[str, Cell]:
    return {name: difference(values)} if values else {}


def _worse(name: str, differences: list[float]) -> dict[str, Cell]:
    return {name: plain([value < -WORSE for value in differences])} if differences else {}
