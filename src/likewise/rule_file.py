"""One file that holds a rule and everything needed to score new images with it alone.

A `.rule` file is a safetensors file (arrays behind a JSON header), so that other programs can
read the weights too. The header's metadata has one entry, `likewise`: a JSON document with the
space, threshold, calibration and provenance, and a sha256 over that document and the arrays.
The digest catches damage and careless edits; it is not a signature. Nothing in the file is ever
executed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from likewise.errors import (
    BadInputError,
    CorruptError,
    MismatchError,
    NotFoundError,
    StorageError,
)
from likewise.rule import Calibration, Rule
from likewise.space import Space

FORMAT = 1
"""Number of the layout this version writes; it reads this one and all below."""

_ENTRY = "likewise"
_LARGEST_HEADER = 16 * 2**20
_LARGEST_FILE = 2**30
_ARRAYS = {"mean", "toward"}
_MAYBE_ARRAYS = {"projection", "away"}


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
        >>> from likewise.space import plain_space
        >>> rule = Rule("mean", plain_space("demo", 2), np.eye(2, dtype=np.float32)[:1])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     open_rule(save_rule(rule, f"{folder}/barn.rule")).learner
        'mean'
    """
    target = Path(path)
    if target.suffix != ".rule":
        raise BadInputError(f"'{target}' does not end in .rule; name it '{target.name}.rule'")
    data = to_bytes(rule)
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StorageError(
            f"the rule ({len(data)} bytes) could not be written to '{target}': "
            f"{error.strerror or error}; free space there or choose another place"
        ) from error
    return target


def open_rule(path: str | os.PathLike[str]) -> Rule:
    """Read what `save_rule` wrote, bit for bit.

    Raises:
        NotFoundError: no such file.
        CorruptError: truncated, altered, or not a rule.
        MismatchError: written in a newer format.
        StorageError: the file cannot be read.
    """
    source = Path(path)
    try:
        with os.fdopen(_open_without_waiting(source), "rb") as file:
            data = _read_checked(file, source)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError(
            f"there is no rule file '{source}'; save one with save_rule, or check the path"
        ) from error
    except OSError as error:
        raise StorageError(
            f"the rule file '{source}' cannot be read: {error.strerror or error}; "
            "check its permissions"
        ) from error
    return from_bytes(data, str(source))


def check_encoder(rule: Rule, fingerprint: str) -> None:
    """Refuse vectors of another encoder: their numbers would mean something else.

    Args:
        rule: about to score.
        fingerprint: of the encoder that made the vectors.

    Raises:
        MismatchError: it is not the one the rule was learned with.
    """
    if rule.encoder != fingerprint:
        raise MismatchError(
            f"the rule was learned with the encoder '{rule.encoder}' and these vectors come from "
            f"'{fingerprint}'; encode the images with the rule's encoder, or learn the concept "
            "again with this one"
        )


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
    arrays = {name: np.ascontiguousarray(a, dtype=np.float32) for name, a in arrays.items()}
    curve = rule.calibration
    document = {
        "format": FORMAT,
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
    try:
        entry = _canonical({"document": document, "sha256": _digest(arrays, document)})
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInputError(
            f"the provenance of the rule cannot be written as JSON ({error}); keep to strings, "
            "finite numbers, lists and dictionaries"
        ) from error
    return safetensors.numpy.save(arrays, metadata={_ENTRY: entry})


def from_bytes(data: bytes, name: str = "these bytes") -> Rule:
    """Read the content of a rule file; `name` is what errors call it.

    Raises:
        CorruptError: truncated, altered, or not a rule.
        MismatchError: written in a newer format.
    """
    try:
        size = _header_size(data[:8], len(data))
        entry = json.loads(json.loads(data[8 : 8 + size])["__metadata__"][_ENTRY])
        document = dict(entry["document"])
        if isinstance(document["format"], int) and document["format"] > FORMAT:
            raise MismatchError(
                f"'{name}' is written in format {document['format']} and this version reads up "
                f"to {FORMAT}; upgrade with: pip install --upgrade likewise"
            )
        arrays = safetensors.numpy.load(data)
        if entry["sha256"] != _digest(arrays, document):
            raise ValueError("its digest does not match its content")
        return _rule(arrays, document)
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        RecursionError,
        BadInputError,
        safetensors.SafetensorError,
    ) as error:
        raise CorruptError(
            f"'{name}' is not a rule file or is damaged ({_short(error)}); get it again from "
            "where it came, or learn the concept again"
        ) from error


def _rule(arrays: Mapping[str, NDArray[np.float32]], document: Mapping[str, Any]) -> Rule:
    if document["format"] != FORMAT or not _ARRAYS <= set(arrays) <= _ARRAYS | _MAYBE_ARRAYS:
        raise ValueError("it holds other arrays than a rule has")
    if any(array.dtype != np.float32 for array in arrays.values()):
        raise ValueError("its arrays are not float32")
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


def _digest(arrays: Mapping[str, NDArray[Any]], document: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(_canonical(document).encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"\n{name} {array.dtype.name} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _header_size(start: bytes, size_of_file: int) -> int:
    """Length of the header, refused before anything of that length is read."""
    size = int.from_bytes(start, "little")
    if len(start) < 8 or not 2 <= size <= min(_LARGEST_HEADER, size_of_file - 8):
        raise ValueError(f"its header claims {size} bytes and the file has {size_of_file}")
    return size


def _read_checked(file: BinaryIO, source: Path) -> bytes:
    """The bytes of a regular file of a sane size."""
    about = os.fstat(file.fileno())
    if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST_FILE:
        raise CorruptError(
            f"'{source}' is not a rule file: a regular file of at most {_LARGEST_FILE} bytes is "
            "wanted; check the path"
        )
    return file.read(about.st_size)


def _open_without_waiting(source: Path) -> int:
    """Open for reading without waiting for a writer, as a named pipe would make us."""
    return os.open(source, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system can open folders."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
