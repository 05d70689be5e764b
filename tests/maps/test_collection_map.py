from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.concepts.evidence import evidence_for
from likewise.core.concept import Concept
from likewise.errors import BadInputError, NotFoundError
from likewise.indexing.index import index
from likewise.maps.collection_map import available_maps, compute_map, open_map
from likewise.maps.colouring import colour_by_column, colour_by_rule
from likewise.rules.base import learn
from likewise.workspace import Workspace


def test_a_map_has_a_point_for_each_image_and_is_kept(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="not computed yet"):
        open_map(workspace, "pca")
    made = compute_map(workspace)
    kept = open_map(workspace, "pca")
    assert kept.points.tolist() == made.points.tolist()
    assert kept.points.shape == (24, 2)
    assert kept.points.dtype == np.uint16
    assert kept.clusters.tolist() == made.clusters.tolist()
    ready = {one["kind"]: one["ready"] for one in available_maps(workspace)}
    assert ready == {"pca": True, "tsne": False, "umap": False}


def test_alike_images_are_near(workspace: Workspace) -> None:
    points = compute_map(workspace).points.astype(float)
    kinds = np.array([item.split("/")[0] for item in workspace.collection.ids()])
    middles = {kind: points[kinds == kind].mean(axis=0) for kind in set(kinds)}
    nearest = [
        min(middles, key=lambda kind: float(np.linalg.norm(point - middles[kind])))
        for point in points
    ]
    assert np.mean(np.array(nearest) == kinds) > 0.9


def test_a_map_of_other_images_is_none(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as place:
        compute_map(place)
    (home / "shapes" / "disc" / "00.png").rename(home / "shapes" / "disc" / "new.png")
    index(home / "shapes", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as place:
        with pytest.raises(NotFoundError, match="images came or went"):
            open_map(place, "pca")
        compute_map(place)
        open_map(place, "pca")


def test_a_damaged_map_is_computed_again(workspace: Workspace) -> None:
    compute_map(workspace)
    path = workspace.path / "maps" / "pca.safetensors"
    for damage in (path.read_bytes()[:-9], b"", b"\xff" * 40):
        path.write_bytes(damage)
        with pytest.raises(NotFoundError, match="compute it"):
            open_map(workspace, "pca")


def test_work_that_is_not_wanted_leaves_nothing(workspace: Workspace) -> None:
    def stop(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compute_map(workspace, "pca", stop)
    assert not (workspace.path / "maps").exists()


def test_colours_by_score_column_and_moment(workspace: Workspace) -> None:
    ids = workspace.collection.ids()
    rule = learn(evidence_for(workspace, Concept("disc", ("disc/00.png",))), "mean")
    by_score = colour_by_rule(workspace, rule)
    assert by_score.scale == "ramp"
    order = np.argsort(workspace.collection.scores(rule))
    assert (np.diff(by_score.classes[order].astype(int)) >= 0).all()
    by_folder = colour_by_column(workspace, "folder")
    assert (by_folder.scale, by_folder.legend) == ("categories", ("disc", "square", "stripes"))
    named = [by_folder.legend[number] for number in by_folder.classes]
    assert all(item.startswith(name) for item, name in zip(ids, named, strict=True))
    for column in ("width", "modified", "taken_at", "added_at", "camera"):
        assert len(colour_by_column(workspace, column).classes) == 24
    with pytest.raises(BadInputError, match="no column 'wdith'"):
        colour_by_column(workspace, "wdith")


def test_places_and_ids_are_the_reverse_of_each_other(workspace: Workspace) -> None:
    collection = workspace.collection
    ids = collection.ids()[5:9]
    places = collection.positions([*ids, "gone.png"])
    assert collection.at(places[:-1]) == ids
    assert places[-1] == -1
    with pytest.raises(BadInputError, match="index 99"):
        collection.at(np.array([99]))


def test_images_that_come_while_a_map_is_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Workspace(home / "shapes.likewise") as place:
        real = place.collection.vectors

        def meanwhile(ids: list[str]) -> object:
            for number in range(3):
                picture = home / "shapes" / "disc" / "00.png"
                (picture.with_name(f"new-{number}.png")).write_bytes(picture.read_bytes())
            index(home / "shapes", home / "shapes.likewise")
            place.collection.refresh()
            return real(ids)

        monkeypatch.setattr(place.collection, "vectors", meanwhile)
        made = compute_map(place)
        assert made.points.shape == (24, 2)
        assert made.version < place.collection.version
        with pytest.raises(NotFoundError, match="images came or went"):
            open_map(place, "pca")
