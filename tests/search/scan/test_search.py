import gc
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from likewise.core.rule import Rule
from likewise.core.space import Space, centred_space, plain_space
from likewise.core.vectors import Scores, Vectors, unit
from likewise.errors import BadInputError, MismatchError
from likewise.search.scan import kernel
from likewise.search.scan.best import Best
from likewise.search.scan.codes import Codes
from likewise.search.scan.kernel import deviations
from likewise.search.scan.search import _scanned, dense_scores, roughly_best, search
from likewise.search.store.lance import Lance

DIM = 32
MANY = 6000  # more than are scored exactly


def clustered(rows: int, noise: float = 0.7, seed: int = 0) -> Vectors:
    random = np.random.default_rng(seed)
    centres = unit(random.standard_normal((20, DIM))) + 0.5 * np.eye(DIM)[0]
    spread = noise * random.standard_normal((rows, DIM)) / np.sqrt(DIM)
    return unit(centres[random.integers(0, 20, rows)] + spread)


def filled(folder: Path, x: Vectors) -> Codes:
    store = Lance(folder / "v", x.shape[1], "demo")
    if len(x):
        store.append(pa.table({"item_id": [f"{row:05d}" for row in range(len(x))]}), x)
    return Codes(store, folder / "scan")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Codes, Vectors]:
    codes = filled(tmp_path_factory.mktemp("many"), clustered(MANY))
    view = codes.follow()
    return codes, view.take(np.arange(MANY))


def rules(x: Vectors) -> dict[str, Rule]:
    centred = centred_space("demo", x[:500])
    random = np.random.default_rng(3)
    axes = np.linalg.qr(random.standard_normal((DIM, 12)))[0].astype(np.float32)
    projected = Space("demo", centred.mean, axes)
    plain = plain_space("demo", DIM)
    made = {"plain": Rule("mean", plain, x[:1])}
    for name, space in (("centred", centred), ("projected", projected)):
        z = space.apply(x[:40])
        made[name] = Rule("mean", space, unit(z[:5].mean(axis=0, keepdims=True)))
        made[f"{name}, prototypes"] = Rule("prototypes", space, z[:4])
        made[f"{name}, nearest"] = Rule("nearest", space, z)
        made[f"{name}, contrast"] = Rule("contrast", space, z[:2], z[7], away_weight=0.3)
        made[f"{name}, long weights"] = Rule("svm", space, 40 * z[:1])
    return made


RULES = list(rules(clustered(600)))


def slow(scores: Scores, mask: NDArray[np.bool_], k: int) -> list[int]:
    places = np.flatnonzero(mask)
    return [int(places[row]) for row in np.lexsort((places, -scores[places]))[:k]]


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("k", [1, 100, 700])
def test_finds_what_scoring_everything_finds(
    many: tuple[Codes, Vectors], name: str, k: int
) -> None:
    codes, x = many
    rule = rules(x)[name]
    expected = rule.score(x)
    mask = np.random.default_rng(k).random(MANY) < 0.4
    for flags in (None, mask):
        places, scores = search(codes, rule, k, flags)
        assert scores.dtype == np.float32
        assert places.dtype == np.int64
        assert len(set(places.tolist())) == k
        assert flags is None or flags[places].all()
        np.testing.assert_allclose(scores, expected[places], atol=2e-5 * abs(expected).max())
        assert (np.diff(scores) <= 0).all()
        true = slow(expected, np.ones(MANY, np.bool_) if flags is None else flags, k)
        np.testing.assert_allclose(scores, expected[true], atol=2e-5 * abs(expected).max())


@pytest.mark.parametrize("name", RULES)
def test_rough_scores_are_off_by_the_codes_error_only(
    many: tuple[Codes, Vectors], name: str
) -> None:
    codes, x = many
    rule = rules(x)[name]
    rows, rough = _scanned(codes, codes.follow(), rule, Best(MANY), None)
    expected = rule.score(x)
    assert rows.tolist() == list(range(MANY))
    error = np.std(rough - expected)
    assert error < 0.04 * np.std(expected)
    (part,) = codes.follow().parts
    inverse = codes.inverse_lengths.of(part, rule.space)
    foretold = deviations(rule, expected, part.scales, inverse)
    assert 0.4 < error / foretold.mean() < 1.3


@pytest.mark.parametrize("name", ["plain", "centred, nearest", "projected, contrast"])
def test_dense_scores_are_the_rules(many: tuple[Codes, Vectors], name: str) -> None:
    codes, x = many
    rule = rules(x)[name]
    answer = dense_scores(codes, rule)
    assert answer.dtype == np.float32
    np.testing.assert_allclose(answer, rule.score(x), atol=1e-5)


def test_numpy_alone_finds_the_same(
    many: tuple[Codes, Vectors], monkeypatch: pytest.MonkeyPatch
) -> None:
    codes, x = many
    rule = rules(x)["centred, prototypes"]
    places, scores = search(codes, rule, 50)
    monkeypatch.setattr(kernel, "numkong", lambda: None)
    again, same = search(codes, rule, 50)
    assert again.tolist() == places.tolist()
    np.testing.assert_array_equal(same, scores)


def test_is_exact_where_everything_is_scored(tmp_path: Path) -> None:
    x = clustered(900)
    codes = filled(tmp_path, x)
    stored = codes.follow().take(np.arange(900))
    rule = rules(stored)["centred"]
    places, scores = search(codes, rule, 900)
    np.testing.assert_array_equal(places, np.lexsort((np.arange(900), -dense_scores(codes, rule))))
    np.testing.assert_array_equal(scores, dense_scores(codes, rule)[places])


def test_equal_scores_come_by_place(tmp_path: Path) -> None:
    x = np.tile(clustered(3, seed=5), (2000, 1))
    codes = filled(tmp_path, x)
    rule = Rule("mean", plain_space("demo", DIM), x[1:2])
    assert search(codes, rule, 300)[0].tolist() == list(range(1, 900, 3))
    some = np.arange(6000) % 50 < 3  # few enough for all to be scored exactly
    expected = np.lexsort((np.flatnonzero(some), -dense_scores(codes, rule)[some]))
    assert search(codes, rule, 360, some)[0].tolist() == np.flatnonzero(some)[expected].tolist()


def test_near_copies_by_the_thousand_keep_their_order(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    x = unit(np.eye(DIM)[0] + 0.002 * random.standard_normal((MANY, DIM)))  # below a code's step
    codes = filled(tmp_path, x)
    stored = codes.follow().take(np.arange(MANY))
    rule = Rule("mean", plain_space("demo", DIM), unit(random.standard_normal((1, DIM))))
    places, _ = search(codes, rule, 100)
    assert set(places.tolist()) == set(slow(rule.score(stored), np.ones(MANY, np.bool_), 100))


def test_fewer_than_asked_for_are_all_there_are(tmp_path: Path) -> None:
    codes = filled(tmp_path, clustered(5))
    rule = Rule("mean", plain_space("demo", DIM), clustered(1))
    assert len(search(codes, rule, 100)[0]) == 5
    mask = np.array([False, True, False, True, False])
    assert sorted(search(codes, rule, 100, mask)[0].tolist()) == [1, 3]
    places, scores = search(codes, rule, 100, np.zeros(5, np.bool_))
    assert (places.tolist(), scores.tolist()) == ([], [])


def test_nothing_is_found_in_nothing(tmp_path: Path) -> None:
    codes = filled(tmp_path, clustered(0))
    rule = Rule("mean", plain_space("demo", DIM), clustered(1))
    assert len(search(codes, rule)[0]) == 0
    assert len(dense_scores(codes, rule)) == 0


def test_a_replaced_item_is_found_by_its_new_vector_and_a_deleted_one_never(
    tmp_path: Path,
) -> None:
    x = clustered(1500)
    codes = filled(tmp_path, x)
    store = codes.store
    assert isinstance(store, Lance)
    old, new = x[7], unit(-x[7])
    like_old, like_new = (Rule("mean", plain_space("demo", DIM), row[None]) for row in (old, new))

    def first(rule: Rule) -> str:
        return str(store.ids()[int(search(codes, rule, 1)[0][0])])

    assert first(like_old) == "00007"
    store.append(pa.table({"item_id": ["00007"]}), new[None])
    assert first(like_old) != "00007"
    assert first(like_new) == "00007"
    store.delete(["00007"])
    assert first(like_new) != "00007"
    assert len(search(codes, like_new, 2000)[0]) == 1499


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 40), st.integers(1, 40)), min_size=1, max_size=5
    ),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_agrees_with_the_store_after_anything(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bool, int, int]], seed: int
) -> None:
    codes = filled(tmp_path_factory.mktemp("any"), clustered(30))
    store = codes.store
    assert isinstance(store, Lance)
    for number, (adds, start, count) in enumerate(steps):
        ids = [f"{row:05d}" for row in range(start, start + count)]
        if adds:
            store.append(pa.table({"item_id": ids}), clustered(count, seed=seed + number))
        else:
            store.delete(ids)
        mask = np.random.default_rng(seed).random(len(store)) < 0.7
        rule = Rule("mean", centred_space("demo", clustered(50)), clustered(2, seed=seed))
        places, scores = search(codes, rule, 10, mask)
        x = store.take(np.arange(len(store)))
        expected = rule.score(x) if len(x) else np.empty(0, np.float32)
        assert len(places) == min(10, mask.sum())
        np.testing.assert_allclose(scores, expected[slow(expected, mask, 10)], atol=1e-5)
        np.testing.assert_allclose(dense_scores(codes, rule), expected, atol=1e-5)


def test_refuses_what_does_not_fit(many: tuple[Codes, Vectors]) -> None:
    codes, x = many
    rule = rules(x)["plain"]
    with pytest.raises(BadInputError, match="k is 0"):
        search(codes, rule, 0)
    with pytest.raises(BadInputError, match=r"mask is bool of shape \(3,\) where 6000"):
        search(codes, rule, 1, np.ones(3, np.bool_))
    with pytest.raises(BadInputError, match="mask is float64"):
        search(codes, rule, 1, np.ones(MANY))  # type: ignore[arg-type]
    foreign = Rule("mean", plain_space("other", DIM), x[:1])
    narrow = Rule("mean", plain_space("demo", 3), np.eye(3, dtype=np.float32)[:1])
    for wrong in (foreign, narrow):
        for ask in (search, dense_scores):
            with pytest.raises(MismatchError, match="learn the concept again"):
                ask(codes, wrong)


def test_memory_does_not_grow_with_the_collection(tmp_path: Path) -> None:
    rows, dim = 60_000, 64
    x = unit(np.random.default_rng(0).standard_normal((rows, dim), dtype=np.float32))
    codes = filled(tmp_path, x)
    rule = Rule("mean", plain_space("demo", dim), x[:1])
    del x
    gc.collect()
    tracemalloc.start()
    try:
        codes.follow()
        search(codes, rule, 100)
        dense_scores(codes, rule)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < rows * dim * 4 / 2  # bytes; a float32 copy of everything is twice that


def test_the_roughly_best_are_nearly_the_best_and_none_that_was_deleted(tmp_path: Path) -> None:
    x = clustered(3000)
    codes = filled(tmp_path, x)
    store = Lance(tmp_path / "v", DIM, "demo")
    store.delete([f"{row:05d}" for row in range(0, 3000, 3)])
    codes = Codes(store, tmp_path / "scan")
    left = np.delete(x, np.arange(0, 3000, 3), axis=0)
    rule = Rule("mean", plain_space("demo", DIM), x[:1])
    found = roughly_best(codes.follow(), codes, rule, 300)
    best = np.argsort(-dense_scores(codes, rule))[:300]
    assert len(found) == 300
    assert np.array_equal(found, np.sort(found))
    assert np.isin(found, best).mean() > 0.95
    assert rule.score(left[found]).min() > np.median(rule.score(left))
