from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import lance
import numpy as np
import pytest
from PIL import Image
from shapes import draw_shapes
from waiting import LIMIT, wait_until

from likewise.cli._index_reports import _say
from likewise.concepts.labelling import fill_basket
from likewise.errors import BadInputError, BusyError, NotFoundError
from likewise.indexing.index import index
from likewise.indexing.report import IndexReport
from likewise.workspace import Workspace, writer_lock


def vectors(workspace: Path) -> dict[str, np.ndarray]:
    with Workspace(workspace) as place:
        ids = place.collection.ids()
        return dict(zip(ids, place.collection.vectors(ids), strict=True))


def again(home: Path) -> dict[str, object]:
    report = index(home / "shapes", home / "shapes.likewise").to_json()
    counts = ("added", "changed", "moved", "unchanged", "missing")
    return {name: report[name] for name in counts if report[name]}


def test_a_second_run_has_nothing_to_do(home: Path) -> None:
    before = vectors(home / "shapes.likewise")
    assert again(home) == {"unchanged": 24}
    after = vectors(home / "shapes.likewise")
    assert all((before[item] == after[item]).all() for item in before)


def test_a_workspace_from_before_there_were_boxes_opens_and_goes_on(home: Path) -> None:
    path = home / "shapes.likewise"
    before = vectors(path)
    (dataset,) = (path / "vectors").iterdir()
    lance.dataset(str(dataset)).drop_columns(["parent_id", "box"])
    Image.new("RGB", (90, 90), (9, 99, 9)).save(home / "shapes" / "new.png")
    assert again(home) == {"added": 1, "unchanged": 24}
    with Workspace(path) as place:
        originals = place.collection.originals(["disc/00.png", "new.png"])
        assert [original.item.box for original in originals] == [None, None]
        assert len(place.collection.store.positions_where("box IS NULL")) == 25
    after = vectors(path)
    assert all((before[item] == after[item]).all() for item in before)


def test_a_moved_file_keeps_its_vector_and_its_old_name_is_missing(home: Path) -> None:
    before = vectors(home / "shapes.likewise")
    (home / "shapes" / "disc" / "00.png").rename(home / "shapes" / "moved.png")
    assert again(home) == {"moved": 1, "unchanged": 23, "missing": 1}
    after = vectors(home / "shapes.likewise")
    assert (after["moved.png"] == before["disc/00.png"]).all()
    with Workspace(home / "shapes.likewise") as place:
        assert set(place.states.all("missing")) == {"disc/00.png"}


def test_a_changed_file_is_encoded_again(home: Path) -> None:
    before = vectors(home / "shapes.likewise")
    shutil.copy(home / "shapes" / "square" / "00.png", home / "shapes" / "disc" / "00.png")
    Image.new("RGB", (90, 90), (9, 99, 9)).save(home / "shapes" / "disc" / "01.png")
    assert again(home) == {"changed": 2, "unchanged": 22}
    after = vectors(home / "shapes.likewise")
    assert len(after) == 24
    assert (after["disc/00.png"] == before["square/00.png"]).all()
    assert float(after["disc/01.png"] @ before["disc/01.png"]) < 0.99


def test_files_that_swap_names_swap_vectors(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one_a_batch = 1
    monkeypatch.setattr("likewise.indexing.batch_writer._ROWS", one_a_batch)
    before = vectors(home / "shapes.likewise")
    shapes = home / "shapes"
    (shapes / "disc" / "00.png").rename(home / "kept.png")
    (shapes / "square" / "00.png").rename(shapes / "disc" / "00.png")
    (shapes / "stripes" / "00.png").rename(shapes / "square" / "00.png")
    (home / "kept.png").rename(shapes / "stripes" / "00.png")
    assert again(home) == {"changed": 3, "unchanged": 21}
    after = vectors(home / "shapes.likewise")
    for now, then in (("disc", "square"), ("square", "stripes"), ("stripes", "disc")):
        assert np.allclose(after[f"{now}/00.png"], before[f"{then}/00.png"], atol=1e-3)


def test_a_deleted_file_is_marked_and_comes_back(home: Path) -> None:
    file = home / "shapes" / "disc" / "00.png"
    kept = file.read_bytes()
    times = file.stat().st_mtime_ns
    file.unlink()
    assert again(home) == {"unchanged": 23, "missing": 1}
    file.write_bytes(kept)
    os.utime(file, ns=(times, times))
    assert again(home) == {"unchanged": 24}
    with Workspace(home / "shapes.likewise") as place:
        assert place.states.all() == {}


def test_a_bad_file_costs_a_line_and_is_not_tried_again(home: Path) -> None:
    bad = home / "shapes" / "bad.jpg"
    bad.write_bytes(b"\xff\xd8\xff\xe0 this is not a photo")
    report = index(home / "shapes", home / "shapes.likewise")
    assert [state.item for state in report.failed] == ["bad.jpg"]
    since = report.failed[0].since
    report = index(home / "shapes", home / "shapes.likewise")
    assert report.failed[0].since == since
    Image.new("RGB", (32, 32)).save(bad, "PNG")
    report = index(home / "shapes", home / "shapes.likewise")
    assert report.failed == ()
    assert report.added == 1
    with Workspace(home / "shapes.likewise") as place:
        assert place.states.all() == {}


def test_a_picture_that_became_unreadable_is_not_served_from_memory(home: Path) -> None:
    (home / "shapes" / "disc" / "00.png").write_bytes(b"")
    report = index(home / "shapes", home / "shapes.likewise")
    assert [state.item for state in report.failed] == ["disc/00.png"]
    assert "disc/00.png" not in vectors(home / "shapes.likewise")


def test_two_folders_in_one_workspace_keep_their_names_apart(home: Path) -> None:
    shutil.copytree(home / "shapes" / "disc", home / "more" / "disc")
    Image.new("RGB", (70, 50), (1, 2, 3)).save(home / "more" / "new.png")
    report = index(home / "more", home / "shapes.likewise")
    assert (report.added, report.moved) == (9, 0) or (report.added, report.moved) == (1, 8)
    assert "more:disc/00.png" in vectors(home / "shapes.likewise")
    assert again(home) == {"unchanged": 24}
    with pytest.raises(BadInputError, match="overlaps"):
        index(home / "shapes" / "disc", home / "shapes.likewise")


@pytest.mark.parametrize("name", ["a-copy.png", "z-copy.png"])  # read before it, and after it
def test_a_copy_is_new_and_has_the_vector_of_its_picture(home: Path, name: str) -> None:
    shutil.copy(home / "shapes" / "disc" / "00.png", home / "shapes" / name)
    assert again(home) == {"added": 1, "unchanged": 24}
    found = vectors(home / "shapes.likewise")
    assert (found[name] == found["disc/00.png"]).all()


def test_a_link_to_an_image_is_new_and_a_moved_link_is_moved(home: Path) -> None:
    (home / "shapes" / "link.png").symlink_to("disc/00.png")
    assert again(home) == {"added": 1, "unchanged": 24}
    (home / "shapes" / "link.png").rename(home / "shapes" / "renamed.png")
    assert again(home) == {"moved": 1, "unchanged": 24, "missing": 1}


def test_of_two_new_names_one_is_the_move(home: Path) -> None:
    old = home / "shapes" / "disc" / "00.png"
    shutil.copy(old, home / "shapes" / "copy.png")
    old.rename(home / "shapes" / "moved.png")
    assert again(home) == {"added": 1, "moved": 1, "unchanged": 23, "missing": 1}


def test_two_names_that_are_swapped_are_changed(home: Path) -> None:
    one, two = home / "shapes" / "disc" / "00.png", home / "shapes" / "disc" / "01.png"
    one.rename(home / "aside.png")
    two.rename(one)
    (home / "aside.png").rename(two)
    assert again(home) == {"changed": 2, "unchanged": 22}


def test_a_picture_makes_room_for_another(home: Path) -> None:
    """What had the name has another one: it has moved, though its old name is there."""
    old = home / "shapes" / "disc" / "00.png"
    old.rename(home / "shapes" / "moved.png")
    Image.new("RGB", (80, 80), (9, 99, 9)).save(old)
    assert again(home) == {"changed": 1, "moved": 1, "unchanged": 23}


def test_an_empty_file_named_as_a_database_hides_no_images(home: Path) -> None:
    (home / "shapes" / "disc" / "workspace.sqlite").touch()
    assert again(home) == {"unchanged": 24}


def test_a_workspace_inside_is_left_out_and_counted(home: Path) -> None:
    shutil.copytree(home / "shapes.likewise", home / "shapes" / "inner.likewise")
    shutil.copy(home / "shapes" / "disc" / "00.png", home / "shapes" / "inner.likewise" / "x.png")
    report = index(home / "shapes", home / "shapes.likewise")
    assert (report.unchanged, report.added) == (24, 0)
    assert "left out: workspaces of likewise (1), such as inner.likewise" in str(report.summary)
    with pytest.raises(BadInputError, match="holds no image; left out: workspaces of likewise"):
        index(home / "shapes.likewise", home / "other.likewise")


def test_a_second_folder_of_the_same_name_is_not_taken_for_the_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    second = home / "trip two" / "shapes"
    shutil.copytree(home / "shapes" / "disc", second)
    with pytest.raises(BadInputError) as refused:
        index(second)
    said = str(refused.value)
    assert f"shapes.likewise is the workspace of {home / 'shapes'} and not of {second}" in said
    assert f"likewise index '{second}' --workspace shapes-2.likewise" in said
    assert f"likewise index '{second}' --workspace shapes.likewise" in said
    assert again(home) == {"unchanged": 24}
    index(second, home / "shapes.likewise")
    assert "shapes:00.png" in vectors(home / "shapes.likewise")
    assert index(second).unchanged == 8  # it belongs there now


def test_a_folder_that_moved_as_a_whole_keeps_its_ids(home: Path) -> None:
    (home / "shapes").rename(home / "renamed")
    report = index(home / "renamed", home / "shapes.likewise", relocate=True)
    assert (report.unchanged, report.missing, report.added) == (24, 0, 0)
    with Workspace(home / "shapes.likewise") as place:
        assert place.collection.original("disc/00.png").there


def test_a_workspace_that_moved_without_its_photos_asks_which_they_are(home: Path) -> None:
    (home / "far").mkdir()
    (home / "shapes.likewise").rename(home / "far" / "shapes.likewise")
    with pytest.raises(BadInputError, match="--relocate"):
        index(home / "shapes", home / "far" / "shapes.likewise")
    report = index(home / "shapes", home / "far" / "shapes.likewise", relocate=True)
    assert (report.unchanged, report.added) == (24, 0)


def test_a_link_to_nothing_is_missing_and_stays_so(home: Path) -> None:
    (home / "real.png").write_bytes((home / "shapes" / "disc" / "00.png").read_bytes())
    (home / "shapes" / "link.png").symlink_to(home / "real.png")
    index(home / "shapes", home / "shapes.likewise")
    (home / "real.png").unlink()
    for _ in range(2):
        index(home / "shapes", home / "shapes.likewise")
        with Workspace(home / "shapes.likewise") as place:
            assert {x.state for x in place.states.all().values()} == {"missing"}


def test_a_bad_file_that_is_deleted_is_forgotten(home: Path) -> None:
    (home / "shapes" / "bad.png").write_bytes(b"no image")
    index(home / "shapes", home / "shapes.likewise")
    (home / "shapes" / "bad.png").unlink()
    index(home / "shapes", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as place:
        assert place.states.all() == {}


def test_a_name_like_another_sources_ids_is_refused(home: Path) -> None:
    draw_shapes(home / "more", each=1)
    index(home / "more", home / "shapes.likewise")
    shutil.copy(home / "shapes" / "disc" / "00.png", home / "shapes" / "more:disc.png")
    report = index(home / "shapes", home / "shapes.likewise")
    assert [state.item for state in report.failed] == ["more:disc.png"]
    assert "rename it" in report.failed[0].reason
    assert index(home / "more", home / "shapes.likewise").unchanged == 3


def test_a_dry_run_adds_no_source(home: Path) -> None:
    draw_shapes(home / "more", each=1)
    report = index(home / "more", home / "shapes.likewise", dry_run=True)
    assert report.added == 3
    (home / "empty").mkdir()
    with pytest.raises(BadInputError, match="is empty"):
        index(home / "empty", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as place:
        assert list(place.sources.all()) == [""]


def test_a_dry_run_counts_and_touches_nothing(home: Path) -> None:
    Image.new("RGB", (70, 50), (1, 2, 3)).save(home / "shapes" / "new.png")
    (home / "shapes" / "disc" / "00.png").unlink()
    report = index(home / "shapes", home / "shapes.likewise", dry_run=True)
    assert (report.added, report.missing, report.unchanged) == (1, 1, 23)
    assert len(vectors(home / "shapes.likewise")) == 24
    report = index(home / "shapes", home / "none.likewise", dry_run=True)
    assert report.added == 24
    assert not (home / "none.likewise").exists()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda folder: folder.mkdir(), BadInputError, "is empty"),
        (lambda folder: None, NotFoundError, "photos"),
        (
            lambda folder: (folder.mkdir(), (folder / "a.txt").write_text("x")),
            BadInputError,
            "none is an image",
        ),
    ],
)
def test_folders_without_images_leave_no_workspace(
    tmp_path: Path, make: object, error: type[Exception], words: str
) -> None:
    make(tmp_path / "photos")  # type: ignore[operator]
    with pytest.raises(error, match=words):
        index(tmp_path / "photos", tmp_path / "w.likewise")
    assert not (tmp_path / "w.likewise").exists()


def test_a_workspace_inside_its_folder_does_not_index_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_shapes(tmp_path / "photos", each=2)
    Image.new("RGB", (40, 40), (9, 9, 200)).save(tmp_path / "mine.png")
    monkeypatch.chdir(tmp_path / "photos")
    assert index(".").workspace == Path("photos.likewise")
    with Workspace("photos.likewise") as place:
        fill_basket(place, "blue", like=[str(tmp_path / "mine.png")], new=True)
    report = index(".")
    assert (report.added, report.unchanged, report.failed) == (0, 6, ())


def test_a_second_writer_is_refused(home: Path) -> None:
    with (
        writer_lock(home / "shapes.likewise"),
        pytest.raises(BusyError, match="is being written"),
    ):
        index(home / "shapes", home / "shapes.likewise")


def test_killed_again_and_again_it_ends_as_if_it_never_was(home: Path) -> None:
    command = [sys.executable, "-m", "likewise", "index", str(home / "shapes")]
    command += ["-w", str(home / "broken.likewise")]
    broken = home / "broken.likewise"
    for begun in ("workspace.sqlite", "writer.json", "thumbnails/thumbs.pack"):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until((broken / begun).exists, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True, capture_output=True)
    want, got = vectors(home / "shapes.likewise"), vectors(home / "broken.likewise")
    assert got.keys() == want.keys()
    assert all(np.allclose(got[item], want[item], atol=1e-3) for item in want)


def test_a_real_ctrl_c_ends_with_130_and_goes_on_later(tmp_path: Path) -> None:
    draw_shapes(tmp_path / "many", each=200)
    command = [sys.executable, "-m", "likewise", "index", str(tmp_path / "many")]
    command += ["-w", str(tmp_path / "many.likewise")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    thumbnails = tmp_path / "many.likewise" / "thumbnails" / "thumbs.pack"
    wait_until(thumbnails.exists, process)  # it encodes
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert f"go on with: likewise {shlex.join(command[3:])}" in told
    assert "Traceback" not in told
    report = index(tmp_path / "many", tmp_path / "many.likewise")
    assert report.unchanged + report.added == 600


def test_an_interrupted_run_that_added_nothing_does_not_say_that_all_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _say(IndexReport(tmp_path, interrupted=True), dry_run=False)
    assert "nothing to do" not in capsys.readouterr().out


def test_ctrl_c_keeps_what_was_encoded(home: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done >= 8:
            raise KeyboardInterrupt

    report = index(home / "shapes", home / "stopped.likewise", progress=stop)
    assert report.interrupted
    kept = len(vectors(home / "stopped.likewise"))
    assert kept >= 8
    report = index(home / "shapes", home / "stopped.likewise")
    assert (report.unchanged, report.added) == (kept, 24 - kept)


def test_a_folder_that_moved_needs_its_workspace_by_name(home: Path) -> None:
    (home / "shapes").rename(home / "renamed")
    with pytest.raises(BadInputError, match="--relocate --workspace NAME.likewise"):
        index(home / "renamed", home / "renamed.likewise", relocate=True)
    assert not (home / "renamed.likewise").exists()
