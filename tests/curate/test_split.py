"""Parts that do not leak, in the stated shares, the same again."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pools import circle, clumps, names

from likewise.curate.base import Pool, curate
from likewise.errors import BadInputError


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_nothing_leaks(seed: int) -> None:
    rows = clumps((60, 3, 30, 1, 1, 8), 6, noise=0.5, seed=seed)
    pool = Pool(names(len(rows)), rows)
    part = curate(pool, "split", threshold=0.97).part_of
    of = np.array([part[item] for item in pool.ids])
    one, other = np.nonzero(rows @ rows.T >= 0.97)
    assert (of[one] == of[other]).all()


def test_shares_and_classes() -> None:
    labels = tuple(np.repeat(["a", "b", "c"], [100, 50, 250]).tolist())
    pool = Pool(names(400), labels=labels)
    chosen = curate(pool, "split", near=False)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for label, part in zip(labels, chosen.parts, strict=True):
        counts[label][part] += 1
    for label, size in (("a", 100), ("b", 50), ("c", 250)):
        assert abs(counts[label]["train"] - 0.8 * size) <= 1.5
        assert abs(counts[label]["test"] - 0.1 * size) <= 1.5


def test_small_classes_reach_every_part() -> None:
    labels = tuple(f"class {number // 3}" for number in range(600))
    counts = Counter(curate(Pool(names(600), labels=labels), "split", near=False).parts)
    assert 400 < counts["train"] < 540
    assert min(counts["val"], counts["test"]) > 30


def test_groups_stay_together() -> None:
    patients = [f"p{number // 7}" for number in range(140)]
    pool = Pool(names(140), facts={"patient": patients})
    chosen = curate(pool, "split", groups="patient", near=False)
    of = defaultdict(set)
    for patient, part in zip(patients, chosen.parts, strict=True):
        of[patient].add(part)
    assert all(len(parts) == 1 for parts in of.values())
    assert len(set(chosen.parts)) == 3


def test_additions_do_not_move_what_has_a_part() -> None:
    rows = clumps((300, 100), noise=1.5)
    pool = Pool(names(400), rows)
    before = curate(pool.subset(names(400)[:360]), "split").part_of
    facts = {"part": [before.get(item, "") for item in pool.ids]}
    after = curate(Pool(pool.ids, rows, facts=facts), "split")
    assert all(after.part_of[item] == part for item, part in before.items())
    new = Counter(after.part_of[item] for item in names(400)[360:])
    assert new["train"] > new["val"] + new["test"]
    without = curate(pool, "split").part_of
    assert np.mean([without[item] == part for item, part in before.items()]) > 0.85


def test_a_bridge_between_two_parts_is_dropped() -> None:
    pool = circle(0, 10, 20, 90)
    facts = {"part": ["train", "", "test", ""]}
    chosen = curate(
        Pool(pool.ids, pool.vectors, facts=facts), "split", threshold=0.98,
        parts={"train": 0.8, "test": 0.2},
    )  # fmt: skip
    assert "b" in chosen.dropped
    assert chosen.part_of["c"] == "test"
    of = dict(zip(chosen.dropped, chosen.because, strict=True))
    assert set(of.values()) == {"c"}


@pytest.mark.parametrize("parts", [{}, {"train": 0.5}, {"train": 1.2, "test": -0.2}])
def test_parts_that_do_not_add_up(parts: dict[str, float]) -> None:
    with pytest.raises(BadInputError, match="add up to 1"):
        curate(circle(0, 1), "split", parts=parts)


def test_parts_that_are_not_there_any_more() -> None:
    pool = Pool(("a", "b"), facts={"part": ["dev", ""]})
    with pytest.raises(BadInputError, match="'dev'"):
        curate(pool, "split", near=False)


def test_another_seed_splits_another_way() -> None:
    pool = Pool(names(100))
    one, other = (curate(pool, "split", near=False, seed=seed).parts for seed in (0, 1))
    assert one != other


def test_classes_without_an_image_to_learn_from_are_counted() -> None:
    ids = tuple(f"{n:02d}.png" for n in range(40))
    labels = tuple(f"c{n:02d}" for n in range(40))
    rows = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    chosen = curate(Pool(ids, rows, labels), "split", near=False)
    lacking = sum(part != "train" for part in chosen.parts)
    assert lacking
    assert any(
        f"{lacking} of 40 classes have no image in 'train', such as" in x for x in chosen.notes
    )
    whole = curate(Pool(ids, rows, ("a",) * 20 + ("b",) * 20), "split", near=False)
    assert not any("have no image" in note for note in whole.notes)
