import pytest

from likewise.numeric.threads.blocks import Blocks, share_blocks


@pytest.mark.parametrize(("rows", "block"), [(0, 4), (1, 4), (4, 4), (5, 4), (1003, 10)])
def test_every_row_is_in_one_block(rows: int, block: int) -> None:
    def mine(blocks: Blocks) -> list[tuple[int, int]]:
        return list(blocks)

    shared = share_blocks(rows, mine, block)
    assert all(part == sorted(part) for part in shared)
    together = sorted(one for part in shared for one in part)
    assert [row for start, end in together for row in range(start, end)] == list(range(rows))


def test_an_error_in_a_thread_is_not_lost() -> None:
    def work(blocks: Blocks) -> None:
        for start, _ in blocks:
            if start == 8:
                raise ValueError("row 8")

    with pytest.raises(ValueError, match="row 8"):
        share_blocks(100, work, 2)


def test_blocks_within_blocks_are_worked_on_though_every_thread_is_taken() -> None:
    def inner(blocks: Blocks) -> int:
        return sum(end - start for start, end in blocks)

    def outer(blocks: Blocks) -> int:
        return sum(sum(share_blocks(100, inner, 1)) for _ in blocks)

    assert sum(share_blocks(300, outer, 1)) == 300 * 100
