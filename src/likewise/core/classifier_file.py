"""One file that holds a classifier and everything needed to classify new images with it alone.

The document beside the arrays has the classes, the slope, the bar for abstaining and the
provenance; see `likewise.core.learned_file` for the form.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.classifier import Abstention, Classifier
from likewise.core.learned_file import Arrays, Document, Kind
from likewise.core.space import Space

FORMAT = 2
"""Number of the layout this version writes; it reads this one and all below."""

_KIND = Kind(
    "classifier", FORMAT, save_with="save_classifier", again="train it again",
    arrays={"mean": np.float32, "rows": np.float32, "owners": np.int32},
    optional={"projection": np.float32, "class_means": np.float32},
)  # fmt: skip


def save_classifier(classifier: Classifier, path: str | os.PathLike[str]) -> Path:
    """Write a classifier to one file; the same classifier always gives the same bytes.

    The file appears whole or not at all, and is on the disk when this returns.

    Args:
        classifier: what to save.
        path: where to; ends in `.classifier`. A file that is there is replaced.

    Raises:
        BadInputError: another ending, or provenance that is not JSON.
        StorageError: the disk refused.

    Example:
        >>> import tempfile
        >>> from likewise.core.space import plain_space
        >>> rows = np.eye(2, dtype=np.float32)
        >>> it = Classifier("demo", plain_space("demo", 2), ("cat", "dog"), rows, np.arange(2))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     open_classifier(save_classifier(it, f"{folder}/pets.classifier")).classes
        ('cat', 'dog')
    """
    check_classifier_path(path)
    return _KIND.save(to_bytes(classifier), path)


def check_classifier_path(path: str | os.PathLike[str]) -> Path:
    """The path, if a classifier can be saved under it.

    Raises:
        BadInputError: another ending than `.classifier`.
    """
    return _KIND.checked_path(path)


def open_classifier(path: str | os.PathLike[str]) -> Classifier:
    """Read what `save_classifier` wrote, bit for bit.

    Raises:
        NotFoundError: no such file.
        CorruptError: truncated, altered, or not a classifier.
        MismatchError: written in a newer format.
        StorageError: the file cannot be read.
    """
    return from_bytes(_KIND.read(path), str(path))


def check_encoder(classifier: Classifier, fingerprint: str) -> None:
    """Refuse vectors of another encoder: their numbers would mean something else.

    Raises:
        MismatchError: it is not the one the classifier was trained with.
    """
    _KIND.check_encoder(classifier.encoder, fingerprint)


def to_bytes(classifier: Classifier) -> bytes:
    """The content of a classifier file.

    Raises:
        BadInputError: provenance that is not JSON.
    """
    arrays: dict[str, NDArray[Any]] = {
        "mean": np.asarray(classifier.space.mean, np.float32),
        "rows": np.asarray(classifier.rows, np.float32),
        "owners": classifier.owners.astype(np.int32),
    }
    if classifier.space.projection is not None:
        arrays["projection"] = np.asarray(classifier.space.projection, np.float32)
    rest = classifier.abstention
    if rest is not None and rest.means is not None:
        arrays["class_means"] = np.asarray(rest.means, np.float32)
    document = {
        "method": classifier.method,
        "encoder": classifier.encoder,
        "classes": list(classifier.classes),
        "slope": float(classifier.slope),
        "calibrated_on": int(classifier.calibrated_on),
        "abstention": None if rest is None else {"by": rest.by, "least": float(rest.least)},
        "provenance": dict(classifier.provenance),
    }
    return _KIND.to_bytes(arrays, document)


def from_bytes(data: bytes, name: str = "these bytes") -> Classifier:
    """Read the content of a classifier file; `name` is what errors call it.

    Raises:
        CorruptError: truncated, altered, or not a classifier.
        MismatchError: written in a newer format.
    """
    return _KIND.from_bytes(data, name, _classifier)


def _classifier(arrays: Arrays, document: Document) -> Classifier:
    rest = document["abstention"]
    return Classifier(
        method=str(document["method"]),
        space=Space(str(document["encoder"]), arrays["mean"], arrays.get("projection")),
        classes=tuple(str(name) for name in document["classes"]),
        rows=arrays["rows"],
        owners=arrays["owners"].astype(np.intp),
        slope=float(document["slope"]),
        calibrated_on=int(document["calibrated_on"]),
        abstention=None if rest is None else Abstention(**rest, means=arrays.get("class_means")),
        provenance=dict(document["provenance"]),
    )
