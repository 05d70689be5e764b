"""Which references are probably labelled wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.classify.classification import HeldOut
from likewise.core.references import References
from likewise.numeric.class_folds import same_image


@dataclass(frozen=True)
class Suspect:
    """A reference that looks more like another class than like its own.

    Attributes:
        id: of the reference.
        label: the class that it is given as.
        looks_like: the class that it looks like.
        by: how much higher that class scores, as a difference of cosines.
    """

    id: str
    label: str
    looks_like: str
    by: float


def suspects(references: References, held_out: HeldOut) -> list[Suspect]:
    """References that classifiers trained without them take for another class; the worst first.

    A reference cannot vouch for itself this way (self-confidence, as in Northcutt, Jiang and
    Chuang 2021, "Confident learning").

    Args:
        references: labelled images.
        held_out: their scores, `places` counting the references.
    """
    if not len(held_out.truths):
        return []
    each = np.arange(len(held_out.truths))
    images = np.unique(held_out.rows)
    sums = np.zeros((len(references.labels), held_out.scores.shape[1]))
    np.add.at(sums, held_out.rows, held_out.weights[each, None] * held_out.scores)
    label_scores = sums[images, references.owners[images]]
    rivals = sums[images]
    rivals[np.arange(len(images)), references.owners[images]] = -np.inf
    found = [
        Suspect(
            references.ids[image],
            references.labels[image],
            references.classes[int(rival.argmax())],
            round(float(rival.max() - score), 4),
        )
        for image, rival, score in zip(images.tolist(), rivals, label_scores, strict=True)
        if rival.max() > score
    ]
    return sorted(found, key=lambda suspect: (-suspect.by, suspect.id))


def contradictions(references: References) -> list[list[str]]:
    """Ids of images that are given under two classes or more, one list an image.

    Example:
        >>> twice = References(np.eye(2, dtype=np.float32)[[0, 1, 0]], ("cat", "dog", "dog"))
        >>> contradictions(twice)
        [['1', '3']]
    """
    groups = same_image(references.rows)
    found = []
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        if len(np.unique(references.owners[members])) > 1:
            found.append([references.ids[row] for row in members.tolist()])
    return found
