"""A rule or a classifier applied to images that were never indexed: no workspace needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.classifier import Abstention, Classifier
from likewise.classifier_file import check_encoder as check_classifier
from likewise.decode import Limits
from likewise.encoders.base import Encoder, need_images, open_encoder
from likewise.encoding import Encoded, encode_files, reason
from likewise.errors import BadInputError, NotFoundError
from likewise.rule import Rule
from likewise.rule_file import check_encoder
from likewise.sources.base import Item, Refused
from likewise.sources.folder import Folder


@dataclass(frozen=True)
class Scored:
    """What a rule says of one image.

    Attributes:
        id: path relative to the folder that was given, or the path itself.
        path: the file.
        score: higher is better; None when the file could not be read.
        probability: between 0 and 1; None when the rule has too few labels to say.
        yes: whether the score reaches the rule's threshold; None when it could not be read.
        error: why it could not be read, or None.
    """

    id: str
    path: str
    score: float | None = None
    probability: float | None = None
    yes: bool | None = None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {**vars(self)}


@dataclass(frozen=True)
class Classified:
    """What a classifier says of one image.

    Attributes:
        id: path relative to the folder that was given, or the path itself.
        path: the file.
        label: the class, or "none of these"; None when the file could not be read.
        probability: of the likeliest class; None when the classifier is not calibrated.
        likeness: its score, a cosine: low for what is like none of the classes.
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
        id: path relative to the folder that was given, or the path itself.
        path: the file.
        vector: (dim,), or None when the file could not be read.
        error: why it could not be read, or None.
    """

    id: str
    path: str
    vector: NDArray[np.float32] | None = None
    error: str | None = None


def encoder_of(learned: Rule | Classifier) -> Encoder:
    """The encoder whose vectors a rule scores, or a classifier classifies.

    Raises:
        MismatchError: the encoder of that name is another one now.
    """
    name = learned.provenance.get("encoder_name") or learned.encoder.split("-")[0]
    encoder = open_encoder(str(name))
    _check(learned, encoder)
    return encoder


def _check(learned: Rule | Classifier, encoder: Encoder) -> None:
    if isinstance(learned, Rule):
        check_encoder(learned, encoder.fingerprint)
    else:
        check_classifier(learned, encoder.fingerprint)


def score_images(
    images: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    rule: Rule,
    encoder: Encoder | None = None,
    *,
    threshold: float | None = None,
    limits: Limits | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Scored]:
    """Score image files, or all images in a folder, in order, in bounded memory.

    Args:
        images: a folder, or paths of files and folders.
        rule: what to look for.
        encoder: the rule's encoder; opened by name unless given.
        threshold: score from which on an image is a yes; the rule's own unless given.
        limits: caps on what is decoded.
        workers: threads that decode; one a core unless given.
        progress: told how many are done.

    Raises:
        MismatchError: the encoder is not the one the rule was learned with.
        NotFoundError: a path does not exist.
    """
    stream = encoded_images(images, rule, encoder, limits, workers, progress)
    bar = rule.threshold if threshold is None else threshold
    return (_scored(rule, bar, image) for image in stream)


def classify_images(
    images: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    classifier: Classifier,
    encoder: Encoder | None = None,
    *,
    min_probability: float | None = None,
    limits: Limits | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Classified]:
    """Classify image files, or all images in a folder, in order, in bounded memory.

    Args:
        images: a folder, or paths of files and folders.
        classifier: of the classes.
        encoder: the classifier's encoder; opened by name unless given.
        min_probability: "none of these" below this; as the classifier abstains unless given.
        limits: caps on what is decoded.
        workers: threads that decode; one a core unless given.
        progress: told how many are done.

    Raises:
        MismatchError: the encoder is not the one the classifier was trained with.
        NotFoundError: a path does not exist.
    """
    stream = encoded_images(images, classifier, encoder, limits, workers, progress)
    if min_probability is not None:
        classifier = replace(classifier, abstention=Abstention("probability", min_probability))
    return (_classified(classifier, image) for image in stream)


def encoded_images(
    images: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    learned: Rule | Classifier,
    encoder: Encoder | None = None,
    limits: Limits | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[EncodedImage]:
    """Encode images for a rule or a classifier; see `score_images`."""
    encoder = encoder_of(learned) if encoder is None else encoder
    _check(learned, encoder)
    need_images(encoder)
    given = [images] if isinstance(images, str | os.PathLike) else list(images)
    if not given:
        raise BadInputError("no image was given to classify; give a folder or image files")
    for path in given:
        if not Path(path).expanduser().exists():
            raise NotFoundError(f"{path} does not exist; give a folder or image files")
    return _encoded(given, encoder, limits, workers, progress or (lambda done: None))


def _encoded(
    given: Iterable[str | os.PathLike[str]],
    encoder: Encoder,
    limits: Limits | None,
    workers: int | None,
    progress: Callable[[int], None],
) -> Iterator[EncodedImage]:
    refused: list[tuple[Path, Refused]] = []
    stream = encode_files(_items(given, refused), encoder, limits=limits, workers=workers)
    for done, (item, outcome) in enumerate(stream, 1):
        if not isinstance(outcome, Encoded):
            yield EncodedImage(item.id, item.uri, error=reason(outcome))
        elif outcome.vector is not None:
            yield EncodedImage(item.id, item.uri, outcome.vector)
        progress(done)
    for folder, entry in refused:
        yield EncodedImage(entry.id, str(folder / entry.id), error=entry.reason)


def _scored(rule: Rule, threshold: float, image: EncodedImage) -> Scored:
    if image.vector is None:
        return Scored(image.id, image.path, error=image.error)
    score = rule.score(image.vector[None, :])
    chance = rule.probability(score)
    return Scored(
        image.id,
        image.path,
        float(score[0]),
        None if chance is None else float(chance[0]),
        bool(score[0] >= threshold),
    )


def _classified(classifier: Classifier, image: EncodedImage) -> Classified:
    if image.vector is None:
        return Classified(image.id, image.path, error=image.error)
    scores = classifier.score(image.vector[None, :])
    first, second = np.argsort(-scores[0], kind="stable")[:2].tolist()
    chance = float(classifier.probabilities(scores)[0, first])
    return Classified(
        image.id,
        image.path,
        str(classifier.decide(scores)[0]),
        chance if classifier.calibrated_on else None,
        float(scores[0, first]),
        classifier.classes[first],
        classifier.classes[second],
    )


def _items(
    given: Iterable[str | os.PathLike[str]], refused: list[tuple[Path, Refused]]
) -> Iterator[Item]:
    for path in map(Path, given):
        path = path.expanduser()
        if path.is_dir():
            for entry in Folder(path).items():
                if isinstance(entry, Refused):
                    refused.append((path, entry))
                else:
                    yield entry
        else:
            facts = path.stat()
            yield Item(str(path), str(path.absolute()), facts.st_size, facts.st_mtime_ns)
