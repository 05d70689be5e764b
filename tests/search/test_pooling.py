"""The best of an image and its patches, against the slow and obvious way."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from likewise.core.rule import Rule
from likewise.core.space import centred_space
from likewise.core.vectors import Scores, Vectors, unit
from likewise.images.grid import Grid
from likewise.search.patches import PatchStore
from likewise.search.pooling import WHOLE, Pooled
from likewise.search.scan.codes import Codes
from likewise.search.store.lance import Lance

DIM, EACH = 24, 5


def rows(shape: tuple[int, ...], seed: int) -> Vectors:
    random = np.random.default_rng(seed)
    centres = unit(random.standard_normal((9, DIM))) + 0.4 * np.eye(DIM)[0]
    noise = 0.6 * random.standard_normal((*shape, DIM)) / np.sqrt(DIM)
    return unit(centres[random.integers(0, 9, shape)] + noise)


class World:
    """Images of some contents, not all of which have patches."""

    def __init__(self, folder: Path, contents: list[int], cut: list[int], seed: int = 0) -> None:
        self.store = Lance(folder / "v", DIM, "demo")
        self.patches = PatchStore(folder / "p", Grid((EACH,)), DIM, "demo")
        whole = rows((len(contents),), seed)
        names = [hashlib.sha256(bytes([c % 256, c // 256])).hexdigest() for c in range(3000)]
        ids = [f"{n:05d}" for n in range(len(contents))]
        facts = {"item_id": ids, "digest": [names[content] for content in contents]}
        self.store.append(pa.table(facts), whole)
        parts = rows((len(cut), EACH), seed + 1)
        half = len(cut) // 2
        for some in (slice(0, half), slice(half, None)):  # two files
            if len(cut[some]):
                self.patches.append([names[content] for content in cut[some]], parts[some])
        self.pooled = Pooled(self.store, Codes(self.store, folder / "s"), self.patches)
        self.whole = self.store.take(np.arange(len(contents)))
        kept = self.patches.codes.follow().take(np.arange(len(cut))).reshape(-1, EACH, DIM)
        self.parts = [kept[cut.index(c)] if c in cut else None for c in contents]

    def scores(self, rule: Rule) -> tuple[Scores, NDArray[np.int64]]:
        """Slowly: of each image, and which patch it is of."""
        scores, which = rule.score(self.whole), np.full(len(self.whole), WHOLE)
        for place, parts in enumerate(self.parts):
            if parts is not None and rule.score(parts).max() > scores[place]:
                scores[place] = rule.score(parts).max()
                which[place] = rule.score(parts).argmax()
        return scores, which

    def rule(self, seed: int, toward: int = 1) -> Rule:
        space = centred_space("demo", self.whole)
        mapped = space.apply(rows((toward,), seed))
        return Rule("mean", space, mapped, provenance={"patches": str(EACH)})


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> World:
    contents = [*range(40), 3, 3, 7]  # copies share their patches
    cut = [*range(0, 30), 100, 101, 102]  # patches of images that are gone
    return World(tmp_path_factory.mktemp("small"), contents, cut)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> World:
    """More than are scored exactly at once."""
    return World(tmp_path_factory.mktemp("large"), [*range(2500)], [*range(200, 2600)])


@given(st.integers(0, 50), st.integers(1, 3), st.integers(1, 60), st.none() | st.integers(0, 9))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_finds_what_scoring_everything_finds(
    small: World, seed: int, toward: int, k: int, masked: int | None
) -> None:
    rule = small.rule(seed, toward)
    scores, which = small.scores(rule)
    mask = None
    if masked is not None:
        mask = np.random.default_rng(masked).random(len(scores)) < 0.4
    wanted = np.arange(len(scores)) if mask is None else np.flatnonzero(mask)
    everyone = wanted[np.lexsort((wanted, -scores[wanted]))]
    order = everyone[:k]
    places, found, parts = small.pooled.search(rule, k, mask)
    assert len(set(places.tolist())) == len(places) == len(order)  # an image once, however good
    np.testing.assert_allclose(found, scores[order], atol=1e-6)
    np.testing.assert_allclose(scores[places], found, atol=1e-6)
    apart = np.abs(np.diff(scores[everyone], prepend=9, append=-9)) > 1e-6
    assert (places == order)[(apart[:-1] & apart[1:])[:k]].all()
    assert (parts == which[places]).all()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("k", [5, 400])
def test_finds_it_through_the_codes_too(large: World, seed: int, k: int) -> None:
    rule = large.rule(seed, toward=1 + seed % 3)
    scores, _ = large.scores(rule)
    mask = np.arange(len(scores)) % 3 > 0 if seed % 2 else None
    _, found, _ = large.pooled.search(rule, k, mask)
    best = np.sort(scores if mask is None else scores[mask])[::-1][:k]
    np.testing.assert_allclose(found, best, atol=1e-5)
    np.testing.assert_allclose(large.pooled.all_scores(rule), scores, atol=1e-5)


def test_no_score_is_below_that_of_the_whole_image(small: World) -> None:
    for seed in range(5):
        rule = small.rule(seed)
        whole = rule.score(small.whole)
        pooled = small.pooled.all_scores(rule)
        assert (pooled >= whole - 1e-6).all()
        without = [place for place, parts in enumerate(small.parts) if parts is None]
        np.testing.assert_allclose(pooled[without], whole[without], atol=1e-6)
        assert (pooled > whole + 1e-3).any()


def test_the_vector_that_the_score_is_of(small: World) -> None:
    rule = small.rule(3)
    places = np.array([41, 0, 35, 3, 12])
    vectors = small.pooled.vectors(places, rule)
    scores, which = small.pooled.scores_of(rule, places)
    np.testing.assert_allclose(rule.score(vectors), scores, atol=1e-6)
    for place, row, part in zip(places.tolist(), vectors, which.tolist(), strict=True):
        parts = small.parts[place]
        expected = small.whole[place] if part == WHOLE or parts is None else parts[part]
        np.testing.assert_allclose(row, expected, atol=1e-6)
    np.testing.assert_array_equal(small.pooled.vectors(places), small.whole[places])


def test_patches_that_come_later_are_seen(tmp_path: Path) -> None:
    world = World(tmp_path, [0, 1, 2], [])
    rule = world.rule(0)
    np.testing.assert_allclose(world.pooled.all_scores(rule), rule.score(world.whole), atol=1e-6)
    assert (world.pooled.search(rule, 3, None)[2] == WHOLE).all()
    name = hashlib.sha256(bytes([1, 0])).hexdigest()
    winner = rule.space.mean + rule.toward[0]  # scores 1
    world.patches.append([name], np.tile(unit(winner), (1, EACH, 1)))
    places, scores, which = world.pooled.search(rule, 3, None)
    assert (places[0], which[0]) == (1, 0)
    assert scores[0] > 0.9
    assert world.pooled.search(rule, 3, np.array([True, False, True]))[0].tolist() != [1]
    world.store.delete(["00000"])
    assert world.pooled.search(rule, 3, None)[0][0] == 0  # places moved up
