"""What is done to the small world while faults are injected, and what is wrong if it was not."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from likewise.concepts.evidence import verdicts
from likewise.core.file_names import MANIFEST
from likewise.maintenance.restore import read_backup
from likewise.workspace import Workspace
from likewise.workspace.concepts import Concepts
from likewise.workspace.database import FORMAT
from likewise.workspace.labels import Label

CONCEPT = "thing"
NEW_ANSWERS = ("1/4.png", "2/5.png", "0/6.png")


@dataclass(frozen=True)
class Action:
    """Something that is done while a fault is injected.

    Attributes:
        name: of it.
        work: arguments of `likewise`, or a function that writes "acknowledged EVENT there" or
            "acknowledged EVENT undone" after each.
        wrong: what is wrong although it ended well.
        once: a file or folder that it makes, and that a second run would refuse to replace.
        settings: environment.
    """

    name: str
    work: Sequence[str] | Callable[[], object]
    wrong: Callable[[], list[str]]
    once: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


def actions(now: Path, vectors: Mapping[str, Sequence[float]]) -> list[Action]:
    """All of them.

    Args:
        now: the world's folder.
        vectors: what must be there after indexing, by id.
    """
    place, many, old = now / "w.likewise", now / "many.likewise", now / "old.likewise"
    photos = ["index", str(now / "photos"), "--workers", "1", "--retry-failed", "-w"]
    whole = partial(_not_indexed, want=vectors)
    label = ["concept", "label", CONCEPT, "--who", "ana", "--yes", str(now / "ids"), "-w"]
    export = ["export", CONCEPT, "-w", str(place), "--to"]
    confined = {"LIKEWISE_DECODE": "processes"}
    return [
        Action("index", [*photos, str(place)], partial(whole, place)),
        Action("index confined", [*photos, str(place)], partial(whole, place), settings=confined),
        Action("index anew", [*photos, str(now / "x.likewise"), "--encoder", "numbers"],
               partial(whole, now / "x.likewise")),
        Action("compact", ["index", str(now / "many"), "--retry-failed", "-w", str(many)],
               partial(_not_joined, many)),
        Action("answer", [*label, str(place)], partial(_not_answered, place)),
        Action("answer and undo", partial(_answer_and_undo, place), list),
        Action("undo", ["labels", "undo", CONCEPT, "--last", "-w", str(place)],
               partial(_not_undone, place)),
        Action("learn", ["learn", CONCEPT, "--rule", "mean", "-w", str(place)],
               partial(_not_learned, place)),
        Action("export", [*export, str(now / "new")], partial(_not_exported, now / "new"),
               now / "new"),
        Action("export again", [*export, str(now / "dataset"), "--overwrite"],
               partial(_not_exported, now / "dataset")),
        Action("export shards", [*export, str(now / "shards"), "--format", "webdataset"],
               partial(_not_exported, now / "shards"), now / "shards"),
        Action("backup", ["backup", str(now / "new.tar"), "-w", str(place)],
               partial(_not_backed_up, now / "new.tar"), now / "new.tar"),
        Action("restore", ["restore", str(now / "old.tar"), "-w", str(now / "back.likewise")],
               partial(_not_restored, now / "back.likewise"), now / "back.likewise"),
        Action("migrate", [*label, str(old)], partial(_not_migrated, old)),
        Action("repair", ["doctor", "--repair", "--no-files", "-w", str(place)], list),
    ]  # fmt: skip


def _not_indexed(path: Path, want: Mapping[str, Sequence[float]]) -> list[str]:
    with Workspace(path) as place:
        collection = place.collection
        ids, failed = sorted(set(collection.ids()) - set(place.states.all("missing"))), [
            f"{x.item}: {x.reason}" for x in place.states.all("failed").values()
        ]  # fmt: skip
        wrong = [f"failed: {failed}"] if failed else []
        if ids != sorted(want):
            return [*wrong, f"indexed are {ids}"]
        rows = collection.vectors(ids)
        if not np.allclose(rows, np.array([want[x] for x in ids]), atol=2e-3):
            wrong.append("a vector is another picture's")
        blank = [x for x, data in zip(ids, place.pictures(ids), strict=True) if data is None]
        wrong += [f"no thumbnail of {blank}"] if blank else []
        return wrong + _not_found(place)


def _not_found(place: Workspace) -> list[str]:
    """What search does not find though it is there."""
    from likewise.core.rule import Rule
    from likewise.core.space import plain_space

    collection = place.collection
    ids = collection.ids()
    rows = collection.vectors(ids)
    rule = Rule("mean", plain_space(place.fingerprint, place.dim), rows[:1])
    hits = collection.search(rule, k=len(ids))
    gone = set(place.states.all("missing"))
    if set(hits.ids) != set(ids) - gone:
        return [f"search finds {sorted(hits.ids)}"]
    exact = dict(zip(ids, rows @ rows[0], strict=True))
    pairs = zip(hits.ids, hits.scores, strict=True)
    off = [item for item, score in pairs if abs(exact[item] - score) > 0.01]
    return [f"the scores of {off} are wrong"] if off else []


def _not_joined(path: Path) -> list[str]:
    with Workspace(path) as place:
        ids = place.collection.ids()
        wrong = _not_found(place)
        if sorted(ids) != sorted([*(f"{n}.png" for n in range(18)), "new.png"]):
            wrong.append(f"indexed are {sorted(ids)}")
        files = len(place.collection.store.segments())
        wrong += [f"{files} files were not joined"] if files > 16 else []
        return wrong


def _not_answered(path: Path) -> list[str]:
    with Workspace(path) as place:
        known = verdicts(place, place.concepts.get(CONCEPT))
        missing = [x for x in NEW_ANSWERS if known.get(x) != "yes"]
        return [f"not answered: {missing}"] if missing else []


def _answer_and_undo(path: Path) -> None:
    with Workspace(path) as place:
        for number in range(12):
            label = Label(CONCEPT, f"{number}", "yes" if number % 2 else "no", who="ben")
            place.labels.record([label])
            os.write(1, f"acknowledged {label.event} there\n".encode())
            if number % 4 == 3:
                undone = place.labels.undo(CONCEPT, "ben")
                assert undone is not None
                os.write(1, f"acknowledged {label.event} undone\n".encode())


def _not_undone(path: Path) -> list[str]:
    with Workspace(path) as place:
        history = {label.event: label for label in place.labels.history(CONCEPT)}
        return [] if history["old-7"].undone else ["the newest action stands"]


def _not_learned(path: Path) -> list[str]:
    with Workspace(path) as place:
        for version in place.rules.versions(CONCEPT):
            place.rules.version(version.version)
        count = len(place.rules.versions(CONCEPT))
        hits = place.collection.search(place.rules.open(CONCEPT), k=20)
        return [] if count >= 2 and len(hits.ids) else [f"{count} versions"]


def _not_exported(target: Path) -> list[str]:
    lines = (target / MANIFEST).read_text().splitlines()
    wrong = []
    for line in lines:
        digest, _, name = line.partition("  ")
        if hashlib.sha256((target / name).read_bytes()).hexdigest() != digest:
            wrong.append(f"{name} is not what the manifest says")
    if len(lines) < 2:
        wrong.append(f"only {len(lines)} files")
    left = target.with_name(f".{target.name}.partial")
    return [*wrong, *([f"{left} was left"] if left.exists() else [])]


def _not_backed_up(path: Path) -> list[str]:
    answers = read_backup(path).answers
    return [] if answers == 8 else [f"{answers} answers are in the backup"]


def _not_restored(path: Path) -> list[str]:
    with Workspace(path) as place:
        count = len(place.labels.history(CONCEPT))
        return [] if count == 9 and Concepts(place.decisions).names() else [f"{count} answers"]


def _not_migrated(path: Path) -> list[str]:
    with Workspace(path) as place:
        (known,) = place._database.rows("PRAGMA user_version")[0]
        there = {x.item for x in place.labels.history(CONCEPT) if x.who == "ana"}
        wrong = [] if known == FORMAT else [f"format {known}"]
        return wrong + [f"not answered: {x}" for x in NEW_ANSWERS if x not in there]
