"""Answers against accuracy of a dataset of several classes, by who chooses and who labels the rest.

``python benchmarks/label_sets.py --data FOLDER_OF_CLASS_FOLDERS --classes 24`` begins with five
images of each class, has a robot answer pages of twenty, and after each page labels the rest of the
collection. Counted is how many of the images are right in the surest 90 %, the answered ones among
them. Beside likewise's own (`labels sets learn` and the queue `teaching`): images at random or the
most uncertain ones with a linear head of scikit-learn, and random images with `propagate`.

It also counts the answers until each class was seen three times where nothing is named at first:
the queue ``new`` against random order.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from _class_folders import asking, read_asked
from _needs import announce
from _records import Figure, publish
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from likewise.core.vectors import Vectors
from likewise.label_sets.kinds import Kinds
from likewise.label_sets.queues import most_doubtful
from likewise.propagate.base import PropagationGraph, propagate

SHARE, RIGHT = 0.9, 0.95
SEEN = 3
OURS = "label set, teaching queue"
PROPAGATE = "random, propagate"
RANDOM_HEAD = "random, linear head"
UNCERTAIN_HEAD = "uncertain, linear head"

Ints = NDArray[np.intp]
Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class World:
    """Images of some classes, and their geometry, which serves every page.

    Attributes:
        rows: (n, dim).
        truths: (n,) class numbers.
        graph: of the rows.
    """

    rows: Vectors
    truths: Ints
    graph: PropagationGraph

    @cached_property
    def centred(self) -> Vectors:
        """The rows without their mean, of unit length again."""
        rows = self.rows - self.rows.mean(axis=0)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@dataclass(frozen=True, eq=False)
class Labelled:
    """The rest of a collection, labelled.

    Attributes:
        guesses: (n,) class numbers; those of answered images do not count.
        sure: (n,) how sure of each.
        ask: answers so many rows that should be answered next.
        accepted: (n,) which are sure enough by the method's own measure; None where it has none.
    """

    guesses: Ints
    sure: Floats
    ask: Callable[[int], Ints]
    accepted: NDArray[np.bool_] | None = None


def at_random(known: NDArray[np.bool_], seed: int) -> Callable[[int], Ints]:
    """Rows that are not answered, in an order by lot."""
    order = np.random.default_rng(seed).permutation(np.flatnonzero(~known))
    return lambda count: order[:count]


def by_head(world: World, given: Ints, seed: int, uncertain: bool) -> Labelled:
    """Scikit-learn's logistic regression on the answered rows.

    Centred rows of unit length, classes that count alike and ``C=10`` make it need fewer answers
    than its defaults.
    """
    known = given >= 0
    model = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one image a class is few, and that is what is measured
        model.fit(world.centred[known], given[known])
    shares = np.sort(model.predict_proba(world.centred), axis=1)
    guesses = model.predict(world.centred)
    margins = np.where(known, np.inf, shares[:, -1] - shares[:, -2])

    def least_sure(count: int) -> Ints:
        return np.argsort(margins, kind="stable")[: min(count, int((~known).sum()))]

    ask = least_sure if uncertain else at_random(known, seed)
    return Labelled(guesses, shares[:, -1], ask)


def by_propagation(world: World, given: Ints, seed: int, teaching: bool) -> Labelled:
    """What `labels sets learn` runs; its queue `teaching`, or images at random."""
    done = propagate(world.graph, given, "best", min_confidence=SHARE)
    ask = at_random(given >= 0, seed)
    if teaching:

        def most_telling(count: int) -> Ints:
            return most_doubtful(done, world.graph, count)

        ask = most_telling
    return Labelled(done.guesses, done.confidence, ask, done.labels >= 0)


METHODS: dict[str, Callable[[World, Ints, int], Labelled]] = {
    RANDOM_HEAD: lambda world, given, seed: by_head(world, given, seed, uncertain=False),
    UNCERTAIN_HEAD: lambda world, given, seed: by_head(world, given, seed, uncertain=True),
    PROPAGATE: lambda world, given, seed: by_propagation(world, given, seed, teaching=False),
    OURS: lambda world, given, seed: by_propagation(world, given, seed, teaching=True),
}


@dataclass(eq=False)
class Course:
    """One run: what each page of answers led to.

    Attributes:
        answers: how many images were answered, a page each.
        right: share of right ones in the surest 90 % of all images.
        right_of_all: share of right ones of all images.
        accepted: share of all images that is answered or accepted by the method's own measure.
        right_of_accepted: share of right ones of those.
    """

    answers: list[int] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    right_of_all: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)
    right_of_accepted: list[float] = field(default_factory=list)

    def until_good(self) -> int | None:
        """Answers until the surest 90 % are 95 % right; None where that was not reached."""
        return next(
            (n for n, right in zip(self.answers, self.right, strict=True) if right >= RIGHT), None
        )


def run(
    world: World, method: Callable[[World, Ints, int], Labelled], each: int, page: int, most: int,
    seed: int,
) -> Course:  # fmt: skip
    """Answer pages until the surest 90 % are 95 % right, or so many answers are given."""
    random, course = np.random.default_rng(seed), Course()
    given = np.full(len(world.truths), -1)
    for number in np.unique(world.truths):
        rows = random.permutation(np.flatnonzero(world.truths == number))[:each]
        given[rows] = number
    while True:
        known = given >= 0
        done = method(world, given, seed)
        guesses = np.where(known, world.truths, done.guesses)
        hits = guesses == world.truths
        order = np.argsort(-np.where(known, np.inf, done.sure), kind="stable")
        course.answers.append(int(known.sum()))
        course.right.append(float(hits[order[: round(SHARE * len(order))]].mean()))
        course.right_of_all.append(float(hits.mean()))
        if done.accepted is not None:
            taken = known | done.accepted
            course.accepted.append(float(taken.mean()))
            course.right_of_accepted.append(float(hits[taken].mean()))
        rows = done.ask(page)
        if course.until_good() is not None or not len(rows) or known.sum() + page > most:
            return course
        given[rows] = world.truths[rows]


def cold_start(world: World, page: int, seed: int | None) -> int:
    """Answers until every class was seen three times, by the queue `new`, or by lot from a seed."""
    order = np.arange(len(world.rows)) if seed is None else None
    if seed is not None:
        order = np.random.default_rng(seed).permutation(len(world.rows))
    assert order is not None
    known = np.zeros(len(order), dtype=bool)
    counts = np.zeros(world.truths.max() + 1, dtype=int)
    goal = np.minimum(SEEN, np.bincount(world.truths))
    asked = 0
    while (counts < goal).any() and not known.all():
        rows = order[asked : asked + page]
        if seed is None:
            kinds = Kinds(lambda: world.centred).unseen(known, page)
            rows = np.array([kind.row for kind in kinds], np.intp)
        for row in rows.tolist():
            asked += 1
            known[row] = True
            counts[world.truths[row]] += 1
            if (counts >= goal).all():
                break
    return asked


def worlds(rows: Vectors, labels: NDArray[np.str_], classes: int, seeds: int) -> Iterator[World]:
    """One a seed: all classes, or so many drawn at random."""
    names = np.unique(labels)
    made: World | None = None
    for seed in range(seeds):
        if made is None or (classes and classes < len(names)):
            some = names
            if classes and classes < len(names):
                some = np.sort(np.random.default_rng(seed).permutation(names)[:classes])
            keep = np.isin(labels, some)
            truths = np.unique(labels[keep], return_inverse=True)[1]
            made = World(rows[keep], truths, PropagationGraph(rows[keep]))
        yield made


def interval(values: list[float]) -> str:
    """Mean and half of the 95 % interval of a mean, over the draws."""
    spread = 1.96 * np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return f"{np.mean(values):.4g} +-{spread:.2g}"


def figures_of(courses: dict[str, list[Course]], most: int, setting: str) -> list[Figure]:
    """The records of all runs of a collection."""
    figures, means = [], {}
    for name, runs in courses.items():
        reached = [course.until_good() or most for course in runs]
        failed = sum(course.until_good() is None for course in runs)
        means[name] = float(np.mean(reached))
        never = f", {failed} of {len(runs)} not within {most}" if failed else ""
        figures.append(
            Figure(
                f"{name}: answers until the surest 90 % are 95 % right",
                means[name],
                "answers",
                "",
                f"{setting}; {interval([float(x) for x in reached])}{never}",
            )
        )
        first = [course.right[0] for course in runs]
        figures.append(
            Figure(f"{name}: right of the surest 90 % at the start", float(np.mean(first)),
                   "share", "", setting)
        )  # fmt: skip
    others = min(means[name] for name in means if name != OURS)
    figures.append(
        Figure("label set: answers beside the best of the others", means[OURS] / others, "times",
               "<= 0.7", setting)
    )  # fmt: skip
    ours = courses[OURS]
    figures.append(
        Figure("label set: right of what it accepts at .9, all pages",
               float(np.mean([x for course in ours for x in course.right_of_accepted])), "share",
               ">= 0.9", setting)
    )  # fmt: skip
    return figures


def main() -> None:
    """Read the options, measure, publish."""
    announce()
    parser = asking(__doc__)
    parser.add_argument("--classes", type=int, default=0, help="draw so many; all unless given")
    parser.add_argument("--each", type=int, default=5, help="images of each class at the start")
    parser.add_argument("--page", type=int, default=20, help="images a page")
    parser.add_argument("--most", type=int, default=600, help="answers after which a run ends")
    parser.add_argument("--seeds", type=int, default=5, help="draws")
    chosen = parser.parse_args()
    data = read_asked(chosen)
    keep = ~np.isin(data.labels, chosen.no_class)
    rows, labels = data.vectors[keep], data.labels[keep]
    courses: dict[str, list[Course]] = defaultdict(list)
    cold: dict[str, list[float]] = defaultdict(list)
    sizes = []
    for seed, world in enumerate(worlds(rows, labels, chosen.classes, chosen.seeds)):
        sizes.append(len(world.rows))
        for name, method in METHODS.items():
            course = run(world, method, chosen.each, chosen.page, chosen.most, seed)
            courses[name].append(course)
            steps = zip(course.answers, course.right, strict=True)
            print(f"{seed} {name}: " + " ".join(f"{n}:{x:.3f}" for n, x in steps), flush=True)
        cold["random"].append(cold_start(world, 10, seed))
        cold["queue new"].append(cold_start(world, 10, None))
    classes = min(chosen.classes or len(np.unique(labels)), len(np.unique(labels)))
    setting = f"{chosen.data.name}, {np.mean(sizes):,.0f} images, {classes} classes"
    figures = figures_of(courses, chosen.most, f"{setting}, {chosen.seeds} draws")
    for name, values in cold.items():
        figures.append(
            Figure(f"{name}: answers until each class was seen {SEEN} times",
                   float(np.mean(values)), "answers", "", f"{setting}; {interval(values)}")
        )  # fmt: skip
    ratio = float(np.mean(cold["queue new"]) / np.mean(cold["random"]))
    figures.append(Figure("queue new against random order", ratio, "times", "<= 0.6", setting))
    print()
    publish(figures, chosen.json)


if __name__ == "__main__":
    main()
