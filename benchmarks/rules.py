"""How good the rules are on any folder of class folders, by replaying simulated reviewers.

Run: python benchmarks/rules.py --data FOLDER_OF_CLASS_FOLDERS --json OUT

Every class is a concept. A reviewer who knows the truth gives examples at random and says no to
the nearest misses; the rule learned from this ranks everything that was not labelled. A budget
of 5 is five yes and five no answers; a budget of 1 is one example alone. A class takes part in a
budget when five of its images are left to find.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from _class_folders import ClassFolders, asking, read_asked
from _needs import announce
from _records import Figure, publish
from _refits import refits

from likewise.core.space import Space, plain_space
from likewise.numeric.intervals import wilson_interval
from likewise.registry import names
from likewise.rules.base import Learner
from likewise.simulate.replay import BUDGETS, Outcome, replay
from likewise.simulate.summary import WORSE

_PLAIN = "mean"
_OURS = ("best", "anchored")
_READS_WORDS = ("text", "anchored", "best")
_ANSWERS = (10, 25)  # yes, and as many no, for probabilities
_WRONG = 0.1
_Table = Mapping[tuple[str, int], float]


@dataclass
class Bench:
    """What is measured on, and how much of it."""

    world: ClassFolders
    concepts: Sequence[str]
    draws: int
    where: str
    budgets: Sequence[int] = BUDGETS
    figures: list[Figure] = field(default_factory=list)

    def outcomes(
        self,
        learners: Iterable[str],
        budgets: Sequence[int],
        *,
        words: bool = False,
        error_rate: float = 0.0,
        calibrate: bool = False,
        space: Space | None = None,
    ) -> list[Outcome]:
        """Replay; with words, over the classes whose name is read alone."""
        hints = self.world.hints if words else {}
        concepts = [name for name in self.concepts if not words or name in hints]
        if not concepts:
            return []
        chosen: dict[str, str | Learner] = {name: name for name in learners}
        return list(
            replay(
                self.world.vectors,
                self.world.labels.tolist(),
                chosen,
                space or self.world.space,
                concepts=concepts,
                hints=hints,
                budgets=budgets,
                repeats=self.draws,
                error_rate=error_rate,
                calibrate=calibrate,
            )
        )

    def add(self, name: str, value: float, unit: str, goal: str = "", extra: str = "") -> None:
        """Note a figure."""
        setting = f"{self.where}; {extra}" if extra else self.where
        self.figures.append(Figure(name, value, unit, goal, setting))


def means(outcomes: Iterable[Outcome]) -> _Table:
    """Mean average precision by learner and budget."""
    groups: dict[tuple[str, int], list[float]] = {}
    for one in outcomes:
        groups.setdefault((one.learner, one.budget), []).append(one.average_precision)
    return {key: float(np.mean(values)) for key, values in groups.items()}


def show(title: str, table: _Table) -> None:
    """Print mean average precision, one line a learner, one column a budget."""
    budgets = sorted({budget for _, budget in table})
    print(f"\n{title}\n\n| learner | {' | '.join(map(str, budgets))} |")
    print(f"|---|{'---|' * len(budgets)}")
    for name in dict.fromkeys(name for name, _ in table):
        cells = (table.get((name, budget)) for budget in budgets)
        print(f"| {name} | {' | '.join('' if c is None else f'{c:.3f}' for c in cells)} |")


def by_example(bench: Bench) -> list[Outcome]:
    """Every learner at every budget, without words."""
    learners = [name for name in names("rules") if name != "text"]
    outcomes = bench.outcomes(learners, bench.budgets)
    table = means(outcomes)
    show("Mean average precision by examples given, without words", table)
    budgets = sorted({budget for _, budget in table})
    queries = {b: sum(o.budget == b and o.learner == _PLAIN for o in outcomes) for b in budgets}
    plain = {
        (o.concept, o.budget, o.repeat): o.average_precision
        for o in outcomes
        if o.learner == _PLAIN
    }
    for budget in budgets:
        no = budget if budget > 1 else 0
        on = f"{budget} yes and {no} no, no words, {queries[budget]} queries"
        for name in learners:
            bench.add(f"{name}, budget {budget}", table[name, budget], "mean AP", "", on)
        others = [table[name, budget] for name in learners if name not in _OURS]
        for name in _OURS:
            gain = table[name, budget] - max(others)
            bench.add(f"{name} over the best other, budget {budget}", gain, "mean AP",
                      ">= -.01", on)  # fmt: skip
            drops = [
                plain[o.concept, o.budget, o.repeat] - o.average_precision
                for o in outcomes
                if o.learner == name and o.budget == budget
            ]
            worse = np.array(drops) > WORSE
            bench.add(f"{name} worse than {_PLAIN} by more than {WORSE}, budget {budget}",
                      float(worse.mean()), "share of queries", "<= .05",
                      f"{on}, {worse.sum()} of them worse")  # fmt: skip
    raw = _raw_cosine(bench, budgets)
    late = [budget for budget in budgets if budget >= 5]
    for name in _OURS if late else ():
        for plain_name, line in ((_PLAIN, table), ("raw cosine to the mean", raw)):
            gain = float(np.mean([table[name, b] - line[_PLAIN, b] for b in late]))
            bench.add(f"{name} over {plain_name}, average of 5 examples and more", gain,
                      "mean AP", ">= .05")  # fmt: skip
    if ("exemplar_svm", 1) in table:
        gain = table["exemplar_svm", 1] - table["nearest", 1]
        bench.add("exemplar SVM over nearest neighbour, budget 1", gain, "mean AP", "> 0",
                  "no words")  # fmt: skip
        ahead = _share_ahead(outcomes, "exemplar_svm", "nearest")
        bench.add("exemplar SVM ahead of nearest neighbour, budget 1", ahead,
                  "share of queries", "", "no words")  # fmt: skip
    return outcomes


def _raw_cosine(bench: Bench, budgets: Sequence[int]) -> _Table:
    """Cosine to the mean of the same examples without subtracting the collection's mean."""
    space = plain_space(bench.world.encoder, bench.world.vectors.shape[1])
    table = means(bench.outcomes([_PLAIN], budgets, space=space))
    show("Raw cosine to the mean of the examples", table)
    for (_, budget), value in table.items():
        bench.add(f"raw cosine to the mean, budget {budget}", value, "mean AP", "", "no words")
    return table


def _share_ahead(outcomes: Iterable[Outcome], these: str, those: str) -> float:
    by_query = {
        (o.learner, o.concept, o.repeat): o.average_precision for o in outcomes if o.budget == 1
    }
    gains = [
        precision - by_query[those, concept, repeat]
        for (learner, concept, repeat), precision in by_query.items()
        if learner == these
    ]
    return float(np.mean(np.array(gains) > 0))


def with_words(bench: Bench, without: Iterable[Outcome]) -> None:
    """The learners that read words, over the classes whose name the encoder reads."""
    outcomes = bench.outcomes(_READS_WORDS, bench.budgets, words=True)
    if not outcomes:
        print("\nThe encoder reads none of the folder names, so words were not measured.")
        return
    table = means(outcomes)
    read = {o.concept for o in outcomes}
    same = means(o for o in without if o.concept in read)
    on = f"with words, {len(read)} classes whose name is read"
    show(f"Mean average precision by examples given, {on}", table)
    show("The same classes, without words",
         {key: value for key, value in same.items() if key[0] in (*_OURS, _PLAIN)})  # fmt: skip
    for (name, budget), value in table.items():
        bench.add(f"{name} with words, budget {budget}", value, "mean AP", "", on)
    for name in _OURS:
        if (name, 1) in table:
            alone = max(table["text", 1], same[name, 1], same[_PLAIN, 1])
            bench.add(f"{name}, 1 example + words over the better alone", table[name, 1] - alone,
                      "mean AP", ">= .05", on)  # fmt: skip
        for budget in sorted({b for _, b in table if b >= 10}):
            gain = table[name, budget] - same[name, budget]
            bench.add(f"{name}, words over no words, budget {budget}", gain, "mean AP",
                      ">= -.01", on)  # fmt: skip


def with_errors(bench: Bench, without: Iterable[Outcome]) -> None:
    """A reviewer of whose answers one in ten is wrong."""
    budgets = [budget for budget in bench.budgets if budget >= 5]
    wrong = means(bench.outcomes((*_OURS, _PLAIN), budgets, error_rate=_WRONG))
    right = means(without)
    for (name, budget), value in wrong.items():
        bench.add(f"{name}, lost by 10 % wrong answers, budget {budget}",
                  right[name, budget] - value, "mean AP",
                  "<= .03" if name in _OURS else "", "no words")  # fmt: skip


def calibrated(bench: Bench) -> None:
    """Probabilities and promises after 20 and after 50 labels."""
    outcomes = bench.outcomes(_OURS, _ANSWERS, calibrate=True)
    if not outcomes:
        print(f"\nNo class has {min(_ANSWERS) + 5} images, so calibration was not measured.")
    groups: dict[tuple[str, int], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.learner, outcome.budget), []).append(outcome)
    for (name, count), mine in groups.items():
        known = [o for o in mine if o.calibration_error is not None]
        on = f"{count} yes and {count} no, {len(known)} of {len(mine)} calibrated"
        who = f"{name}, {2 * count} labels"
        if not known:
            continue
        errors = [o.calibration_error or 0.0 for o in known]
        bench.add(f"{who}, expected calibration error", float(np.mean(errors)), "",
                  "<= .05" if count == max(_ANSWERS) else "", on)  # fmt: skip
        promises = [(o, o.promised) for o in known if o.promised is not None]
        kept = [
            low <= promised <= high
            for o, promised in promises
            for low, high in [wilson_interval(o.right, o.hits)]
        ]
        on += f"; {len(kept)} queries with hits at the rule's threshold"
        if kept:
            gap = [promised - o.right / o.hits for o, promised in promises]
            bench.add(f"{who}, mean probability of the hits within what was got",
                      float(np.mean(kept)), "share of queries", "",
                      f"{on}; 95 % Wilson interval")  # fmt: skip
            bench.add(f"{who}, mean probability of the hits less what was got",
                      float(np.mean(gap)), "mean", "", on)  # fmt: skip
        made = [(o.promise.high - o.promise.low, o.promise_kept) for o in known
                if o.promise is not None and o.hits]  # fmt: skip
        if made:
            bench.add(f"{who}, what was got within the promised interval",
                      float(np.mean([kept for _, kept in made])), "share of queries",
                      ">= .9", on)  # fmt: skip
            bench.add(f"{who}, width of the promised interval",
                      float(np.mean([width for width, _ in made])), "mean", "", on)  # fmt: skip


def main() -> None:
    """Measure and publish."""
    announce()
    parser = asking(__doc__)
    parser.add_argument("--draws", type=int, default=1, help="draws of examples for each class")
    parser.add_argument("--classes", type=int, default=40, help="replay this many, at random")
    parser.add_argument("--repeats", type=int, default=9, help="of each timed refit")
    options = parser.parse_args()
    started = time.perf_counter()
    world = read_asked(options)
    every = sorted(set(world.labels.tolist()) - set(options.no_class))
    random = np.random.default_rng(0)
    concepts = sorted(random.permutation(every)[: options.classes].tolist())
    where = (
        f"{len(world.labels)} images, {len(concepts)} of {len(every)} classes, "
        f"{options.draws} draw(s), {world.encoder}, {os.cpu_count()} cores"
    )
    bench = Bench(world, concepts, options.draws, where)
    plain = by_example(bench)
    with_words(bench, plain)
    with_errors(bench, plain)
    calibrated(bench)
    counts = {name: int((world.labels == name).sum()) for name in concepts}
    largest = max(counts, key=lambda name: counts[name])
    bench.figures += refits(world.vectors, world.labels == largest, world.space, options.repeats)
    bench.add("dimensions of the encoder", world.vectors.shape[1], "D")
    bench.add("this benchmark", time.perf_counter() - started, "s")
    print()
    publish(bench.figures, options.json)


if __name__ == "__main__":
    main()
