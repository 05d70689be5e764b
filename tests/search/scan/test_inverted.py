"""The search by an index keeps the contract of the scan, and leaves to it what it cannot do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from likewise.core.rule import Rule
from likewise.core.space import Space, centred_space, plain_space
from likewise.core.vectors import Scores, Vectors, unit
from likewise.errors import BadInputError, MismatchError
from likewise.search.scan import inverted as module
from likewise.search.scan.codes import Codes
from likewise.search.scan.inverted import Inverted
from likewise.search.scan.kernel import predicted_ms
from likewise.search.scan.search import search
from likewise.search.store.lance import Lance

DIM, ROWS, NEW = 64, 12_000, 500
Search: TypeAlias = Callable[..., tuple[NDArray[np.int64], Scores]]


def clustered(rows: int, seed: int = 0) -> Vectors:
    random = np.random.default_rng(seed)
    centres = unit(np.random.default_rng(9).standard_normal((20, DIM))) + 0.5 * np.eye(DIM)[0]
    noise = random.standard_normal((rows, DIM)) / np.sqrt(DIM)
    return unit(centres[random.integers(0, 20, rows)] + noise)


def add(store: Lance, x: Vectors, prefix: str) -> None:
    store.append(pa.table({"item_id": [f"{prefix}{row:05d}" for row in range(len(x))]}), x)


class Place:
    """A store, its codes and an index of all but the newest rows; every tenth row deleted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Lance(folder / "v", DIM, "demo")
        add(self.store, clustered(ROWS), "a")
        self.codes = Codes(self.store, folder / "scan")
        self.space = centred_space("demo", self.codes.follow().take(np.arange(2000)))
        assert self.indexed().write(lambda: self.space)
        self.store.delete([f"a{row:05d}" for row in range(0, ROWS, 10)])
        add(self.store, clustered(NEW, seed=1), "b")
        view = self.codes.follow()
        self.x = view.take(view.rows_of(np.arange(len(view))))

    def indexed(self) -> Inverted:
        return Inverted(self.codes, self.folder / "scan" / "inverted", from_ms=0)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("inverted"))


def rules(place: Place) -> dict[str, Rule]:
    space, x = place.space, place.x
    z = space.apply(x[:40])
    moved = Space("demo", space.mean + np.float32(0.002))
    axes = np.linalg.qr(np.random.default_rng(3).standard_normal((DIM, 12)))[0].astype(np.float32)
    made = {
        "mean": Rule("mean", space, unit(z[:5].mean(axis=0, keepdims=True))),
        "prototypes": Rule("prototypes", space, z[:4]),
        "contrast": Rule("contrast", space, z[:2], z[7], away_weight=0.3),
        "long weights": Rule("svm", space, 40 * z[:1]),
        "newest": Rule("nearest", space, space.apply(x[-1:])),
        "mean moved a little": Rule("mean", moved, moved.apply(x[:1])),
        "plain": Rule("mean", plain_space("demo", DIM), x[:1]),
    }
    projected = Space("demo", space.mean, axes)
    made["projected"] = Rule("mean", projected, projected.apply(x[:1]))
    return made


BY_SCAN = ("plain", "projected")
RULES = [*("mean", "prototypes", "contrast", "long weights"), "newest", "mean moved a little"]


@pytest.mark.parametrize("searcher", ["scan", "index"])
@pytest.mark.parametrize("name", [*RULES, *BY_SCAN])
@pytest.mark.parametrize("k", [1, 100])
def test_both_find_what_scoring_everything_finds(
    place: Place, name: str, k: int, searcher: str
) -> None:
    rule, count = rules(place)[name], len(place.x)
    expected = rule.score(place.x)
    indexed = place.indexed()
    indexed.wait()

    def by_codes(
        rule: Rule, k: int, mask: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], Scores]:
        return search(place.codes, rule, k, mask)

    find: Search = by_codes if searcher == "scan" else indexed.search
    best = np.ones(count, np.bool_)
    best[np.argsort(-expected)[:300]] = False  # as after a review
    for mask in (None, np.random.default_rng(k).random(count) < 0.4, best):
        places, scores = find(rule, k, mask)
        assert places.dtype == np.int64
        assert scores.dtype == np.float32
        assert len(set(places.tolist())) == k
        assert mask is None or mask[places].all()
        assert (np.diff(scores) <= 0).all()
        close = 2e-5 * abs(expected).max()
        np.testing.assert_allclose(scores, expected[places], atol=close)
        among = expected if mask is None else expected[mask]
        np.testing.assert_allclose(scores, np.sort(among)[::-1][:k], atol=close)
    if searcher == "index":
        assert bool(indexed.answered) == (name not in BY_SCAN)


def test_what_the_scan_refuses_is_refused(place: Place) -> None:
    indexed, rule = place.indexed(), rules(place)["mean"]
    indexed.wait()
    with pytest.raises(BadInputError, match="k is 0"):
        indexed.search(rule, 0)
    with pytest.raises(BadInputError, match="the mask is bool of shape"):
        indexed.search(rule, 5, np.ones(3, np.bool_))
    other = Space("other", place.space.mean)
    with pytest.raises(MismatchError, match="learned on vectors of the encoder other"):
        indexed.search(Rule("mean", other, rule.toward), 5)


def test_near_copies_by_the_thousand_are_left_to_the_scan(tmp_path: Path) -> None:
    store = Lance(tmp_path / "v", DIM, "demo")
    copies = np.repeat(clustered(1), 5000, axis=0) + 1e-3 * clustered(5000, seed=3)
    add(store, np.concatenate([clustered(4000, seed=2), unit(copies)]), "a")
    codes = Codes(store, tmp_path / "scan")
    x = codes.follow().take(np.arange(9000))
    space = centred_space("demo", x[:4000])
    indexed = Inverted(codes, tmp_path / "scan" / "inverted", from_ms=0)
    assert indexed.write(lambda: space)
    assert "an index of 9,000 of 9,000 rows" in indexed.wait()
    rule = Rule("nearest", space, space.apply(x[5000:5001]))
    _, scores = indexed.search(rule, 100)
    assert indexed.answered == 0
    np.testing.assert_allclose(scores, np.sort(rule.score(x))[::-1][:100], atol=2e-5)


def test_it_is_brought_up_to_date_and_made_again_when_it_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path)
    indexed = place.indexed()
    assert indexed.write(lambda: place.space)
    assert f"an index of {ROWS:,} of {ROWS + NEW:,} rows" in indexed.wait()  # few: they wait
    monkeypatch.setattr(module, "_TAIL_ROWS", 100)
    assert indexed.write(lambda: place.space)
    assert f"an index of {ROWS:,} of" in indexed.wait()  # under two per cent of many
    monkeypatch.setattr(module, "_TAIL", 0.001)
    assert indexed.write(lambda: place.space)
    indexed = place.indexed()
    assert f"an index of {ROWS + NEW:,} of {ROWS + NEW:,} rows" in indexed.wait()
    rule = rules(place)["newest"]
    assert indexed.search(rule, 1)[0].tolist() == [len(place.x) - 1]
    assert indexed.answered == 1

    elsewhere = Space("demo", place.space.mean + np.float32(0.1))
    assert indexed.write(lambda: elsewhere)  # the collection has another mean now
    again = place.indexed()
    again.wait()
    again.search(Rule("nearest", elsewhere, elsewhere.apply(place.x[:1])), 1)
    again.search(rule, 1)
    assert again.answered == 1


def test_a_damaged_or_missing_index_costs_time_and_no_answer(tmp_path: Path) -> None:
    place = Place(tmp_path)
    rule = rules(place)["mean"]
    expected, _ = search(place.codes, rule, 50)
    for file in (tmp_path / "scan" / "inverted").rglob("*.idx"):
        file.write_bytes(file.read_bytes()[:50])
    indexed = place.indexed()
    assert indexed.wait() == "a scan of the codes"
    assert indexed.search(rule, 50)[0].tolist() == expected.tolist()
    shutil.rmtree(tmp_path / "scan" / "inverted")
    indexed = place.indexed()
    assert indexed.wait() == "a scan of the codes"
    assert indexed.search(rule, 50)[0].tolist() == expected.tolist()
    assert indexed.answered == 0


def test_where_the_scan_is_fast_there_is_no_index(tmp_path: Path) -> None:
    place = Place(tmp_path)
    small = Inverted(place.codes, tmp_path / "scan" / "inverted")
    assert not small.write(lambda: place.space)
    assert not (tmp_path / "scan" / "inverted").exists()
    assert predicted_ms(1 << 30) > predicted_ms(1 << 28) > 0
