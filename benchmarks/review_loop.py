"""How well the review loop works, by replaying simulated reviewers over any folder of classes.

Run: python benchmarks/review_loop.py --data FOLDER_OF_CLASS_FOLDERS --json OUT

Every class of 20 images or more is a concept. A reviewer who knows the truth starts with five
examples and answers page after page of 20. Measured are what is found, how good the rules are
that come of different pickers, whether the 95 % intervals of what is estimated hold the truth,
and what comes of stopping when it is advised.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from _class_folders import ClassFolders, asking, read_asked
from _needs import announce
from _records import Figure, publish, table
from answer_times import answer_times
from durable_labels import throughput
from kills import kill_labelling
from numpy.typing import NDArray

from likewise.core.vectors import Vectors
from likewise.registry import names
from likewise.review.estimate.audit_plan import count_bands, plan_audit
from likewise.review.estimate.stopping import advise
from likewise.rules.prevalence_curves import HeldOutLevels, Shown
from likewise.rules.score_levels import held_out_in
from likewise.simulate.simulation import Simulation, Turn
from likewise.workspace.database import Database

_FEWEST_IMAGES = 20
_EXAMPLES = 5
_PAGE = 20
_LOOKS = 100
_AUDIT = 40
_REPLAYS = 200
_PAGES_LATER = 4
_MAY_STAY_UNSEEN = 0.05
_ENOUGH_REPLAYS = 40
_EARLIER = (20, 40, 60)
_SIZES = (20_000, 1_000_000)
_ANSWERS = 2_000
_KILLS = 25  # durable_labels.py takes 500


@dataclass(frozen=True, eq=False)
class Replay:
    """One reviewer, page after page.

    Attributes:
        wanted: (n,), the truth.
        turns: each what was said, the rule, its scores, and the page that it led to.
        advised: the place of the turn at which stopping was advised; None when it never was.
    """

    wanted: NDArray[np.bool_]
    turns: Sequence[Turn]
    advised: int | None

    def pages_before(self, place: int) -> Sequence[Shown]:
        """Answers to all pages before a turn, at the levels that they were shown for."""
        return self.turns[place].answered.pages

    def held_out(self, place: int) -> HeldOutLevels | None:
        """Labels at a turn, under rules that were learned without them."""
        turn = self.turns[place]
        return held_out_in(turn.rule.provenance, turn.answered.examples)

    @cached_property
    def unseen(self) -> NDArray[np.float64]:
        """Share of the wanted images that is not answered at each turn."""
        left = [(self.wanted & (turn.verdicts == 0)).sum() for turn in self.turns]
        return np.array(left, np.float64) / float(self.wanted.sum())

    def found(self, looks: int) -> int:
        """Wanted images met in the first looks; the examples not counted."""
        pages = [turn.page for turn in self.turns]
        return int(self.wanted[np.concatenate(pages)[:looks]].sum())


@dataclass
class Bench:
    """What is measured on, and how much of it."""

    world: ClassFolders
    mapped: Vectors
    concepts: Sequence[str]
    learner: str
    where: str
    figures: list[Figure] = field(default_factory=list)

    @property
    def draws(self) -> int:
        """Draws of examples for each class, so that there are replays enough."""
        return -(-_ENOUGH_REPLAYS // len(self.concepts))

    def add(self, name: str, value: float, unit: str, goal: str = "", extra: str = "") -> None:
        """Note a figure."""
        setting = f"{self.where}; {extra}" if extra else self.where
        self.figures.append(Figure(name, value, unit, goal, setting))

    @cached_property
    def replays(self) -> list[Replay]:
        """Each class until stopping is advised and hardly anything is left, with probabilities."""
        return [
            self._replay(concept, draw) for concept in self.concepts for draw in range(self.draws)
        ]

    def _replay(self, concept: str, draw: int) -> Replay:
        wanted = self.world.labels == concept
        turns: list[Turn] = []
        advised = None
        replay = Replay(wanted, turns, None)
        most = max(4 * _LOOKS, 3 * int(wanted.sum()))
        for turn in Simulation(
            self.world.vectors, wanted, self.learner, self.world.space, picker="mixed",
            mapped=self.mapped, examples=_EXAMPLES, page_size=_PAGE, calibrate=True,
            repeat=draw, concept=concept,
        ).turns():  # fmt: skip
            turns.append(turn)
            looks = int((turn.verdicts != 0).sum()) - _EXAMPLES
            if advised is None and looks:
                pages, place = replay.pages_before(len(turns) - 1), len(turns) - 1
                bands = count_bands(
                    turn.scores, turn.verdicts, threshold=turn.rule.threshold, pages=pages,
                    held_out=replay.held_out(place),
                )  # fmt: skip
                if advise(bands, pages, page_size=_PAGE, leave=_MAY_STAY_UNSEEN).stop:
                    advised = len(turns) - 1
            left = (wanted & (turn.verdicts == 0)).sum() / wanted.sum()
            done = advised is not None and left <= _MAY_STAY_UNSEEN and looks >= _LOOKS
            if done or looks >= most:
                break
        return Replay(wanted, turns, advised)


def finding(bench: Bench) -> None:
    """What is found in so many looks, beside an oracle and beside a ranking that never learns."""
    to_find = np.array([replay.wanted.sum() - _EXAMPLES for replay in bench.replays])
    plain = {
        "centred": np.array([_plain(replay, bench.mapped) for replay in bench.replays]),
        "raw": np.array([_plain(replay, bench.world.vectors) for replay in bench.replays]),
    }
    for place, looks in enumerate((*_EARLIER, _LOOKS)):
        found = np.array([replay.found(looks) for replay in bench.replays])
        oracle = np.minimum(to_find, looks)
        last = looks == _LOOKS
        bench.add(f"found in {looks} looks, share of what an oracle finds",
                  float((found / oracle).mean()), "mean", ">= .9" if last else "")  # fmt: skip
        for kind, curves in plain.items():
            got = curves[:, place]
            bench.add(f"plain cosine, {kind}, {looks} looks, share of what an oracle finds",
                      float((got / oracle).mean()), "mean")  # fmt: skip
            bench.add(f"found over plain cosine, {kind}, {looks} looks",
                      float(found.sum() / got.sum() - 1), "relative", ">= .1" if last else "",
                      f"an oracle would be {oracle.sum() / got.sum() - 1:+.3f}")  # fmt: skip


def _plain(replay: Replay, rows: Vectors) -> list[int]:
    """Found by likeness to the mean of the same examples, without learning."""
    given = replay.turns[0].verdicts > 0
    likeness = rows @ rows[given].mean(axis=0)
    likeness[given] = -np.inf
    found = np.cumsum(replay.wanted[np.argsort(-likeness, kind="stable")])
    return [int(found[min(looks, len(found)) - 1]) for looks in (*_EARLIER, _LOOKS)]


def pickers(bench: Bench) -> None:
    """The rules that come of different pickers, after equal looks.

    What one picker leaves unseen is not what another leaves: who finds all easy images is judged
    on the hard ones. So half of the collection is kept out, too, and shown by none of them.
    """
    random = np.random.default_rng(0)
    concepts = sorted(random.permutation(bench.concepts)[:_ENOUGH_REPLAYS].tolist())
    half = random.random(len(bench.mapped)) < 0.5
    for name in names("pick"):
        for kept_out, on in ((half, "half kept out"), (None, "the unseen rest")):
            sessions = [
                Simulation(
                    bench.world.vectors, bench.world.labels == concept, bench.learner,
                    bench.world.space, picker=name, mapped=bench.mapped, examples=_EXAMPLES,
                    page_size=_PAGE, calibrate=True, kept_out=kept_out,
                    concept=concept, repeat=draw,
                ).session(_LOOKS)
                for concept in concepts for draw in range(bench.draws)
                if (bench.world.labels[~half] == concept).sum() > _EXAMPLES
            ]  # fmt: skip
            judged = [s.average_precision for s in sessions if s.average_precision is not None]
            setting = f"{_LOOKS} looks, {len(judged)} of {len(sessions)} sessions with any left"
            bench.add(f"{name}: AP of the rule on {on}", float(np.mean(judged)), "mean AP", "",
                      setting)  # fmt: skip
            shares = [session.share_of_oracle for session in sessions]
            bench.add(f"{name}: found, share of what an oracle finds ({on})",
                      float(np.mean(shares)), "mean", "", setting)  # fmt: skip


def intervals(bench: Bench) -> None:
    """How often the 95 % intervals of an audit of 40 looks hold the truth, and their width."""
    for later in (0, _PAGES_LATER):
        _intervals(bench, later)


def _intervals(bench: Bench, later: int) -> None:
    """Right after the audit, or with the answers to so many more pages."""
    random = np.random.default_rng(0)
    kept: dict[str, list[bool]] = {"positives": [], "precision": [], "recall": []}
    widths: dict[str, list[float]] = {name: [] for name in kept}
    long_enough = [replay for replay in bench.replays if len(replay.turns) > later + 1]
    for number in range(_REPLAYS):
        replay = long_enough[random.integers(len(long_enough))]
        place = int(random.integers(1, len(replay.turns) - later))
        turn, wanted = replay.turns[place], replay.wanted
        audit, rows = plan_audit(
            turn.scores, turn.verdicts, threshold=turn.rule.threshold,
            pages=replay.pages_before(place), held_out=replay.held_out(place),
            sample_size=_AUDIT, seed=number,
        )  # fmt: skip
        audit = audit.adding(turn.scores[rows], wanted[rows])
        since = (turn.verdicts == 0) & (replay.turns[place + later].verdicts != 0)
        since[rows] = False
        audit = audit.knowing(turn.scores[since], wanted[since])
        estimate = audit.estimate()
        hits = turn.scores >= turn.rule.threshold
        truths = {"positives": wanted.sum(), "recall": wanted[hits].sum() / wanted.sum()}
        if hits.any():
            truths["precision"] = wanted[hits].mean()
        for name, truth in truths.items():
            interval = getattr(estimate, name)
            kept[name].append(float(truth) in interval)
            scale = wanted.sum() if name == "positives" else 1.0
            widths[name].append(interval.width / scale)
    when = f", {later} pages after the audit" if later else ""
    for name in kept:
        setting = f"{_AUDIT} random looks, at a random page, {len(kept[name])} replays"
        bench.add(f"95 % interval holds the true {name}{when}", float(np.mean(kept[name])),
                  "share", ">= .9", setting)  # fmt: skip
        unit = "of the true number" if name == "positives" else "points of 1"
        bench.add(f"width of the interval of {name}{when}, median",
                  float(np.median(widths[name])), unit, "", setting)  # fmt: skip
        bench.add(f"width of the interval of {name}{when}, mean", float(np.mean(widths[name])),
                  unit, "", setting)  # fmt: skip


def stopping(bench: Bench) -> None:
    """What comes of stopping when it is advised."""
    replays = bench.replays
    last = [len(r.turns) - 1 if r.advised is None else r.advised for r in replays]
    left = np.array([r.unseen[place] for r, place in zip(replays, last, strict=True)])
    looks = np.array([_looks(r, place) for r, place in zip(replays, last, strict=True)])
    setting = f"{len(replays)} replays, {sum(r.advised is not None for r in replays)} told to stop"
    bench.add("stopped when advised: at most 5 % unseen", float((left <= _MAY_STAY_UNSEEN).mean()),
              "share of replays", ">= .8", setting)  # fmt: skip
    bench.add("stopped when advised: unseen", float(left.mean()), "mean share", "", setting)
    bench.add("stopped when advised: looks", float(looks.mean()), "mean", "", setting)
    everything = len(bench.mapped) - _EXAMPLES
    bench.add("looks saved against looking at everything", float(1 - looks.mean() / everything),
              "share", "", setting)  # fmt: skip
    longest = max(len(replay.turns) for replay in replays)
    done = np.mean(
        [[r.unseen[min(place, len(r.turns) - 1)] <= _MAY_STAY_UNSEEN for r in replays]
         for place in range(longest)], axis=1,
    )  # fmt: skip
    enough = np.flatnonzero(done >= 0.8)
    if len(enough):
        budget = float(enough[0] * _PAGE)
        extra = f"the least after which 80 % of replays have at most 5 % unseen; {setting}"
        bench.add("fixed budget that does as well, chosen knowing the truth", budget, "looks", "",
                  extra)  # fmt: skip
        bench.add("looks saved against that budget", float(1 - looks.mean() / max(budget, 1)),
                  "share", "", setting)  # fmt: skip
    oracle = [
        _looks(r, int(np.argmax(r.unseen <= _MAY_STAY_UNSEEN)) or len(r.turns) - 1) for r in replays
    ]
    bench.add("looks of one who knows when 5 % are left", float(np.mean(oracle)), "mean", "",
              setting)  # fmt: skip


def _looks(replay: Replay, place: int) -> int:
    return int((replay.turns[place].verdicts != 0).sum()) - _EXAMPLES


def waiting(bench: Bench) -> None:
    """How long a person waits after an answer, with synthetic collections of two sizes."""
    for rows in _SIZES:
        with tempfile.TemporaryDirectory() as folder:
            bench.figures += answer_times(rows, Path(folder))


def durability(bench: Bench) -> None:
    """Answers that are on the disk: how many a second, and what is there after kill -9."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        bench.figures += throughput(folder, _ANSWERS)
        Database(folder / "killed.sqlite").close()
        bench.figures += kill_labelling(folder / "killed.sqlite", _KILLS)


TOPICS: Sequence[Callable[[Bench], None]] = (
    finding, pickers, intervals, stopping, waiting, durability,
)  # fmt: skip


def main() -> None:
    """Measure and publish."""
    announce()
    parser = asking(__doc__)
    parser.add_argument("--classes", type=int, default=0, help="replay this many, at random")
    parser.add_argument("--learner", default="anchored", help="`best` takes three times as long")
    options = parser.parse_args()
    started = time.perf_counter()
    world = read_asked(options)
    sizes = {str(name): int(np.sum(world.labels == name)) for name in np.unique(world.labels)}
    concepts = [
        name
        for name, size in sorted(sizes.items())
        if size >= _FEWEST_IMAGES and name not in options.no_class
    ]
    if options.classes:
        concepts = sorted(np.random.default_rng(0).permutation(concepts)[: options.classes])
    if not concepts:
        parser.error(f"{options.data} has no class folder with {_FEWEST_IMAGES} images or more")
    where = (
        f"{len(world.labels)} images, {len(concepts)} classes, {_EXAMPLES} examples, pages of "
        f"{_PAGE}, rule {options.learner}, {world.encoder}, {os.cpu_count()} cores"
    )
    bench = Bench(world, world.space.apply(world.vectors), concepts, options.learner, where)
    for topic in TOPICS:
        begun, before = time.perf_counter(), len(bench.figures)
        topic(bench)
        bench.add(f"time of '{topic.__name__}'", time.perf_counter() - begun, "s")
        print(f"\n{table(bench.figures[before:])}\n", flush=True)
    bench.add("this benchmark", time.perf_counter() - started, "s")
    publish(bench.figures, options.json)


if __name__ == "__main__":
    main()
