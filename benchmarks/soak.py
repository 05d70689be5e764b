"""An hour of everything at once on one workspace: what grows, what gets slower, what is lost.

Run alone: python benchmarks/soak.py --seconds 3600

A real server and commands as processes of their own. Files come, change and go and are indexed;
two people answer and take answers back; others search, browse, export, curate and listen. About
half a processor is kept busy. All of it may be stopped (SIGSTOP to the process group) and go on:
the time between is not counted. Linux alone: memory is read from /proc.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from _needs import announce
from _soak_load import (
    EXAMPLES,
    KINDS,
    SHARED,
    Indexer,
    Place,
    Reviewer,
    curating,
    exporting,
    listening,
    picture,
    searching,
)
from _soak_meter import Meter, Pauses, Sample, look, slope

from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.indexing.index import index
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace

_EVERY = 3.0  # seconds between two looks at the server
_WARM = 0.25  # of the time, which is not counted for the slope


@dataclass
class Soaked:
    """What came of it.

    Attributes:
        samples: of the server, every three seconds.
        meter: latencies and errors.
        until: when the load ended, by `time.monotonic`.
        answers, undone: acknowledged ones.
        problems: what was lost or is unsound; a sentence each.
        processor: of how many processors all of it took the time.
    """

    samples: list[Sample]
    meter: Meter
    until: float
    answers: int
    undone: int
    problems: list[str] = field(default_factory=list)
    processor: float = 0.0


def soak(home: Path, seconds: float, each: int = 200, pace: float = 1.0) -> Soaked:
    """Load a server for so long.

    Args:
        home: an empty folder.
        seconds: how long, without the preparations.
        each: images of each of three kinds.
        pace: how much longer everybody rests than by default.
    """
    place = _prepare(home, each, pace)
    people = [Reviewer(place, own) for own in KINDS if own != SHARED]
    pauses = place.meter.pauses
    with pauses.noticed():
        server = place.serve()
        try:
            work = [*(one.working() for one in people), Indexer(place, each).working()]
            work += [kind(place) for kind in (searching, exporting, curating, listening)]
            samples = _load(place, server.pid, work, seconds)
            until = time.monotonic()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(600)
    kept = {event: said for person in people for event, said in person.kept.items()}
    undone = sum(taken_back for _, taken_back in kept.values())
    found = Soaked(samples, place.meter, until, len(kept), undone)
    found.problems += lost(place.workspace, kept)
    doctor = place.run("doctor", "-w", str(place.workspace))
    found.problems += [
        f"{one['check']}: {one['detail']}"
        for one in doctor["findings"]
        if one["state"] != "ok" and one["check"] != "missing files"  # files did go
    ]
    spent = os.times()
    own = sum(spent[:4])  # the server is a child that has ended, and so are the commands
    found.processor = own / (until - place.meter.begun)
    return found


def _prepare(home: Path, each: int, pace: float) -> Place:
    """Images, their index, three concepts, and a first rule of each."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    place = Place(home, port, Meter(Pauses()), pace)
    for kind in KINDS:
        (place.photos / kind).mkdir(parents=True)
        for number in range(each):
            path = place.photos / kind / f"{number:09d}.jpg"
            picture(kind, number).save(path, "JPEG", quality=90)
    index(place.photos, place.workspace)
    with Workspace(place.workspace) as opened:
        for kind in KINDS:
            examples = tuple(f"{kind}/{number:09d}.jpg" for number in range(EXAMPLES))
            change_basket(opened, Concept(kind, examples), new=True)
            learn_concept(opened, kind)
    return place


def _load(
    place: Place, server: int, people: list[Callable[[], None]], seconds: float
) -> list[Sample]:
    """Let everybody work for so long; answers the samples taken meanwhile."""
    threads = [threading.Thread(target=_persist, args=(place, one)) for one in people]
    place.meter.begun = time.monotonic()
    for thread in threads:
        thread.start()
    samples = []
    try:
        while (at := place.meter.at()) < seconds:
            samples.append(look(server, place.workspace, at))
            time.sleep(min(_EVERY, max(0.1, seconds / 20)))
    except KeyboardInterrupt:  # enough: what there is is told
        pass
    finally:
        place.done.set()
        for thread in threads:
            thread.join()
    return samples


def _persist(place: Place, work: Callable[[], None]) -> None:
    """Begin again after an error, which the meter has written down."""
    while not place.done.is_set():
        with contextlib.suppress(Exception):
            work()


def lost(workspace: Path, kept: dict[str, tuple[str, bool]]) -> list[str]:
    """Acknowledged answers and undos that the log does not have once, as they were acknowledged."""
    there: dict[str, list[tuple[str, bool]]] = {}
    with Workspace(workspace) as place:
        for concept in KINDS:
            for label in place.labels.history(concept):
                found = (concept, label.undone is not None)
                there.setdefault(label.event, []).append(found)
    return [
        f"the answer {event} was acknowledged as {said}, and the log has {there.get(event)}"
        for event, said in kept.items()
        if there.get(event) != [said]
    ]


def tables(found: Soaked) -> str:
    """What came of it, as two tables in Markdown."""
    first, last = found.samples[0], found.samples[-1]
    warm = [one for one in found.samples if one.at >= _WARM * last.at]
    at = [one.at for one in warm]
    pauses = found.meter.pauses.all()
    rows = found.meter.rows(found.until)
    lines = ["| what | value |", "|---|---|"]
    lines += [
        f"| operations | {found.meter.count():,} in {last.at:,.0f} s |",
        f"| errors | {len(found.meter.errors)} |",
        f"| answers, undos acknowledged | {found.answers:,}, {found.undone:,} |",
        f"| lost or unsound | {len(found.problems)} |",
        f"| processors kept busy | {found.processor:.2f} |",
    ]
    for name, of in (
        ("resident memory", "resident"),
        ("memory of its own", "own"),
        ("disk of the workspace", "disk"),
    ):
        grows, low, high = slope(at, [getattr(one, of) for one in warm])
        lines.append(
            f"| {name} | {getattr(first, of):,.0f} MiB at the start, {getattr(warm[0], of):,.0f} "
            f"after warm-up, {getattr(last, of):,.0f} at the end; "
            f"{grows:+,.1f} MiB an hour ({low:+,.1f} to {high:+,.1f}) |"
        )
    for name in ("descriptors", "threads"):
        lines.append(
            f"| {name} | {getattr(first, name)} at the start, {getattr(warm[0], name)} after "
            f"warm-up, {getattr(last, name)} at the end; most "
            f"{max(getattr(one, name) for one in found.samples)} |"
        )
    stopped = sum(end - start for start, end in pauses)
    lines.append(
        f"| stopped from outside | {len(pauses)} times, {stopped:,.0f} s; "
        f"{found.meter.left_out} latencies left out |"
    )
    lines += ["", "| kind | times | p50, p95, p99 in ms, first quarter | last quarter |"]
    lines += ["|---|---|---|---|"]
    for kind, count, early, late in rows:
        told = [", ".join(f"{one:,.0f}" for one in some) for some in (early, late)]
        lines.append(f"| {kind} | {count:,} | {told[0]} | {told[1]} |")
    return "\n".join(lines)


def main() -> None:
    """Do it, and say what came of it."""
    announce()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--images", type=int, default=200, help="of each of three kinds")
    parser.add_argument("--pace", type=float, default=1.0, help="2: everybody rests twice as long")
    parser.add_argument("--scratch", type=Path, help="a folder on the disk to use")
    parser.add_argument("--json", type=Path, help="write the samples here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="likewise-soak-", dir=options.scratch) as scratch:
        found = soak(Path(scratch), options.seconds, options.images, options.pace)
        log = (Path(scratch) / "server.log").read_text(errors="replace")
    print(tables(found))
    for line in [*found.meter.errors, *found.problems]:
        print(line, file=sys.stderr)
    if found.meter.errors or "Traceback" in log:
        print(log[-5000:], file=sys.stderr)
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in found.samples]) + "\n")
    if found.meter.errors or found.problems or "Traceback" in log:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
