"""The file of a rule, which holds all that scoring new vectors takes.

The document beside the arrays has the space, threshold, calibration and provenance; see
`likewise.core.learned_file` for the form.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from likewise.core.learned_file import Arrays, Document, Kind
from likewise.core.rule import Calibration, Rule
from likewise.core.space import Space

FORMAT = 1
"""Number of the layout this version writes; it reads this one and all below."""

_KIND = Kind(
    "rule", FORMAT, save_with="save_rule", again="learn the concept again",
    arrays={"mean": np.float32, "toward": np.float32},
    optional={"projection": np.float32, "away": np.float32},
)  # fmt: skip


def save_rule(rule: Rule, path: str | os.PathLike[str]) -> Path:
    """Write a rule to one file; the same rule always gives the same bytes.

    The file appears whole or not at all, and is on the disk when this returns.

    Args:
        rule: what to save.
        path: where to; ends in `.rule`. A file that is there is replaced.

    Raises:
        BadInputError: another ending, or provenance that is not JSON.
        StorageError: the disk refused.

    Example:
        >>> import tempfile
        >>> from likewise.core.space import plain_space
        >>> rule = Rule("mean", plain_space("demo", 2), np.eye(2, dtype=np.float32)[:1])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     open_rule(save_rule(rule, f"{folder}/barn.rule")).learner
        'mean'
    """
    _KIND.checked_path(path)
    return _KIND.save(to_bytes(rule), path)


def open_rule(path: str | os.PathLike[str]) -> Rule:
    """Read what `save_rule` wrote, bit for bit.

    Raises:
        NotFoundError: no such file.
        CorruptError: truncated, altered, or not a rule.
        MismatchError: written in a newer format.
        StorageError: the file cannot be read.
    """
    return from_bytes(_KIND.read(path), str(path))


def check_encoder(rule: Rule, fingerprint: str) -> None:
    """Refuse vectors of another encoder: their numbers would mean something else.

    Args:
        rule: about to score.
        fingerprint: of the encoder that made the vectors.

    Raises:
        MismatchError: it is not the one the rule was learned with.
    """
    _KIND.check_encoder(rule.encoder, fingerprint)


def to_bytes(rule: Rule) -> bytes:
    """The content of a rule file.

    Raises:
        BadInputError: provenance that is not JSON.
    """
    arrays = {"mean": rule.space.mean, "toward": rule.toward}
    if rule.space.projection is not None:
        arrays["projection"] = rule.space.projection
    if rule.away is not None:
        arrays["away"] = rule.away
    curve = rule.calibration
    document = {
        "learner": rule.learner,
        "encoder": rule.encoder,
        "away_weight": float(rule.away_weight),
        "threshold": float(rule.threshold),
        "calibration": None
        if curve is None
        else {
            "slope": float(curve.slope),
            "intercept": float(curve.intercept),
            "labels": int(curve.labels),
        },
        "provenance": dict(rule.provenance),
    }
    arrays = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    return _KIND.to_bytes(arrays, document)


def from_bytes(data: bytes, name: str = "these bytes") -> Rule:
    """Read the content of a rule file; `name` is what errors call it.

    Raises:
        CorruptError: truncated, altered, or not a rule.
        MismatchError: written in a newer format.
    """
    return _KIND.from_bytes(data, name, _rule)


def _rule(arrays: Arrays, document: Document) -> Rule:
    curve = document["calibration"]
    return Rule(
        learner=str(document["learner"]),
        space=Space(str(document["encoder"]), arrays["mean"], arrays.get("projection")),
        toward=arrays["toward"],
        away=arrays.get("away"),
        away_weight=float(document["away_weight"]),
        threshold=float(document["threshold"]),
        calibration=None if curve is None else Calibration(**curve),
        provenance=dict(document["provenance"]),
    )
