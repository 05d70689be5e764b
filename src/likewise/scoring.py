"""A rule applied to images that were never indexed: no workspace needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.decode import Limits
from likewise.encoders.base import Encoder, open_encoder
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


def encoder_of(rule: Rule) -> Encoder:
    """The encoder whose vectors a rule scores.

    Raises:
        MismatchError: the encoder of that name is another one now.
    """
    name = rule.provenance.get("encoder_name") or rule.encoder.split("-")[0]
    encoder = open_encoder(str(name))
    check_encoder(rule, encoder.fingerprint)
    return encoder


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
    encoder = encoder_of(rule) if encoder is None else encoder
    check_encoder(rule, encoder.fingerprint)
    given = [images] if isinstance(images, str | os.PathLike) else list(images)
    if not given:
        raise BadInputError("no image was given to classify; give a folder or image files")
    for path in given:
        if not Path(path).expanduser().exists():
            raise NotFoundError(f"{path} does not exist; give a folder or image files")
    bar = rule.threshold if threshold is None else threshold
    return _score(given, rule, encoder, bar, limits, workers, progress or (lambda done: None))


def _score(
    given: Iterable[str | os.PathLike[str]],
    rule: Rule,
    encoder: Encoder,
    threshold: float,
    limits: Limits | None,
    workers: int | None,
    progress: Callable[[int], None],
) -> Iterator[Scored]:
    refused: list[tuple[Path, Refused]] = []
    stream = encode_files(_items(given, refused), encoder, limits=limits, workers=workers)
    for done, (item, outcome) in enumerate(stream, 1):
        if not isinstance(outcome, Encoded):
            yield Scored(item.id, item.uri, error=reason(outcome))
        elif outcome.vector is not None:
            score = rule.score(outcome.vector[None, :])
            chance = rule.probability(score)
            yield Scored(
                item.id,
                item.uri,
                float(score[0]),
                None if chance is None else float(chance[0]),
                bool(score[0] >= threshold),
            )
        progress(done)
    for folder, entry in refused:
        yield Scored(entry.id, str(folder / entry.id), error=entry.reason)


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
