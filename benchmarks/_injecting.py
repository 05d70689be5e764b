"""The loop of `errnos.py` and `kill_points.py`: choose a fault, inject it, look what came of it."""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from _faults import Ended, chances, import_what_is_used, need_strace, run
from _faulty_actions import Action
from _faulty_world import World
from _needs import announce
from _records import Figure, publish

_LASTING = 0.2  # share of errors that stay from the Nth call on
_OF_OTHER_THREADS = 0.3


class Injector:
    """Chooses faults among the calls that each action makes."""

    def __init__(self, world: World, faults: Mapping[str, tuple[str, ...]], seed: int) -> None:
        self._world, self._faults, self._rng = world, faults, random.Random(seed)
        import_what_is_used([action.work for action in world.actions])
        self._calls: dict[str, dict[str, tuple[list[int], int]]] = {}

    def calls(self, action: Action) -> dict[str, tuple[list[int], int]]:
        """The calls that an action makes, when none fails; see `chances`."""
        if action.name not in self._calls:
            ended = self._go(action, None)
            if ended.code != 0:
                raise SystemExit(f"{action.name} fails by itself: {ended.err}")
            self._calls[action.name] = chances(ended)
        return self._calls[action.name]

    def choose(self) -> tuple[Action, str]:
        """An action and what to inject."""
        action = self._rng.choice(self._world.actions)
        calls = self.calls(action)
        call = self._rng.choice(sorted(calls))
        files, others = calls[call]
        if files and (not others or self._rng.random() > _OF_OTHER_THREADS):
            when = f"{self._rng.choice(files)}"
        else:
            when = f"{self._rng.randint(1, others)}"
        what = self._rng.choice(self._faults[call])
        if what == "SIGKILL":
            return action, f"{call}:signal=SIGKILL:when={when}"
        if what != "EINTR" and call not in ("write", "read") and self._rng.random() < _LASTING:
            when += "+"
        return action, f"{call}:error={what}:when={when}"

    def inject(self, action: Action, fault: str) -> Ended:
        """Put the world in place, and let the action run with a fault in it."""
        return self._go(action, fault)

    def _go(self, action: Action, fault: str | None) -> Ended:
        self._world.put_back()
        os.environ.update({"LIKEWISE_DECODE": "threads", **action.settings})
        return run(action.work, fault, ",".join(self._faults), self._world.notes)


def main(about: str | None, faults: Mapping[str, tuple[str, ...]], what: str) -> None:
    """Inject and publish."""
    announce()
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--minutes", type=float, default=1e6, help="stop after that, all the same")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", metavar="ACTION", help="one action, such as 'export again'")
    parser.add_argument("--fault", help="this one, such as rename:error=EIO:when=2; with --only")
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    options = parser.parse_args()
    need_strace()
    done: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    bad = 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="likewise-faults-") as scratch:
        world = World(Path(scratch), options.only)
        injector = Injector(world, faults, options.seed)
        while done.total() < options.count and time.monotonic() < started + 60 * options.minutes:
            action, fault = injector.choose()
            if options.fault:
                fault = options.fault
            ended = injector.inject(action, fault)
            if not ended.injected and ended.code != -9:
                outcomes["the call was not made"] += 1
                continue
            done[f"{action.name}: {fault.partition(':')[0]}"] += 1
            outcomes["went on" if ended.code == 0 else "ended"] += 1
            wrong = world.complaints(action, ended)
            bad += bool(wrong)
            for line in wrong:
                print(f"\n{action.name} | {fault} | {ended.injected[:1]}\n  {line}", flush=True)
            if done.total() % 20 == 0:
                rate = done.total() / (time.monotonic() - started)
                print(f"\r{done.total()} {dict(outcomes)} {bad} bad, {rate:.1f}/s", end="",
                      file=sys.stderr)  # fmt: skip
    print(file=sys.stderr)
    setting = (
        f"{len({x.partition(':')[0] for x in done})} actions, "
        f"{len({x.rpartition(' ')[2] for x in done})} calls, {len(done)} pairs; "
        f"{outcomes['went on']} went on, {outcomes['ended']} ended"
    )
    publish(
        [
            Figure(what, done.total(), "faults", ">= 2,000", setting),
            Figure("after which something was wrong", bad, "faults", "0", setting),
        ],
        options.json,
    )
    sys.exit(bool(bad))
