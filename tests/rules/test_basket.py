from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from worlds import at, world

from likewise.core.concept import Concept
from likewise.core.evidence import Evidence, Samples
from likewise.core.space import plain_space
from likewise.core.vectors import unit
from likewise.errors import BadInputError
from likewise.maps.scatter import basket_picture, principal_components, scatter
from likewise.rules.basket import examine, examine_basket, find_clusters, leave_one_out_gains
from likewise.workspace import Workspace


def evidence_of(positives: np.ndarray, negatives: np.ndarray | None = None) -> Evidence:
    space = plain_space("plane", positives.shape[1])
    others = positives[:0] if negatives is None else negatives
    return Evidence(
        space,
        positives=Samples(positives, tuple(f"yes-{n}" for n in range(len(positives)))),
        negatives=Samples(others, tuple(f"no-{n}" for n in range(len(others)))),
        background=at(200, 230, 260),
    )


def test_the_one_apart_is_the_outlier() -> None:
    report = examine(evidence_of(at(0, 2, 5, 7, 9, 11, 140)))
    assert [member.item for member in report.outliers] == ["yes-6"]
    assert report.members[0].item == "yes-6"  # the least alike comes first
    assert not examine(evidence_of(at(0, 4, 8, 12, 16, 20))).outliers


def test_two_looks_are_two_clumps() -> None:
    numbers, silhouette = find_clusters(at(0, 3, 6, 90, 93, 96))
    assert len(set(numbers[:3])) == len(set(numbers[3:])) == 1
    assert numbers[0] != numbers[3]
    assert silhouette is not None
    assert silhouette > 0.9
    alone, none = find_clusters(at(0))
    assert alone.tolist() == [0]
    assert none is None


def test_a_gain_is_what_the_others_gain() -> None:
    here = world(members=60, others=400, noise=1.2, seed=3)
    mapped = here.space.apply(here.rows)
    members, others = mapped[here.wanted][:8], mapped[~here.wanted]
    spoiled = np.concatenate([members, others[:1]])
    gains, _ = leave_one_out_gains(spoiled, others[1:])

    def found(rows: np.ndarray, held_out: int) -> float:  # the slow, obvious way
        mean = unit(np.delete(rows, held_out, axis=0).mean(axis=0))
        return float(1 / (1 + (others[1:] @ mean >= rows[held_out] @ mean).sum()))

    wanted = np.mean([found(members, j) - found(spoiled, j) for j in range(8)])
    assert gains[8] == pytest.approx(wanted, abs=1e-6)
    assert gains[8] > 0


def test_near_copies_and_contradictions() -> None:
    report = examine(evidence_of(at(0, 1, 40), negatives=at(41, 90)))
    assert {(p.one, p.other, p.disagree) for p in report.pairs} == {
        ("yes-2", "no-0", True),
        ("yes-0", "yes-1", False),
    }
    copies = examine(evidence_of(at(0, 60, 120)), digests={"yes-0": "d", "yes-2": "d"})
    assert [(p.one, p.other) for p in copies.pairs] == [("yes-0", "yes-2")]


def test_nothing_to_examine() -> None:
    with pytest.raises(BadInputError, match="has no example to examine"):
        examine(evidence_of(at(0)[:0]), "barn")


def test_components_keep_distances_in_the_plane() -> None:
    rows = at(0, 30, 75, 200)
    places = principal_components(rows)
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    assert np.linalg.norm(places[:, None] - places[None], axis=2) == pytest.approx(apart, abs=1e-5)
    assert principal_components(rows[:1]).tolist() == [[0.0, 0.0]]


def test_tiles_lie_at_their_places() -> None:
    tiles = [Image.new("RGB", (40, 20), colour) for colour in ("blue", "yellow")]
    places = np.array([[0.0, 1.0], [1.0, 0.0]])  # blue above and left, yellow below and right
    picture = np.asarray(scatter(tiles, places, [(0, 128, 0), (255, 0, 0)], size=300, tile=40))
    blue = np.argwhere((picture == [0, 0, 255]).all(axis=2)).mean(axis=0)
    yellow = np.argwhere((picture == [255, 255, 0]).all(axis=2)).mean(axis=0)
    assert blue[0] < yellow[0] - 150
    assert blue[1] < yellow[1] - 150
    assert (picture == [255, 0, 0]).all(axis=2).any()  # its frame


def test_on_real_pictures(workspace: Workspace, home: Path) -> None:
    discs = [f"disc/{n:02d}.png" for n in range(5)]
    concept = Concept("disc", (*discs, "stripes/00.png"), ("square/00.png",))
    workspace.concepts.save(concept)
    report = examine_basket(workspace, "disc")
    assert report.members[0].item == "stripes/00.png"
    assert report.counter_examples == 1
    assert json.loads(json.dumps(report.to_json()))["concept"] == "disc"
    assert basket_picture(workspace, "disc", size=400).size == (400, 430)
