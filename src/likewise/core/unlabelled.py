"""The unlabelled images of a collection, as learners see them: rows and who is near whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Images of a collection, labelled or not, and the graph of their nearest neighbours.

    Attributes:
        rows: (m, dim_out) unit rows in the space where rules score.
        links: (m, m) symmetric sparse weights, see `likewise.numeric.diffusion.normalised`.
        index_of: answers where ids are among the rows, -1 for those that are not; (k,).
        regress: answers the directions, (dim_out, f), whose scores over the collection are
            nearest to targets (m, f) of these rows, by ridge regression; the target of all
            other rows is 0, and the scale of the scores is any.
        is_all: whether the rows are the whole collection.
    """

    rows: Vectors
    links: csr_matrix
    index_of: Callable[[Sequence[str]], NDArray[np.int64]]
    regress: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    is_all: bool


class Unlabelled(Protocol):
    """A collection with a graph of nearest neighbours."""

    def around(self, direction: NDArray[np.float32], ids: Sequence[str]) -> Neighbourhood:
        """The whole collection, or where it is large the images that score best.

        Args:
            direction: (dim_out,), of a rule in the default space.
            ids: of labelled images, which are always among them; others are passed over.
        """
        ...
