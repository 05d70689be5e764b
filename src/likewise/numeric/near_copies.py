"""Which examples are near-copies of one another, and so say the same thing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors

_NEAR_COPY = 0.9  # cosine in the centred space; of one class 99.9 % of the pairs are below
_MOST_COMPARED = 500
_FEWEST_DIMENSIONS = 32


def near_copies(rows: Vectors) -> NDArray[np.bool_] | None:
    """Whether each row is a near-copy of each, itself included; (n, n).

    Args:
        rows: (n, dim) unit rows in the centred space.

    Returns:
        None where nothing is compared: among very many examples a few copies weigh little, and
        comparing all of them costs too much; in few dimensions rows are near each other by chance.
    """
    if not 1 < len(rows) <= _MOST_COMPARED or rows.shape[1] < _FEWEST_DIMENSIONS:
        return None
    return np.asarray((rows @ rows.T) >= _NEAR_COPY)
