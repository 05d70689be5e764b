"""How good classifiers from tiny training sets are, on any folder of class folders.

Run: python benchmarks/tiny_sets.py --data FOLDER_OF_CLASS_FOLDERS --json OUT

References are drawn at random, 2 to 16 a class, and all other images of their classes are the
test. Test images tune nothing: whatever a method chooses, it chooses on the references alone.
Every method sees the same draws, so differences are taken pairwise; intervals are 95 %, over the
draws.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import numpy as np
from _class_folders import asking, read_asked
from _needs import announce
from _records import Figure, publish
from _tiny_worlds import FLAWS, Flaw, TinyWorld, as_in_the_article, with_words, worlds

from likewise.classify.base import make, train
from likewise.core.classifier import Classifier
from likewise.numeric.blas import single_blas_thread
from likewise.rules.calibration import expected_calibration_error

_BUDGETS = (2, 4, 8, 16)
_FEWEST_READ = 4  # classes whose name the encoder reads
_AT = 8  # the budget that flaws, words and needs are measured at
_ARTICLE: Mapping[str, tuple[str, dict[str, Any]]] = {
    "all references, plain products": ("all_references", {}),
    "low centrality, plain products": ("low_centrality", {}),
}
_METHODS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "all references": ("all_references", {}),
    "low centrality": ("low_centrality", {}),
    "tuned references": ("tuned_references", {}),
    "class means": ("class_means", {}),
    "medoids": ("medoids", {}),
    "prototypes": ("prototypes", {}),
    "linear head": ("linear_head", {}),
    "linear SVM": ("linear_head", {"loss": "hinge", "ridge": 1.0}),
    "best": ("best", {}),
}
_PLAIN = "all references"
_SURENESS: tuple[Literal["likeness", "probability"], ...] = ("likeness", "probability")
_Row = dict[str, float]
_here: TinyWorld


def _set(world: TinyWorld) -> None:
    """Give a worker process its world, once."""
    global _here
    _here = world


def accuracies(flaw: Flaw, job: tuple[int, int]) -> _Row:
    """Test accuracy of every method on one draw."""
    budget, repeat = job
    draw = _here.draw(budget, repeat, flaw)
    plain = as_in_the_article(draw.references)
    row = {}
    with single_blas_thread():
        for name, (method, options) in {**_ARTICLE, **_METHODS}.items():
            references = plain if name in _ARTICLE else draw.references
            fitted = make(method, **options).fit(references)
            row[name] = accuracy(fitted, draw.test, draw.truths)
    return row


def promises(job: tuple[int, int]) -> _Row:
    """What `best` says about itself beside what comes true, on one draw."""
    budget, repeat = job
    draw = _here.draw(budget, repeat)
    trained = train(draw.references)
    scores = trained.score(draw.test)
    right, chances = scores.argmax(axis=1) == draw.truths, trained.probabilities(scores)
    said = trained.provenance["validation"]
    low, high = said["accuracy_interval"]
    sure = chances.max(axis=1)
    kept = np.argsort(-sure, kind="stable")[: round(0.9 * len(sure))]
    row = {
        "promised": said["accuracy"],
        "got": float(right.mean()),
        "promise kept (within its interval)": float(low <= right.mean() <= high),
        "calibration error": expected_calibration_error(sure, right),
        "gain promised at 90 %": said["coverage"]["gain_at_90"],
        "gain got at 90 %": float(right[kept].mean() - right.mean()),
    }
    if len(draw.strangers):
        strange = trained.score(draw.strangers)
        for by in _SURENESS:
            bar = np.quantile(trained.sureness(scores, by), 0.1)
            refused = trained.sureness(strange, by) < bar
            row[f"strangers refused by {by}"] = float(refused.mean())
    return row


def suspicions(job: tuple[int, int]) -> _Row:
    """How many of the planted wrong labels are among the report's top suspects."""
    draw = _here.draw(*job, "mislabelled")
    named = [s["id"] for s in train(draw.references).provenance["validation"]["suspects"]]
    wrong = draw.wrong
    return {
        "as many as planted": len(wrong & set(named[: len(wrong)])) / len(wrong),
        "twice as many": len(wrong & set(named[: 2 * len(wrong)])) / len(wrong),
    }


def needs(job: tuple[int, int]) -> _Row:
    """Accuracy gained by two more images of the class the report names, and of another."""
    budget, repeat = job
    draw = _here.draw(budget, repeat)
    named = train(draw.references, "linear_head").provenance["validation"]["most_in_need"][0]
    random = np.random.default_rng(repeat)
    others = [name for name in draw.names if name != named]
    other = others[int(random.integers(len(others)))]
    row = {}
    own = {name: np.flatnonzero(draw.truths == place) for place, name in enumerate(draw.names)}
    spent = np.concatenate([own[named][:2], own[other][:2]])
    rest = np.setdiff1d(np.arange(len(draw.truths)), spent)
    before = _fitted(draw.references.vectors, draw.references.labels)
    base = accuracy(before, draw.test[rest], draw.truths[rest])
    for what, name in (("named", named), ("another", other)):
        vectors = np.concatenate([draw.references.vectors, draw.test[own[name][:2]]])
        after = _fitted(vectors, [*draw.references.labels, name, name])
        row[what] = accuracy(after, draw.test[rest], draw.truths[rest]) - base
    return row


def from_words(job: tuple[int, int]) -> _Row:
    """Every other class from its name alone, the others from images."""
    hints = _here.folders.hints
    read = replace(_here, classes=[name for name in _here.classes if name in hints])
    if len(read.able(job[0])) < _FEWEST_READ:
        return {}
    draw = read.draw(*job)
    references = with_words(draw, hints)
    fitted = make("linear_head").fit(references)
    told = np.array([name in references.words for name in draw.names])[draw.truths]
    right = fitted.score(draw.test).argmax(axis=1) == draw.truths
    return {"told": float(right[told].mean()), "shown": float(right[~told].mean())}


def _fitted(vectors: Any, labels: Sequence[str]) -> Classifier:
    from likewise.core.references import References

    return make("linear_head").fit(References(vectors, labels))


def accuracy(fitted: Classifier, test: Any, truths: Any) -> float:
    """Share of test images that get the right class."""
    return float((fitted.score(test).argmax(axis=1) == truths).mean())


@dataclass
class Bench:
    """What is measured on, and how much of it."""

    world: TinyWorld
    draws: int
    where: str
    pool: ProcessPoolExecutor
    figures: list[Figure] = field(default_factory=list)

    @property
    def budgets(self) -> list[int]:
        """Those that enough classes can serve."""
        wanted = self.world.drawn or len(self.world.classes)
        return [b for b in _BUDGETS if len(self.world.able(b)) >= max(2, wanted)]

    def over(
        self, measure: Callable[[tuple[int, int]], _Row], budget: int, draws: int
    ) -> list[_Row]:
        """One row a draw, those that could be measured."""
        jobs = [(budget, repeat) for repeat in range(draws)]
        return [row for row in self.pool.map(measure, jobs, chunksize=1) if row]

    def add(self, name: str, values: Sequence[float], goal: str = "", unit: str = "") -> None:
        """Note the mean of values over the draws, with its interval."""
        half = _half(values)
        setting = f"{self.world.name}; {len(values)} draws; +- {half:.3f}; {self.where}"
        self.figures.append(Figure(name, float(np.mean(values)), unit, goal, setting))

    def compare(self) -> None:
        """Every method at every budget, and with each flaw at one."""
        for flaw in FLAWS:
            rows = {
                budget: self.over(partial(accuracies, flaw), budget, self.draws)
                for budget in self.budgets
                if flaw == "clean" or budget >= _AT
            }
            if not rows:
                continue
            title = f"{self.world.name}, {flaw} references, accuracy by references a class"
            show(title, rows)
            for budget, of_budget in rows.items():
                on = f"{budget} a class, {flaw}"
                for name in of_budget[0]:
                    self.add(f"{name}, {on}", _column(of_budget, name), "", "accuracy")
                singles = [name for name in _METHODS if name != "best"]
                top = max(singles, key=lambda name: float(np.mean(_column(of_budget, name))))
                for name, goal in ((top, ">= -.01"), *((n, "") for n in (_PLAIN, *_ARTICLE))):
                    gain = [row["best"] - row[name] for row in of_budget]
                    lead = ", the best single one" if name == top else ""
                    self.add(f"best over {name}{lead}, {on}", gain, goal, "accuracy")
                for name in ("low centrality", "tuned references", "class means"):
                    gain = [row[name] - row[_PLAIN] for row in of_budget]
                    self.add(f"{name} over {_PLAIN}, {on}", gain, "", "accuracy")

    def promise(self, draws: int) -> None:
        """Calibration, coverage, strangers."""
        for budget in self.budgets:
            rows = self.over(promises, budget, draws)
            on = f"{budget} a class"
            for name in rows[0]:
                goal = {"calibration error": "<= .06"}.get(name, "")
                self.add(f"best, {name}, {on}", _column(rows, name), goal)
            kept = [row["gain got at 90 %"] - row["gain promised at 90 %"] for row in rows]
            self.add(f"best, gain got less promised at 90 %, {on}", kept, "about 0")

    def advise(self, draws: int) -> None:
        """What the report says: suspects, the class in need, words in place of images."""
        for budget in [b for b in self.budgets if b >= _AT]:
            rows = self.over(suspicions, budget, draws)
            for name in rows[0]:
                goal = ">= .7" if name == "twice as many" else ""
                self.add(f"planted wrong labels among {name} suspects, {budget} a class",
                         _column(rows, name), goal, "share")  # fmt: skip
        if 4 in self.budgets:
            rows = self.over(needs, 4, 2 * self.draws)
            for name in rows[0]:
                self.add(f"accuracy gained by two more images of the class {name}, 4 a class",
                         _column(rows, name), "", "accuracy")  # fmt: skip
        if _AT in self.budgets:
            told = self.over(from_words, _AT, self.draws)
            for name in told[0] if told else ():
                self.add(f"every other class from words alone: recall of classes {name}",
                         _column(told, name), "", "accuracy")  # fmt: skip

    def time(self) -> None:
        """Seconds of training, and of classifying 10,000 vectors."""
        if 16 not in self.budgets or self.world.drawn is None:
            return
        draw = self.world.draw(10, 0)
        started = time.perf_counter()
        trained = train(draw.references)
        spent = time.perf_counter() - started
        on = f"{len(draw.names)} classes x 10; {self.where}"
        self.figures.append(Figure("training best", spent, "s", "<= 20", on))
        many = np.resize(self.world.folders.vectors, (10_000, draw.test.shape[1]))
        times = []
        for _ in range(9):
            started = time.perf_counter()
            trained.predict(many)
            times.append(time.perf_counter() - started)
        self.figures.append(
            Figure("classifying 10,000 vectors", 1000 * float(np.median(times)), "ms", "<= 50", on)
        )


def show(title: str, rows: Mapping[int, Sequence[_Row]]) -> None:
    """A Markdown table of mean accuracies with intervals, one column a budget."""
    print(f"\n{title}\n\n| method | {' | '.join(map(str, rows))} |\n|---|{'---|' * len(rows)}")
    for name in {**_ARTICLE, **_METHODS}:
        cells = [_column(of_budget, name) for of_budget in rows.values()]
        told = [f"{np.mean(cell):.3f} +-{_half(cell):.3f}" if cell else "" for cell in cells]
        print(f"| {name} | {' | '.join(told)} |")


def _column(rows: Iterable[_Row], name: str) -> list[float]:
    return [row[name] for row in rows if name in row]


def _half(values: Sequence[float]) -> float:
    """Half of the 95 % interval of a mean."""
    return float(1.96 * np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def main() -> None:
    """Measure and publish."""
    announce()
    parser = asking(__doc__)
    parser.add_argument("--draws", type=int, default=20, help="draws of references")
    options = parser.parse_args()
    started = time.perf_counter()
    folders = read_asked(options)
    figures: list[Figure] = []
    where = f"{len(folders.labels)} images, {folders.encoder}, {os.cpu_count()} cores"
    leads: list[float] = []
    for world in worlds(folders, options.no_class):
        spawn = multiprocessing.get_context("spawn")  # Lance does not survive a fork
        with ProcessPoolExecutor(os.cpu_count(), spawn, _set, (world,)) as pool:
            bench = Bench(world, options.draws, where, pool)
            bench.time()
            bench.compare()
            bench.promise(max(2, options.draws // 2))
            bench.advise(max(2, options.draws // 2))
        figures += bench.figures
        leads += [f.value for f in bench.figures
                  if f.name == f"best over {_PLAIN}, {_AT} a class, clean"]  # fmt: skip
    if leads:
        figures.append(Figure(f"best over {_PLAIN}, {_AT} a class, mean of the sets",
                              float(np.mean(leads)), "accuracy", ">= .04", where))  # fmt: skip
    spent = time.perf_counter() - started
    figures.append(Figure("this benchmark", spent, "s", "<= 600", where))
    print()
    publish(figures, options.json)


if __name__ == "__main__":
    main()
