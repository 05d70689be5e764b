"""Labels that the look of the image and its neighbours dispute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from likewise.core.selection import Selection
from likewise.core.vectors import Vectors
from likewise.curate.base import NOBODY, Pool, chosen
from likewise.errors import BadInputError
from likewise.numeric.neighbours import Neighbours

_DIMENSIONS = 256
_RIDGE = 3.0
_SLOPE = 8.0
_DOUBT = 0.05  # share of a vote that each class has without any neighbour
_VOTE = 0.5  # power of the neighbours' word beside the classifier's
_BLOCK = 4096


@dataclass(frozen=True)
class LabelSuspects:
    """Drop the items whose label is probably wrong.

    Two witnesses that never saw the item's own label are multiplied: a ridge classifier on 256
    principal components, left-one-out in closed form (Allen 1974), and a vote of the k nearest
    neighbours. As many items are suspected as have another class that is more probable than their
    own, and at least as probable as that class is to its own members on average (confident
    learning: Northcutt, Jiang, Chuang 2021); and it is those whose own label is the least
    probable.

    Attributes:
        k: how many neighbours vote.

    Example:
        >>> angles = np.deg2rad([0, 1, 2, 3, 4, 80, 81, 82, 83, 84])
        >>> rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        >>> labels = ("x", "x", "y", "x", "x", "y", "y", "y", "y", "y")
        >>> LabelSuspects(k=3).select(Pool(tuple("abcdefghij"), rows, labels)).dropped
        ('c',)
    """

    k: int = 20

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; needs vectors and labels. Score: how improbable the label is.

        Because of: the nearest neighbour that bears the label which is more probable.
        Items without a label, or alone in their class, cannot be judged and stay.

        Raises:
            BadInputError: no labels, or all the same one.
        """
        names, owner = _classes(pool)
        judged = np.flatnonzero(owner >= 0)
        graph = pool.neighbours(self.k)
        wrong = np.zeros(len(pool), dtype=np.float32)
        other = np.full(len(pool), NOBODY)
        out = np.zeros(len(pool), dtype=np.bool_)
        label_probability, rival, rival_class, bars = _judge(
            pool.rows()[judged], owner[judged], _votes(graph, owner, judged, len(names), self.k)
        )
        wrong[judged], other[judged] = 1 - label_probability, rival_class
        sure = int(((rival > label_probability) & (rival >= bars[rival_class])).sum())
        doubted = np.flatnonzero(rival > label_probability)
        out[judged[doubted[np.argsort(label_probability[doubted], kind="stable")[:sure]]]] = True
        reasons = [
            f"labelled {pool.labels[index]}, looks like {names[other[index]]}" if out[index] else ""
            for index in range(len(pool))
        ]
        unjudged = len(pool) - len(judged)
        notes = [f"{unjudged} items without a label, or alone in their class, are not judged"]
        return chosen(
            self,
            pool,
            np.flatnonzero(~out),
            reasons=reasons,
            because=_witnesses(graph, owner, other),
            scores=wrong,
            kept_scores=1 - wrong[~out],
            notes=notes if unjudged else [],
        )


def probabilities(rows: Vectors, owner: NDArray[np.intp]) -> NDArray[np.float32]:
    """What each row is by a classifier that was taught all the others, shape (n, classes).

    Args:
        rows: (n, dim) unit rows.
        owner: (n,) class numbers from 0.
    """
    classes = int(owner.max()) + 1
    blocks = list(_left_out(rows, owner, classes))
    return np.concatenate(blocks) if blocks else np.empty((0, classes), np.float32)


def _judge(
    rows: Vectors, owner: NDArray[np.intp], votes: Iterator[NDArray[np.float32]]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp], NDArray[np.float32]]:
    """Of each row the probability of its label, the best other one and whose that is; and the
    mean probability that a class has among its own.
    """
    count, classes = len(rows), int(owner.max()) + 1
    label_probability, rival = np.empty(count, np.float32), np.empty(count, np.float32)
    rival_class = np.empty(count, dtype=np.intp)
    start = 0
    for probabilities, vote in zip(_left_out(rows, owner, classes), votes, strict=True):
        both = probabilities * vote**_VOTE
        both /= both.sum(axis=1, keepdims=True)
        end = start + len(both)
        at = np.arange(len(both)), owner[start:end]
        label_probability[start:end] = both[at]
        both[at] = -1
        rival_class[start:end], rival[start:end] = both.argmax(axis=1), both.max(axis=1)
        start = end
    sizes = np.maximum(np.bincount(owner, minlength=classes), 1)
    means = np.bincount(owner, weights=label_probability, minlength=classes) / sizes
    return label_probability, rival, rival_class, np.asarray(means, np.float32)


def _left_out(
    rows: Vectors, owner: NDArray[np.intp], classes: int
) -> Iterator[NDArray[np.float32]]:
    """Probabilities by ridge regression on the classes, each row without itself; by blocks."""
    axes, middle = _principal_axes(rows)
    shares = np.bincount(owner, minlength=classes) / len(owner)
    gram = _RIDGE * np.eye(axes.shape[1])
    towards = np.zeros((axes.shape[1], classes))
    for start in range(0, len(rows), _BLOCK):
        x = ((rows[start : start + _BLOCK] - middle) @ axes).astype(np.float64)
        gram += x.T @ x
        np.add.at(towards.T, owner[start : start + _BLOCK], x)
        towards -= x.sum(axis=0)[:, None] * shares
    factor = cho_factor(gram)
    weights = cho_solve(factor, towards)
    for start in range(0, len(rows), _BLOCK):
        x = ((rows[start : start + _BLOCK] - middle) @ axes).astype(np.float64)
        mine = owner[start : start + _BLOCK]
        leverage = np.einsum("ij,ji->i", x, cho_solve(factor, x.T))
        truth = -np.tile(shares, (len(x), 1))
        truth[np.arange(len(x)), mine] += 1
        left_out = (x @ weights - leverage[:, None] * truth) / (1 - leverage)[:, None] + shares
        left_out = np.exp(_SLOPE * (left_out - left_out.max(axis=1, keepdims=True)))
        yield np.asarray(left_out / left_out.sum(axis=1, keepdims=True), np.float32)


def _principal_axes(rows: Vectors) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    middle = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread = np.zeros((rows.shape[1], rows.shape[1]), dtype=np.float32)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK] - middle
        spread += block.T @ block
    _, axes = np.linalg.eigh(spread)
    return np.ascontiguousarray(axes[:, ::-1][:, :_DIMENSIONS], dtype=np.float32), middle


def _votes(
    graph: Neighbours, owner: NDArray[np.intp], judged: NDArray[np.intp], classes: int, k: int
) -> Iterator[NDArray[np.float32]]:
    """The labels of the neighbours, weighted by likeness, by blocks of the judged."""
    for start in range(0, len(judged), _BLOCK):
        indices = judged[start : start + _BLOCK]
        near, cosines = graph.rows[indices, :k], graph.scores[indices, :k]
        label = np.where(near >= 0, owner[near], NOBODY)
        weight = np.where(label >= 0, np.maximum(cosines, 1e-3) ** 2, 0).astype(np.float32)
        votes = np.zeros((len(indices), classes), dtype=np.float32)
        np.add.at(votes, (np.arange(len(indices))[:, None], np.maximum(label, 0)), weight)
        votes /= np.maximum(votes.sum(axis=1, keepdims=True), 1e-6)
        yield votes + np.float32(_DOUBT)


def _classes(pool: Pool) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Names of the classes of two items and more, and each item's class, -1 for none."""
    if not any(pool.labels):
        raise BadInputError("no item has a label to suspect; give labels with --labels")
    names, of, counts = np.unique(
        np.array(pool.labels, dtype=str), return_inverse=True, return_counts=True
    )
    real = (names != "") & (counts > 1)
    if real.sum() < 2:
        raise BadInputError(
            "labels of fewer than two classes have two items or more, so there is nothing to "
            "mistake them for; label more"
        )
    number = np.where(real, np.cumsum(real) - 1, NOBODY)
    return tuple(names[real].tolist()), np.asarray(number[of], dtype=np.intp)


def _witnesses(
    graph: Neighbours, owner: NDArray[np.intp], other: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The nearest neighbour of each item that bears the other class, -1 where none does."""
    bears = (graph.rows >= 0) & (owner[graph.rows] == other[:, None]) & (other[:, None] >= 0)
    if not graph.k:
        return np.full(len(owner), NOBODY)
    first = bears.argmax(axis=1)
    nearest = graph.rows[np.arange(len(owner)), first]
    return np.where(bears.any(axis=1), nearest, NOBODY).astype(np.intp)
