"""Devices, parts that fit the memory and batches that suit: with real torch, where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from encoder_makers import need
from numpy.typing import NDArray

from likewise.encoders._torch import (
    Parts,
    best_batch,
    choose_device,
    need_torch,
    out_of_memory,
)
from likewise.errors import BadInputError, MissingExtraError

need("torch")

import torch  # noqa: E402 - after the skip


def hungry(most: int) -> tuple[list[int], Callable[[NDArray[Any]], NDArray[Any]]]:
    """Work that really asks for more memory than there is when it gets more than so many rows."""
    asked: list[int] = []

    def work(rows: NDArray[Any]) -> NDArray[Any]:
        asked.append(len(rows))
        torch.empty(10**15 if len(rows) > most else 1, dtype=torch.uint8)
        return rows * 2

    return asked, work


def test_a_batch_that_does_not_fit_is_halved_until_it_does() -> None:
    parts, (asked, work) = Parts(16, "cpu"), hungry(5)
    rows = np.arange(22)
    np.testing.assert_array_equal(parts.run(work, rows), rows * 2)
    assert asked == [16, 8, 4, 4, 4, 4, 4, 2]
    assert parts.size == 4
    asked.clear()
    parts.run(work, rows[:8])
    assert asked == [4, 4]  # it does not try again what failed


def test_one_row_that_does_not_fit_is_told() -> None:
    _, work = hungry(0)
    with pytest.raises(BadInputError, match=r"does not hold the model and one image.*=cpu"):
        Parts(4, "cpu").run(work, np.arange(3))


def test_other_errors_pass() -> None:
    def work(rows: NDArray[Any]) -> NDArray[Any]:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        Parts(4, "cpu").run(work, np.arange(3))
    assert not out_of_memory(ValueError("out of memory"))
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))


@pytest.mark.parametrize(
    ("seconds_each", "most", "best"),
    [
        (lambda size: 1 / size, 10**6, 512),  # twice as large is twice as fast, to the end
        (lambda size: max(1 / size, 1 / 64), 10**6, 64),
        (lambda size: 1 / size, 100, 64),  # 128 does not fit
        (lambda size: 1.0, 10**6, 8),
    ],
)
def test_the_batch_grows_while_it_pays_and_fits(
    seconds_each: Callable[[int], float], most: int, best: int
) -> None:
    now = 0.0

    def run(size: int) -> None:
        nonlocal now
        if size > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        now += size * seconds_each(size)

    assert best_batch(run, "made-up", lambda: now) == best
    assert best_batch(run, "cpu", lambda: now) == 8


def test_the_device_is_the_one_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKEWISE_DEVICE", "cpu")
    assert choose_device() == "cpu"
    monkeypatch.setenv("LIKEWISE_DEVICE", "tpu")
    with pytest.raises(BadInputError, match="'tpu'; auto, cpu, cuda or mps is wanted"):
        choose_device()
    monkeypatch.delenv("LIKEWISE_DEVICE")
    assert choose_device() in ("cpu", "cuda", "mps")


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_here_is_told(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there = torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()
    if there:
        pytest.skip(f"this machine has {device}")
    monkeypatch.setenv("LIKEWISE_DEVICE", device)
    with pytest.raises(BadInputError, match=rf"asks for {device} and torch .* set it to cpu"):
        choose_device()


def test_what_is_not_installed_is_a_command_to_paste() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'likewise\[timm\]'"):
        need_torch("the encoder 'timm'", "timm", "a_library_that_nobody_has")


def test_threads_are_those_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setenv("LIKEWISE_THREADS", "1")
    try:
        need_torch("a test", "timm")
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
    monkeypatch.setenv("LIKEWISE_THREADS", "many")
    with pytest.raises(BadInputError, match="LIKEWISE_THREADS is 'many'"):
        need_torch("a test", "timm")
