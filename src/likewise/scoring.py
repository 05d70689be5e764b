"""A rule or a classifier applied to images that were never indexed: no workspace needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likewise.box import Box
from likewise.classifier import Abstention, Classifier
from likewise.classifier_file import check_encoder as check_classifier
from likewise.decode import Limits
from likewise.encoders.base import Encoder, need_images, open_encoder
from likewise.encoding import Encoded, encode_files, read_file, reason
from likewise.errors import BadInputError, NotFoundError
from likewise.patches.grid import Grid, grid_of
from likewise.rule import Rule
from likewise.rule_file import check_encoder
from likewise.sources.base import (
    Item,
    Refused,
    Source,
    location,
    open_source,
    recognised,
    whole_uri,
)

Images: TypeAlias = str | os.PathLike[str] | Source | Iterable[str | os.PathLike[str] | Source]
"""What can be scored: files, folders and whatever else one of the sources reads."""


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


def encoder_of(learned: Rule | Classifier, home: Path | None = None) -> Encoder:
    """The encoder whose vectors a rule scores, or a classifier classifies.

    Args:
        learned: the rule or classifier.
        home: a workspace; an encoder that was learned from labels is looked for there, too.

    Raises:
        MismatchError: the encoder of that name is another one now.
    """
    name = learned.provenance.get("encoder_name") or learned.encoder.split("-")[0]
    encoder = open_encoder(str(name), home)
    _check(learned, encoder)
    return encoder


def _check(learned: Rule | Classifier, encoder: Encoder) -> None:
    if isinstance(learned, Rule):
        check_encoder(learned, encoder.fingerprint)
    else:
        check_classifier(learned, encoder.fingerprint)


def score_images(
    images: Images,
    rule: Rule,
    encoder: Encoder | None = None,
    *,
    threshold: float | None = None,
    limits: Limits | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Scored]:
    """Score image files, or all images in a folder, in order, in bounded memory.

    With a rule that was taught on images with patches, these are cut up likewise, and the best of
    each counts.

    Args:
        images: a folder or another source of images, or several of them and paths of files.
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
    images: Images,
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
        images: a folder or another source of images, or several of them and paths of files.
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
    images: Images,
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
    one = isinstance(images, str | os.PathLike) or hasattr(images, "items")
    given: list[Any] = [images] if one else list(images)  # type: ignore[arg-type]
    if not given:
        raise BadInputError("no image was given to classify; give a folder or image files")
    opened = [_opened(what) for what in given]
    grid = grid_of(learned) if isinstance(learned, Rule) else None
    return _encoded(opened, encoder, grid, limits, workers, progress or (lambda done: None))


def _opened(what: str | os.PathLike[str] | Source) -> Item | Source:
    """A source; or, where no source recognises what was given, one image file."""
    if not isinstance(what, str | os.PathLike):
        return what
    root = os.fspath(what)
    kind = recognised(root)
    if kind is not None:
        return open_source(root, kind)
    path = Path(location(root))
    if not path.exists():
        raise NotFoundError(f"{root} does not exist; give a folder or image files")
    facts = path.stat()
    return Item(root, str(path), facts.st_size, facts.st_mtime_ns)


def _encoded(
    given: Iterable[Item | Source],
    encoder: Encoder,
    grid: Grid | None,
    limits: Limits | None,
    workers: int | None,
    progress: Callable[[int], None],
) -> Iterator[EncodedImage]:
    refused: list[EncodedImage] = []
    done = 0
    for items, read in _streams(given, refused):
        stream = encode_files(items, encoder, read=read, limits=limits, workers=workers, grid=grid)
        for item, outcome in stream:
            done += 1
            if not isinstance(outcome, Encoded):
                yield EncodedImage(item.id, item.uri, error=reason(outcome))
            elif outcome.vector is not None:
                boxes: Sequence[Box] = ()
                if grid is not None and outcome.patches is not None:
                    boxes = grid.boxes(outcome.facts.width, outcome.facts.height)
                yield EncodedImage(item.id, item.uri, outcome.vector, None, outcome.patches, boxes)
            progress(done)
    yield from refused


def _streams(
    given: Iterable[Item | Source], refused: list[EncodedImage]
) -> Iterator[tuple[Iterable[Item], Callable[[Item, Limits], bytes]]]:
    """What to read and how; files that follow one another go together, and fill batches."""
    files: list[Item] = []
    for one in given:
        if isinstance(one, Item):
            files.append(one)
            continue
        if files:
            yield files, read_file
            files = []
        yield _items(one, refused), one.read
    if files:
        yield files, read_file


def _items(source: Source, refused: list[EncodedImage]) -> Iterator[Item]:
    for entry in source.items():
        if isinstance(entry, Refused):
            uri = whole_uri(entry.id, source.base)
            refused.append(EncodedImage(entry.id, uri, error=entry.reason))
        else:
            yield entry


def _scored(rule: Rule, threshold: float, image: EncodedImage) -> Scored:
    if image.vector is None:
        return Scored(image.id, image.path, error=image.error)
    rows = image.vector[None, :]
    if image.patches is not None:
        rows = np.concatenate([rows, image.patches])
    scores = rule.score(rows)
    best = int(scores.argmax())
    chance = rule.probability(scores[best])
    return Scored(
        image.id,
        image.path,
        float(scores[best]),
        None if chance is None else float(chance),
        bool(scores[best] >= threshold),
        box=image.boxes[best - 1] if best else None,
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
