from __future__ import annotations

from likewise.server.limits import Buckets


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_taken_comes_back_at_the_rate_and_no_more_than_a_bucket_holds() -> None:
    clock = Clock()
    buckets = Buckets(rate=10, burst=3, clock=clock)
    assert [buckets.take("ann") for _ in range(4)] == [0, 0, 0, 0.1]
    clock.now += 0.05
    assert round(buckets.take("ann"), 6) == 0.05  # what was refused took nothing
    clock.now += 0.05
    assert buckets.take("ann") == 0
    clock.now += 1_000
    assert [buckets.take("ann") > 0 for _ in range(5)] == [False, False, False, True, True]


def test_each_has_a_bucket_of_their_own() -> None:
    buckets = Buckets(rate=1, burst=1, clock=Clock())
    assert [buckets.take(who) > 0 for who in "abcab"] == [False, False, False, True, True]


def test_in_the_long_run_nobody_gets_more_than_the_rate() -> None:
    clock = Clock()
    buckets = Buckets(rate=7, burst=20, clock=clock)
    got = 0
    for _ in range(10_000):  # ten seconds of asking a thousand times a second
        clock.now += 0.001
        got += buckets.take("ann") == 0
    assert 20 + 69 <= got <= 20 + 70


def test_it_remembers_only_so_many_people() -> None:
    buckets = Buckets(rate=1, burst=1, most=2, clock=Clock())
    assert [buckets.take(who) > 0 for who in "abcb"] == [False, False, False, True]
    assert buckets.take("a") == 0  # forgotten, so full again


def test_no_rate_is_no_bound() -> None:
    buckets = Buckets(rate=0, burst=0)
    assert {buckets.take("ann") for _ in range(1_000)} == {0}
