"""How far to believe the numbers beside a review: how many are left, how sure, when to stop.

Simulated reviewers start from three examples of a concept and answer pages of the 20 highest
scores truthfully. The concepts are the classes of a folder, and pairs of them merged.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from _class_folders import ClassFolders, asking, read_asked
from _needs import announce
from _records import Figure, publish
from numpy.typing import NDArray

from likewise.review.estimate.audit_plan import count_bands, plan_audit
from likewise.review.estimate.population import Interval
from likewise.review.estimate.stopping import advise
from likewise.rules.calibration import expected_calibration_error
from likewise.rules.score_levels import held_out_in
from likewise.simulate.simulation import Simulation, Turn

_EXAMPLES = 3
_PAGE = 20
_FEWEST_IMAGES = 12
_LEAVE = 0.05
_PAIRS = 4
_COMPARED_LABELS = 50


@dataclass
class Scores:
    """What was said and what was true, one entry a session and page."""

    held: list[bool] = field(default_factory=list)
    widths: dict[int, list[float]] = field(default_factory=dict)
    swings: list[float] = field(default_factory=list)
    stops: list[tuple[bool, bool]] = field(default_factory=list)
    audits: list[tuple[bool, float]] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    sums: list[tuple[float, int]] = field(default_factory=list)
    precisions: list[tuple[float, bool]] = field(default_factory=list)
    thresholds: list[tuple[float, float]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def session(
    scores: Scores, world: ClassFolders, wanted: NDArray[np.bool_], name: str, learner: str,
    draw: int, looks: int,
) -> None:  # fmt: skip
    """Replay one reviewer and note every page from the second on."""
    before: float | None = None
    simulation = Simulation(
        world.vectors, wanted, learner, world.space, picker="most_alike", examples=_EXAMPLES,
        page_size=_PAGE, calibrate=True, concept=name, repeat=draw,
    )  # fmt: skip
    for number, turn in enumerate(simulation.turns()):
        if number >= 2:
            before = page(scores, turn, wanted, before, number, looks)
        if number * _PAGE >= looks or not len(turn.page):
            break


def page(
    scores: Scores, turn: Turn, wanted: NDArray[np.bool_], before: float | None, number: int,
    looks: int,
) -> float:  # fmt: skip
    """Compare what is said after a page with the truth; answers the estimate of all."""
    unseen = turn.verdicts == 0
    left, every = int(wanted[unseen].sum()), int(wanted.sum())
    begun = time.process_time()
    pages = turn.answered.pages
    held_out = held_out_in(turn.rule.provenance, turn.answered.examples)
    bands = count_bands(
        turn.scores, turn.verdicts, threshold=turn.rule.threshold, pages=pages, held_out=held_out
    )
    population = bands.estimate()
    advice = advise(bands, pages, population=population, page_size=_PAGE, leave=_LEAVE)
    scores.seconds.append(time.process_time() - begun)
    scores.held.append(left in population.left)
    scores.widths.setdefault(number * _PAGE, []).append(population.left.width / every)
    scores.stops.append((advice.stop, left <= _LEAVE * every))
    estimate = population.positives.value
    if before:
        scores.swings.append(max(estimate / before, before / max(estimate, 1.0)))
    scores.thresholds.append(f1_at_threshold(turn, wanted))
    probabilities = turn.rule.probability(turn.scores)
    hits = unseen & (turn.scores >= turn.rule.threshold)
    promise = turn.rule.provenance.get("promise")
    if promise is not None and hits.any() and abs(number * _PAGE - _COMPARED_LABELS) < _PAGE:
        interval = Interval(promise["precision"], promise["low"], promise["high"])
        scores.precisions.append((interval.width, float(wanted[hits].mean()) in interval))
    if number * _PAGE == looks:
        if probabilities is not None:
            scores.errors.append(expected_calibration_error(probabilities[unseen], wanted[unseen]))
            scores.sums.append((float(probabilities[unseen].sum()), left))
        audit, rows = plan_audit(
            turn.scores, turn.verdicts, threshold=turn.rule.threshold, pages=pages,
            held_out=held_out, seed=number + left,
        )  # fmt: skip
        found = audit.adding(turn.scores[rows], wanted[rows]).estimate().positives
        scores.audits.append((every in found, found.width / every))
    return estimate


def f1_at_threshold(turn: Turn, wanted: NDArray[np.bool_]) -> tuple[float, float]:
    """F1 over the collection at the rule's threshold, and at the best one."""
    order = np.argsort(-turn.scores, kind="stable")
    right = np.cumsum(wanted[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + right[-1])
    hits = int((turn.scores >= turn.rule.threshold).sum())
    return (float(f1[hits - 1]) if hits else 0.0), float(f1.max())


def figures(scores: Scores, where: str, looks: int) -> list[Figure]:
    """The figures with their goals."""
    found: list[Figure] = []

    def add(name: str, value: float, unit: str, goal: str = "", extra: str = "") -> None:
        found.append(Figure(name, value, unit, goal, f"{where}; {extra}" if extra else where))

    add("95 % interval of what is left holds the truth", float(np.mean(scores.held)), "share",
        ">= .93", f"{len(scores.held)} pages")  # fmt: skip
    last = scores.widths.get(looks, [])
    if last:
        add(f"its width after {looks} looks", float(np.median(last)), "of the truth, median",
            "<= 1.0")  # fmt: skip
    if scores.swings:
        swings = np.array(scores.swings)
        add("estimate changes by a factor of 2 or more from page to page",
            float((swings >= 2).mean()), "share", "0")  # fmt: skip
    right = [said == true for said, true in scores.stops]
    told = [true for said, true in scores.stops if said]
    add("stop advice is right", float(np.mean(right)), "share of pages", ">= .85")
    if told:
        add("at most 5 % are left where it says stop", float(np.mean(told)), "share", "",
            f"{len(told)} pages")  # fmt: skip
    if scores.audits:
        held, widths = zip(*scores.audits, strict=True)
        add("interval after 40 random looks holds the truth", float(np.mean(held)), "share",
            ">= .93", f"{len(held)} audits")  # fmt: skip
        add("its width", float(np.median(widths)), "of the truth, median", "<= .5")
    if scores.errors:
        add("expected calibration error", float(np.mean(scores.errors)), "mean", "<= .05")
        expected, true = (sum(each) for each in zip(*scores.sums, strict=True))
        add("sum of the probabilities over the truth", expected / max(1, true), "ratio",
            ".7 to 1.4", f"{true} wanted images left in {len(scores.sums)} sessions")  # fmt: skip
    if scores.thresholds:
        at_threshold, best = np.mean(scores.thresholds, axis=0)
        add("F1 of all images at the rule's threshold", at_threshold, "mean", "",
            f"{best:.3f} at the best threshold")  # fmt: skip
    if scores.precisions:
        widths, held = zip(*scores.precisions, strict=True)
        add(f"promised precision at about {_COMPARED_LABELS} labels: width",
            float(np.mean(widths)), "mean", "<= .35")  # fmt: skip
        add("promised precision holds the truth", float(np.mean(held)), "share", ">= .93")
    add("time of an estimate with its advice", 1e3 * float(np.median(scores.seconds)),
        "ms of processor, median", "<= 30")  # fmt: skip
    return found


def main() -> None:
    """Measure and publish."""
    announce()
    parser = asking(__doc__)
    parser.add_argument("--classes", type=int, default=24, help="replay this many, at random")
    parser.add_argument("--draws", type=int, default=1, help="draws of examples for each concept")
    parser.add_argument("--learner", default="best")
    parser.add_argument("--looks", type=int, default=100)
    options = parser.parse_args()
    world = read_asked(options)
    names, counts = np.unique(world.labels, return_counts=True)
    enough = [
        str(name)
        for name, count in zip(names, counts, strict=True)
        if count >= _FEWEST_IMAGES and name not in options.no_class
    ]
    if not enough:
        parser.error(f"{options.data} has no class folder with {_FEWEST_IMAGES} images or more")
    random = np.random.default_rng(0)
    concepts = [(name,) for name in sorted(random.permutation(enough)[: options.classes].tolist())]
    merged = random.permutation(enough)[: 2 * min(_PAIRS, len(enough) // 2)].reshape(-1, 2)
    concepts += [tuple(pair) for pair in merged.tolist()]
    scores = Scores()
    looks = _PAGE * max(2, options.looks // _PAGE)
    for concept in concepts:
        wanted = np.isin(world.labels, concept)
        for draw in range(options.draws):
            session(scores, world, wanted, "+".join(concept), options.learner, draw, looks)
    where = (
        f"{len(world.labels)} images, {len(concepts)} concepts, {options.draws} draw(s), "
        f"{_EXAMPLES} examples, pages of {_PAGE}, rule {options.learner}"
    )
    publish(figures(scores, where, looks), options.json)


if __name__ == "__main__":
    main()
