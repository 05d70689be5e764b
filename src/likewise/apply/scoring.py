"""A rule or a classifier applied to images that were never indexed: no workspace needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from likewise.apply.inputs import Images, encoded, opened, streams
from likewise.apply.results import Classified, EncodedImage, Scored, classified, scored
from likewise.core.classifier import Abstention, Classifier
from likewise.core.rule import Rule
from likewise.encoders._encode_files import read_file
from likewise.encoders._learned import _check, encoder_of
from likewise.encoders.base import Encoder, need_images
from likewise.images.decode import Limits
from likewise.images.grid import Grid, grid_of
from likewise.sources.base import Item, Source

if TYPE_CHECKING:
    from likewise.distribute.in_order import AnyPoolFactory

__all__ = [
    "Classified",
    "EncodedImage",
    "Images",
    "Scored",
    "classify_images",
    "encoded_images",
    "score_images",
]

_Verdict = TypeVar("_Verdict", Scored, Classified)


def score_images(
    images: Images,
    rule: Rule,
    encoder: Encoder | None = None,
    *,
    threshold: float | None = None,
    limits: Limits | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
    crew: AnyPoolFactory | None = None,
    home: Path | None = None,
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
        crew: makes the workers that read, encode and score in other processes or on other
            machines, such as `likewise.distribute.ray_cluster.RayCluster`, with `workers` threads
            each, one unless given; this process unless given.
        home: a workspace, where a crew looks for an encoder that was learned there.

    Raises:
        MismatchError: the encoder is not the one the rule was learned with.
        NotFoundError: a path does not exist.
    """
    bar = rule.threshold if threshold is None else threshold
    judge = partial(scored, rule, bar)
    return _judged(judge, images, rule, encoder, limits, workers, progress, crew, home)


def classify_images(
    images: Images,
    classifier: Classifier,
    encoder: Encoder | None = None,
    *,
    min_probability: float | None = None,
    limits: Limits | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
    crew: AnyPoolFactory | None = None,
    home: Path | None = None,
) -> Iterator[Classified]:
    """Classify image files, or all images in a folder, in order, in bounded memory.

    Args:
        images: a folder or another source of images, or several of them and paths of files.
        classifier: of the classes.
        encoder: the classifier's encoder; opened by name unless given.
        min_probability: "none of these" below this; as the classifier abstains unless given.
        limits, workers, progress, crew, home: see `score_images`.

    Raises:
        MismatchError: the encoder is not the one the classifier was trained with.
        NotFoundError: a path does not exist.
    """
    if min_probability is not None:
        classifier = replace(classifier, abstention=Abstention("probability", min_probability))
    judge = partial(classified, classifier)
    return _judged(judge, images, classifier, encoder, limits, workers, progress, crew, home)


def encoded_images(
    images: Images,
    learned: Rule | Classifier,
    encoder: Encoder | None = None,
    limits: Limits | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[EncodedImage]:
    """Encode images for a rule or a classifier; see `score_images`."""
    encoder = _fit(learned, encoder)
    return _encoded(opened(images), encoder, _grid(learned), limits, workers, progress)


def _judged(
    judge: Callable[[EncodedImage], _Verdict],
    images: Images,
    learned: Rule | Classifier,
    encoder: Encoder | None,
    limits: Limits | None,
    workers: int | None,
    progress: Callable[[int], None] | None,
    crew: AnyPoolFactory | None,
    home: Path | None,
) -> Iterator[_Verdict]:
    encoder = _fit(learned, encoder)
    inputs, grid = opened(images), _grid(learned)
    if crew is None:
        return map(judge, _encoded(inputs, encoder, grid, limits, workers, progress))
    from likewise.apply.on_cluster import Scoring, judged_by

    task = Scoring.of(judge, inputs, encoder, grid, home, limits, workers or 1)
    return judged_by(crew, task, inputs, progress)


def _fit(learned: Rule | Classifier, encoder: Encoder | None) -> Encoder:
    encoder = encoder_of(learned) if encoder is None else encoder
    _check(learned, encoder)
    need_images(encoder)
    return encoder


def _grid(learned: Rule | Classifier) -> Grid | None:
    """The patches of each image that are scored besides."""
    return grid_of(learned) if isinstance(learned, Rule) else None


def _encoded(
    inputs: list[Item | Source],
    encoder: Encoder,
    grid: Grid | None,
    limits: Limits | None,
    workers: int | None,
    progress: Callable[[int], None] | None,
) -> Iterator[EncodedImage]:
    refused: list[EncodedImage] = []
    done = 0
    for items, source in streams(inputs, refused):
        read = read_file if source is None else source.read
        for image in encoded(items, read, encoder, grid, limits, workers):
            yield image
            done += 1
            if progress is not None:
                progress(done)
    yield from refused
