"""What a rule or a classifier says of an image: scores, probabilities, classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.box import Box
from likewise.core.classifier import Classifier
from likewise.core.rule import Rule


@dataclass(frozen=True)
class Scored:
    """What a rule says of one image.

    Attributes:
        id: path relative to the folder that was given (or its source's own key), or the path
            itself.
        path: the file, or where else it lies.
        score: higher is better; None when the file could not be read.
        probability: between 0 and 1; None when the rule has too few labels to say.
        yes: whether the score reaches the rule's threshold; None when it could not be read.
        error: why it could not be read, or None.
        box: the part of the image that the score is of; None for all of it, or where the rule was
            not taught with patches.
    """

    id: str
    path: str
    score: float | None = None
    probability: float | None = None
    yes: bool | None = None
    error: str | None = None
    box: Box | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {**vars(self), "box": None if self.box is None else list(self.box)}


@dataclass(frozen=True)
class Classified:
    """What a classifier says of one image.

    Attributes:
        id: path relative to the folder that was given (or its source's own key), or the path
            itself.
        path: the file, or where else it lies.
        label: the class, or "none of these"; None when the file could not be read.
        probability: of the likeliest class; None when the classifier is not calibrated.
        likeness: a cosine, low for what is like none of the classes: to the nearest class mean
            where that decides about "none of these", and else the likeliest class's score.
        likeliest: the likeliest class, also where the label is "none of these".
        runner_up: the next likeliest class.
        error: why it could not be read, or None.
    """

    id: str
    path: str
    label: str | None = None
    probability: float | None = None
    likeness: float | None = None
    likeliest: str | None = None
    runner_up: str | None = None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {**vars(self)}


@dataclass(frozen=True, eq=False)
class EncodedImage:
    """One image file as a vector, or why it is none.

    Attributes:
        id: path relative to the folder that was given (or its source's own key), or the path
            itself.
        path: the file, or where else it lies.
        vector: (dim,), or None when the file could not be read.
        error: why it could not be read, or None.
        patches: (n, dim), of the parts of the image in `boxes`, where a rule wants them.
        boxes: n of them.
    """

    id: str
    path: str
    vector: NDArray[np.float32] | None = None
    error: str | None = None
    patches: NDArray[np.float32] | None = None
    boxes: Sequence[Box] = ()


def scored(rule: Rule, threshold: float, image: EncodedImage) -> Scored:
    """What a rule says of an image, and whether it reaches the threshold."""
    if image.vector is None:
        return Scored(image.id, image.path, error=image.error)
    rows = image.vector[None, :]
    if image.patches is not None:
        rows = np.concatenate([rows, image.patches])
    scores = rule.score(rows)
    best = int(scores.argmax())
    probability = rule.probability(scores[best])
    return Scored(
        image.id,
        image.path,
        float(scores[best]),
        None if probability is None else float(probability),
        bool(scores[best] >= threshold),
        box=image.boxes[best - 1] if best else None,
    )


def classified(classifier: Classifier, image: EncodedImage) -> Classified:
    """What a classifier says of an image."""
    if image.vector is None:
        return Classified(image.id, image.path, error=image.error)
    vectors = image.vector[None, :]
    scores = classifier.score(vectors)
    first, second = np.argsort(-scores[0], kind="stable")[:2].tolist()
    probability = float(classifier.probabilities(scores)[0, first])
    return Classified(
        image.id,
        image.path,
        str(classifier.decide(scores, vectors)[0]),
        probability if classifier.calibrated_on else None,
        float(classifier.sureness(scores, "likeness", vectors)[0]),
        classifier.classes[first],
        classifier.classes[second],
    )
