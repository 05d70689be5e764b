"""Rules that learn from the unlabelled images: what the graph adds, and when it is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from worlds import World, world

from likewise.core.evidence import Evidence, Samples
from likewise.core.rule import Rule
from likewise.core.space import Space
from likewise.core.vectors import Scores, Vectors, unit
from likewise.errors import BadInputError
from likewise.rules.base import learn, make
from likewise.rules.methods._graph import along_graph
from likewise.rules.retrieval import average_precision
from likewise.search.unlabelled import LARGEST, CollectionGraph


@dataclass
class Rows:
    """What a collection is to its graph, over rows in memory whose ids are their numbers."""

    vectors: Vectors
    of: Space
    version: int = 1

    def space(self) -> Space:
        return self.of

    def positions(self, ids: Sequence[str]) -> NDArray[np.int64]:
        return np.array([int(item) for item in ids], np.int64)

    def take(self, at: NDArray[np.int64]) -> Vectors:
        return self.vectors[at]

    def best(self, rule: Rule, count: int) -> NDArray[np.int64]:
        return np.sort(np.argsort(-rule.score(self.vectors))[:count])

    def graph(self, neighbours: NDArray[np.int32], cosines: Scores) -> CollectionGraph:
        return CollectionGraph(self, neighbours, cosines, self.take, self.best)  # type: ignore[arg-type]


def graph_of(vectors: Vectors, space: Space, k: int = 6) -> CollectionGraph:
    rows = space.apply(vectors)
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -2)
    neighbours = np.argsort(-cosines, axis=1)[:, :k].astype(np.int32)
    near = np.take_along_axis(cosines, neighbours, axis=1)
    return Rows(vectors, space).graph(neighbours, near)


def chain(length: int = 60, dim: int = 40) -> tuple[Vectors, NDArray[np.bool_], Space]:
    """A concept that turns by a quarter from its first member to its last, and a crowd."""
    random = np.random.default_rng(0)
    angles = np.linspace(0, np.pi / 2, length)
    members = np.zeros((length, dim))
    members[:, 0], members[:, 1] = np.cos(angles), np.sin(angles)
    members += 0.05 * random.standard_normal(members.shape)
    crowd = random.standard_normal((300, dim)) / np.sqrt(dim)
    crowd[:, :2] += 0.25
    vectors = unit(np.concatenate([members, crowd]).astype(np.float32))
    wanted = np.arange(len(vectors)) < length
    return vectors, wanted, Space("chain", vectors.mean(axis=0))


def evidence_of(
    vectors: Vectors, space: Space, yes: Sequence[int], no: Sequence[int] = ()
) -> Evidence:
    others = np.setdiff1d(np.arange(len(vectors)), [*yes, *no])
    return Evidence(
        space,
        positives=Samples(vectors[list(yes)], tuple(map(str, yes))),
        negatives=Samples(vectors[list(no)], tuple(map(str, no))),
        background=vectors[others[::2]],
        unlabelled=graph_of(vectors, space),
    )


def test_one_example_reaches_the_rest_along_the_neighbours() -> None:
    vectors, wanted, space = chain()
    evidence = evidence_of(vectors, space, [0])
    with_graph, without = (
        average_precision(make(name).learn(evidence).score(vectors), wanted)
        for name in ("graph", "anchored")
    )
    assert with_graph > without + 0.02


@pytest.mark.parametrize("base", ["mean", "anchored", "logistic", "whitened_mean"])
def test_of_no_weight_it_is_its_base(base: str) -> None:
    vectors, _, space = chain()
    evidence = evidence_of(vectors, space, [0, 20, 40], [100, 101])
    rule = make("graph", base=base, weight=0.0).learn(evidence)
    assert np.allclose(rule.toward, make(base).learn(evidence).toward, atol=1e-5)
    assert rule.learner == "graph"


def test_is_one_direction_that_needs_no_graph() -> None:
    vectors, _, space = chain()
    rule = make("graph").learn(evidence_of(vectors, space, [0, 30]))
    assert rule.toward.shape == (1, 40)
    assert rule.space is space


def test_several_rows_and_an_away_row_stay_as_they_are() -> None:
    vectors, _, space = chain()
    evidence = evidence_of(vectors, space, [0, 59], [100])
    for base in ("nearest", "contrast"):
        rule = make(base).learn(evidence)
        assert along_graph([rule], evidence, 1.0)[0] is rule


def test_a_fold_does_not_see_the_labels_that_it_leaves_out() -> None:
    """The rule of a fold is that of evidence without its rows."""
    from likewise.numeric.folds import make_folds
    from likewise.rules.methods._mapped_evidence import mapped, part_of

    vectors, _, space = chain()
    evidence = evidence_of(vectors, space, [0, 20, 40], [100, 120])
    data = mapped(evidence)
    folds = make_folds(data.positives.rows, data.negatives.rows, len(data.background))
    together = make("graph", base="mean").learn_folds(evidence, folds)  # type: ignore[attr-defined]
    for fold, rule in enumerate(together):
        alone = make("graph", base="mean").learn(part_of(evidence, folds.training(fold)))
        assert float(rule.toward[0] @ alone.toward[0]) > 0.995


def test_best_weighs_the_graph_by_what_held_out_examples_say() -> None:
    """Members that are nobody's neighbours: the graph is given less weight than on a chain."""
    vectors, wanted, space = chain()
    random = np.random.default_rng(1)
    loose = unit(random.standard_normal((360, 40)).astype(np.float32))
    direction = unit(random.standard_normal(40).astype(np.float32)[None])[0]
    loose_space = Space("loose", loose.mean(axis=0))
    order = np.argsort(-(loose @ direction))
    weights = []
    for evidence in (
        evidence_of(vectors, space, range(0, 60, 6), range(100, 110)),
        evidence_of(loose, loose_space, order[:40:4].tolist(), order[60:160:10].tolist()),
    ):
        validation = learn(evidence, "best").provenance["validation"]
        assert validation["chosen"]["learner"] == "graph"
        weights.append(validation["graph"]["weight"])
    assert weights[1] < weights[0]
    assert wanted.any()


def test_a_validated_refit_ranks_a_large_collection_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import likewise.search.unlabelled as module

    monkeypatch.setattr(module, "LARGEST", 100)
    ranked: list[Rule] = []
    best = Rows.best

    def counted(rows: Rows, rule: Rule, count: int) -> NDArray[np.int64]:
        ranked.append(rule)
        return best(rows, rule, count)

    monkeypatch.setattr(Rows, "best", counted)
    vectors, wanted, space = chain()
    evidence = evidence_of(vectors, space, range(0, 30, 3), range(100, 110))
    rule = learn(evidence, "best")
    assert rule.provenance["validation"]["chosen"]["learner"] == "graph"
    assert len(ranked) == 1
    learn(evidence, "best")
    assert len(ranked) == 2  # nothing of one refit is left for the next
    assert average_precision(rule.score(vectors), wanted) > 0.7


def test_best_without_a_graph_chooses_a_rule_without_one() -> None:
    here = world()
    chosen = learn(here.evidence(8, 8), "best").provenance["validation"]["chosen"]
    assert chosen["learner"] != "graph"


def test_a_graph_cannot_be_based_on_itself() -> None:
    with pytest.raises(BadInputError, match="its own base"):
        make("graph", base="graph")


def test_near_copies_count_as_one_example() -> None:
    """Five copies of one of three examples leave the rule where the three put it."""
    vectors, _, space = chain()
    random = np.random.default_rng(2)
    copies = unit(vectors[[0] * 5] + 0.02 * random.standard_normal((5, 40)).astype(np.float32))
    plain = evidence_of(vectors, space, [0, 30, 59])
    crowded = replace(
        plain,
        positives=Samples(np.concatenate([plain.positives.rows, copies])),
        unlabelled=None,
    )
    one, many = (make("mean").learn(each).toward[0] for each in (plain, crowded))
    assert float(one @ many) > 0.999


def test_whitened_mean_solves_its_equation() -> None:
    here: World = world(dim=32)
    evidence = here.evidence(6)
    rows = here.space.apply(evidence.background.rows)
    lift = 10 * (rows**2).sum(axis=1).mean() / 32
    mean = unit(here.space.apply(evidence.positives.rows).mean(axis=0)[None])[0]
    exact = np.linalg.solve(rows.T @ rows / len(rows) + lift * np.eye(32), mean)
    found = make("whitened_mean").learn(evidence).toward[0]
    assert found == pytest.approx(exact / np.linalg.norm(exact), abs=1e-4)


def test_labels_spread_over_the_best_of_a_large_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    import likewise.search.unlabelled as module

    assert LARGEST > 1_000
    monkeypatch.setattr(module, "LARGEST", 100)
    vectors, wanted, space = chain()
    evidence = evidence_of(vectors, space, [0, 1])
    far = str(len(vectors) - 1)
    near = evidence.unlabelled.around(make("mean").learn(evidence).toward[0], ("0", far))  # type: ignore[union-attr]
    assert len(near.rows) == 101
    assert near.index_of([far]).tolist() == [100]
    assert not near.is_all
    assert (near.index_of(["0", "1"]) >= 0).all()
    with_graph, without = (
        average_precision(make(name).learn(evidence).score(vectors), wanted)
        for name in ("graph", "anchored")
    )
    assert with_graph > without


def test_a_collection_that_was_read_anew_meanwhile_gives_no_positions() -> None:
    """Rows may have moved: labelled images go by their vectors then."""
    vectors, _, space = chain()
    rows = Rows(vectors, space)
    graph = rows.graph(*ring_of(len(vectors)))
    near = graph.around(space.apply(vectors[:1])[0], ())
    assert near.index_of(["3"]).tolist() == [3]
    rows.version = 2
    assert near.index_of(["3"]).tolist() == [-1]


def ring_of(count: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    neighbours = ((np.arange(count) + 1) % count).astype(np.int32)[:, None]
    return neighbours, np.ones((count, 1), np.float32)


def test_an_earlier_neighbourhood_serves_a_direction_that_hardly_turned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cosine of 18 degrees is .951, that of 19 is .946; the length of a direction is nothing.

    The two latest are kept. What is asked for anew is made anew, however near an earlier one is.
    """
    import likewise.search.unlabelled as module

    monkeypatch.setattr(module, "LARGEST", 100)
    vectors, _, space = chain()
    graph = graph_of(vectors, space)

    def turned(degrees: float, length: float = 1) -> NDArray[np.float32]:
        row = np.zeros(vectors.shape[1], np.float32)
        row[0], row[1] = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        return row * np.float32(length)

    first = graph.around(turned(0), ("0",))
    assert graph.around(turned(18, length=3), ("0", "1"), 0.95) is first
    second = graph.around(turned(19), ("0",), 0.95)
    assert second is not first
    assert graph.around(turned(40), ("0",), 0.95) is not second
    assert graph.around(turned(19), ("0",), 0.95) is second
    assert graph.around(turned(0), ("0",), 0.95) not in (first, second)  # the first is gone
    assert graph.around(turned(19), ("0",)) is not second
