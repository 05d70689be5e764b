"""A simulated reviewer at work on a copy of a workspace: what a review would cost and find."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likewise.core.sqlite_files import connect_sqlite
from likewise.errors import BadInputError
from likewise.review.estimate.estimates import Estimates
from likewise.review.session import Session
from likewise.workspace import Workspace

SIMULATED = "simulated"
"""Whose answers a rehearsal's are."""

_SHARED = ("vectors", "scan", "patches", "thumbnails", "exemplars")
_DATABASE = "workspace.sqlite"


@dataclass(frozen=True)
class Rehearsed:
    """How far a simulated review was after one page.

    Attributes:
        page: its number, from 1.
        looks: images looked at so far.
        yes: wanted images on this page.
        found: wanted images answered with yes so far, those of the basket included.
        to_find: how many there are in all.
        left: what the advice said was left: estimate, low and high end.
        stop: whether it advised to stop.
        advice: in words.
    """

    page: int
    looks: int
    yes: int
    found: int
    to_find: int
    left: tuple[float, float, float]
    stop: bool
    advice: str


def rehearse(
    workspace: Workspace,
    concept: str,
    truth: Mapping[str, str],
    *,
    pages: int = 5,
    page_size: int = 20,
    picker: str = "mixed",
    learner: str = "best",
    error_rate: float = 0.0,
    seed: int = 0,
) -> Iterator[Rehearsed]:
    """Replay a reviewer who knows the answers; the workspace itself is not changed.

    Args:
        workspace: where the concept is.
        concept: its name; its basket is what the reviewer starts from, and answers that were
            given already are left out.
        truth: yes or no by item id; what is not in it is a no.
        pages: how many, at most.
        page_size: images on a page.
        picker: name of the picker.
        learner: name of the learner.
        error_rate: share of answers that are wrong.
        seed: of the draws.

    Raises:
        NotFoundError: no such concept.
        BadInputError: the truth says yes to nothing in the collection, or a rate beyond 0 to 1.
    """
    existing = workspace.collection.known(list(truth))
    relevant = {item for item, verdict in truth.items() if verdict == "yes" and item in existing}
    if not relevant:
        raise BadInputError(
            f"none of the {len(truth)} given answers says yes to an item of the collection; give "
            "ids as likewise search prints them"
        )
    if not 0 <= error_rate < 1:
        raise BadInputError(f"an error rate of {error_rate} is not from 0 to below 1")
    random = np.random.default_rng(seed)
    with (
        _copied(workspace, concept) as copy,
        Session(
            copy, concept, learner=learner, picker=picker, page_size=page_size, who=SIMULATED,
            seed=seed,
        ) as session,
    ):  # fmt: skip
        inspected = 0
        for page in range(1, pages + 1):
            batch = session.next_batch()
            if not len(batch):
                return
            right = random.random(len(batch)) >= error_rate
            answers = {
                item: "yes" if (item in relevant) == bool(is_right) else "no"
                for item, is_right in zip(batch.ids, right.tolist(), strict=True)
            }
            session.answer(answers, source="page")
            inspected += len(batch)
            advice = Estimates(session).advice
            left = advice.left
            yield Rehearsed(
                page,
                inspected,
                sum(item in relevant for item in batch.ids),
                sum(v == "yes" and item in relevant for item, v in session.known.items()),
                len(relevant),
                (left.value, left.low, left.high),
                advice.stop,
                advice.sentence,
            )


@contextmanager
def _copied(workspace: Workspace, concept: str) -> Iterator[Workspace]:
    """A workspace whose decisions are a copy, without answers on the concept; the rest is shared.

    What is shared is only read.
    """
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        copied = Path(folder) / workspace.path.name
        copied.mkdir()
        for room in _SHARED:
            if (workspace.path / room).is_dir():
                (copied / room).symlink_to((workspace.path / room).absolute())
        with (
            closing(connect_sqlite(workspace.path / _DATABASE)) as source,
            closing(connect_sqlite(copied / _DATABASE)) as copy,
        ):
            source.backup(copy)
            for table in ("labels", "machine_labels", "audits"):
                copy.execute(f"DELETE FROM {table} WHERE concept = ?", (concept,))
            copy.execute("DELETE FROM settings WHERE key = 'decisions'")
            copy.commit()
        with Workspace(copied, is_copy=True) as opened:
            if workspace.shared:  # the copied database holds older decisions, or none
                opened.concepts.save(workspace.concepts.get(concept))
            yield opened
