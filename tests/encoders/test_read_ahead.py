from __future__ import annotations

import inspect
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import LIMIT, wait_until

from likewise.encoders._read_ahead import read_ahead
from likewise.errors import BadInputError


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if "likewise-read" in thread.name}


def square(number: int) -> int:
    if number % 7 == 3:
        raise OSError(5, "input/output error")
    if number % 7 == 5:
        raise BadInputError(f"{number} is odd")
    time.sleep(number % 3 * 0.0005)
    return number * number


@given(st.integers(0, 60), st.integers(1, 5), st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_it_answers_as_a_plain_loop_would(count: int, workers: int, ahead: int) -> None:
    answers = list(read_ahead(range(count), square, workers, ahead))
    assert [item for item, _ in answers] == list(range(count))
    for item, outcome in answers:
        if item % 7 == 3:
            assert isinstance(outcome, OSError)
        elif item % 7 == 5:
            assert isinstance(outcome, BadInputError)
        else:
            assert outcome == item * item
    assert not threads()


@given(st.integers(1, 4), st.integers(1, 12), st.integers(0, 30))
@settings(max_examples=30, deadline=None)
def test_it_never_takes_more_than_it_may(workers: int, ahead: int, used: int) -> None:
    last_taken = -1

    def items() -> Iterator[int]:
        nonlocal last_taken
        while True:
            last_taken += 1
            yield last_taken

    stream = read_ahead(items(), lambda n: n, workers, ahead)
    for item, _ in itertools.islice(stream, used):
        assert last_taken <= item + ahead
    stream.close()
    assert not threads()


@given(st.lists(st.integers(1, 9), max_size=20), st.integers(1, 3), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_heavy_items_are_taken_fewer_at_a_time(
    weights: list[int], workers: int, ahead: int
) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(len(weights)):
            taken.append(number)
            yield number

    stream = read_ahead(items(), lambda n: n, workers, ahead, weight=weights.__getitem__)
    for item, _ in stream:
        held = [weights[number] for number in taken if number > item]
        assert sum(held[:-1]) < ahead  # without the last one there was room left
    assert taken == list(range(len(weights)))
    assert not threads()


def test_work_is_done_at_the_same_time() -> None:
    meeting = threading.Barrier(3)
    answers = list(read_ahead(range(3), lambda _: meeting.wait(timeout=LIMIT), workers=3, ahead=3))
    assert len(answers) == 3


def test_items_are_taken_in_the_readers_own_thread() -> None:
    seen: set[int] = set()

    def items() -> Iterator[int]:
        for number in range(20):
            seen.add(threading.get_ident())
            yield number

    list(read_ahead(items(), lambda n: n, workers=3, ahead=5))
    assert seen == {threading.get_ident()}


def test_a_mistake_in_the_program_is_raised_at_its_turn() -> None:
    def work(number: int) -> int:
        return 1 // (3 - number)

    seen = []
    with pytest.raises(ZeroDivisionError):
        for item, _ in read_ahead(range(10), work, workers=2, ahead=8):
            seen.append(item)
    assert seen == [0, 1, 2]
    assert not threads()


def test_closing_drops_what_has_not_begun() -> None:
    begun: list[int] = []
    gate = threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        if number:
            gate.wait(LIMIT)
        return number

    stream = read_ahead(range(1000), work, workers=2, ahead=500)
    assert next(stream) == (0, 0)
    waiting = inspect.getgeneratorlocals(stream)["waiting"]

    def open_gate() -> None:
        wait_until(lambda: waiting[-1][1].cancelled())
        gate.set()

    threading.Thread(target=open_gate).start()
    stream.close()
    assert len(begun) <= 4
    assert not threads()


def test_an_exception_in_the_readers_loop_leaves_no_thread() -> None:
    def use() -> None:
        for item, _ in read_ahead(itertools.count(), lambda n: n, workers=3, ahead=9):
            if item == 5:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        use()
    assert not threads()


def test_a_failure_as_a_value_holds_on_to_nothing() -> None:
    def work(_: int) -> int:
        try:
            raise ValueError("cause")
        except ValueError as cause:
            raise OSError(5, "effect") from cause

    [(_, error)] = read_ahead([1], work, workers=1, ahead=1)
    assert isinstance(error, OSError)
    assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)


def test_nothing_can_be_done_by_nobody() -> None:
    for workers, ahead, said in [(0, 1, "workers is 0"), (1, 0, "ahead is 0")]:
        with pytest.raises(BadInputError, match=said):
            next(read_ahead([1], square, workers, ahead))


_ENDLESS = """
import itertools, sys, time
from likewise.encoders._read_ahead import read_ahead
for item, _ in read_ahead(itertools.count(), lambda n: time.sleep(0.05), workers=4, ahead=64):
    print(item, flush=True)
"""


def test_ctrl_c_ends_it_at_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _ENDLESS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "0\n"
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=LIMIT)
    assert said.rstrip().endswith("KeyboardInterrupt")
