"""What estimators take in: checked as scikit-learn checks, refused as it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d, validate_data

from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError


class EstimatorInputError(BadInputError, ValueError):
    """What cannot be learned from; a ValueError, as scikit-learn's tools expect."""


@contextmanager
def refused_as_value_error() -> Iterator[None]:
    """Have what is refused inside be a ValueError, too."""
    try:
        yield
    except BadInputError as error:
        raise EstimatorInputError(str(error)) from error


def training_rows(estimator: Any, x: ArrayLike, y: ArrayLike) -> tuple[Vectors, NDArray[Any]]:
    """Unit rows and their labels, and what `fit` leaves behind of their form.

    Rows of zeros, which have no direction, teach nothing and are left out.

    Raises:
        ValueError: no table of finite numbers with a label for each row, or fewer than two
            columns, which hold no direction but a sign.
    """
    rows, labels = validate_data(estimator, x, y, dtype=np.float32)
    labels = column_or_1d(labels, warn=True)
    check_classification_targets(labels)
    if rows.shape[1] < 2:
        raise EstimatorInputError(
            f"vectors with n_features = {rows.shape[1]} have no directions to tell apart; give "
            "two columns or more"
        )
    somewhere = rows.any(axis=1)
    return unit(rows[somewhere]), labels[somewhere]


def rows_to_judge(estimator: Any, x: ArrayLike) -> Vectors:
    """Unit rows of the form that it was fitted on; a row of zeros is judged as the origin.

    Raises:
        ValueError: another number of columns, or numbers that are not finite.
    """
    return unit(validate_data(estimator, x, dtype=np.float32, reset=False))
