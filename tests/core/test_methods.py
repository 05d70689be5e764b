"""What families of methods share: options, provenance and paired comparisons."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import pytest

from likewise.core.methods import options_of, paired_difference, time_and_versions
from likewise.rules.base import make


def test_options_of_a_method_are_its_fields() -> None:
    assert options_of(make("contrast", away_weight=0.2)) == {"away_weight": 0.2}


def test_versions_are_those_of_the_installed_packages() -> None:
    versions = time_and_versions("numpy")["versions"]
    assert versions == {"likewise": version("likewise"), "numpy": version("numpy")}


def test_a_paired_difference_has_the_standard_error_of_the_differences() -> None:
    first, second = np.array([0.9, 0.5, 0.7]), np.array([0.4, 0.2, 0.3])
    mean, error = paired_difference(first, second)
    assert mean == pytest.approx(0.4)
    assert error == pytest.approx(0.1 / np.sqrt(3))
