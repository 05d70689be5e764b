"""Evidence after its space's map: what every learner does its arithmetic on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Evidence, Samples
from likewise.core.space import Space
from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError
from likewise.numeric.near_copies import near_copies

_SHORTEST = 1e-6
_KEY_COLUMNS = 8


@dataclass(frozen=True, eq=False)
class Mapped:
    """Evidence in the space where rules score.

    Attributes:
        positives, negatives, background, counter_hints: rows (n, dim_out); of near-copies among
            the positives the weights are shared.
        hints: one row a word.
        meanings: (m, dim_out), all rows of the word, when there is exactly one; else none.
    """

    positives: Samples
    negatives: Samples
    background: Samples
    hints: Samples
    meanings: Vectors
    counter_hints: Samples


_mapped_cache: WeakKeyDictionary[Evidence, Mapped] = WeakKeyDictionary()


def mapped(evidence: Evidence) -> Mapped:
    """Map evidence through its space; remembered for as long as the evidence lives."""
    data = _mapped_cache.get(evidence)
    if data is None:
        space = evidence.space
        hints, meanings = _words(evidence)
        counter_hints = evidence.counter_hints
        data = Mapped(
            positives=_copies_as_one(_applied(space, evidence.positives)),
            negatives=_applied(space, evidence.negatives),
            background=_applied(space, evidence.background),
            hints=hints,
            meanings=meanings,
            counter_hints=replace(counter_hints, rows=space.direction(counter_hints.rows)),
        )
        _mapped_cache[evidence] = data
    return data


def _applied(space: Space, samples: Samples) -> Samples:
    return replace(samples, rows=space.apply(samples.rows))


def mean_row(samples: Samples, what: str) -> NDArray[np.float32]:
    """The weighted mean of rows, scaled to unit length; shape (dim_out,).

    Raises:
        BadInputError: the rows cancel out, so that no direction is left.
    """
    total = samples.weights @ samples.rows
    if np.linalg.norm(total) <= _SHORTEST * max(float(samples.weights.sum()), _SHORTEST):
        raise BadInputError(
            f"the {len(samples)} {what} cancel out (nothing is left of them after the collection's "
            "mean is subtracted); add another one"
        )
    return unit(total)


def by_centrality(data: Mapped) -> NDArray[np.intp]:
    """Rows of positives, the one with the highest weighted mean similarity to all first."""
    total = data.positives.weights @ data.positives.rows
    return np.argsort(-(data.positives.rows @ total), kind="stable")


def text_direction(data: Mapped, counter_weight: float) -> NDArray[np.float32]:
    """Hints less `counter_weight` of the counter-hints, at unit length; shape (dim_out,).

    Raises:
        BadInputError: the words cancel out.
    """
    toward = mean_row(data.hints, "hints")
    return np.asarray(_less_counter_hints(toward[None], data, counter_weight)[0], np.float32)


def text_directions(data: Mapped, counter_weight: float) -> Vectors:
    """What words alone look for: each meaning of a single word, or the blend of several words.

    Several words narrow each other down, so an image must answer to all of them; of the meanings
    of one word it need only show the nearest.

    Returns:
        Unit rows (k, dim_out).

    Raises:
        BadInputError: the words cancel out.
    """
    if len(data.meanings) > 1:
        return _less_counter_hints(data.meanings, data, counter_weight)
    return text_direction(data, counter_weight)[None]


def _less_counter_hints(rows: Vectors, data: Mapped, counter_weight: float) -> Vectors:
    if not len(data.counter_hints):
        return rows
    against = mean_row(data.counter_hints, "counter-hints")
    blends = rows - np.float32(counter_weight) * against
    usable = np.linalg.norm(blends, axis=1) > _SHORTEST
    if not usable.any():
        raise BadInputError("the hints and counter-hints cancel out; take a counter-hint away")
    return unit(blends[usable])


def _words(evidence: Evidence) -> tuple[Samples, Vectors]:
    """One direction and weight for each word, and the meanings of the word if it is the only one.

    A word's direction is the weighted sum of its rows. Rows without names are a word each.
    """
    hints = replace(evidence.hints, rows=evidence.space.direction(evidence.hints.rows))
    names = hints.ids or tuple(map(str, range(len(hints))))
    words = list(dict.fromkeys(names))
    meanings = hints.rows if len(words) == 1 else hints.rows[:0]
    if len(words) == len(hints):
        return hints, meanings
    of_word = [hints.take(np.array([name == word for name in names])) for word in words]
    sums = np.stack([mean_row(rows, "meanings of a hint") for rows in of_word])
    heaviest = np.array([rows.weights.max() for rows in of_word], dtype=np.float32)
    return Samples(sums, tuple(words), heaviest), meanings


def part_of(evidence: Evidence, training: Mapping[str, NDArray[np.bool_]]) -> Evidence:
    """Evidence with only the rows marked true; what was mapped already stays mapped."""
    data = mapped(evidence)
    kept = {role: getattr(data, role).take(keep) for role, keep in training.items()}
    raw = {
        role: replace(samples, rows=getattr(evidence, role).rows[training[role]])
        for role, samples in kept.items()
    }
    part = replace(evidence, **raw)
    _mapped_cache[part] = replace(data, **kept)
    return part


def without_labelled(evidence: Evidence) -> Evidence:
    """Leave out background rows that are labelled too: their label is known.

    Counting them as unlabelled as well would contradict the person who labelled them.
    """
    labelled = np.concatenate([evidence.positives.rows, evidence.negatives.rows])
    starts = set(_starts(labelled))
    rows = evidence.background.rows
    doubtful = [row for row, start in enumerate(_starts(rows)) if start in starts]
    if not doubtful:
        return evidence
    wholes = {row_bytes.tobytes() for row_bytes in labelled}
    keep = np.ones(len(rows), dtype=bool)
    keep[doubtful] = [rows[row].tobytes() not in wholes for row in doubtful]
    return evidence if keep.all() else replace(evidence, background=evidence.background.take(keep))


def _starts(rows: Vectors) -> list[bytes]:
    """The first numbers of each row, enough to tell most rows apart without reading them."""
    return [start.tobytes() for start in np.ascontiguousarray(rows[:, :_KEY_COLUMNS])]


def _copies_as_one(samples: Samples) -> Samples:
    """Weights of which near-copies share one: a picture given five times is one example."""
    copies = near_copies(samples.rows)
    if copies is None:
        return samples
    return replace(samples, weights=samples.weights / np.maximum(copies.sum(axis=1), 1))
