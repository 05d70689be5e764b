"""Classifier files; what they share with rule files is tested in test_rule_file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from some_rule import BYTES as RULE_BYTES

from likewise.core.classifier import Abstention, Classifier
from likewise.core.classifier_file import (
    check_encoder,
    from_bytes,
    open_classifier,
    save_classifier,
    to_bytes,
)
from likewise.core.rule_file import from_bytes as rule_from_bytes
from likewise.core.space import Space
from likewise.errors import BadInputError, CorruptError, MismatchError, NotFoundError


def some_classifier() -> Classifier:
    random = np.random.default_rng(0)
    space = Space(
        "demo-1234",
        random.standard_normal(6).astype(np.float32),
        random.standard_normal((6, 4)).astype(np.float32),
    )
    return Classifier(
        "prototypes",
        space,
        ("D8/D10", "Überläufer", "推土机"),
        random.standard_normal((5, 4)).astype(np.float32),
        np.array([0, 0, 1, 2, 2]),
        slope=1 / 3,
        calibrated_on=40,
        abstention=Abstention("likeness", 0.1 + 0.2),
        provenance={"references": {"a.jpg": "D8/D10"}, "n": [1, 2.5], "who": None},
    )


IT = some_classifier()
BYTES = to_bytes(IT)


def test_everything_comes_back_bit_for_bit(tmp_path: Path) -> None:
    opened = open_classifier(save_classifier(IT, tmp_path / "pets.classifier"))
    assert np.array_equal(opened.rows, IT.rows)
    assert np.array_equal(opened.owners, IT.owners)
    assert opened.space.fingerprint == IT.space.fingerprint
    assert (opened.method, opened.classes) == (IT.method, IT.classes)
    assert (opened.slope, opened.calibrated_on) == (IT.slope, 40)
    assert opened.abstention == IT.abstention
    assert opened.provenance == IT.provenance
    assert to_bytes(opened) == BYTES == (tmp_path / "pets.classifier").read_bytes()


def test_class_means_come_back_bit_for_bit() -> None:
    means = np.random.default_rng(1).standard_normal((3, 6)).astype(np.float32)
    opened = from_bytes(to_bytes(replace(IT, abstention=Abstention("likeness", 0.5, means))))
    assert opened.abstention is not None
    assert opened.abstention.means is not None
    assert np.array_equal(opened.abstention.means, means)


def test_a_classifier_without_extras_comes_back() -> None:
    plain = Classifier(
        "m", Space("e", np.zeros(3, np.float32)), ("a", "b"), np.eye(2, 3, dtype=np.float32),
        np.arange(2),
    )  # fmt: skip
    opened = from_bytes(to_bytes(plain))
    assert (opened.abstention, opened.space.projection, opened.calibrated_on) == (None, None, 0)
    assert to_bytes(opened) == to_bytes(plain)


def test_other_programs_can_read_the_arrays() -> None:
    arrays = safetensors.numpy.load(BYTES)
    assert set(arrays) == {"mean", "projection", "rows", "owners"}
    assert arrays["owners"].tolist() == [0, 0, 1, 2, 2]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(BYTES) - 1), st.integers(1, 255))
def test_any_changed_byte_is_detected_or_harmless(place: int, change: int) -> None:
    damaged = bytearray(BYTES)
    damaged[place] ^= change
    try:
        opened = from_bytes(bytes(damaged))
    except (CorruptError, MismatchError):
        return
    assert to_bytes(opened) == BYTES


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(BYTES) - 1))
def test_any_truncation_is_detected(length: int) -> None:
    with pytest.raises(CorruptError, match="not a classifier file or is damaged"):
        from_bytes(BYTES[:length])


def test_a_rule_is_no_classifier_and_a_classifier_no_rule() -> None:
    with pytest.raises(MismatchError, match=r"is a rule file, not a classifier file.*--rule"):
        from_bytes(RULE_BYTES, "barn.rule")
    with pytest.raises(MismatchError, match=r"is a classifier file, not a rule.*--classifier"):
        rule_from_bytes(BYTES, "pets.classifier")


def test_paths_and_provenance_that_do_not_work_say_so(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"does not end in \.classifier"):
        save_classifier(IT, tmp_path / "pets.pkl")
    with pytest.raises(NotFoundError, match="there is no classifier file"):
        open_classifier(tmp_path / "pets.classifier")
    with pytest.raises(BadInputError, match="the provenance of the classifier"):
        save_classifier(replace(IT, provenance={"x": object()}), tmp_path / "x.classifier")
    assert list(tmp_path.iterdir()) == []


def test_another_encoder_is_refused_by_name() -> None:
    check_encoder(IT, "demo-1234")
    with pytest.raises(MismatchError, match=r"the classifier.*'demo-1234'.*'other-99'.*train it"):
        check_encoder(IT, "other-99")
