"""The similarity below which an image is of none of the classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.core.classifier import Abstention
from likewise.core.references import References
from likewise.core.vectors import unit
from likewise.numeric.class_folds import same_image

_POOLED_PAIRS = 2.0
"""As how many pairs of a class's images the mean cosine of all classes counts."""


def by_class_means(references: References, coverage: float) -> Abstention | None:
    """Abstain far from every class mean, so that a share of images of the classes is answered.

    Likeness is the cosine to the nearest class mean in the encoder's own space: the nearest class
    mean (Mensink et al. 2013) as a score of what is foreign. A space that is centred on the
    references, as the classes are told apart in, has lost where all of them lie together.

    The threshold is a quantile of what the references score when each is left out of its class,
    at the rank of split conformal prediction (Vovk et al. 2005), copies of an image together.

    Args:
        references: with an image of every class.
        coverage: the share of images of the classes that should be answered, below 1.

    Returns:
        None where no image can be left out: no class shows two different images.
    """
    sums = _class_sums(references)
    left_out = _left_out(references, sums)
    if not len(left_out):
        return None
    least = np.quantile(left_out, 1 - coverage, method="weibull")
    return Abstention("likeness", float(least), unit(sums))


def _class_sums(references: References) -> NDArray[np.float32]:
    sums = np.zeros((len(references.classes), references.vectors.shape[1]), np.float32)
    np.add.at(sums, references.owners, references.vectors)
    return sums


def _left_out(references: References, sums: NDArray[np.float32]) -> NDArray[np.float64]:
    """Likeness of each image, were it new: to class means that are made without it.

    A mean of fewer images is longer and thus less like any new one, which with few references
    would put the threshold too low. So cosines are taken to the length that a mean of as many
    images as the class has is expected to have, by how alike the class's other images are.
    """
    owners, counts = references.owners, references.counts.astype(np.float64)
    same = same_image(references.vectors)
    numbers = np.unique(same, return_inverse=True)[1]
    by_image = np.zeros((numbers.max(initial=-1) + 1, len(counts)))
    np.add.at(by_image, (numbers, owners), 1)
    copies = by_image[numbers]  # of each image in each class, itself included
    others = counts - copies
    products = (references.vectors @ sums.T).astype(np.float64)
    whole = (sums.astype(np.float64) ** 2).sum(axis=1)  # squared lengths of the sums
    squares = whole - 2 * copies * products + copies**2
    pooled = (whole - counts).sum() / max((counts * (counts - 1)).sum(), 1)
    pairs = others * (others - 1) + _POOLED_PAIRS
    alike = (squares - others + _POOLED_PAIRS * pooled) / pairs
    expected = (1 + (counts - 1) * alike) / counts
    lengths = np.sqrt(np.maximum(np.where(copies > 0, expected, whole / counts**2), 1e-12))
    with np.errstate(divide="ignore", invalid="ignore"):
        cosines = np.where(others > 0, (products - copies) / others / lengths, -np.inf)
    able = others[np.arange(len(owners)), owners] > 0
    return np.asarray(cosines[able].max(axis=1, initial=-np.inf), np.float64)
