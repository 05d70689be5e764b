"""What encoders of squares check before they encode."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError


def check_squares(batch: NDArray[Any], side: int) -> None:
    """Refuse anything but prepared images, uint8 of shape (n, side, side, 3).

    Raises:
        BadInputError: an array of another shape or type.
    """
    expected = (side, side, 3)
    if batch.ndim != 4 or batch.shape[1:] != expected or batch.dtype != np.uint8:
        raise BadInputError(
            f"a batch of {batch.dtype} of shape {batch.shape} was given; uint8 of shape "
            f"(n, {', '.join(map(str, expected))}) is wanted, as 'prepare' answers"
        )
