"""The people and programs of a soak: each does its own thing again and again, at its own pace."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import random
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _soak_meter import Meter
from PIL import Image

from likewise.server.payloads import decode_frame

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
import drawings

KINDS = drawings.KINDS
EXAMPLES = 3
"""How many images of each kind, the first, are a concept's examples, and never go."""

SHARED = "disc"
"""The concept that both people review; each has one of their own besides."""

_PATIENCE = 900  # seconds; more than anybody stops the soak for
_QUIET = 2.0  # seconds after which a listening page goes
_TOKEN = "soaking-0123456789"


def picture(kind: str, seed: int) -> Image.Image:
    """A shape in the size of a small photo."""
    return drawings.picture(kind, seed, (320, 240))


@dataclass
class Place:
    """The server, the workspace and the images that everybody works on.

    Attributes:
        home: folder that holds all of it.
        port: of the server.
        meter: told of every operation.
        pace: how much longer everybody rests than by default.
        done: set when all shall stop.
    """

    home: Path
    port: int
    meter: Meter
    pace: float = 1.0
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def photos(self) -> Path:
        """The images."""
        return self.home / "photos"

    @property
    def workspace(self) -> Path:
        """The workspace of them."""
        return self.home / "photos.likewise"

    def rest(self, seconds: float) -> bool:
        """Wait; says whether to go on."""
        return not self.done.wait(seconds * self.pace)

    def ask(self, method: str, path: str, body: object = None) -> bytes:
        """One request to the server, and its answer's bytes."""
        with self.open(method, path, body) as answer:
            return bytes(answer.read())

    def open(self, method: str, path: str, body: object = None) -> Any:
        """One request to the server; the answer is the caller's to close."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            None if body is None else json.dumps(body).encode(),
            {"content-type": "application/json", "authorization": f"Bearer {_TOKEN}"},
            method=method,
        )
        try:
            return urllib.request.urlopen(request, timeout=_PATIENCE)
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(f"{method} {path}: {error.code} {error.read()!r}") from None

    def job(self, path: str, body: object) -> dict[str, Any]:
        """Begin a job and wait for its end."""
        job = json.loads(self.ask("POST", path, body))
        while job["state"] == "running":
            time.sleep(0.2)
            job = json.loads(self.ask("GET", f"/api/jobs/{job['id']}"))
        if job["state"] != "done":
            raise RuntimeError(f"{path}: {job['state']}, {job['error']}")
        result: dict[str, Any] = job["result"]
        return result

    def run(self, *arguments: str) -> dict[str, Any]:
        """One command, as a process of its own, and its answer in JSON."""
        ended = subprocess.run(
            [*COMMAND, *arguments, "--json"], capture_output=True, cwd=self.home, check=False
        )
        if ended.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {ended.returncode} {ended.stderr!r}")
        answer: dict[str, Any] = json.loads(ended.stdout)
        return answer

    def serve(self) -> subprocess.Popen[bytes]:
        """Start the server, and wait until it answers."""
        arguments = ["--token", _TOKEN, "--port", str(self.port), "--root", str(self.home)]
        log = (self.home / "server.log").open("wb")
        with log:
            process = subprocess.Popen(
                [*COMMAND, "serve", "-w", str(self.workspace), *arguments],
                stdout=log,
                stderr=log,
                cwd=self.home,
            )
        until = time.monotonic() + 120
        while True:
            try:
                self.ask("GET", "/api/state")
                return process
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.1)


COMMAND = [sys.executable, "-m", "likewise"]


@dataclass
class Reviewer:
    """A person at a page: asks for a ranking, answers, takes an answer back now and then.

    Attributes:
        place: where.
        own: the concept that nobody else reviews.
        kept: of each acknowledged answer's event its concept, and whether it was taken back.
    """

    place: Place
    own: str
    kept: dict[str, tuple[str, bool]] = field(default_factory=dict)
    _number: int = 0

    def working(self) -> Callable[[], None]:
        """What goes on until all is done."""
        chance = random.Random(self.own)
        return _again(
            self.place, 1.5, lambda number: self.turn(SHARED if number % 2 else self.own, chance)
        )

    def turn(self, concept: str, chance: random.Random) -> None:
        """One answer with what belongs to it; what fails is written down by the meter."""
        place, meter = self.place, self.place.meter
        order = chance.choice(("alike", "alike", "unsure", "varied", "random"))
        path = f"/api/concepts/{concept}/ranking?order={order}&k=200"
        with meter.timed("ranking"):
            head, _ = decode_frame(place.ask("GET", path))
        if not head["ids"]:
            return
        item = head["ids"][0]
        self._look_at(head["ids"][:6], head["generation"])
        self._number += 1
        event = {"id": f"{self.own}-{self._number}", "item": item, "action": ""}
        event["verdict"] = "yes" if item.startswith(concept) else "no"
        if self._number % 3:
            with meter.timed("answer"):
                place.ask("POST", f"/api/concepts/{concept}/labels", {"events": [event]})
        else:
            with meter.timed("answer and rank"):
                head, _ = decode_frame(place.ask("POST", path, {"events": [event]}))
            if "kept" not in head:  # without a ranking it may be: learning may take its time
                meter.errors.append(f"answer and rank: {head}")
        self.kept[event["id"]] = concept, False
        if self._number % 5 == 1:
            self._undo(concept, event["id"])
        if self._number % 10 == 1:
            with meter.timed("rule and report"):
                place.ask("GET", f"/api/concepts/{concept}/rule")
                place.ask("GET", f"/api/concepts/{concept}/report")

    def _look_at(self, items: list[str], generation: int) -> None:
        for item in items:
            with self.place.meter.timed("thumbnail"):
                self.place.ask("GET", f"/thumb/{urllib.parse.quote(item)}?v={generation}")

    def _undo(self, concept: str, event: str) -> None:
        """By the button where nobody else answers, else by the action's name."""
        with self.place.meter.timed("undo"):
            if concept == self.own:
                answer = json.loads(self.place.ask("POST", f"/api/concepts/{concept}/undo"))
                if answer["action"] != event:
                    raise RuntimeError(f"{event} was to be undone, and {answer} was")
            else:
                body = {"events": [{"id": f"{event}-undo", "kind": "undo", "action": event}]}
                self.place.ask("POST", f"/api/concepts/{concept}/labels", body)
        self.kept[event] = concept, True


@dataclass
class Indexer:
    """Files that come, change and go, and the indexing of them: by command, or by the server."""

    place: Place
    each: int
    _number: int = 0

    def working(self) -> Callable[[], None]:
        """What goes on until all is done."""

        def turn(number: int) -> None:
            del number
            self.change()
            self.index()

        return _again(self.place, 30, turn)

    def change(self) -> None:
        """Of each kind 3 files go, 1 changes, and 3 come, some of which had been there before.

        Names come out of a stock of half as many again as there are images, so that neither the
        images nor those that are missing grow beyond it.
        """
        self._number += 1
        chance = random.Random(self._number)
        for kind in KINDS:
            folder, away = self.place.photos / kind, self.place.home / "away" / kind
            away.mkdir(parents=True, exist_ok=True)
            there = sorted(path.name for path in folder.iterdir())
            stock = {f"{number:09d}.jpg" for number in range(self.each * 3 // 2)}
            coming = chance.sample(sorted(stock - set(there)), 3)
            *going, changing = chance.sample(there[EXAMPLES:], 4)
            for name in going:
                (folder / name).rename(away / name)
            _save(picture(kind, 1_000 * self._number), folder / changing)
            for number, name in enumerate(coming):
                if number and (away / name).exists():
                    (away / name).rename(folder / name)  # as it was
                else:
                    _save(picture(kind, 1_000 * self._number + 1 + number), folder / name)

    def index(self) -> None:
        """By command, or by the server every other time."""
        place = self.place
        if self._number % 2:
            with place.meter.timed("index, by command"):
                report = place.run("index", str(place.photos), "-w", str(place.workspace))
        else:
            with place.meter.timed("index, by the server"):
                report = place.job("/api/images", {"folder": str(place.photos)})
        known = sum(report[what] for what in ("added", "changed", "moved", "unchanged"))
        if report["failed"] or known != len(KINDS) * self.each:
            place.meter.errors.append(f"index: {report}")


def searching(place: Place) -> Callable[[], None]:
    """Somebody who searches by example and by words, on the page and by command."""

    def turn(number: int) -> None:
        examples = [f"{KINDS[number % 3]}/000000000.jpg"]
        wanted = {"hints": ["traffic light"]} if number % 4 == 3 else {"examples": examples}
        with place.meter.timed("search"):
            decode_frame(place.ask("POST", "/api/search", {**wanted, "k": 200}))
        with place.meter.timed("browse"):
            decode_frame(place.ask("GET", f"/api/images?k=100&seed={number}"))
        with place.meter.timed("state"):
            place.ask("GET", "/api/state")
        if number % 15 == 1:
            with place.meter.timed("search, by command"):
                place.run("search", "--like", examples[0], "-w", str(place.workspace), "-k", "20")

    return _again(place, 3, turn)


def exporting(place: Place) -> Callable[[], None]:
    """Somebody who writes datasets: by the page, and by command."""

    def turn(number: int) -> None:
        concept = KINDS[number % 3]
        with place.meter.timed("export preview"):
            place.ask("POST", "/api/export/preview", {"concept": concept})
        target = place.home / f"dataset-{concept}"
        if number % 3:
            wanted = {"concept": concept, "to": str(target), "overwrite": True}
            with place.meter.timed("export, by the server"):
                place.job("/api/export", wanted)
        else:
            arguments = ["export", concept, "-w", str(place.workspace), "--to", str(target)]
            with place.meter.timed("export, by command"):
                place.run(*arguments, "--overwrite")
        shutil.rmtree(target, ignore_errors=True)

    return _again(place, 35, turn)


def curating(place: Place) -> Callable[[], None]:
    """Somebody who curates, looks at the map, and makes a backup."""

    def turn(number: int) -> None:
        part = ("near_duplicates", "diverse", "outliers")[number % 3]
        options = {"k": 50} if part == "diverse" else {}
        with place.meter.timed("curate"):
            place.job(f"/api/curate/{part}", {"options": options, "tag": f"kept by {part}"})
        with place.meter.timed("map"):
            place.job("/api/map/pca", {})
        with place.meter.timed("backup, by command"):
            place.run("backup", "kept.backup", "-w", str(place.workspace))
        (place.home / "kept.backup").unlink()

    return _again(place, 75, turn)


def listening(place: Place) -> Callable[[], None]:
    """Pages that come, listen to what happens, and go, at the latest when nothing happens."""

    def turn(number: int) -> None:
        page = http.client.HTTPConnection("127.0.0.1", place.port, timeout=_PATIENCE)
        with contextlib.closing(page), place.meter.timed("events"):
            page.request("GET", "/api/events", headers={"authorization": f"Bearer {_TOKEN}"})
            with page.getresponse() as stream, contextlib.suppress(TimeoutError):
                page.sock.settimeout(_QUIET)
                for _ in range(1 + number % 12):
                    if place.done.is_set() or not stream.readline():
                        break

    return _again(place, 2, turn)


def _again(place: Place, seconds: float, turn: Callable[[int], None]) -> Callable[[], None]:
    """Take turns until all is done; one at the least, however short the time."""
    numbers = itertools.count()

    def work() -> None:
        turn(next(numbers))
        while place.rest(seconds):
            turn(next(numbers))

    return work


def _save(image: Image.Image, path: Path) -> None:
    image.save(path, "JPEG", quality=90)
