from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapes import draw_shapes

from likewise.core.concept import Concept
from likewise.errors import BadInputError, MismatchError, NotFoundError
from likewise.indexing.importing import import_vectors, import_words
from likewise.indexing.index import index
from likewise.maintenance.doctor import examine
from likewise.rules.learn import learn_concept
from likewise.rules.query import rule_to_search_with
from likewise.sources._vector_files import VectorFile, open_vectors
from likewise.sources.base import Item
from likewise.sources.folder import Folder
from likewise.workspace import Workspace

SPOKES = 40


def wheel(folder: Path, rows: np.ndarray | None = None, ids: list[str] | None = None) -> VectorFile:
    """Vectors of all lengths around a circle; id 00 points east, 10 north."""
    angles = 2 * np.pi * np.arange(SPOKES) / SPOKES
    round_it = np.stack([np.cos(angles), np.sin(angles)], 1) * np.arange(1, SPOKES + 1)[:, None]
    np.save(folder / "v.npy", round_it if rows is None else rows)
    names = [f"{spoke:02d}" for spoke in range(SPOKES)] if ids is None else ids
    (folder / "ids.txt").write_text("\n".join(names))
    return open_vectors(folder / "v.npy", folder / "ids.txt")


def words(folder: Path, dim: int = 2) -> VectorFile:
    rows = np.eye(dim, dtype=np.float32)[:2].tolist()
    pq.write_table(pa.table({"word": ["east", "north"], "vector": rows}), folder / "words.parquet")
    return open_vectors(folder / "words.parquet")


def test_searched_and_learned_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "wheel.likewise"
    report = import_vectors(wheel(tmp_path), "wheel", path, words=words(tmp_path))
    assert (report.imported, report.words, report.left_out) == (SPOKES, 2, ())
    with Workspace(path) as place:
        assert len(place.collection) == SPOKES
        rows = place.collection.vectors(["00", "10"])
        np.testing.assert_allclose(rows, np.eye(2), atol=1e-3)
        rule, _ = rule_to_search_with(place, like=["10"])
        assert set(place.collection.search(rule, k=3).ids) == {"09", "10", "11"}
        rule, _ = rule_to_search_with(place, hints=["North"])
        assert place.collection.search(rule, k=1).ids == ("10",)
        place.concepts.save(Concept("up", examples=("09", "10", "11"), hints=("north",)))
        learned, _ = learn_concept(place, "up", "mean")
        assert learned.encoder == "precomputed-wheel-2"
        assert all(finding.state != "problem" for finding in examine(place))
        with pytest.raises(BadInputError, match="cannot be encoded here"):
            draw_shapes(tmp_path / "shapes", each=1)
            rule_to_search_with(place, like=[str(tmp_path / "shapes" / "disc" / "00.png")])


def test_again_it_is_the_same_and_more_can_be_added(tmp_path: Path) -> None:
    path = tmp_path / "wheel.likewise"
    for _ in range(2):
        import_vectors(wheel(tmp_path), "wheel", path)
    import_vectors(wheel(tmp_path, np.ones((1, 2)), ["new"]), "wheel", path)
    with Workspace(path) as place:
        assert len(place.collection) == SPOKES + 1
    with pytest.raises(MismatchError, match="precomputed-wheel-2"):
        import_vectors(wheel(tmp_path), "hub", path)
    with pytest.raises(BadInputError, match="index the images with an encoder"):
        index(draw_shapes(tmp_path / "shapes", each=1), path)


def test_images_are_optional_and_give_thumbnails(tmp_path: Path) -> None:
    root = draw_shapes(tmp_path / "shapes", each=2)
    ids = [entry.id for entry in Folder(root).items() if isinstance(entry, Item)]
    (root / "broken.png").write_bytes(b"no picture")
    names = [*ids[:-1], str(root / ids[-1]), "gone.png", "broken.png"]
    rows = np.eye(len(names), dtype=np.float32)
    path = tmp_path / "x.likewise"
    report = import_vectors(wheel(tmp_path, rows, names), "eye", path, root=root)
    assert (report.imported, report.without_image) == (len(names), 2)
    with Workspace(path) as place:
        assert place.collection.known(ids) == set(ids)
        assert place.collection.original(ids[-1]).path == root / ids[-1]
        with place.thumbnails() as thumbnails:
            assert all(digest in thumbnails for digest in place.collection.digests(ids))
        assert set(place.states.all("missing")) == {"gone.png", "broken.png"}


@pytest.mark.parametrize(
    ("value", "told"), [(np.nan, "is NaN"), (np.inf, "is infinite"), (0.0, "is zero")]
)
def test_unusable_vectors_are_refused_or_left_out(tmp_path: Path, value: float, told: str) -> None:
    rows = np.ones((4, 2), np.float32)
    rows[2] = value
    file = wheel(tmp_path, rows, list("abcd"))
    with pytest.raises(BadInputError, match=rf"row 2 \('c'\) .* {told}; .*--skip-bad"):
        import_vectors(file, "x", tmp_path / "x.likewise")
    assert not (tmp_path / "x.likewise").exists()
    report = import_vectors(file, "x", tmp_path / "x.likewise", skip_bad=True)
    assert (report.imported, [x.item for x in report.left_out]) == (3, ["c"])


def test_ids_and_words_are_checked_before_anything_is_made(tmp_path: Path) -> None:
    rows, path = np.ones((3, 2)), tmp_path / "x.likewise"
    with pytest.raises(BadInputError, match="'a' is given twice, in row 2"):
        import_vectors(wheel(tmp_path, rows, list("aba")), "x", path)
    with pytest.raises(BadInputError, match="row 1 .* has no id"):
        import_vectors(wheel(tmp_path, rows, ["a", "", "c"]), "x", path)
    with pytest.raises(BadInputError, match="has no rows"):
        import_vectors(wheel(tmp_path, rows[:0], []), "x", path)
    good = wheel(tmp_path, rows, list("abc"))
    with pytest.raises(MismatchError, match="3 columns and the images' vectors 2"):
        import_vectors(good, "x", path, words=words(tmp_path, 3))
    with pytest.raises(NotFoundError, match="not a folder"):
        import_vectors(good, "x", path, root=tmp_path / "none")
    with pytest.raises(BadInputError, match="such as clip-b32@512"):
        import_vectors(good, "no name", path)
    assert import_vectors(good, "x", path, dry_run=True).imported == 3
    assert not path.exists()


def test_words_can_come_later(tmp_path: Path) -> None:
    path = tmp_path / "wheel.likewise"
    import_vectors(wheel(tmp_path), "wheel", path)
    assert import_words(words(tmp_path), path).words == 2
    with Workspace(path) as place:
        rule, _ = rule_to_search_with(place, hints=["east"])
        assert place.collection.search(rule, k=1).ids == ("00",)
    index(draw_shapes(tmp_path / "shapes", each=1), tmp_path / "s.likewise")
    with pytest.raises(MismatchError, match="was indexed with efficientnet_lite0"):
        import_words(words(tmp_path), tmp_path / "s.likewise")


def test_the_built_in_encoders_own_vectors_come_back_as_they_were(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as place:
        ids = list(place.collection.ids())
        rows = place.collection.vectors(ids)
    import_vectors(wheel(home, rows, ids), "lite", home / "copy.likewise", root=home / "shapes")
    with Workspace(home / "copy.likewise") as copy, Workspace(home / "shapes.likewise") as place:
        np.testing.assert_allclose(copy.collection.vectors(ids), rows, atol=1e-3)
        found = []
        for workspace in (copy, place):
            rule, _ = rule_to_search_with(workspace, like=[ids[0]])
            found.append(workspace.collection.search(rule, k=5).ids)
    assert found[0] == found[1]
