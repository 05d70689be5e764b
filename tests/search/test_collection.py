from __future__ import annotations

import sys
import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from likewise.core.ranking import Ranking
from likewise.core.rule import Calibration, Rule
from likewise.core.space import plain_space
from likewise.errors import BadInputError, MismatchError, NotFoundError
from likewise.indexing.index import index
from likewise.workspace import Workspace
from likewise.workspace.item_states import ItemState


def like(workspace: Workspace, item: str, **more: object) -> Rule:
    space = workspace.collection.space()
    rows = space.apply(workspace.collection.vectors([item]))
    return Rule("test", space, rows, **more)  # type: ignore[arg-type]


def test_a_search_is_what_scoring_everything_would_say(workspace: Workspace) -> None:
    collection, rule = workspace.collection, like(workspace, "disc/00.png")
    ids = collection.ids()
    scores = rule.score(collection.vectors(ids))
    order = np.argsort(-scores)
    hits = collection.search(rule, k=10)
    assert hits.ids == tuple(ids[i] for i in order[:10])
    np.testing.assert_allclose(hits.scores, scores[order[:10]], atol=1e-3)
    assert hits.searched == 24
    assert collection.rank_all(rule).ids[:10] == hits.ids


def test_what_is_excluded_missing_or_filtered_is_not_answered(workspace: Workspace) -> None:
    rule = like(workspace, "disc/00.png")
    workspace.states.update([ItemState("disc/02.png", "missing", "the file is gone")])
    hits = workspace.collection.search(rule, 100, "folder = 'disc'", {"disc/00.png", "disc/01.png"})
    assert sorted(hits.ids) == [f"disc/{n:02d}.png" for n in range(3, 8)]
    assert hits.searched == 5


def test_probabilities_come_with_a_calibrated_rule(workspace: Workspace) -> None:
    hits = workspace.collection.search(like(workspace, "disc/00.png"), 3)
    assert hits.probabilities is None
    rule = like(workspace, "disc/00.png", calibration=Calibration(5.0, -1.0, 20))
    hits = workspace.collection.search(rule, 3)
    assert hits.probabilities is not None
    assert (np.diff(hits.probabilities) <= 0).all()


def test_a_rule_of_another_encoder_is_refused(workspace: Workspace) -> None:
    rule = Rule("test", plain_space("other", 1280), np.ones((1, 1280), np.float32))
    with pytest.raises(MismatchError, match="'other'"):
        workspace.collection.search(rule)


def test_unknown_ids_and_wrong_k_are_told(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match=r"no item 'x\.png'"):
        workspace.collection.vectors(["disc/00.png", "x.png"])
    with pytest.raises(BadInputError, match="k is 0"):
        workspace.collection.search(like(workspace, "disc/00.png"), 0)
    assert workspace.collection.known(["disc/00.png", "x.png"]) == {"disc/00.png"}


def test_facts_come_in_the_order_of_the_ids(workspace: Workspace) -> None:
    ids = ["stripes/03.png", "disc/01.png"]
    facts = workspace.collection.facts(ids, ["item_id", "width", "folder"])
    assert facts == [
        {"item_id": "stripes/03.png", "width": 160, "folder": "stripes"},
        {"item_id": "disc/01.png", "width": 160, "folder": "disc"},
    ]
    with pytest.raises(BadInputError, match="no column 'colour'"):
        workspace.collection.facts(ids, ["colour"])


def test_the_background_is_fixed_and_without_what_was_judged(workspace: Workspace) -> None:
    collection = workspace.collection
    np.testing.assert_array_equal(collection.background(), collection.background())
    assert len(collection.background()) == 24
    left = collection.background(exclude={"disc/00.png"})
    judged = collection.vectors(["disc/00.png"])[0]
    assert len(left) == 23
    assert not (left == judged).all(axis=1).any()


def test_a_ranking_that_rises_is_refused() -> None:
    with pytest.raises(BadInputError, match="must not increase"):
        Ranking(("a", "b"), np.array([0.1, 0.9], np.float32))
    with pytest.raises(BadInputError, match="shape"):
        Ranking(("a",), np.array([0.1, 0.9], np.float32))


def test_vectors_are_the_stores_own(workspace: Workspace) -> None:
    collection = workspace.collection
    ids = collection.ids()[::-3]
    places = collection.store.find(ids)
    np.testing.assert_array_equal(collection.vectors(ids), collection.store.take(places))


def test_an_id_is_found_anew_after_the_collection_has_changed(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as workspace:
        collection = workspace.collection
        last = collection.ids()[-1]
        before = collection.vectors([last])  # remembered by now, and so is the unknown one
        assert collection.known([last, "disc/new.png"]) == {last}
        (home / "shapes" / "disc" / "00.png").rename(home / "shapes" / "disc" / "new.png")
        index(home / "shapes", home / "shapes.likewise")
        collection.refresh()
        assert collection.known([last, "disc/new.png"]) == {last, "disc/new.png"}
        np.testing.assert_array_equal(collection.vectors([last]), before)


def test_a_sample_is_of_what_is_allowed_and_there(workspace: Workspace) -> None:
    collection = workspace.collection
    workspace.states.update([ItemState("disc/02.png", "missing", "the file is gone")])
    everyone = collection.sample(100, where="folder = 'disc'", exclude={"disc/00.png"})
    assert sorted(everyone) == [f"disc/{n:02d}.png" for n in (1, 3, 4, 5, 6, 7)]
    few = [collection.sample(3, seed=seed) for seed in range(40)]
    assert all(len(set(ids)) == 3 for ids in few)
    assert len({item for ids in few for item in ids}) == 23  # all have a chance
    assert collection.sample(3, seed=7) == few[7]


def test_digests_are_in_the_order_of_the_ids_and_of_this_version(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as workspace:
        collection = workspace.collection
        ids = list(collection.ids())
        wanted = [row["digest"] for row in collection.facts(ids, ["digest"])]
        assert collection.digests(ids[3:5]) == wanted[3:5]
        assert collection.digests([*ids[::-1], ids[0]]) == [*wanted[::-1], wanted[0]]
        assert collection.digests([]) == []
        Image.new("RGB", (90, 70), "pink").save(home / "shapes" / ids[0])
        index(home / "shapes", home / "shapes.likewise")
        collection.refresh()
        assert collection.digests([ids[0]]) != wanted[:1]


def test_threads_read_one_version_while_another_sees_what_came(home: Path) -> None:
    pace = sys.getswitchinterval()
    with Workspace(home / "shapes.likewise") as place, Workspace(home / "shapes.likewise") as other:
        rule, trouble, ended = like(place, "disc/00.png"), list[Exception](), threading.Event()

        def search() -> None:
            while not ended.is_set() and not trouble:
                try:
                    place.collection.search(rule, 5, "width > 0", {"disc/01.png"})
                    place.collection.rank_all(rule, exclude={"disc/01.png"})
                except Exception as error:  # whatever it is: the test tells it
                    trouble.append(error)

        threads = [threading.Thread(target=search) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            sys.setswitchinterval(1e-5)
            vector = place.collection.vectors(["disc/00.png"])
            for number in range(25):
                other.collection.store.append(pa.table({"item_id": [f"new-{number}"]}), vector)
                place.collection.refresh()
        finally:
            ended.set()
            for thread in threads:
                thread.join()
            sys.setswitchinterval(pace)
        assert not trouble
        assert len(place.collection) == 24 + 25
