"""What failures cost a long run: the real scheduler of shards over simulated machines.

The scheduler is the one that `likewise index --ray` uses. The machines are not real: a shard takes
the time that its images take at a given rate, more or less; machines die at random, all their
shards with them, and come back after a while; some images end whatever process reads them. Time
is simulated too, so that a week takes seconds.
"""

from __future__ import annotations

import argparse
import heapq
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from _needs import announce
from _records import Figure, publish

from likewise.distribute.shards import ROWS, Finished, Quarantined, Shards, WorkerDied

_DONE, _DIES, _BACK = range(3)
_SPREAD = 0.3  # of the logarithm of the time that shards of one size take


@dataclass(eq=False)
class Machines:
    """A crew of machines with some workers each, on a clock of its own.

    Attributes:
        machines: how many there are.
        workers: shards that one works on at once.
        rate: images a second and worker.
        between_failures: seconds, on average, until a machine dies.
        repair: seconds until it is back.
        poison: images that end the process that reads them.
    """

    machines: int
    workers: int
    rate: float
    between_failures: float
    repair: float
    poison: frozenset[int] = frozenset()
    now: float = 0.0
    deaths: int = 0
    busy: float = 0.0
    _events: list[tuple[float, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(0)
        self._waiting: list[tuple[int, Sequence[int]]] = []
        self._running: dict[int, tuple[int, float, Sequence[int]]] = {}
        self._free = [machine for machine in range(self.machines) for _ in range(self.workers)]
        self._up = [True] * self.machines
        self._life = [0] * self.machines
        for machine in range(self.machines):
            self._die_some_day(machine)

    def slots(self) -> int:
        """Twice the workers, so that none waits for the driver."""
        return 2 * self.workers * max(1, sum(self._up))

    def start(self, number: int, shard: Sequence[int]) -> None:
        """To the next worker that is free."""
        self._waiting.append((number, shard))
        self._hand_out()

    def finished(self, seconds: float) -> list[Finished[int]]:
        """Let time pass until something comes back."""
        news: list[Finished[int]] = []
        while not news:
            self.now, kind, which, life = heapq.heappop(self._events)
            if kind == _BACK:
                self._up[which] = True
                self._free += [which] * self.workers
                self._die_some_day(which)
            elif kind == _DIES and life == self._life[which] and self._up[which]:
                news += self._lose(which)
            elif kind == _DONE and which in self._running:
                news.append(self._finish(which))
            self._hand_out()
        return news

    def close(self) -> None:
        """Nothing to let go of."""

    def _hand_out(self) -> None:
        while self._waiting and self._free:
            machine = self._free.pop()
            if not self._up[machine]:
                continue
            number, shard = self._waiting.pop(0)
            took = len(shard) / self.rate * self._random.lognormal(0.0, _SPREAD)
            self._running[number] = machine, self.now, shard
            heapq.heappush(self._events, (self.now + took, _DONE, number, 0))

    def _finish(self, number: int) -> Finished[int]:
        machine, began, shard = self._running.pop(number)
        self._free.append(machine)
        self.busy += self.now - began
        if self.poison and not self.poison.isdisjoint(shard):
            return Finished(number, error=WorkerDied("poison"))
        return Finished(number, len(shard))

    def _lose(self, machine: int) -> list[Finished[int]]:
        self.deaths += 1
        self._up[machine] = False
        self._life[machine] += 1
        self._free = [one for one in self._free if one != machine]
        lost = [number for number, (where, _, _) in self._running.items() if where == machine]
        for number in lost:
            self.busy += self.now - self._running.pop(number)[1]
        heapq.heappush(self._events, (self.now + self.repair, _BACK, machine, 0))
        return [Finished(number, error=WorkerDied("machine")) for number in lost]

    def _die_some_day(self, machine: int) -> None:
        when = self.now + self._random.exponential(self.between_failures)
        heapq.heappush(self._events, (when, _DIES, machine, self._life[machine]))


def measure(given: argparse.Namespace) -> list[Figure]:
    """One run for each mean time between failures."""
    figures = []
    random = np.random.default_rng(1)
    poison = frozenset(random.integers(0, given.images, given.poison).tolist())
    workers = given.machines * given.workers
    # What the very same shards would take if no machine ever died and none had to wait.
    ideal = given.images / given.rate / workers * math.exp(_SPREAD**2 / 2)
    for hours in given.hours:
        crew = Machines(
            given.machines, given.workers, given.rate, 3600 * hours, given.repair, poison
        )
        shards: Shards[int, int] = Shards(crew)
        done, given_up = 0, set()
        started = time.process_time()
        for results in shards.run(iter(range(given.images))):
            for result in results:
                if isinstance(result, Quarantined):
                    given_up.add(result.item)
                else:
                    done += result
        assert done + len(given_up) == given.images, "each image once"
        setting = (
            f"{given.images:,} images in shards of {ROWS:,}, {given.machines} machines of "
            f"{given.workers} workers at {given.rate:g} images/s, each failing every {hours:g} h"
        )

        def figure(name: str, value: float, unit: str, goal: str = "", on: str = setting) -> Figure:
            return Figure(name, value, unit, goal, on)

        figures += [
            figure("time taken over that without failures", crew.now / ideal, "ratio", "<= 1.1"),
            figure("hours", crew.now / 3600, "h"),
            figure("machines that died", crew.deaths, ""),
            figure("images given out again", 100 * shards.redone / given.images, "%"),
            figure("images set aside that end whatever reads them",
                   len(given_up & poison), "", f"= {len(poison)}"),
            figure("sound images set aside", len(given_up - poison), "", "= 0"),
            figure("processor time of scheduling and simulation, a shard",
                   1e6 * (time.process_time() - started) / (given.images / ROWS), "us"),
        ]  # fmt: skip
    return figures


def main() -> None:
    """Simulate, print a table, write records."""
    announce()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000_000)
    parser.add_argument("--machines", type=int, default=100)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--rate", type=float, default=20.0, help="images a second and worker")
    parser.add_argument("--hours", type=float, nargs="+", default=[720.0, 24.0, 6.0],
                        help="mean times between failures of a machine")  # fmt: skip
    parser.add_argument("--repair", type=float, default=300.0, help="seconds until it is back")
    parser.add_argument("--poison", type=int, default=20)
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    given = parser.parse_args()
    publish(measure(given), given.json)


if __name__ == "__main__":
    main()
