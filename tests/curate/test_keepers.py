"""Images that a person chose to stay among copies, and pools that are looked at again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pools import circle, clumps, names
from scenes import draw_copies, scene
from worlds import at

from likewise.curate.base import Pool, curate, curate_all
from likewise.curate.keeper_choices import choices_in, choices_of
from likewise.curate.pool_cache import PoolCache
from likewise.curate.workspace import Steps, curate_workspace, save_tag, tagged
from likewise.images.picture_facts import picture_facts
from likewise.indexing.index import index
from likewise.workspace import Workspace


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("copies")
    index(draw_copies(home / "scenes"), home / "scenes.likewise")
    return home


def because(selection: object) -> dict[str, str]:
    return dict(zip(selection.dropped, selection.because, strict=True))  # type: ignore[attr-defined]


def test_a_chosen_image_stays_and_its_copies_go_for_it() -> None:
    pool = circle(0, 1, 2, 60)
    assert because(curate(pool, "near_duplicates", threshold=0.99)) == {"b": "a", "c": "a"}
    chosen = curate(replace(pool, keepers=frozenset("c")), "near_duplicates", threshold=0.99)
    assert because(chosen) == {"a": "c", "b": "c"}


def test_two_chosen_images_stay_though_they_are_copies() -> None:
    pool = replace(circle(0, 1, 2, 60), keepers=frozenset("bc"))
    assert curate(pool, "near_duplicates", threshold=0.99).kept == ("b", "c", "d")
    files = Pool(("a", "b", "c"), facts={"digest": ("1", "1", "1")}, keepers=frozenset("bc"))
    assert because(curate(files, "exact_duplicates")) == {"a": "b"}
    steps = [("exact_duplicates", {}), ("near_duplicates", {"threshold": 0.99})]
    both = replace(pool, facts={"digest": ("1", "1", "1", "2")})
    assert curate_all(both, steps).kept == ("b", "c", "d")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 0.99), st.integers(0, 40))
def test_what_is_chosen_never_goes_and_what_goes_is_a_copy(
    seed: int, threshold: float, count: int
) -> None:
    rows = clumps((70, 3, 1, 40), 6, noise=0.4, seed=seed)  # more copies than a list has room for
    ids = names(len(rows))
    keepers = frozenset(np.random.default_rng(seed).choice(ids, count, replace=False).tolist())
    pool = Pool(ids, rows, keepers=keepers)
    chosen = curate(pool, "near_duplicates", threshold=threshold)
    assert keepers <= set(chosen.kept)
    for item, of in because(chosen).items():
        assert rows[pool.index_of[item]] @ rows[pool.index_of[of]] > threshold - 1e-5
    free = [item for item in chosen.kept if item not in keepers]
    likeness = rows[[pool.index_of[i] for i in free]] @ rows[[pool.index_of[i] for i in free]].T
    np.fill_diagonal(likeness, -1)
    assert not len(free) or likeness.max() < threshold + 1e-5


def test_choices_say_what_they_decide() -> None:
    chosen = curate(
        replace(circle(0, 1, 60), keepers=frozenset("bc")), "near_duplicates", threshold=0.99
    )
    choices = choices_in(chosen, {"b": "1", "c": "2", "z": "3"}, frozenset("bc"))
    assert (choices.deciding, choices.idle, choices.absent) == (("b",), ("c",), ("z",))
    assert choices.notes() == [
        "1 of 3 images chosen to stay has copies here, 1 has none, 1 is not among these images; "
        "every choice stays stored"
    ]
    assert choices_in(chosen, {}, frozenset()).notes() == []


def test_another_threshold_over_the_same_pool_answers_as_a_new_pool() -> None:
    images = [scene(seed) for seed in range(5)]
    images += [image.resize((100, 75)) for image in images] + [images[0].crop((16, 12, 304, 228))]
    sketches = np.stack([picture_facts(image).sketch for image in images])
    rows = np.concatenate([at(*range(0, 100, 20)), at(*range(1, 101, 20)), at(0.5)])
    pool = Pool(names(len(images)), rows, sketches=sketches)
    for threshold in (0.9, 0.6, 0.99, 0.75):
        again = curate(pool, "near_duplicates", threshold=threshold)
        anew = curate(replace(pool, memo={}), "near_duplicates", threshold=threshold)
        assert again.rows() == anew.rows()


def test_a_choice_is_heeded_until_the_picture_is_another_one(indexed: Path) -> None:
    with Workspace(indexed / "scenes.likewise") as workspace:
        before = curate_workspace(workspace, [("near_duplicates", {})])
        assert because(before)["0-poor.jpg"] == "0.png"
        digest = workspace.collection.digests(["0-poor.jpg"])[0]
        workspace.keepers.choose({"0-poor.jpg": digest})
        after = curate_workspace(workspace, [("near_duplicates", {})])
        assert because(after)["0.png"] == "0-poor.jpg"
        assert any(note.startswith("1 of 1 image chosen") for note in after.notes)
        save_tag(workspace, after, "unique")
        assert "0-poor.jpg" in tagged(workspace, "unique").kept
        strict = curate_workspace(workspace, [("near_duplicates", {"threshold": 1.0})])
        assert choices_of(workspace, strict).idle == ("0-poor.jpg",)
        workspace.keepers.choose({"0-poor.jpg": "f" * 64})  # of a picture that it was
        other = curate_workspace(workspace, [("near_duplicates", {})])
        assert because(other)["0-poor.jpg"] == "0.png"
        assert choices_of(workspace, other).absent == ("0-poor.jpg",)
        workspace.keepers.choose({}, ["0-poor.jpg"])
        assert workspace.keepers.current() == {}
        assert [row["stays"] for row in workspace.keepers.history()] == [True, True, False]


def test_a_kept_pool_is_of_the_images_as_they_are(indexed: Path) -> None:
    with Workspace(indexed / "scenes.likewise") as workspace:
        pools = PoolCache()
        step: Steps = [("near_duplicates", {})]
        first = curate_workspace(workspace, step, pools=pools)
        pool = pools.pool(workspace, None, "folder", True)
        assert pool.memo  # what was compared
        again = curate_workspace(workspace, step, pools=pools)
        assert again.rows() == first.rows() == curate_workspace(workspace, step).rows()
        assert pools.pool(workspace, None, "folder", True).memo is pool.memo
        some = curate_workspace(workspace, step, "item_id != '0.png'", pools=pools)
        assert "0.png" not in {*some.kept, *some.dropped}
