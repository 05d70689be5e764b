"""Patches from the command to the ranking: made, kept, moved, resumed, dropped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from likewise.concepts.evidence import evidence_for
from likewise.concepts.labelling import fill_basket, record_labels
from likewise.core.rule import Rule
from likewise.core.vectors import Vectors
from likewise.encoders.base import encode_images, open_encoder
from likewise.images.grid import Grid
from likewise.indexing import patches
from likewise.indexing.index import index
from likewise.indexing.reindexing import drop_old, reindex
from likewise.indexing.report import IndexReport
from likewise.maintenance.doctor import examine, repair
from likewise.search.patches import PatchStore
from likewise.workspace import Workspace
from likewise.workspace.contact_sheet import contact_sheet

GRID = Grid((2,))  # left and right of a picture that lies, as the fixture `cut` has it


@pytest.fixture(scope="session")
def whole(_indexed_once: Path) -> dict[str, Vectors]:
    """The vectors of the pictures as they are without patches."""
    with Workspace(_indexed_once / "shapes.likewise") as place:
        ids = place.collection.ids()
        return dict(zip(ids, place.collection.vectors(ids), strict=True))


def again(home: Path, **settings: object) -> dict[str, object]:
    report = index(home / "shapes", home / "shapes.likewise", **settings)  # type: ignore[arg-type]
    counts = ("added", "changed", "moved", "unchanged", "missing", "patched", "failed")
    return {name: value for name in counts if (value := report.to_json()[name])}


def patches_of(home: Path) -> PatchStore:
    with Workspace(home / "shapes.likewise") as place:
        assert place.collection.patches is not None
        return place.collection.patches


def as_receive(path: Path) -> Vectors:
    """The squares of a picture, cut out and encoded the plain way."""
    image = Image.open(path).convert("RGB")
    squares = [image.crop((x, y, x + w, y + h)) for x, y, w, h in GRID.boxes(*image.size)]
    return encode_images(open_encoder("efficientnet_lite0"), squares)


def test_images_that_are_indexed_get_patches_and_keep_their_vectors(
    cut: Path, whole: dict[str, Vectors]
) -> None:
    with Workspace(cut / "shapes.likewise") as place:
        assert place.grid == GRID
        assert place.collection.ids() == tuple(whole)  # patches are no items
        np.testing.assert_array_equal(place.collection.vectors([*whole]), [*whole.values()])
        store = place.collection.patches
        assert store is not None
        assert len(store) == 24
        for item in ("disc/00.png", "stripes/07.png"):
            (digest,) = place.collection.digests([item])
            place_of = store.digests().to_pylist().index(digest)
            found = store.codes.follow().take(np.array([place_of]))
            np.testing.assert_allclose(found, as_receive(cut / "shapes" / item), atol=2e-3)
    assert again(cut) == {"unchanged": 24}


def test_they_are_made_with_a_new_workspace_too(cut: Path) -> None:
    (cut / "few").mkdir()
    for name in ("00.png", "01.png"):
        shutil.copy(cut / "shapes" / "disc" / name, cut / "few" / name)
    Image.new("RGB", (63, 200)).save(cut / "few" / "small.png")
    report = index(cut / "few", cut / "few.likewise", patches=GRID)
    assert (report.added, report.patched) == (3, 2)  # nothing to zoom into in the small one
    report = index(cut / "few", cut / "few.likewise")
    assert (report.unchanged, report.patched) == (3, 0)


def test_a_moved_file_keeps_its_patches_and_a_copy_shares_them(cut: Path) -> None:
    before = patches_of(cut).version
    (cut / "shapes" / "disc" / "00.png").rename(cut / "shapes" / "moved.png")
    shutil.copy(cut / "shapes" / "disc" / "01.png", cut / "shapes" / "copy.png")
    assert again(cut) == {"added": 1, "moved": 1, "unchanged": 23, "missing": 1}
    assert patches_of(cut).version == before
    with Workspace(cut / "shapes.likewise") as place:
        rule = like(place, as_receive(cut / "shapes" / "disc" / "01.png")[1])
        best = place.collection.search(rule, k=2)
        assert sorted(best.ids) == ["copy.png", "disc/01.png"]
        assert best.boxes == (GRID.boxes(160, 120)[1],) * 2


def test_a_changed_file_gets_new_patches(cut: Path) -> None:
    file = cut / "shapes" / "disc" / "00.png"
    Image.new("RGB", (200, 100), (9, 99, 9)).save(file)
    assert again(cut) == {"changed": 1, "unchanged": 23, "patched": 1}
    with Workspace(cut / "shapes.likewise") as place:
        best = place.collection.search(like(place, as_receive(file)[0]), k=1)
        assert best.ids == ("disc/00.png",)
        assert best.scores[0] > 0.99


def like(place: Workspace, vector: Vectors) -> Rule:
    space = place.collection.space()
    return Rule("mean", space, space.apply(vector[None, :]), provenance={"patches": "2"})


def planted(home: Path) -> Path:
    """A picture with a small disc in its right half."""
    image = Image.new("RGB", (400, 300), (240, 240, 240))
    ImageDraw.Draw(image).rectangle((20, 20, 160, 280), fill=(30, 30, 200))
    ImageDraw.Draw(image).ellipse((300, 20, 380, 100), fill=(200, 30, 30))
    image.save(home / "shapes" / "planted.png")
    return home / "shapes" / "planted.png"


def test_a_rule_that_was_taught_whole_images_scores_whole_images(cut: Path) -> None:
    planted(cut)
    again(cut)
    with Workspace(cut / "shapes.likewise") as place:
        taught = like(place, place.collection.vectors(["disc/00.png"])[0])
        untaught = replace(taught, provenance={})
        ids = place.collection.ids()
        found = place.collection.search(untaught, k=25)
        assert found.boxes is None
        whole = untaught.score(place.collection.vectors(ids))
        np.testing.assert_allclose(place.collection.scores(untaught), whole, atol=1e-6)
        np.testing.assert_array_equal(
            place.collection.vectors(ids, untaught), place.collection.vectors(ids)
        )
        assert place.collection.boxes(ids, untaught) == (None,) * 25
        assert (place.collection.scores(taught) > whole + 0.1).any()


def test_a_small_thing_is_found_by_its_patch_and_the_ranking_says_where(cut: Path) -> None:
    planted(cut)
    for folder in ("disc", "square", "stripes"):
        for number in range(3, 8):
            (cut / "shapes" / folder / f"{number:02d}.png").unlink()
    scores: list[float] = []
    for grid in (False, Grid((12,))):
        index(cut / "shapes", cut / "few.likewise", patches=grid)
        with Workspace(cut / "few.likewise") as place:
            discs = [f"disc/{n:02d}.png" for n in range(3)]
            rule = like(place, place.collection.vectors(discs).mean(axis=0))
            found = place.collection.search(rule, k=25)
            assert len(set(found.ids)) == len(found.ids) == 10
            rank = found.ids.index("planted.png")
            scores.append(found.scores[rank])
            if not grid:
                assert found.boxes is None
                assert "box" not in found.rows()[0]
                continue
            box = found.boxes[rank] if found.boxes else None
            assert box is not None
            assert box.x <= 300 < 380 <= box.x + box.width
            assert box.y <= 20 < 100 <= box.y + box.height
            assert found.rows()[rank]["box"] == list(box)
            everyone = place.collection.rank_all(rule)
            assert everyone.ids == found.ids
            np.testing.assert_allclose(everyone.scores, found.scores, atol=1e-6)
            assert place.collection.boxes(found.ids, rule) == found.boxes
            sheet = np.asarray(contact_sheet(place, found))
            assert (np.abs(sheet - np.array([255, 214, 10])).sum(axis=2) < 60).any()  # a frame
    assert scores[1] > scores[0] + 0.4


def test_an_answer_teaches_what_was_seen_and_the_basket_what_was_given(cut: Path) -> None:
    small = planted(cut)
    again(cut)
    with Workspace(cut / "shapes.likewise") as place:
        concept, _ = fill_basket(place, "disc", like=["disc/00.png", "disc/01.png"], new=True)
        record_labels(place, "disc", [("planted.png", "yes"), ("square/00.png", "no")])
        evidence = evidence_for(place, concept)
        given = place.collection.vectors(["disc/00.png", "disc/01.png"])
        np.testing.assert_array_equal(evidence.positives.rows[:2], given)
        assert evidence.positives.ids[2] == "planted.png"
        parts = as_receive(small)
        half = evidence.positives.rows[2]  # the one with the disc
        assert abs(float(half @ parts[1]) - 1) < 1e-3
        guide = like(place, given.mean(axis=0))
        pooled = dict(zip(place.collection.ids(), place.collection.scores(guide), strict=True))
        assert guide.score(evidence.negatives.rows)[0] >= pooled["square/00.png"] - 0.02
        assert len(evidence.background) == 25 - 4
        again_ = evidence_for(place, concept)
        np.testing.assert_array_equal(again_.background.rows, evidence.background.rows)


def test_patches_go_when_they_are_told_to_and_stay_away(cut: Path) -> None:
    assert again(cut, patches=False) == {"unchanged": 24}
    assert not (cut / "shapes.likewise" / "patches").exists()
    assert again(cut) == {"unchanged": 24}
    with Workspace(cut / "shapes.likewise") as place:
        assert place.grid is None
        assert place.collection.patches is None


def test_another_grid_takes_the_place_of_the_first(cut: Path) -> None:
    assert again(cut, patches=Grid((1,))) == {"unchanged": 24, "patched": 24}
    names = sorted(path.name for path in (cut / "shapes.likewise" / "patches").iterdir())
    assert [name.rsplit(".", 2)[1:] for name in names] == [["1", "lance"], ["1", "scan"]]
    assert again(cut, patches=True) == {"unchanged": 24}  # True leaves the grid that is there


def test_an_interrupted_run_keeps_what_was_made_and_goes_on(
    cut: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again(cut, patches=False)
    monkeypatch.setattr(patches, "_VECTORS", 6)

    def stop(done: int, total: int) -> None:
        if done == 24 + 9:
            raise KeyboardInterrupt

    report = index(cut / "shapes", cut / "shapes.likewise", patches=GRID, progress=stop)
    assert report.interrupted
    assert 0 < report.patched < 24
    assert len(patches_of(cut)) == report.patched
    rest = again(cut)  # without the option: the workspace remembers
    assert rest == {"unchanged": 24, "patched": 24 - report.patched}


_KILLED = """
import sys
from likewise.indexing.index import index
from likewise.indexing import patches
patches._VECTORS = 4
from likewise.images.grid import Grid
index(sys.argv[1], sys.argv[2], patches=Grid((2,)), progress=lambda d, t: print(d, flush=True))
"""


def test_a_killed_run_goes_on_to_the_same_end(cut: Path) -> None:
    whole = patches_of(cut)
    rows = whole.codes.follow().take(np.arange(len(whole))).reshape(len(whole), 2, -1)
    expected = dict(zip(whole.digests().to_pylist(), rows, strict=True))
    again(cut, patches=False)
    workspace = cut / "shapes.likewise"
    run = [sys.executable, "-c", _KILLED, str(cut / "shapes"), str(workspace)]
    process = subprocess.Popen(run, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 24 + 8:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    process.stdout.close()
    half = len(patches_of(cut))
    assert 0 < half < 24
    assert again(cut) == {"unchanged": 24, "patched": 24 - half}
    store = patches_of(cut)
    found = store.codes.follow().take(np.arange(24)).reshape(24, 2, -1)
    for digest, row in zip(store.digests().to_pylist(), found, strict=True):
        np.testing.assert_allclose(row, expected[digest], atol=1e-3)


def test_a_file_that_changes_meanwhile_is_left_for_the_next_run(cut: Path) -> None:
    again(cut, patches=False)
    file = cut / "shapes" / "disc" / "00.png"
    times = file.stat()

    def change(done: int, total: int) -> None:
        if done == 24 and file.stat().st_size == times.st_size:
            Image.new("RGB", (99, 88)).save(file)
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))

    place = Workspace(cut / "shapes.likewise")
    place.set_grid(GRID)
    change(24, 24)
    run = patches.Patching(place, place.encoder)
    run.go()
    assert run.made == 23
    assert [state.item for state in run.unreadable] == ["disc/00.png"]
    assert "changed while" in run.unreadable[0].reason
    place.close()


def test_another_encoder_gets_patches_of_its_own(cut: Path) -> None:
    class Mean:
        """The mean colour."""

        name, dim, fingerprint, input_size = "mean", 3, "mean-1", 8

        def prepare(self, image: Image.Image) -> Vectors:
            return np.asarray(np.asarray(image, np.float32).mean(axis=(0, 1)) + 1)

        def encode(self, batch: Vectors) -> Vectors:
            return batch

    path = cut / "shapes.likewise"
    reindex(path, Mean(), switch=False)
    with Workspace(path) as place, place.with_encoder(Mean()) as other:
        store = other.collection.patches
        assert store is not None
        assert len(store) == 24
        rule = Rule(
            "mean",
            other.collection.space(),
            np.eye(3, dtype=np.float32)[:1],
            provenance={"patches": "2"},
        )
        assert len(other.collection.search(rule, k=5).boxes or ()) == 5
    assert len(list((path / "patches").iterdir())) == 4
    drop_old(path)
    assert len(list((path / "patches").iterdir())) == 2
    assert len(patches_of(cut)) == 24


def test_patches_of_an_encoder_that_begins_from_another_need_no_image(cut: Path) -> None:
    class Backwards:
        """The built-in encoder's vectors, the last number first."""

        name, fingerprint, input_size = "backwards", "backwards-1", 8

        def __init__(self) -> None:
            self.base = open_encoder("efficientnet_lite0")
            self.dim = self.base.dim

        def prepare(self, image: Image.Image) -> Vectors:
            return np.asarray(self.base.prepare(image))

        def encode(self, batch: Vectors) -> Vectors:
            return self.from_base(self.base.encode(batch))

        def from_base(self, vectors: Vectors) -> Vectors:
            return np.ascontiguousarray(vectors[:, ::-1])

    before = patches_of(cut)
    known = before.vectors(before.digests().to_pylist())
    shutil.rmtree(cut / "shapes")
    reindex(cut / "shapes.likewise", Backwards(), switch=False)
    with Workspace(cut / "shapes.likewise") as place, place.with_encoder(Backwards()) as other:
        after = other.collection.patches
        assert after is not None
        found = after.vectors(before.digests().to_pylist())
        np.testing.assert_allclose(found, known[:, :, ::-1], atol=1e-3)


def test_doctor_tells_of_images_without_patches_and_makes_codes_again(cut: Path) -> None:
    with Workspace(cut / "shapes.likewise") as place:
        found = {finding.check: finding for finding in examine(place, files=False)}
        assert (found["patches"].state, found["patches"].detail) == (
            "ok", "2 of each of 24 images, of unit length",
        )  # fmt: skip
        scans = [path for path in (place.path / "patches").iterdir() if path.suffix == ".scan"]
        shutil.rmtree(scans[0])
        assert any("24 images' patches" in sentence for sentence in repair(place))
        assert scans[0].exists()
    planted(cut)
    real = patches.Patching.go
    patches.Patching.go = lambda self, progress=None: None  # type: ignore[method-assign]
    try:
        again(cut)
    finally:
        patches.Patching.go = real  # type: ignore[method-assign]
    with Workspace(cut / "shapes.likewise") as place:
        found = {finding.check: finding for finding in examine(place, files=False)}
        assert found["patches"].state == "note"
        assert "1 image(s) have none yet; run likewise index again" in found["patches"].detail


def test_a_dry_run_says_how_many_would_be_cut(home: Path) -> None:
    planted(home)
    report: IndexReport = index(
        home / "shapes", home / "shapes.likewise", patches=GRID, dry_run=True
    )
    assert (report.added, report.unchanged, report.patched) == (1, 24, 25)
    with Workspace(home / "shapes.likewise") as place:
        assert place.grid is None
    assert not (home / "shapes.likewise" / "patches").exists()
