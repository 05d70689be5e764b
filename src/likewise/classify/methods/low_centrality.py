"""The least central references of each class, and likeness to the nearest of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.classify.base import classifier_of
from likewise.classify.methods._centrality import eigenvector_centrality, most_central, rank_within
from likewise.core.classifier import Classifier
from likewise.core.references import References
from likewise.errors import BadInputError


@dataclass(frozen=True)
class LowCentrality:
    """The class of the arg-max of ``A . x``, where A keeps the least central of each class.

    A reference that is central in the graph of likenesses among *all* references looks like
    everything, so it draws images of other classes to its own. Keeping the least central ones
    of each class leaves what is special to it; it also keeps strays, mislabelled ones among
    them.

    Attributes:
        keep: the share of each class's references that is kept, at least one.

    Example:
        >>> few = References(np.eye(4, dtype=np.float32), ("cat", "cat", "dog", "dog"))
        >>> LowCentrality(keep=0.5).fit(few).rows.shape
        (2, 4)
    """

    keep: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.keep <= 1:
            raise BadInputError(f"keep is {self.keep}; give a share above 0 and up to 1")

    def fit(self, references: References) -> Classifier:
        """The kept references are the rows."""
        class_indices = references.owners
        ranks = rank_within(eigenvector_centrality(references.rows), class_indices)
        rows = most_central(ranks, class_indices, np.full(len(references.classes), self.keep))
        return classifier_of(
            "low_centrality", references, references.rows[rows], class_indices[rows]
        )
