"""What a move to another encoder takes and what it leaves as it is, before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from likewise.encoders._measure import Speed, measure
from likewise.encoders.base import Encoder, encode_text, open_encoder
from likewise.errors import BadInputError
from likewise.indexing.reindexing.vectors import (
    base_vectors,
    bytes_below,
    digests_by_id,
    refuse_unmovable,
    vector_folders,
)
from likewise.workspace import Workspace

Measured: TypeAlias = Callable[[Encoder], Speed]
"""Answers how fast an encoder is on this machine."""


@dataclass(frozen=True)
class ReindexPlan:
    """What `reindex` would do.

    Attributes:
        workspace: which.
        before: name of the encoder that the workspace has.
        encoder: name of the new one.
        dim: columns of its vectors.
        images: of the workspace.
        to_encode: images that are read and encoded.
        calculated: images whose vectors are calculated from vectors that are here.
        ready: images that have their new vector from an earlier run.
        vectors_an_image: the image and its patches.
        images_a_second: of the new encoder on this machine; None where no image is read.
        seconds: how long encoding takes at that speed.
        new_bytes: about how much room the new vectors take.
        old_bytes: of the vectors that stay until they are dropped.
        answers: yes and no answers, which stay.
        learned_again: concepts whose rule is learned again.
        unread_words: why the new encoder cannot read a concept's words, by the concept; such a
            concept keeps its old rule.
    """

    workspace: Path
    before: str
    encoder: str
    dim: int
    images: int
    to_encode: int
    calculated: int
    ready: int
    vectors_an_image: int
    images_a_second: float | None
    seconds: float
    new_bytes: int
    old_bytes: int
    answers: int
    learned_again: tuple[str, ...] = ()
    unread_words: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {
            **vars(self),
            "workspace": str(self.workspace),
            "unread_words": dict(self.unread_words),
        }


def plan_reindex(
    path: Path, encoder: str | Encoder, measured: Measured | None = None
) -> ReindexPlan:
    """Look at what a move to another encoder takes; nothing is written.

    Args:
        path: the workspace.
        encoder: the new encoder, or its name.
        measured: how its speed is found; drawn pictures are encoded for three seconds unless
            given. It is not called where no image has to be read.

    Raises:
        NotFoundError: the encoder is not on this machine; the message is the command to get it.
        BadInputError: it reads no images and its vectors cannot be calculated from those here.
    """
    new = open_encoder(encoder, path) if isinstance(encoder, str) else encoder
    with Workspace(path) as workspace:
        refuse_unmovable(workspace, new)
        images = len(workspace.collection)
        ready = _ready(workspace, new)
        is_calculated = base_vectors(workspace, new) is not None
        to_encode = 0 if is_calculated else images - ready
        each = 1 + (workspace.grid.total if workspace.grid else 0)
        speed = (measured or _briefly)(new) if to_encode else None
        old_bytes = sum(
            bytes_below(folder)
            for folder, made_by in vector_folders(path)
            if made_by == workspace.fingerprint
        )
        concepts = [name for name in workspace.concepts.names() if workspace.rules.versions(name)]
        unread = _unread_words(workspace, new, concepts)
        return ReindexPlan(
            path,
            workspace.encoder_name,
            new.name,
            new.dim,
            images,
            to_encode,
            images - ready if is_calculated else 0,
            ready,
            each,
            None if speed is None else speed.images_a_second,
            0.0 if speed is None else speed.seconds_for(to_encode * each),
            old_bytes * new.dim // max(1, workspace.dim),
            old_bytes,
            workspace.labels.count(),
            tuple(name for name in concepts if name not in unread),
            unread,
        )


def _briefly(encoder: Encoder) -> Speed:
    return measure(encoder, seconds=3)


def _ready(workspace: Workspace, new: Encoder) -> int:
    """Images that have a vector of the new encoder for the picture that they show now."""
    if new.fingerprint == workspace.fingerprint:
        return len(workspace.collection)
    if new.fingerprint not in workspace.vector_sets():
        return 0
    with workspace.with_encoder(new) as other:
        existing = digests_by_id(other)
    current = digests_by_id(workspace)
    return sum(existing.get(item) == digest for item, digest in current.items())


def _unread_words(workspace: Workspace, new: Encoder, concepts: list[str]) -> dict[str, str]:
    reasons = {}
    for name in concepts:
        concept = workspace.concepts.get(name)
        try:
            encode_text(new, [*concept.hints, *concept.counter_hints])
        except BadInputError as error:
            reasons[name] = str(error)
    return reasons
