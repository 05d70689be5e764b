"""Linear heads smoothed over the graph of references and unlabelled images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.classify.base import Choice, Chooser, Method, divisions, fitted, folds_of
from likewise.classify.classification import HeldOut
from likewise.classify.temperature import USUAL_SLOPE, fit_temperature, log_likelihoods
from likewise.core.classifier import Classifier, softmax
from likewise.core.methods import paired_difference
from likewise.core.references import References
from likewise.core.vectors import Vectors, checked_vectors, unit
from likewise.errors import BadInputError
from likewise.numeric.diffusion import diffuse, normalised
from likewise.numeric.neighbours import nearest_rows
from likewise.numeric.ridge import ridge_solver
from likewise.registry import name_of

MOST_UNLABELLED = 8000
"""Unlabelled images that a graph is made of; of more, so many are drawn at random."""

SHARES = (0.0, 0.5, 1.0)
"""How much of a class's row may come from the graph."""

_NEIGHBOURS = 10
_RIDGE = 1e-3  # of the number of images
_FOLDS = 5
_FEWEST_TO_COMPARE = 6  # held-out images; fewer cannot tell whether the graph helps


def drawn_unlabelled(total: int) -> NDArray[np.intp]:
    """Indices of all of so many unlabelled images, or of `MOST_UNLABELLED` of them, in order."""
    return np.sort(np.random.default_rng(0).permutation(total)[:MOST_UNLABELLED])


class ImageGraph:
    """References and unlabelled images, each joined to its nearest neighbours.

    Labels are not known here: it serves every fold, in which some references are held out.

    Args:
        references: with ids that do not repeat.
        unlabelled: (n, dim); at most `MOST_UNLABELLED` are used.

    Attributes:
        mean: (dim,), what is subtracted before anything is compared.
        images: how many unlabelled images are in it.

    Raises:
        BadInputError: an id repeats, or the vectors have another number of columns.
    """

    def __init__(self, references: References, unlabelled: Vectors) -> None:
        self._row_of = {item: row for row, item in enumerate(references.ids)}
        if len(self._row_of) < len(references.ids):
            raise BadInputError("an id of the references repeats; give each image its own")
        dim = references.vectors.shape[1]
        unlabelled = checked_vectors(unlabelled, "the unlabelled images", dim)
        unlabelled = unlabelled[drawn_unlabelled(len(unlabelled))]
        self.images = len(unlabelled)
        self.mean = references.space.mean
        space = references.space
        self._rows = np.concatenate([references.rows, space.apply(unlabelled)])
        self._links = normalised(*nearest_rows(self._rows, _NEIGHBOURS))
        self._solve = ridge_solver(self._rows, 1 + _RIDGE * len(self._rows))

    def smoothed(self, head: Classifier, references: References) -> Vectors:
        """A row for each class that scores as the head does after its answers spread.

        The head's probabilities, and certainty where there is a label, spread over the graph (Zhou
        et al. 2004); a ridge regression on all vectors makes rows of what each image is reached
        by, so that no graph is needed to classify.

        Args:
            head: with one row a class.
            references: those that it was fitted on, some or all of the graph's.

        Returns:
            (classes, dim), of unit length.
        """
        start = softmax((self._rows @ head.rows.T) * np.float32(USUAL_SLOPE))
        labelled = [self._row_of[item] for item in references.ids]
        start[labelled] = np.eye(len(head.classes), dtype=np.float32)[references.owners]
        reached = diffuse(self._links, start)
        shares = reached / np.maximum(reached.sum(axis=1, keepdims=True), np.float32(1e-12))
        targets = self._rows.T @ (shares - shares.mean(axis=0))
        return unit(self._solve(targets).T)


@dataclass(frozen=True, eq=False)
class SmoothedHead:
    """A linear head, smoothed over a graph as much as helps with images that are held out.

    "As much" is a share of 0, a half or all of each class's row. What it gains is measured in
    log-likelihood of the right classes, at each share's own best temperature: the accuracy of a
    few images ties too often. The share is chosen whose gain is the largest when a standard error
    is taken off; where none is left, another method takes over.

    Attributes:
        head: what is smoothed.
        graph: of all references and of unlabelled images.
        otherwise: the method where the graph does not help.
        share: of the rows that comes from the graph; chosen when None.
    """

    head: Method
    graph: ImageGraph
    otherwise: Method
    share: float | None = None

    def fit(self, references: References) -> Classifier:
        """Fit with the share that is set, or choose first."""
        if self.share is None:
            return self.choose(references).method.fit(references)
        return self._fitted(references, (self.share,))[0]

    def choose(self, references: References) -> Choice:
        """Compare the shares on images that are held out in turn."""
        facts: dict[str, Any] = {"images": self.graph.images, "share": 0.0}
        compared = self._held_out(references)
        images = len(np.unique(compared[0].rows))
        if images < _FEWEST_TO_COMPARE:
            facts["because"] = f"{images} images held out are too few to tell whether they help"
            return self._without(references, facts)
        likelihoods = [
            each.by_image(log_likelihoods(each, fit_temperature(each)[0]))[1] for each in compared
        ]
        facts["compared"] = {
            f"{share:g}": {
                "log_likelihood": float(likelihood.mean()),
                "accuracy": float(each.right_by_image().mean()),
            }
            for share, likelihood, each in zip(SHARES, likelihoods, compared, strict=True)
        }
        gains = [paired_difference(each, likelihoods[0]) for each in likelihoods]
        share = SHARES[int(np.argmax([gain - error for gain, error in gains]))]
        if not share:
            facts["because"] = (
                "with them the right classes of held-out images do not become more likely by one "
                "standard error"
            )
            return self._without(references, facts)
        facts["share"] = share
        facts["because"] = "with them the right classes of held-out images are more likely"
        choice: dict[str, Any] = {"unlabelled": facts}
        if isinstance(self.otherwise, Chooser):
            choice["chosen"] = name_of("classify", self.head)
            choice["because"] = "unlabelled images help it"
        return Choice(replace(self, share=share), choice)

    def _without(self, references: References, facts: dict[str, Any]) -> Choice:
        if isinstance(self.otherwise, Chooser):
            choice = self.otherwise.choose(references)
            return Choice(choice.method, {**choice.validation, "unlabelled": facts})
        return Choice(self.otherwise, {"unlabelled": facts})

    def _held_out(self, references: References) -> list[HeldOut]:
        """What each share makes of the images, held out in turn."""
        rows: list[NDArray[np.intp]] = [np.empty(0, np.intp)]
        scores = [[np.empty((0, len(references.classes)), np.float32)] for _ in SHARES]
        for folds in divisions(references, most=_FOLDS):
            for fold in folds_of(folds):
                out = np.flatnonzero(folds == fold)
                rows.append(out)
                made = self._fitted(references.part(folds != fold), SHARES)
                for so_far, classifier in zip(scores, made, strict=True):
                    so_far.append(classifier.score(references.vectors[out]))
        every = np.concatenate(rows)
        truths = references.owners[every]
        return [HeldOut(np.concatenate(so_far), truths, every) for so_far in scores]

    def _fitted(self, references: References, shares: tuple[float, ...]) -> list[Classifier]:
        references = replace(references, mean=self.graph.mean)
        plain = fitted(self.head, references)
        smooth = self.graph.smoothed(plain, references)
        return [
            replace(plain, rows=unit((1 - share) * plain.rows + share * smooth)) for share in shares
        ]
