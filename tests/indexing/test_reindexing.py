from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_clip import tiny_clip

from likewise.core.concept import Concept
from likewise.encoders.base import encode_images, open_encoder
from likewise.errors import BadInputError
from likewise.indexing.importing import import_vectors
from likewise.indexing.reindexing import compare, drop_old, reindex
from likewise.rules.learn import learn_concept
from likewise.rules.query import rule_to_search_with
from likewise.sources._vector_files import open_vectors
from likewise.workspace import Workspace


@pytest.fixture
def taught(home: Path) -> Path:
    """A workspace with the built-in encoder and a concept that was learned; a tiny model."""
    tiny_clip(home / "tiny")
    path = home / "shapes.likewise"
    with Workspace(path) as place:
        yes = tuple(f"disc/{n:02d}.png" for n in range(5))
        no = tuple(f"square/{n:02d}.png" for n in range(4))
        place.concepts.save(Concept("disc", yes, no))
        learn_concept(place, "disc", "contrast")
    return path


def test_everything_moves_and_the_old_stays_until_dropped(taught: Path) -> None:
    name = f"onnx:{taught.parent / 'tiny'}"
    report = reindex(taught, name)
    assert (report.encoded, report.kept, report.switched) == (24, 0, True)
    (moved,) = report.concepts
    assert moved.problem == ""
    assert moved.before is not None
    assert moved.after is not None
    assert moved.taught == 9
    assert moved.agree >= 7  # the model is a random one
    with Workspace(taught) as place:
        assert place.encoder_name == name
        assert len(place.collection) == 24
        assert place.rules.newest("disc").encoder == place.fingerprint
        rule, _ = rule_to_search_with(place, concept="disc")
        assert len(place.collection.search(rule, k=3)) == 3
        assert set(place.vector_sets().values()) == {name, "efficientnet_lite0"}
        want = encode_images(place.encoder, [_picture(taught, "disc/03.png")])
        np.testing.assert_allclose(place.collection.vectors(["disc/03.png"]), want, atol=1e-3)
    again = reindex(taught, name)
    assert (again.encoded, again.concepts) == (0, ())
    back = reindex(taught, "efficientnet_lite0")
    assert (back.encoded, back.kept, len(back.concepts)) == (0, 24, 1)
    assert drop_old(taught) == [name]
    with Workspace(taught) as place:
        assert list(place.vector_sets().values()) == ["efficientnet_lite0"]
        assert len(place.collection) == 24


def _picture(workspace: Path, item: str) -> Image.Image:
    return Image.open(workspace.parent / "shapes" / item).convert("RGB")


def test_encoders_are_ranked_by_the_labels(taught: Path) -> None:
    reindex(taught, f"onnx:{taught.parent / 'tiny'}", switch=False)
    with Workspace(taught) as place:
        assert place.encoder_name == "efficientnet_lite0"
    ranked = compare(taught)
    means = [np.mean(list(figures.values())) for _, figures in ranked]
    assert len(ranked) == 2
    assert means == sorted(means, reverse=True)
    assert all(set(figures) == {"disc"} for _, figures in ranked)


def test_what_was_encoded_before_a_stop_is_not_encoded_again(taught: Path) -> None:
    name = f"onnx:{taught.parent / 'tiny'}"

    def stop(done: int, total: int) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex(taught, name, progress=stop)
    with Workspace(taught) as place:
        assert place.encoder_name == "efficientnet_lite0"
        assert len(place.collection) == 24
    report = reindex(taught, name)
    assert (report.kept, report.encoded) == (10, 14)


def test_killed_between_the_switch_and_the_rules_it_goes_on(taught: Path) -> None:
    encoder = open_encoder(f"onnx:{taught.parent / 'tiny'}")
    reindex(taught, encoder, switch=False)
    with Workspace(taught) as place:
        place.switch_to(encoder)
    report = reindex(taught, encoder)
    assert [moved.concept for moved in report.concepts] == ["disc"]
    with Workspace(taught) as place:
        assert place.rules.newest("disc").encoder == encoder.fingerprint


def test_killed_anywhere_it_goes_on(taught: Path) -> None:
    name = f"onnx:{taught.parent / 'tiny'}"
    code = "from pathlib import Path; from likewise.indexing.reindexing import reindex; "
    code += f"print(flush=True); reindex(Path({str(taught)!r}), {name!r})"
    for wait in (0.0, 0.1, 0.3, 0.9):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as run:
            assert run.stdout is not None
            assert run.stdout.readline() == b"\n"  # everything is imported
            time.sleep(wait)
            run.send_signal(signal.SIGKILL)
    report = reindex(taught, name)
    with Workspace(taught) as place:
        assert len(place.collection) == 24
        assert place.fingerprint == open_encoder(name).fingerprint
        assert place.rules.newest("disc").encoder == place.fingerprint
    assert report.switched


def test_much_that_cannot_be_read_is_no_reason_to_lose_it(taught: Path, tmp_path: Path) -> None:
    for number in range(6):
        (taught.parent / "shapes" / "stripes" / f"{number:02d}.png").unlink()
    with pytest.raises(BadInputError, match=r"6 of 24 images cannot be read"):
        reindex(taught, f"onnx:{taught.parent / 'tiny'}")
    with Workspace(taught) as place:
        assert place.encoder_name == "efficientnet_lite0"
        place.collection.ids()
    with pytest.raises(BadInputError, match="nothing to compare encoders by"):
        compare(_unlabelled(tmp_path))
    with pytest.raises(BadInputError, match="cannot be encoded here"):
        reindex(taught, "precomputed:x@2")


def _unlabelled(folder: Path) -> Path:
    np.save(folder / "v.npy", np.eye(3))
    (folder / "ids.txt").write_text("a\nb\nc")
    made = open_vectors(folder / "v.npy", folder / "ids.txt")
    return import_vectors(made, "eye", folder / "eye.likewise").workspace
