"""Rules of other products and of textbooks, written from their descriptions.

Each takes what is known of one concept and scores every image of the collection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

Floats = NDArray[np.float32]

_NEIGHBOURS = 10
_RANDOM_NEGATIVES = 10
_UNLABELLED = 2000
_LENGTH, _ALIGNMENT, _GRAPH = 0.01, 1.0, 0.01  # terms of SeeSaw's loss


class Images:
    """Unit rows of a collection with its mean subtracted, and the graph of nearest neighbours."""

    def __init__(self, rows: Floats) -> None:
        self.rows = rows

    @cached_property
    def graph(self) -> Any:
        """Symmetric (n, n), 1 where one is among the ten nearest of the other."""
        from sklearn.neighbors import kneighbors_graph

        count = min(_NEIGHBOURS, len(self.rows) - 1)
        directed = kneighbors_graph(self.rows, count, mode="connectivity")
        return sparse.csr_matrix(directed.maximum(directed.T))

    @cached_property
    def smoothness(self) -> Floats:
        """(dim, dim): how much a direction's scores differ between neighbours, trace 1 a column."""
        degrees = sparse.diags(np.asarray(self.graph.sum(axis=1)).ravel())
        laplacian = degrees - self.graph
        matrix = self.rows.T @ (laplacian @ self.rows)
        return np.asarray(matrix * (len(matrix) / np.trace(matrix)), np.float32)


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of one concept.

    Attributes:
        images: of the collection.
        yes: rows of the examples and of images answered with yes; one at least.
        no: rows of those answered with no.
        random: of draws.
    """

    images: Images
    yes: NDArray[np.intp]
    no: NDArray[np.intp]
    random: np.random.Generator

    @property
    def rows(self) -> Floats:
        """Vectors of all images."""
        return self.images.rows

    def scores(self, direction: NDArray[Any]) -> Floats:
        """Dot products of all images with a direction."""
        return np.asarray(self.rows @ direction, np.float32)

    def drawn(self, count: int) -> NDArray[np.intp]:
        """Random images that were not answered."""
        left = np.setdiff1d(np.arange(len(self.rows)), np.concatenate([self.yes, self.no]))
        return self.random.choice(left, min(count, len(left)), replace=False)

    def labelled(self, negatives: NDArray[np.intp]) -> tuple[Floats, NDArray[np.intp]]:
        """Vectors and targets of the yes and of these negatives."""
        chosen = np.concatenate([self.yes, negatives])
        return self.rows[chosen], (np.arange(len(chosen)) < len(self.yes)).astype(np.intp)


def centred_mean(known: Known) -> Floats:
    """Cosine to the mean of the yes, the collection's mean subtracted."""
    return known.scores(known.rows[known.yes].mean(axis=0))


def twice_positive(known: Known) -> Floats:
    """Twice the mean of the yes less the mean of the no, as a query vector."""
    query = 2 * known.rows[known.yes].mean(axis=0)
    if len(known.no):
        query = query - known.rows[known.no].mean(axis=0)
    return known.scores(query)


def softmax_prototypes(known: Known) -> Floats:
    """Softmax over the cosines to the mean of the yes and to the mean of the no."""
    if not len(known.no):
        return centred_mean(known)
    means = [known.rows[which].mean(axis=0) for which in (known.yes, known.no)]
    yes, no = (known.rows @ (mean / np.linalg.norm(mean)) for mean in means)
    return np.asarray(1 / (1 + np.exp(no - yes)), np.float32)


def random_forest(known: Known) -> Floats:
    """A random forest on the yes, the no and ten random images taken for no."""
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(random_state=0)
    forest.fit(*known.labelled(np.concatenate([known.no, known.drawn(_RANDOM_NEGATIVES)])))
    return np.asarray(forest.predict_proba(known.rows)[:, 1], np.float32)


def seesaw_loss(
    rows: Floats, signs: NDArray[Any], query: Floats, smoothness: NDArray[Any]
) -> Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]:
    """Value and slope, at a direction, of the loss of SeeSaw (Moll et al., SIGMOD 2023).

    The answers' logistic loss, the direction's length, its cosine to the first query, and how
    much its scores differ between neighbours.

    Args:
        rows: (n, dim), vectors of what was answered.
        signs: (n,), 1 for yes and -1 for no.
        query: (dim,), of unit length.
        smoothness: (dim, dim), see `Images`.
    """

    def loss(direction: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = signs * (rows @ direction)
        length = np.linalg.norm(direction)
        along, smoothed = direction / length, smoothness @ direction / length
        cosine, roughness = along @ query, along @ smoothed
        value = np.logaddexp(0, -margins).mean() + _LENGTH * length**2
        value += _ALIGNMENT * (1 - cosine) + _GRAPH * roughness
        slope = -(rows.T @ (signs / (1 + np.exp(margins)))) / len(rows)
        slope = slope + 2 * _LENGTH * direction - _ALIGNMENT * (query - cosine * along) / length
        slope = slope + 2 * _GRAPH * (smoothed - roughness * along) / length
        return float(value), slope.astype(np.float64)

    return loss


def seesaw(known: Known) -> Floats:
    """Logistic regression on the answers, held near the query and smooth over the neighbours.

    The first query is the mean of the yes, where SeeSaw has words.
    """
    mean = known.rows[known.yes].mean(axis=0)
    query = mean / np.linalg.norm(mean)
    if not len(known.no):
        return known.scores(query)
    rows, targets = known.labelled(known.no)
    loss = seesaw_loss(rows, 2.0 * targets - 1, query, known.images.smoothness)
    found = minimize(loss, query.astype(np.float64), jac=True, method="L-BFGS-B")
    return known.scores(found.x)


def rocchio(known: Known) -> Floats:
    """.75 of the mean of the yes less .15 of the mean of the no (Rocchio 1971)."""
    query = 0.75 * known.rows[known.yes].mean(axis=0)
    if len(known.no):
        query = query - 0.15 * known.rows[known.no].mean(axis=0)
    return known.scores(query)


def nearest_neighbours(known: Known) -> Floats:
    """How far the nearest no is, of that and the nearest yes together (Giacinto 2007)."""
    nearest_yes = (known.rows @ known.rows[known.yes].T).max(axis=1)
    if not len(known.no):
        return np.asarray(nearest_yes, np.float32)
    nearest_no = (known.rows @ known.rows[known.no].T).max(axis=1)
    to_yes, to_no = (np.sqrt(np.maximum(2 - 2 * s, 1e-12)) for s in (nearest_yes, nearest_no))
    return np.asarray(to_no / (to_yes + to_no), np.float32)


def answers_alone(known: Known) -> Floats:
    """Scikit-learn's LogisticRegression on the yes and the no."""
    from sklearn.linear_model import LogisticRegression

    if not len(known.no):
        return centred_mean(known)
    model = LogisticRegression(class_weight="balanced")
    model.fit(*known.labelled(known.no))
    return np.asarray(model.decision_function(known.rows), np.float32)


def label_spreading(known: Known) -> Floats:
    """Scikit-learn's LabelSpreading over ten nearest neighbours; random images where no no is."""
    from sklearn.semi_supervised import LabelSpreading

    targets = np.full(len(known.rows), -1)
    targets[known.no if len(known.no) else known.drawn(_RANDOM_NEGATIVES)] = 0
    targets[known.yes] = 1
    model = LabelSpreading(kernel=lambda *_: known.images.graph, alpha=0.9, max_iter=100)
    model.fit(known.rows, targets)
    return np.asarray(model.label_distributions_[:, 1], np.float32)


def self_training(known: Known) -> Floats:
    """Scikit-learn's SelfTrainingClassifier: logistic regression, and 2,000 unlabelled images."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.semi_supervised import SelfTrainingClassifier

    negatives = known.no if len(known.no) else known.drawn(_RANDOM_NEGATIVES)
    rows, targets = known.labelled(negatives)
    unlabelled = known.drawn(_UNLABELLED)
    model = SelfTrainingClassifier(LogisticRegression(class_weight="balanced"))
    model.fit(
        np.concatenate([rows, known.rows[unlabelled]]),
        np.concatenate([targets, np.full(len(unlabelled), -1)]),
    )
    return np.asarray(model.decision_function(known.rows), np.float32)


RIVALS: dict[str, Callable[[Known], Floats]] = {
    "centred mean": centred_mean,
    "Rocchio": rocchio,
    "nearest neighbours": nearest_neighbours,
    "logistic regression, answers alone": answers_alone,
    "FiftyOne, twice yes less no": twice_positive,
    "FiftyOne Labs, prototype softmax": softmax_prototypes,
    "LightlyStudio, random forest": random_forest,
    "SeeSaw, anchored regression": seesaw,
    "LabelSpreading": label_spreading,
    "SelfTraining": self_training,
}
