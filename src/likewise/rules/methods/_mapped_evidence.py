"""Evidence after its space's map: what every learner does its arithmetic on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Evidence
from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError

_SHORTEST = 1e-6
_KEY_COLUMNS = 8
_NEAR_COPY = 0.9  # cosine in the centred space; of one class 99.9 % of the pairs are below
_MOST_COMPARED = 500
_FEWEST_DIMENSIONS = 32


@dataclass(frozen=True, eq=False)
class Mapped:
    """Rows of evidence in the space where rules score; weights run parallel to rows.

    Attributes:
        positives: (p, dim_out).
        negatives: (n, dim_out).
        background: (b, dim_out).
        hints: (t, dim_out), one row a word.
        meanings: (m, dim_out), all rows of the word, when there is exactly one; else none.
        counter_hints: (u, dim_out).
        positive_weights, negative_weights, hint_weights, counter_hint_weights: (rows,).
    """

    positives: Vectors
    negatives: Vectors
    background: Vectors
    hints: Vectors
    meanings: Vectors
    counter_hints: Vectors
    positive_weights: NDArray[np.float32]
    negative_weights: NDArray[np.float32]
    hint_weights: NDArray[np.float32]
    counter_hint_weights: NDArray[np.float32]


_mapped_cache: WeakKeyDictionary[Evidence, Mapped] = WeakKeyDictionary()


def mapped(evidence: Evidence) -> Mapped:
    """Map evidence through its space; remembered for as long as the evidence lives."""
    data = _mapped_cache.get(evidence)
    if data is None:
        space = evidence.space
        hints, hint_weights, meanings = _words(evidence)
        positives = space.apply(evidence.positives)
        data = Mapped(
            positives=positives,
            negatives=space.apply(evidence.negatives),
            background=space.apply(evidence.background),
            hints=hints,
            meanings=meanings,
            counter_hints=space.direction(evidence.counter_hints),
            positive_weights=_copies_as_one(
                positives, _weights(evidence.positive_weights, len(positives))
            ),
            negative_weights=_weights(evidence.negative_weights, len(evidence.negatives)),
            hint_weights=hint_weights,
            counter_hint_weights=_weights(
                evidence.counter_hint_weights, len(evidence.counter_hints)
            ),
        )
        _mapped_cache[evidence] = data
    return data


def mean_row(rows: Vectors, weights: NDArray[np.float32], what: str) -> NDArray[np.float32]:
    """The weighted mean of rows, scaled to unit length; shape (dim_out,).

    Raises:
        BadInputError: the rows cancel out, so that no direction is left.
    """
    total = weights @ rows
    if np.linalg.norm(total) <= _SHORTEST * max(float(weights.sum()), _SHORTEST):
        raise BadInputError(
            f"the {len(rows)} {what} cancel out (nothing is left of them after the collection's "
            "mean is subtracted); add another one"
        )
    return unit(total)


def by_centrality(data: Mapped) -> NDArray[np.intp]:
    """Rows of positives, the one with the highest weighted mean similarity to all first."""
    total = data.positive_weights @ data.positives
    return np.argsort(-(data.positives @ total), kind="stable")


def text_direction(data: Mapped, counter_weight: float) -> NDArray[np.float32]:
    """Hints less `counter_weight` of the counter-hints, at unit length; shape (dim_out,).

    Raises:
        BadInputError: the words cancel out.
    """
    toward = mean_row(data.hints, data.hint_weights, "hints")
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
    against = mean_row(data.counter_hints, data.counter_hint_weights, "counter-hints")
    blends = rows - np.float32(counter_weight) * against
    usable = np.linalg.norm(blends, axis=1) > _SHORTEST
    if not usable.any():
        raise BadInputError("the hints and counter-hints cancel out; take a counter-hint away")
    return unit(blends[usable])


def _words(evidence: Evidence) -> tuple[Vectors, NDArray[np.float32], Vectors]:
    """One direction and weight for each word, and the meanings of the word if it is the only one.

    A word's direction is the weighted sum of its rows. Rows without names are a word each.
    """
    rows = evidence.space.direction(evidence.hints)
    weights = _weights(evidence.hint_weights, len(rows))
    names = evidence.hint_words or tuple(map(str, range(len(rows))))
    words = list(dict.fromkeys(names))
    if len(words) == len(rows):
        return rows, weights, rows if len(rows) == 1 else rows[:0]
    of_word = [np.array([name == word for name in names]) for word in words]
    sums = [
        mean_row(rows[rows_of_word], weights[rows_of_word], "meanings of a hint")
        for rows_of_word in of_word
    ]
    heaviest = np.array([weights[rows_of_word].max() for rows_of_word in of_word], dtype=np.float32)
    return np.stack(sums), heaviest, rows if len(words) == 1 else rows[:0]


def part_of(evidence: Evidence, training: Mapping[str, NDArray[np.bool_]]) -> Evidence:
    """Evidence with only the rows marked true; what was mapped already stays mapped."""
    data = mapped(evidence)
    raw: dict[str, Any] = {}
    done: dict[str, Any] = {}
    for role, keep in training.items():
        raw[role], done[role] = getattr(evidence, role)[keep], getattr(data, role)[keep]
        if role == "background":  # it has neither ids nor weights
            continue
        singular = role[:-1]
        ids = getattr(evidence, f"{singular}_ids")
        raw[f"{singular}_ids"] = tuple(np.array(ids, dtype=object)[keep]) if ids else ()
        raw[f"{singular}_weights"] = done[f"{singular}_weights"] = getattr(
            data, f"{singular}_weights"
        )[keep]
    part = replace(evidence, **raw)
    _mapped_cache[part] = replace(data, **done)
    return part


def without_labelled(evidence: Evidence) -> Evidence:
    """Leave out background rows that are labelled too: their label is known.

    Counting them as unlabelled as well would contradict the person who labelled them.
    """
    labelled = np.concatenate([evidence.positives, evidence.negatives])
    starts = set(_starts(labelled))
    doubtful = [row for row, start in enumerate(_starts(evidence.background)) if start in starts]
    if not doubtful:
        return evidence
    wholes = {row_bytes.tobytes() for row_bytes in labelled}
    keep = np.ones(len(evidence.background), dtype=bool)
    keep[doubtful] = [evidence.background[row].tobytes() not in wholes for row in doubtful]
    return evidence if keep.all() else replace(evidence, background=evidence.background[keep])


def _starts(rows: Vectors) -> list[bytes]:
    """The first numbers of each row, enough to tell most rows apart without reading them."""
    return [start.tobytes() for start in np.ascontiguousarray(rows[:, :_KEY_COLUMNS])]


def _copies_as_one(rows: Vectors, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights of which near-copies share one: a picture given five times is one example.

    Among very many examples a few copies weigh little, and comparing all of them costs too much.
    In few dimensions rows are near each other by chance.
    """
    if not 1 < len(rows) <= _MOST_COMPARED or rows.shape[1] < _FEWEST_DIMENSIONS:
        return weights
    copies = ((rows @ rows.T) >= _NEAR_COPY).sum(axis=1)
    return np.asarray(weights / np.maximum(copies, 1), np.float32)


def _weights(weights: NDArray[np.float32] | None, rows: int) -> NDArray[np.float32]:
    return np.ones(rows, np.float32) if weights is None else weights
