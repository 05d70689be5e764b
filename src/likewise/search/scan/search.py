"""The k best of a rule: a scan of int8 codes, then exact scores for the best of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.core.rule import Rule
from likewise.core.vectors import Scores
from likewise.errors import BadInputError, MismatchError
from likewise.numeric.threads import BLOCK_ROWS, Blocks, share_blocks
from likewise.search.scan.best import Best
from likewise.search.scan.codes import Codes
from likewise.search.scan.files import Rows
from likewise.search.scan.kernel import deviations, product_with, quantise
from likewise.search.scan.view import View

_RESCORED_AT_LEAST = 1000
_RESCORED_A_HIT = 4
_RESCORED_AT_MOST = 1 << 16
_SURE = 4.0  # standard deviations of the codes' error
_EXACT_BLOCK = 256  # rows whose float32 copies fit the cache; BLAS starts no threads on so few


def search(
    codes: Codes, rule: Rule, k: int = 100, mask: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], Scores]:
    """Find the items a rule scores highest.

    The scores of all rows are computed from int8 codes; the best max(1000, 4k) are scored again
    from their vectors. Where the codes' error could have kept a better row out, a second scan
    takes every row that it could have been, up to 65,536: near-copies by the thousand cost a
    little time, not their order.

    Args:
        codes: of the store; brought up to its version first.
        rule: over the vectors of the store's encoder.
        k: how many to find; fewer are answered where there are fewer.
        mask: shape (len(store),), true where an item may be answered; None is everywhere.

    Returns:
        Places in the store, the best first and the lower place first among equals, and their
        exact scores.

    Raises:
        BadInputError: a k below 1, or a mask of another shape.
        MismatchError: a rule over another encoder's vectors.
        StorageError: the codes could not be brought up to date.
    """
    view = codes.follow()
    check(codes, view, rule, k, mask)
    rows, scores = best_rows(codes, view, rule, k, view.row_mask(mask))
    return view.indices_of(rows), scores


def check(codes: Codes, view: View, rule: Rule, k: int, mask: NDArray[np.bool_] | None) -> None:
    """Refuse what `search` refuses.

    Raises:
        BadInputError: a k below 1, or a mask of another shape.
        MismatchError: a rule over another encoder's vectors.
    """
    _check(codes, rule)
    if k < 1:
        raise BadInputError(f"k is {k}; ask for 1 hit or more")
    if mask is not None and (mask.shape != (len(view),) or mask.dtype != np.bool_):
        raise BadInputError(
            f"the mask is {mask.dtype} of shape {mask.shape} where {len(view)} items are stored; "
            "give each a true or a false"
        )


def rescored(k: int) -> int:
    """How many of the best by rough scores are scored exactly to find the k best."""
    return max(_RESCORED_AT_LEAST, _RESCORED_A_HIT * k)


def best_rows(
    codes: Codes, view: View, rule: Rule, k: int, allowed: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int64], Scores]:
    """The k best rows of a view, the best first and the lower row first among equals.

    Args:
        codes: whose view it is, or a part of whose view.
        view: what is looked at.
        rule: over its vectors.
        k: how many, at most.
        allowed: over rows; None is all of them.
    """
    candidates = view.rows if allowed is None else int(np.count_nonzero(allowed))
    count = rescored(k)
    if candidates <= count:
        rows = np.arange(candidates) if allowed is None else np.flatnonzero(allowed)
        scores, _ = exact(view, rule, rows)
    else:
        rows, rough = _scanned(codes, view, rule, Best(count), allowed)
        scores, _ = exact(view, rule, rows)
        floor = _floor(codes, view, rule, rows, scores, k)
        if rough.min() > floor:
            more = Best(max(count, _RESCORED_AT_MOST), floor)
            rows, _ = _scanned(codes, view, rule, more, allowed)
            scores, _ = exact(view, rule, rows)
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def roughly_best(view: View, codes: Codes, rule: Rule, count: int) -> NDArray[np.int64]:
    """Positions of the `count` items that score highest by their codes alone, ascending.

    Args:
        view: of the codes, whose positions are answered.
        codes: where the lengths of mapped rows are remembered.
        rule: over the vectors of the store's encoder.
        count: how many, at most.
    """
    rows, _ = _scanned(codes, view, rule, Best(count), view.row_mask(None))
    return view.indices_of(rows)


def dense_scores(codes: Codes, rule: Rule) -> Scores:
    """Exact scores of everything, by place; float32 of shape (len(store),).

    Raises:
        MismatchError: a rule over another encoder's vectors.
        StorageError: the codes could not be brought up to date.
    """
    view = codes.follow()
    _check(codes, rule)
    each = view.vectors_a_row
    scores = np.empty(view.rows, dtype=np.float32)
    for first, part in view.numbered_parts():

        def work(blocks: Blocks, first: int = first, part: Rows = part) -> None:
            for start, end in blocks:
                mapped = rule.space.apply(part.units(slice(start * each, end * each)))
                scores[first + start : first + end] = _best(rule.score_in_space(mapped), each)

        share_blocks(len(part) // each, work, max(1, _EXACT_BLOCK // each))
    return scores if view.live is None else scores[view.live]


def exact_scores(
    codes: Codes, rule: Rule, indices: NDArray[np.int64]
) -> tuple[Scores, NDArray[np.int64]]:
    """Exact scores of some places, and which of each one's vectors it is that has the score.

    Raises:
        MismatchError: a rule over another encoder's vectors.
        StorageError: the codes could not be brought up to date.
    """
    view = codes.follow()
    _check(codes, rule)
    return exact(view, rule, view.rows_of(indices))


def _best(scores: Scores, each: int) -> Scores:
    """The best score of each row's vectors; shape (rows * each,) to (rows,)."""
    if each == 1:
        return scores
    return np.asarray(scores.reshape(-1, each).max(axis=1))


def _check(codes: Codes, rule: Rule) -> None:
    made_by, dim = codes.store.encoder, codes.store.dim
    if rule.space.dim_in != dim or (made_by and rule.encoder and rule.encoder != made_by):
        raise MismatchError(
            f"the rule was learned on vectors of the encoder {rule.encoder} ({rule.space.dim_in} "
            f"columns) and the collection holds those of {made_by} ({dim} columns); learn the "
            "concept again here, or open the collection that was indexed with that encoder"
        )


def _scanned(
    codes: Codes, view: View, rule: Rule, best: Best, allowed: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int64], Scores]:
    """The best rows by their codes, ascending, and their rough scores; `best` is empty so far."""
    weights, offsets = rule.linear_form()
    queries, steps = quantise(weights)
    product = product_with(queries)
    each = view.vectors_a_row
    for first, part in view.numbered_parts():
        inverse = codes.inverse_lengths.of(part, rule.space)

        def work(
            blocks: Blocks,
            first: int = first,
            part: Rows = part,
            inverse: NDArray[np.float32] = inverse,
        ) -> tuple[NDArray[np.int64], Scores]:
            mine = best.another()
            for start, end in blocks:
                block = slice(start * each, end * each)
                sums = product(part.codes[block])
                sums *= steps[:, None]
                sums *= part.scales[block]
                sums += offsets[:, None]
                scores = sums.max(axis=0)
                scores *= inverse[block]
                flags = None if allowed is None else allowed[first + start : first + end]
                mine.offer(first + start, _best(scores, each), flags)
            return mine.result()

        best.merge(share_blocks(len(part) // each, work, max(1, BLOCK_ROWS // each)))
    return best.result()


def exact(view: View, rule: Rule, rows: NDArray[np.int64]) -> tuple[Scores, NDArray[np.int64]]:
    """Scores of rows, and which of its vectors each owes its score to."""
    each = view.vectors_a_row
    out = np.empty(len(rows), dtype=np.float32)
    which = np.zeros(len(rows), dtype=np.int64)

    def work(blocks: Blocks) -> None:
        for start, end in blocks:
            mapped = rule.space.apply(view.take(rows[start:end]))
            scores = rule.score_in_space(mapped).reshape(-1, each)
            which[start:end] = scores.argmax(axis=1)
            out[start:end] = scores.max(axis=1)

    share_blocks(len(rows), work, max(1, _EXACT_BLOCK // each))
    return out, which


def _floor(
    codes: Codes, view: View, rule: Rule, rows: NDArray[np.int64], scores: Scores, k: int
) -> np.float32:
    """A rough score below which a row very unlikely belongs among the k best."""
    spread = []
    each = view.vectors_a_row
    for first, part in view.numbered_parts():
        in_part = (rows >= first) & (rows < first + len(part) // each)
        local = rows[in_part] - first
        inverse = codes.inverse_lengths.of(part, rule.space).reshape(-1, each)[local].max(axis=1)
        scales = part.scales.reshape(-1, each)[local].max(axis=1)
        spread.append(deviations(rule, scores[in_part], scales, inverse))
    return np.float32(np.partition(scores, -k)[-k] - _SURE * np.concatenate(spread).mean())
