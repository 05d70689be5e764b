"""What every family of methods shares: a choice among methods, their options, their provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

M = TypeVar("M")
H = TypeVar("H")


@dataclass(frozen=True, eq=False)
class Choice(Generic[M, H]):
    """Which method was chosen, why, and what it answered for labels that were held out.

    Attributes:
        method: the one to use.
        validation: what was compared and by how much, as JSON.
        held_out: its answers for held-out labels, or None when none could be held out.
    """

    method: M
    validation: Mapping[str, Any]
    held_out: H | None = None


def options_of(method: Any) -> dict[str, Any]:
    """The options of a method, which are the fields of its dataclass, by name."""
    return {field.name: getattr(method, field.name) for field in fields(type(method))}


def time_and_versions(*packages: str) -> dict[str, Any]:
    """When something is learned and with which versions, for its provenance.

    Args:
        packages: whose versions are named after that of likewise.
    """
    return {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {name: _version(name) for name in ("likewise", *packages)},
    }


_version = cache(version)  # it reads a file; a refit in a review takes a few milliseconds in all


def paired_difference(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[float, float]:
    """Mean of the differences item by item, and its standard error.

    Args:
        first: (n,) a figure of one method for each of two items or more.
        second: (n,) that of another method for the same items.

    Example:
        >>> paired_difference(np.array([1.0, 0.0, 1.0, 0.0]), np.zeros(4))[0]
        0.5
    """
    differences = first - second
    return float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(len(differences)))
