"""How much of the true best the search in use finds, and how fast, measured on the collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from likewise.core.rule import Rule
from likewise.core.rule_file import open_rule
from likewise.errors import LikewiseError
from likewise.search.collection import Collection
from likewise.workspace import Workspace

DEPTH = 100
QUERIES = 20
_SAME = 2e-6  # of scores, in float32


@dataclass(frozen=True)
class Recall:
    """What one kind of question showed.

    Attributes:
        asked: "images" or "learned rules".
        queries: how many.
        depth: k; the whole collection where that is smaller.
        mean: share of the true best k that was found, on average; a hit that scores as the k-th
            does counts.
        worst: the least of them.
        milliseconds: median time of a search, warm.
        searched_by: what answered, in words.
    """

    asked: str
    queries: int
    depth: int
    mean: float
    worst: float
    milliseconds: float
    searched_by: str

    def __str__(self) -> str:
        return (
            f"recall@{self.depth} of {self.queries} {self.asked} is {self.mean:.4f} (the worst "
            f"{self.worst:.4f}), {self.milliseconds:.1f} ms a search, by {self.searched_by}"
        )


def measure_recall(
    workspace: Workspace, queries: int = QUERIES, depth: int = DEPTH
) -> list[Recall]:
    """Compare the search with exact scores of everything, which takes a second a million and query.

    Images are asked for what is like them, each left out of its own answer, so that it is as one
    from outside. Of every concept the rule in use is asked, if it was learned on these vectors.

    Args:
        workspace: with a collection that is not empty.
        queries: how many images, and how many rules at most.
        depth: how many of the best are compared.

    Returns:
        One record for images and, where there are rules, one for those; none for an empty
        collection.
    """
    collection = workspace.collection
    if len(collection) < 2:
        return []
    by = collection.searched_by()
    queries_of: dict[str, list[tuple[Rule, tuple[str, ...]]]] = {
        "images": list(_images(collection, queries)),
        "learned rules": [(rule, ()) for rule in _rules(workspace, queries)],
    }
    return [
        _measured(collection, what, pairs, depth, by) for what, pairs in queries_of.items() if pairs
    ]


def _images(collection: Collection, count: int) -> Iterator[tuple[Rule, tuple[str, ...]]]:
    space = collection.space()
    for item in collection.sample(count, seed=1):
        yield Rule("nearest", space, space.apply(collection.vectors([item]))), (item,)


def _rules(workspace: Workspace, count: int) -> list[Rule]:
    newest = {version.concept: version.path for version in workspace.rules.versions()}
    rules: list[Rule] = []
    for path in newest.values():
        try:
            rule = open_rule(path)
        except LikewiseError:
            continue  # the check of rules tells of it
        if rule.encoder == workspace.collection.encoder and len(rules) < count:
            rules.append(rule)
    return rules


def _measured(
    collection: Collection,
    what: str,
    pairs: Sequence[tuple[Rule, tuple[str, ...]]],
    depth: int,
    by: str,
) -> Recall:
    shares, spans = [], []
    for rule, exclude in pairs:
        collection.search(rule, k=depth, exclude=exclude)
        start = perf_counter()
        found = collection.search(rule, k=depth, exclude=exclude)
        spans.append(1e3 * (perf_counter() - start))
        best = collection.rank_all(rule, exclude=exclude).top(depth)
        worst = best.scores.min(initial=np.inf)
        shares.append(float(np.sum(found.scores >= worst - _SAME)) / max(1, len(best)))
    return Recall(
        what,
        len(pairs),
        min(depth, len(collection)),
        float(np.mean(shares)),
        min(shares),
        float(np.median(spans)),
        by,
    )
