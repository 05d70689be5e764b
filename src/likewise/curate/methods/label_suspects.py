"""Labels that the look of the image and its neighbours dispute."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from likewise.core.selection import Selection
from likewise.core.vectors import Scores
from likewise.curate.base import NOBODY, Pool, chosen
from likewise.curate.methods._held_out_scores import HeldOutScores
from likewise.curate.methods._label_noise import fit_label_noise
from likewise.errors import BadInputError
from likewise.numeric.class_folds import NEVER, class_folds
from likewise.numeric.neighbours import Neighbours

_SAME_IMAGE = 1 - 1e-5
_LEAST_IMAGES = 3  # of a class; with two, either could be the wrong one
_FEW_IMAGES = 5  # below, a wrong label spoils the class that it is compared with
_FITTED_ROWS = 5000
_BLOCK = 4096
_NAMED = 3


@dataclass(frozen=True)
class LabelSuspects:
    """Drop the items whose label is probably wrong.

    Each item is scored by two classifiers that did not see its label: a ridge classifier on 256
    principal components, fitted without a tenth of each class at a time, and a vote of the k
    nearest neighbours outside of that tenth. From all scores and labels together come the share
    of wrong labels and the probability that each label is wrong; the notes say how many of the
    dropped items are expected to be labelled rightly, and which classes have too few labels to
    judge. After confident learning (Northcutt, Jiang and Chuang 2021), with a model of the noise
    (Natarajan et al. 2013) instead of thresholds.

    Attributes:
        k: how many neighbours vote.
        at_least: probability of a wrong label from which an item is dropped.

    Example:
        >>> angles = np.deg2rad([*range(12), *range(80, 92)])
        >>> rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        >>> labels = ("x",) * 2 + ("y",) + ("x",) * 9 + ("y",) * 12
        >>> LabelSuspects(k=5).select(Pool(tuple("abcdefghijklmnopqrstuvwx"), rows, labels)).dropped
        ('c',)
    """

    k: int = 20
    at_least: float = 0.5

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; needs vectors and labels. Score: probability of a wrong label.

        Because of: the nearest neighbour with the label of the class that the item looks like.
        Items without a label, and classes of fewer than three distinct images, are kept.

        Raises:
            BadInputError: no labels, fewer than two classes that can be judged, or a probability
                that is not above 0 and at most 1.
        """
        if not 0 < self.at_least <= 1:
            raise BadInputError(
                f"at_least is {self.at_least}; give a probability above 0 and at most 1, such as .5"
            )
        names, class_indices = _classes(pool)
        graph = pool.neighbours(self.k)
        images = _distinct_images(graph)
        labelled = np.flatnonzero(class_indices >= 0)
        distinct = np.array(
            [len(np.unique(images[class_indices == number])) for number in range(len(names))]
        )
        if (np.bincount(class_indices[labelled]) >= _LEAST_IMAGES).sum() < 2:
            raise BadInputError(
                f"fewer than two classes have {_LEAST_IMAGES} labels or more, so no label can be "
                "judged; label more"
            )
        folds = np.full(len(pool), NEVER)
        folds[labelled] = class_folds(
            pool.rows()[labelled], class_indices[labelled], images=images[labelled]
        )
        judged = labelled[
            (folds[labelled] != NEVER) & (distinct[class_indices[labelled]] >= _LEAST_IMAGES)
        ]
        scores = HeldOutScores(pool.rows(), class_indices, folds, graph, self.k)
        wrong, other = np.zeros(len(pool), np.float32), np.full(len(pool), NOBODY)
        power = np.zeros(len(names), np.float32)
        if len(judged):
            wrong[judged], other[judged], power = _judge(
                scores, class_indices, judged, self.at_least
            )
        out = wrong >= self.at_least
        reasons = [
            f"labelled {pool.labels[index]}, looks like {names[other[index]]}" if out[index] else ""
            for index in range(len(pool))
        ]
        few = [
            f"'{names[number]}' ({(class_indices == number).sum()})"
            for number in np.argsort(distinct, kind="stable")
            if distinct[number] < _FEW_IMAGES or power[number] < 0.5
        ]
        return chosen(
            self,
            pool,
            np.flatnonzero(~out),
            reasons=reasons,
            because=_witnesses(graph, class_indices, other),
            scores=wrong,
            kept_scores=1 - wrong[~out],
            notes=_notes(len(pool) - len(labelled), wrong, out, few, len(names)),
        )


def _judge(
    scores: HeldOutScores, class_indices: NDArray[np.intp], judged: NDArray[np.intp], least: float
) -> tuple[Scores, NDArray[np.intp], Scores]:
    """Probability of a wrong label and the likeliest other class of each judged row; and for each
    class the share of wrong labels that would be noticed.
    """
    sample = judged
    if len(judged) > _FITTED_ROWS:
        sample = np.random.default_rng(0).choice(judged, _FITTED_ROWS, replace=False)
    sampled = scores.of(sample)
    noise = fit_label_noise(sampled, class_indices[sample])
    noticed = noise.noticed(sampled, least)
    others = class_indices[sample][:, None] != np.arange(sampled.shape[1])
    power = (noticed & others).sum(axis=0) / np.maximum(others.sum(axis=0), 1)
    wrong, rival = np.empty(len(judged), np.float32), np.empty(len(judged), np.intp)
    for start in range(0, len(judged), _BLOCK):
        part = judged[start : start + _BLOCK]
        block = scores.of(part)
        wrong[start : start + len(part)] = noise.wrong(block, class_indices[part])
        block[np.arange(len(part)), class_indices[part]] = -np.inf
        rival[start : start + len(part)] = block.argmax(axis=1)
    return wrong, rival, np.asarray(power, np.float32)


def _distinct_images(graph: Neighbours) -> NDArray[np.intp]:
    """Number the images of a graph, copies alike, (n,)."""
    line, column = np.nonzero((graph.rows >= 0) & (graph.scores >= _SAME_IMAGE))
    edges = coo_matrix(
        (np.ones(len(line), np.int8), (line, graph.rows[line, column])), shape=(len(graph),) * 2
    )
    return np.asarray(connected_components(edges, directed=False)[1], np.intp)


def _classes(pool: Pool) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Names of the classes, and the class of each item, -1 for none."""
    if not any(pool.labels):
        raise BadInputError("no item has a label to suspect; give labels with --labels")
    names, numbers = np.unique(np.array(pool.labels, dtype=str), return_inverse=True)
    shift = int(names[0] == "")
    return tuple(names[shift:].tolist()), np.asarray(numbers - shift, np.intp)


def _notes(
    unlabelled: int, wrong: Scores, out: NDArray[np.bool_], few: list[str], classes: int
) -> list[str]:
    notes = []
    if unlabelled:
        notes.append(f"items without a label, which are not judged: {unlabelled}")
    if few:
        more = ", ..." if len(few) > _NAMED else ""
        notes.append(
            f"{len(few)} of {classes} classes have too few labels to judge (most wrong labels "
            f"there go unnoticed): {', '.join(few[:_NAMED])}{more}"
        )
    if out.any():
        notes.append(
            f"{out.sum()} labels are probably wrong; {(1 - wrong[out]).sum():.1f} of them are "
            "expected to be right"
        )
    else:
        notes.append("no label is probably wrong")
    if wrong[~out].sum() >= 0.5:
        notes.append(f"{wrong[~out].sum():.0f} more wrong labels are expected among the others")
    return notes


def _witnesses(
    graph: Neighbours, class_indices: NDArray[np.intp], other: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The nearest neighbour of each item that has the other class, -1 where none does."""
    bears = (
        (graph.rows >= 0) & (class_indices[graph.rows] == other[:, None]) & (other[:, None] >= 0)
    )
    if not graph.k:
        return np.full(len(class_indices), NOBODY)
    first = bears.argmax(axis=1)
    nearest = graph.rows[np.arange(len(class_indices)), first]
    return np.where(bears.any(axis=1), nearest, NOBODY).astype(np.intp)
