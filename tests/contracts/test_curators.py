"""What every curator must do, whoever wrote it: runs over all that are registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from pools import clumps, full_pool, names

from likewise.curate.base import Curator, Pool, curate, curate_all, make
from likewise.errors import BadInputError, LikewiseError
from likewise.registry import class_name
from likewise.registry import names as registered

CURATORS = registered("curate")
SMALL: Mapping[str, Mapping[str, Any]] = {
    "diverse": {"k": 7},
    "even": {"k": 7},
    "representative": {"k": 7},
    "rare": {"k": 10, "most": 4},
}
"""Options that suit a pool of 60."""

TAKES_K = ("diverse", "even", "representative")


@pytest.mark.parametrize("name", CURATORS)
def test_is_a_frozen_record_with_defaults(name: str) -> None:
    curator = make(name)
    assert isinstance(curator, Curator)
    assert type(curator).__name__ == class_name(name)
    assert type(curator).__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert make(name, **{f.name: getattr(curator, f.name) for f in fields(curator)}) == curator  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CURATORS)
def test_kept_and_dropped_are_the_pool(name: str) -> None:
    pool = full_pool()
    chosen = curate(pool, name, **SMALL.get(name, {}))
    assert sorted(chosen.kept + chosen.dropped) == sorted(pool.ids)
    assert chosen.method == name
    assert all(chosen.reasons)
    assert set(chosen.because) <= set(pool.ids) | {""}
    assert not any(one == other for one, other in zip(chosen.dropped, chosen.because, strict=True))
    assert np.isfinite(chosen.scores).all()
    assert len(chosen.rows()) == len(pool)


@pytest.mark.parametrize("name", CURATORS)
def test_the_order_of_the_pool_does_not_matter(name: str) -> None:
    pool = full_pool()
    turned = pool.subset([*np.random.default_rng(1).permutation(np.array(pool.ids)).tolist()])
    turned = replace(turned, graph=None)
    one, other = (curate(p, name, **SMALL.get(name, {})) for p in (pool, turned))
    assert set(one.kept) == set(other.kept)
    assert one.part_of == other.part_of


@pytest.mark.parametrize("name", CURATORS)
def test_the_same_pool_the_same_answer(name: str) -> None:
    first, again = (curate(full_pool(), name, **SMALL.get(name, {})) for _ in range(2))
    assert (first.kept, first.dropped, first.parts) == (again.kept, again.dropped, again.parts)


@pytest.mark.parametrize("name", CURATORS)
def test_an_empty_pool_is_refused(name: str) -> None:
    with pytest.raises(BadInputError, match="empty"):
        curate(Pool(()), name)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("name", CURATORS)
def test_one_image_is_kept_or_refused_plainly(name: str, count: int) -> None:
    pool = full_pool().subset(names(count))
    try:
        chosen = curate(pool, name, **({"k": 1} if name in TAKES_K else {}))
    except LikewiseError as error:
        assert len(str(error)) > 20  # noqa: PT017 - either outcome is right
    else:
        assert len(chosen) == count


@pytest.mark.parametrize("name", CURATORS)
def test_identical_images_are_dealt_with(name: str) -> None:
    pool = replace(full_pool(), vectors=np.repeat(clumps((1,)), 60, axis=0))
    chosen = curate(pool, name, **SMALL.get(name, {}))
    assert len(chosen) == 60


@pytest.mark.parametrize("name", TAKES_K)
@pytest.mark.parametrize("k", [0, 61])
def test_a_k_that_cannot_be_is_refused(name: str, k: int) -> None:
    with pytest.raises(BadInputError, match=str(k)):
        curate(full_pool(), name, k=k)


@pytest.mark.parametrize("name", TAKES_K)
def test_all_of_the_pool_may_be_wanted(name: str) -> None:
    assert len(curate(full_pool(), name, k=60).kept) == 60


@pytest.mark.parametrize("name", CURATORS)
def test_runs_as_a_step_after_another(name: str) -> None:
    steps = [("exact_duplicates", {}), (name, SMALL.get(name, {}))]
    chosen = curate_all(full_pool(), steps)
    assert len(chosen) == 60
    assert chosen.reasons.count("same file") >= 1


def test_an_unknown_option_is_told() -> None:
    with pytest.raises(BadInputError, match="no option 'kk'"):
        make("diverse", kk=3)
