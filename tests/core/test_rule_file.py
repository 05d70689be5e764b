"""Rule files: the same bytes for the same rule, and no damage that goes unseen."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from some_rule import BYTES, RULE
from worlds import world

from likewise.core.rule import Rule
from likewise.core.rule_file import check_encoder, from_bytes, open_rule, save_rule, to_bytes
from likewise.core.space import Space
from likewise.errors import (
    BadInputError,
    CorruptError,
    MismatchError,
    NotFoundError,
    StorageError,
)


def equal(one: Rule, other: Rule) -> bool:
    return to_bytes(one) == to_bytes(other)


def test_everything_comes_back_bit_for_bit(tmp_path: Path) -> None:
    opened = open_rule(save_rule(RULE, tmp_path / "barn.rule"))
    assert np.array_equal(opened.toward, RULE.toward)
    assert opened.away is not None
    assert np.array_equal(opened.away, RULE.away)  # type: ignore[arg-type]
    assert opened.space.fingerprint == RULE.space.fingerprint
    assert (opened.learner, opened.encoder) == ("contrast", "demo-1234")
    assert (opened.away_weight, opened.threshold) == (RULE.away_weight, RULE.threshold)
    assert opened.calibration == RULE.calibration
    assert opened.provenance == RULE.provenance
    x = world(dim=6).rows
    assert np.array_equal(opened.score(x), RULE.score(x))


def test_a_rule_without_extras_comes_back() -> None:
    plain = Rule("mean", Space("e", np.zeros(3, np.float32)), np.eye(3, dtype=np.float32)[:1])
    opened = from_bytes(to_bytes(plain))
    assert (opened.away, opened.calibration, opened.space.projection) == (None, None, None)
    assert equal(opened, plain)


def test_the_same_rule_is_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    save_rule(RULE, tmp_path / "one.rule")
    code = (
        "import sys; from likewise.core.rule_file import open_rule, save_rule; "
        "save_rule(open_rule(sys.argv[1]), sys.argv[2])"
    )
    paths = [str(tmp_path / "one.rule"), str(tmp_path / "two.rule")]
    subprocess.run([sys.executable, "-c", code, *paths], check=True)
    assert (tmp_path / "two.rule").read_bytes() == BYTES


def test_other_programs_can_read_the_arrays() -> None:
    arrays = safetensors.numpy.load(BYTES)
    assert set(arrays) == {"mean", "projection", "toward", "away"}
    assert np.array_equal(arrays["toward"], RULE.toward)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(BYTES) - 1), st.integers(1, 255))
def test_any_changed_byte_is_detected_or_harmless(place: int, change: int) -> None:
    damaged = bytearray(BYTES)
    damaged[place] ^= change
    try:
        opened = from_bytes(bytes(damaged))
    except (CorruptError, MismatchError):
        return
    assert equal(opened, RULE)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(BYTES) - 1))
def test_any_truncation_is_detected(length: int) -> None:
    with pytest.raises(CorruptError, match="not a rule file or is damaged"):
        from_bytes(BYTES[:length])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(CorruptError):
        from_bytes(data)


def changed(**document: object) -> bytes:
    """The file with another document and no new digest, as a careless edit leaves it."""
    arrays = safetensors.numpy.load(BYTES)
    size = int.from_bytes(BYTES[:8], "little")
    entry = json.loads(json.loads(BYTES[8 : 8 + size])["__metadata__"]["likewise"])
    entry["document"].update(document)
    return safetensors.numpy.save(arrays, {"likewise": json.dumps(entry)})


def test_an_edited_threshold_is_detected() -> None:
    with pytest.raises(CorruptError, match="its digest does not match"):
        from_bytes(changed(threshold=0.0), "barn.rule")


def test_a_newer_format_is_refused_with_the_remedy() -> None:
    with pytest.raises(MismatchError, match=r"'barn.rule' is written in format 99.*upgrade"):
        from_bytes(changed(format=99), "barn.rule")


def test_another_safetensors_file_is_not_a_rule() -> None:
    with pytest.raises(CorruptError, match="not a rule file"):
        from_bytes(safetensors.numpy.save({"x": np.zeros(3, np.float32)}))


@pytest.mark.parametrize("claimed", [2**63, 2**31, len(BYTES), 0, 1])
def test_an_absurd_header_length_is_refused_unread(claimed: int) -> None:
    with pytest.raises(CorruptError, match="header claims"):
        from_bytes(struct.pack("<Q", claimed) + BYTES[8:])


def test_a_deeply_nested_document_is_refused() -> None:
    header = json.dumps({"__metadata__": {"likewise": "[" * 100_000}}).encode()
    with pytest.raises(CorruptError):
        from_bytes(struct.pack("<Q", len(header)) + header)


@pytest.mark.parametrize("bad", [float("nan"), object(), np.zeros(2), {1: {2: {3}}}])
def test_provenance_that_is_no_json_is_refused(bad: object, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="provenance"):
        save_rule(replace(RULE, provenance={"bad": bad}), tmp_path / "x.rule")
    assert list(tmp_path.iterdir()) == []


def test_paths_that_do_not_work_say_so(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"does not end in \.rule"):
        save_rule(RULE, tmp_path / "barn.pkl")
    with pytest.raises(StorageError, match="cannot be written"):
        save_rule(RULE, tmp_path / "nowhere" / "barn.rule")
    with pytest.raises(NotFoundError, match="there is no rule file"):
        open_rule(tmp_path / "barn.rule")
    with pytest.raises(StorageError, match="cannot be read"):
        open_rule(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.rule")
    with pytest.raises(CorruptError, match="a regular file"):
        open_rule(tmp_path / "pipe.rule")


def test_a_failed_write_leaves_the_old_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_rule(RULE, tmp_path / "barn.rule")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        save_rule(replace(RULE, threshold=9.0), path)
    assert path.read_bytes() == BYTES
    assert [p.name for p in tmp_path.iterdir()] == ["barn.rule"]


def test_another_encoder_is_refused_by_name() -> None:
    check_encoder(RULE, "demo-1234")
    with pytest.raises(MismatchError, match=r"'demo-1234'.*'other-99'.*encode"):
        check_encoder(RULE, "other-99")
