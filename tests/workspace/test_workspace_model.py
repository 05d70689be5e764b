"""A workspace against a model of it: files, answers, undo, learning, and reopening at any moment.

The model is a few dictionaries. Whatever is done in whatever order, the workspace must say what
the model says. ``LIKEWISE_LONG=1`` runs 2,000 sequences of up to 50 steps in place of a few.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from numpy.typing import NDArray
from PIL import Image

from likewise.concepts.evidence import verdicts
from likewise.core.concept import Concept
from likewise.core.vectors import Vectors
from likewise.errors import LikewiseError
from likewise.indexing.index import index
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace
from likewise.workspace.labels import Label, LabelLog, Verdict, new_id

NAMES = ["1.png", "2.png", "a/1.png", "a/2.png"]  # few, so that names change hands
LONG = os.environ.get("LIKEWISE_LONG") == "1"
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where nothing waits for a disk: power is not cut here."""


class FourColours:
    """The colours of the four quarters, and one more number so that black is a vector, too."""

    name, dim, fingerprint, input_size, batch_size = "four_colours", 13, "four_colours-1", 2, 4

    def prepare(self, image: Image.Image) -> NDArray[np.float32]:
        return np.asarray(image.resize((2, 2), Image.Resampling.BOX), dtype=np.float32)

    def encode(self, batch: NDArray[np.float32]) -> Vectors:
        flat = batch.reshape(len(batch), -1) / 128 - 1
        rows = np.concatenate([flat, np.full((len(batch), 1), 0.3, np.float32)], axis=1)
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def paint(number: int) -> Image.Image:
    """A picture of its own for each number."""
    quarters = np.random.default_rng(number).integers(0, 256, (2, 2, 3), np.uint8)
    return Image.fromarray(quarters.repeat(2, 0).repeat(2, 1))


class StopError(Exception):
    """Thrown by the progress callback, as a crash in the middle of a run would be."""


class WorkspaceModel(RuleBasedStateMachine):
    """What a person and a disk may do to a workspace, and what it must say then."""

    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp(dir=MEMORY))
        self.files: dict[str, int] = {}  # on the disk: name -> number of the picture
        self.seen: dict[str, int] = {}  # the same as it was at the last whole index
        self.answers: dict[int, list[tuple[str, Verdict]]] = {}  # by picture: events and verdicts
        self.actions: list[list[tuple[int, str]]] = []  # that stand: pictures and events of each
        self.events: list[str] = []
        self.whole = False  # whether the workspace has seen all that is on the disk
        self.numbers = 0
        self.write("1.png")
        self.write("a/1.png")
        self.index()
        self.open()
        self.place.concepts.save(Concept("thing"))

    def teardown(self) -> None:
        if hasattr(self, "place"):
            self.place.close()
        if hasattr(self, "home"):
            shutil.rmtree(self.home)

    def open(self) -> None:
        self.place = Workspace(self.home / "w.likewise")

    def write(self, name: str) -> None:
        path = self.home / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.numbers += 1
        paint(self.numbers).save(path)
        # The clock's grain must not hide a change from a program that goes by size and time.
        os.utime(path, ns=(10**18 + self.numbers,) * 2)
        self.files[name] = self.numbers
        self.whole = False

    def index(self) -> None:
        index(self.home / "photos", self.home / "w.likewise", FourColours(), workers=1)
        self.seen, self.whole = dict(self.files), True

    @rule(name=st.sampled_from(NAMES))
    def add_or_change(self, name: str) -> None:
        self.write(name)

    @rule(name=st.sampled_from(NAMES))
    def delete(self, name: str) -> None:
        if name in self.files and len(self.files) > 1:
            (self.home / "photos" / name).unlink()
            del self.files[name]
            self.whole = False

    @rule(name=st.sampled_from(NAMES), to=st.sampled_from(NAMES))
    def move(self, name: str, to: str) -> None:
        if name in self.files and to not in self.files:
            target = self.home / "photos" / to
            target.parent.mkdir(exist_ok=True)
            (self.home / "photos" / name).rename(target)
            self.files[to] = self.files.pop(name)
            self.whole = False

    @rule(name=st.sampled_from(NAMES), to=st.sampled_from(NAMES))
    def move_and_put_another_in_its_place(self, name: str, to: str) -> None:
        if name in self.files and to not in self.files:
            self.move(name, to)
            self.write(name)

    @rule()
    def index_whole(self) -> None:
        self.index()
        self.place.collection.refresh()

    @rule(after=st.integers(0, 3))
    def index_until_it_breaks(self, after: int) -> None:
        def crash(done: int, total: int) -> None:
            if done > after:
                raise StopError

        try:
            index(
                self.home / "photos", self.home / "w.likewise", FourColours(),
                workers=1, progress=crash,
            )  # fmt: skip
        except StopError:
            self.whole = False
        else:
            self.seen, self.whole = dict(self.files), True
        self.place.collection.refresh()

    @rule()
    def reopen(self) -> None:
        self.place.close()
        self.open()

    @rule(
        said=st.dictionaries(
            st.sampled_from(NAMES), st.sampled_from(["yes", "no", "unsure"]), min_size=1, max_size=3
        )
    )
    def answer(self, said: dict[str, Verdict]) -> None:
        if not self.whole:
            self.index_whole()
        said = {name: verdict for name, verdict in said.items() if name in self.seen}
        if not said:
            return
        digests = dict(zip(said, self.place.collection.digests(list(said)), strict=True))
        action = new_id()
        labels = [
            Label("thing", name, verdict, event=new_id(), action=action, who="ana",
                  digest=digests[name])
            for name, verdict in said.items()
        ]  # fmt: skip
        self.place.labels.record(labels)
        self.place.labels.record(labels)  # sent twice counts once
        taken = []
        for label in labels:
            picture = self.seen[label.item]
            self.answers.setdefault(picture, []).append((label.event, label.verdict))
            self.events.append(label.event)
            taken.append((picture, label.event))
        self.actions.append(taken)

    @rule()
    def undo(self) -> None:
        undone = self.place.labels.undo("thing", who="ana")
        assert (undone is not None) == bool(self.actions)
        if self.actions:
            for picture, event in self.actions.pop():
                self.answers[picture] = [x for x in self.answers[picture] if x[0] != event]

    @rule()
    def learn(self) -> None:
        if not self.whole:
            self.index_whole()
        yes = [name for name in self.seen if self.verdict(name) == "yes"]
        try:
            learned, _ = learn_concept(self.place, "thing", "mean")
        except LikewiseError:
            return  # nothing to learn from
        if yes and len(self.place.collection) > 2:
            hits = self.place.collection.search(learned, k=50)
            assert set(hits.ids) == set(self.seen)  # what is gone is not found

    def verdict(self, name: str) -> Verdict | None:
        said = self.answers.get(self.seen[name], [])
        return said[-1][1] if said else None

    @invariant()
    def nothing_that_was_said_is_lost(self) -> None:
        if hasattr(self, "place"):
            assert [x.event for x in self.place.labels.history("thing")] == self.events

    @invariant()
    def answers_are_with_their_pictures(self) -> None:
        if not getattr(self, "whole", False):
            return
        known = verdicts(self.place, Concept("thing"))
        assert {name: known.get(name) for name in self.seen} == {
            name: self.verdict(name) for name in self.seen
        }

    @invariant()
    def vectors_are_those_of_the_files(self) -> None:
        if not getattr(self, "whole", False):
            return
        collection, gone = self.place.collection, self.place.states.all("missing")
        assert set(collection.ids()) - set(gone) == set(self.seen)
        names = sorted(self.seen)
        encoder = FourColours()
        wanted = encoder.encode(np.stack([encoder.prepare(paint(self.seen[x])) for x in names]))
        np.testing.assert_allclose(collection.vectors(names), wanted, atol=2e-3)

    @invariant()
    def another_reader_sees_the_same(self) -> None:
        if getattr(self, "whole", False) and len(self.events) % 5 == 4:
            with Workspace(self.home / "w.likewise") as other:
                assert isinstance(other.labels, LabelLog)
                mine = self.place.labels.current("thing")
                assert other.labels.current("thing") == mine


@pytest.mark.slow
def test_a_workspace_does_what_its_model_does() -> None:
    run_state_machine_as_test(
        WorkspaceModel,
        settings=settings(
            max_examples=2000 if LONG else 25,
            stateful_step_count=50 if LONG else 25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
