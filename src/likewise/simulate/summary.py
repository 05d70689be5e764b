"""Outcomes of a replay put together: means over concepts, and who was made worse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from likewise.simulate.replay import Outcome
from likewise.simulate.simulation import SimulatedSession

WORSE = 0.01
"""A query counts as made worse when its average precision drops by more than this."""

Curves = Mapping[str, Sequence[tuple[float, float]]]
"""Points (x, y) by the name of a curve."""


@dataclass(frozen=True)
class Summary:
    """One learner at one budget, over all concepts and draws.

    Attributes:
        learner: what it is called in the replay, with " + words" where it had them.
        budget: examples, and as many counter-examples (none at 1).
        queries: concepts times draws.
        average_precision: mean.
        precision_on_page: mean.
        looks_until_ten: median; None when half of the queries never get there.
        made_worse: share of queries ranked worse than by the baseline with the same examples;
            None when it is not among the outcomes.
        seconds: median time of learning.
    """

    learner: str
    budget: int
    queries: int
    average_precision: float
    precision_on_page: float
    looks_until_ten: float | None
    made_worse: float | None
    seconds: float


def called(outcome: Outcome | SimulatedSession) -> str:
    """Name of a learner with what it was given."""
    return f"{outcome.learner} + words" if outcome.words else outcome.learner


def summarise(outcomes: Iterable[Outcome], baseline: str = "mean") -> list[Summary]:
    """One row for each learner and budget, in the order in which they first occur."""
    outcomes = list(outcomes)
    plain = {
        (o.concept, o.budget, o.repeat): o.average_precision
        for o in sorted(outcomes, key=lambda o: not o.words)  # without words comes last and stays
        if o.learner == baseline
    }
    groups: dict[tuple[str, int], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((called(outcome), outcome.budget), []).append(outcome)
    return [_summary(name, budget, group, plain) for (name, budget), group in groups.items()]


def made_worse(
    outcomes: Iterable[Outcome], plain: Mapping[tuple[str, int, int], float]
) -> float | None:
    """Share of outcomes more than `WORSE` below the plain figure of the same query."""
    drops = [
        plain[key] - o.average_precision
        for o in outcomes
        if (key := (o.concept, o.budget, o.repeat)) in plain
    ]
    return float(np.mean(np.array(drops) > WORSE)) if drops else None


def markdown(rows: Sequence[Summary]) -> str:
    """A table of mean average precision, one line a learner, and one of the rest."""
    budgets = sorted({row.budget for row in rows})
    by_setting = {(row.learner, row.budget): row for row in rows}
    names = list(dict.fromkeys(row.learner for row in rows))
    lines = ["Mean average precision, by examples given:", ""]
    lines += [_line(["learner", *map(str, budgets)]), _line(["---"] * (1 + len(budgets)))]
    for name in names:
        cells = [by_setting.get((name, budget)) for budget in budgets]
        lines.append(_line([name, *(f"{c.average_precision:.3f}" if c else "" for c in cells)]))
    head = ["learner", "examples", "queries", "precision on page", "looks until 10", "made worse"]
    lines += ["", _line([*head, "ms"]), _line(["---"] * (1 + len(head)))]
    for name in names:
        for row in (by_setting[name, budget] for budget in budgets if (name, budget) in by_setting):
            ten = "-" if row.looks_until_ten is None else f"{row.looks_until_ten:.0f}"
            worse = "-" if row.made_worse is None else f"{100 * row.made_worse:.1f} %"
            page = f"{row.precision_on_page:.3f}"
            row_cells = [name, str(row.budget), str(row.queries), page, ten, worse]
            lines.append(_line([*row_cells, f"{1000 * row.seconds:.0f}"]))
    return "\n".join(lines) + "\n"


def precision_curves(rows: Iterable[Summary]) -> Curves:
    """Mean average precision by budget, for each learner."""
    curves: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        curves.setdefault(row.learner, []).append((row.budget, row.average_precision))
    return {name: sorted(points) for name, points in curves.items()}


def found_curves(sessions: Iterable[SimulatedSession]) -> Curves:
    """Mean share of the wanted images found by number of looks, for each learner."""
    groups: dict[str, list[SimulatedSession]] = {}
    for session in sessions:
        groups.setdefault(called(session), []).append(session)
    curves = {}
    for name, group in groups.items():
        length = min(len(session.found) for session in group)
        share = np.mean([s.found[:length] / s.to_find for s in group], axis=0)
        curves[name] = [(0.0, 0.0), *((n + 1.0, float(y)) for n, y in enumerate(share))]
    return curves


def _summary(
    name: str, budget: int, group: Sequence[Outcome], plain: Mapping[tuple[str, int, int], float]
) -> Summary:
    never = float("inf")
    ten = float(np.median([o.looks_until_ten or never for o in group]))
    return Summary(
        name,
        budget,
        len(group),
        float(np.mean([o.average_precision for o in group])),
        float(np.mean([o.precision_on_page for o in group])),
        ten if np.isfinite(ten) else None,
        made_worse(group, plain),
        float(np.median([o.seconds for o in group])),
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
