"""Every rule learned again with the new encoder's vectors, and how it compares with the old."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likewise.concepts.evidence import evidence_for
from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.encoders._learned import open_if_here
from likewise.errors import LikewiseError
from likewise.rules.base import held_out_precision, hold_out, make
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace

_JUDGE = "contrast"  # the same learner for every encoder, so that only the vectors differ


@dataclass(frozen=True)
class Moved:
    """What became of one concept.

    Attributes:
        concept: its name.
        before, after: average precision of held-out labels among the labelled and the background,
            with the old and the new vectors; None with too few labels to hold any out.
        agree: of the taught images, how many the old and the new rule say the same of.
        taught: how many images the rule was taught with.
        problem: why no new rule was learned, or "".
    """

    concept: str
    before: float | None = None
    after: float | None = None
    agree: int = 0
    taught: int = 0
    problem: str = ""


def relearned(path: Path) -> Iterator[Moved]:
    """Learn again every rule that was learned with another encoder, and compare."""
    with ExitStack() as stack:
        workspace = stack.enter_context(Workspace(path))
        before = workspace.vector_sets().get(workspace.encoder_before() or "")
        old = None
        if before is not None and before != workspace.encoder_name:
            old = stack.enter_context(workspace.with_encoder(open_if_here(before, path)))
        for concept in workspace.concepts.names():
            versions = workspace.rules.versions(concept)
            if not versions or versions[-1].encoder == workspace.fingerprint:
                continue
            try:
                former = workspace.rules.version(versions[-1].version)
                learned, _ = learn_concept(
                    workspace, concept, former.learner, options=former.provenance.get("options")
                )
            except LikewiseError as error:
                yield Moved(concept, problem=str(error))
                continue
            fresh = evidence_of(workspace, concept)
            stale = None if old is None else evidence_of(old, concept)
            agree, taught = _agreement(former, stale, learned, fresh)
            yield Moved(concept, precision_of(stale), precision_of(fresh), agree, taught)


def evidence_of(workspace: Workspace, concept: str) -> Evidence | None:
    """A concept as this encoder sees it; None where it cannot read what the concept needs."""
    try:
        return evidence_for(workspace, workspace.concepts.get(concept))
    except LikewiseError:
        return None


def precision_of(evidence: Evidence | None) -> float | None:
    """Average precision of held-out labels; None with too few of them, or without evidence."""
    scores = None if evidence is None else hold_out(make(_JUDGE), evidence)
    return None if scores is None else held_out_precision(scores)


def _agreement(
    former: Rule, stale: Evidence | None, learned: Rule, fresh: Evidence | None
) -> tuple[int, int]:
    """Of the taught images that both see, how many the two rules say the same of."""
    if stale is None or fresh is None:
        return 0, 0
    lines = []
    for rule, evidence in ((former, stale), (learned, fresh)):
        rows = np.concatenate([evidence.positives.rows, evidence.negatives.rows])
        ids = [*evidence.positives.ids, *evidence.negatives.ids]
        lines.append(dict(zip(ids, rule.predict(rows).tolist(), strict=True)))
    both = lines[0].keys() & lines[1].keys()
    return sum(lines[0][item] == lines[1][item] for item in both), len(both)
