"""A small workspace, what is done to it while faults are injected, and what must hold then."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from _faults import KILLED, Ended, forked, run
from _faulty_actions import CONCEPT, Action, actions
from PIL import Image

from likewise.indexing.index import index
from likewise.workspace import Workspace
from likewise.workspace.labels import Label

ENCODER = "numbers"
_ENTRY_POINTS = f"[likewise.encoders]\n{ENCODER} = power_cuts:Numbers\n"
_MANY = 18  # batches: more than indexing leaves apart


class World:
    """A folder with pictures and workspaces, made once, and put back before every fault."""

    def __init__(self, scratch: Path, only: str | None = None) -> None:
        self._only = only
        self.now, self._whole, self.notes = scratch / "now", scratch / "whole", scratch / "notes"
        (scratch / "tmp").mkdir()
        os.environ |= {"LIKEWISE_DECODE": "threads", "RUST_BACKTRACE": "0"}
        tempfile.tempdir = str(scratch / "tmp")
        _install_encoder(scratch / "installed")
        self.now.mkdir()
        self.facts: dict[str, Any] = forked(self._make)
        shutil.copytree(self.now, self._whole, symlinks=True)
        every = actions(self.now, self.facts["vectors"])
        self.actions = [x for x in every if self._only in (None, x.name)]

    def put_back(self) -> None:
        """As it was made."""
        shutil.rmtree(self.now)
        shutil.copytree(self._whole, self.now, symlinks=True)

    def place(self, name: str) -> Path:
        """A file or folder of it."""
        return self.now / name

    def _make(self) -> dict[str, Any]:
        photos = self.place("photos")
        for number in range(9):
            draw(photos / f"{number % 3}" / f"{number}.png", number)
        index(photos, self.place("w.likewise"), ENCODER)
        with Workspace(self.place("w.likewise")) as place:
            place.labels.record(
                [Label(CONCEPT, f"{n % 3}/{n}.png", "yes" if n < 4 else "no", event=f"old-{n}")
                 for n in range(8)]
            )  # fmt: skip
            place.labels.record([Label(CONCEPT, "2/8.png", "no", event="old-8")])
            place.labels.undo(CONCEPT)
        _quietly("concept", "create", CONCEPT, "--like", "0/0.png", "-w", place.path)
        _quietly("learn", CONCEPT, "--rule", "mean", "-w", place.path)
        _quietly("export", CONCEPT, "--to", self.place("dataset"), "-w", place.path)
        _quietly("backup", self.place("old.tar"), "-w", place.path)
        if self._only in (None, "compact"):
            self._make_many_files()
        self._make_old_format()
        draw(photos / "1" / "new.png", 20)
        draw(photos / "new" / "new.png", 21)
        draw(photos / "0" / "0.png", 22)
        (photos / "1" / "1.png").rename(photos / "2" / "moved.png")
        self.place("ids").write_text("1/4.png\n2/5.png\n0/6.png\n")
        with Workspace(self.place("w.likewise")) as place:
            return {"answers": _history(place), "vectors": self._vectors()}

    def _make_many_files(self) -> None:
        """A workspace of so many batches that the next run of indexing joins them."""
        for number in range(_MANY):
            draw(self.place("many") / f"{number}.png", number)
            index(self.place("many"), self.place("many.likewise"), ENCODER)
        draw(self.place("many") / "new.png", 30)

    def _make_old_format(self) -> None:
        """The same decisions as format 2 had them."""
        shutil.copytree(self.place("w.likewise"), self.place("old.likewise"))
        with closing(sqlite3.connect(self.place("old.likewise") / "workspace.sqlite")) as database:
            database.execute("ALTER TABLE sources DROP COLUMN options")
            database.execute("ALTER TABLE rounds DROP COLUMN labels_upto")
            database.execute("PRAGMA user_version=2")

    def _vectors(self) -> dict[str, list[float]]:
        """What indexing makes of the pictures when nothing goes wrong."""
        index(self.place("photos"), self.place("other.likewise"), ENCODER)
        with Workspace(self.place("other.likewise")) as place:
            ids = place.collection.ids()
            rows = place.collection.vectors(ids).tolist()
        shutil.rmtree(self.place("other.likewise"))
        return dict(zip(ids, rows, strict=True))

    def complaints(self, action: Action, ended: Ended) -> list[str]:
        """What is wrong after a fault, one thing after the other; nothing should be."""
        wrong = _bad_end(ended)
        try:
            wrong += forked(lambda: self._lost(ended))
            finished = action.once is not None and action.once.exists()
            left_out = " failed" in ended.out  # images that could not be read, each with a line
            if (ended.code != 0 or left_out) and not finished:
                again = run(action.work)
                if again.code != 0:
                    return [*wrong, f"again: {again.code}: {again.err[-2000:]}"]
            wrong += forked(action.wrong)
            wrong += forked(lambda: self._lost(ended))
        except RuntimeError as error:
            wrong.append(str(error))
        return wrong

    def _lost(self, ended: Ended) -> list[str]:
        """Whether each workspace opens and holds every answer that was acknowledged."""
        wrong = []
        for name in ("w.likewise", "old.likewise"):
            with Workspace(self.place(name)) as place:
                there = _history(place)
                wrong += [f"{name}: {x}" for x in place._database.problems()]
                if len(place.collection):
                    place.collection.vectors(place.collection.ids()[:1])
            known = dict(there)
            if len(known) != len(there):
                wrong.append(f"{name}: an answer is there twice")
            told = [x.split() for x in ended.out.splitlines() if x.startswith("acknowledged ")]
            said = dict(self.facts["answers"])
            if name == "w.likewise":
                said |= {x[1]: x[2] == "undone" for x in told}
            wrong += [
                f"{name}: {event} is not as it was acknowledged"
                for event, undone in said.items()
                if event not in known or (undone and not known[event])
            ]
        return wrong


def draw(path: Path, number: int) -> None:
    """A picture of its own for each number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(number).integers(0, 256, (8, 8, 3), np.uint8)
    Image.fromarray(pixels.repeat(8, 0).repeat(8, 1)).save(path)
    os.utime(path, ns=(10**18 + number,) * 2)


def _install_encoder(folder: Path) -> None:
    """A distribution with an encoder that costs nothing, as other people's are found."""
    about = folder / "numbers-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: numbers\nVersion: 1\n")
    (about / "entry_points.txt").write_text(_ENTRY_POINTS)
    sys.path.append(str(folder))


def _quietly(*arguments: object) -> None:
    from likewise.cli import commands

    out, sys.stdout = sys.stdout, io.StringIO()
    try:
        commands.main([str(x) for x in arguments], standalone_mode=False)
    finally:
        sys.stdout = out


def _history(place: Workspace) -> list[tuple[str, bool]]:
    """Events of the log, and whether each was taken back."""
    return [(label.event, bool(label.undone)) for label in place.labels.history(CONCEPT)]


def _bad_end(ended: Ended) -> list[str]:
    """What is wrong with how a command ended: it must go on, be killed, or say one sentence."""
    if ended.code is None:
        return ["hung for a minute"]
    wrong = []
    for sign in ("Traceback", "panicked", "Exception ignored"):
        if sign in ended.err:
            wrong.append(f"{sign}: {ended.err[-3000:]}")
    if ended.code in (0, KILLED):
        return wrong
    if ended.code == 1 and "problem " in ended.out:  # doctor's way of saying so
        return wrong
    said = ended.err.strip().splitlines()
    if ended.code not in (1, 2, 3, 4, 5, 6, 7, 8) or not said:
        wrong.append(f"exit code {ended.code}: {ended.err[-1000:]}")
    elif sum(line.startswith(("likewise: ", "Error: ")) for line in said) != 1:
        wrong.append(f"not one sentence: {ended.err[-1000:]}")
    return wrong
