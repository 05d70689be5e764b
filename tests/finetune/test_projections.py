from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.core.projection_file import open_projection
from likewise.encoders.base import encode_images, open_encoder
from likewise.errors import BadInputError
from likewise.finetune.examples import Examples, class_labels, examples_of
from likewise.finetune.projections import learn_projection
from likewise.finetune.settings import ProjectionSettings
from likewise.indexing.index import index
from likewise.indexing.reindexing import reindex
from likewise.workspace import Workspace


@pytest.fixture
def examples(workspace: Workspace) -> Examples:
    return examples_of(workspace, class_labels(workspace, folders=True))


def test_it_is_learned_judged_and_kept(workspace: Workspace, examples: Examples) -> None:
    made = learn_projection(workspace, examples, "shapes", ProjectionSettings(columns=8))
    assert made.encoder == "projected:shapes"
    assert made.file == workspace.path / "encoders" / "shapes.projection"
    kept = open_projection(made.file)
    assert kept.fingerprint == made.projection.fingerprint
    assert kept.provenance["classes"] == ["disc", "square", "stripes"]
    assert kept.dim == 8
    assert made.after["search"] >= made.before["search"]
    assert made.after["head"]["images"] == len(examples.indices("test"))
    again = learn_projection(workspace, examples, "shapes", ProjectionSettings(columns=8))
    assert again.projection.fingerprint == made.projection.fingerprint
    with pytest.raises(BadInputError, match="another name with --name"):
        learn_projection(workspace, examples, "shapes", ProjectionSettings(columns=7))
    with pytest.raises(BadInputError, match="cannot name an encoder"):
        learn_projection(workspace, examples, "../shapes")


def test_the_part_test_teaches_nothing(workspace: Workspace, examples: Examples) -> None:
    test = examples.indices("test").tolist()
    labels = list(examples.labels)
    for place in test:  # other labels where it only judges change the figures and not the map
        labels[place] = examples.classes[(examples.class_indices[place] + 1) % 3]
    lied = Examples(examples.ids, tuple(labels), examples.parts)
    one = learn_projection(workspace, examples, "one", ProjectionSettings(columns=8))
    other = learn_projection(workspace, lied, "other", ProjectionSettings(columns=8))
    assert one.projection.fingerprint == other.projection.fingerprint
    assert one.after["head"]["accuracy"] > other.after["head"]["accuracy"]


def test_a_workspace_moves_to_it_without_reading_an_image(
    workspace: Workspace, examples: Examples
) -> None:
    learn_projection(workspace, examples, "shapes", ProjectionSettings(columns=8))
    old = workspace.collection.vectors(examples.ids)
    away = workspace.path.parent / "shapes"
    away.rename(away.with_name("away"))
    report = reindex(workspace.path, "projected:shapes")
    assert (report.encoded, report.mapped, report.kept) == (0, 24, 0)
    assert report.unreadable == ()
    away.with_name("away").rename(away)
    with Workspace(workspace.path) as place:
        assert (place.encoder_name, place.dim) == ("projected:shapes", 8)
        new = place.collection.vectors(examples.ids)
        projection = open_projection(place.path / "encoders" / "shapes.projection")
        np.testing.assert_allclose(new, projection.apply(old), atol=2e-3)  # kept as float16
    assert reindex(workspace.path, "projected:shapes").kept == 0  # it is there already
    back = reindex(workspace.path, "efficientnet_lite0")
    assert (back.encoded, back.mapped, back.kept) == (0, 0, 24)
    forth = reindex(workspace.path, "projected:shapes")
    assert (forth.encoded, forth.mapped, forth.kept) == (0, 0, 24)


def test_what_the_base_has_no_vector_of_is_read(workspace: Workspace, examples: Examples) -> None:
    learn_projection(workspace, examples, "shapes", ProjectionSettings(columns=8))
    reindex(workspace.path, "projected:shapes")
    folder = workspace.path.parent / "shapes"
    (folder / "disc" / "00.png").rename(folder / "disc" / "moved.png")
    (folder / "disc" / "01.png").write_bytes((folder / "stripes" / "01.png").read_bytes())
    index(folder, workspace.path)  # with the projected encoder
    with Workspace(workspace.path) as place:
        encoder = open_encoder("projected:shapes", place.path)
        want = encode_images(encoder, [_picture(folder / "disc" / "01.png")])
        got = place.collection.vectors(["disc/01.png"])
        np.testing.assert_allclose(got, want, atol=2e-3)
        examples = examples_of(place, class_labels(place, folders=True))
        learn_projection(place, examples, "twice", ProjectionSettings(columns=4))
    report = reindex(workspace.path, "projected:twice")
    assert (report.encoded, report.mapped) == (0, 25)  # the one that is gone, too
    back = reindex(workspace.path, "efficientnet_lite0")
    assert back.encoded == 2  # the one that moved and the one that changed


def _picture(path: Path) -> Image.Image:
    return Image.open(path).convert("RGB")
