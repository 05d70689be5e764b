import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from likewise.search.scan.best import Best

SCORES = st.lists(st.integers(-3, 3).map(float), max_size=60)


def slow(scores: list[float], mask: list[bool], count: int) -> tuple[list[int], list[float]]:
    rows = [row for row in range(len(scores)) if mask[row]]
    rows = sorted(sorted(rows, key=lambda row: (-scores[row], row))[:count])
    return rows, [scores[row] for row in rows]


@given(SCORES, st.data(), st.integers(1, 10), st.integers(1, 9))
def test_keeps_the_highest_and_the_earlier_of_equals(
    scores: list[float], data: st.DataObject, count: int, block: int
) -> None:
    mask = data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores)))
    whole, flags = np.array(scores, np.float32), np.array(mask, np.bool_)
    threads = [Best(count), Best(count)]
    owner = data.draw(st.lists(st.integers(0, 1), min_size=60, max_size=60))
    for number, start in enumerate(range(0, len(scores), block)):
        end = start + block
        threads[owner[number]].offer(start, whole[start:end], flags[start:end])
    merged = Best(count)
    merged.merge([thread.result() for thread in threads])
    rows, kept = merged.result()
    assert (rows.tolist(), kept.tolist()) == slow(scores, mask, count)


def test_looks_at_nothing_up_to_its_floor() -> None:
    for best in (Best(3, np.float32(1)), Best(3, np.float32(1)).another()):
        best.offer(0, np.array([1.0, 2.0, 0.0, 3.0], np.float32))
        assert best.result()[0].tolist() == [1, 3]


def test_never_keeps_a_score_that_is_not_a_number() -> None:
    best = Best(2)
    best.offer(0, np.array([np.nan, 1.0, -np.inf], np.float32))
    assert best.result()[0].tolist() == [1]
