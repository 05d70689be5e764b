"""What `remove` never deletes: a file that an item which stays leads to, and one outside."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from likewise.curate.file_identities import SAME_FILE
from likewise.curate.remove import remove_files
from likewise.curate.workspace import curate_workspace
from likewise.indexing.index import index
from likewise.workspace import Workspace


@pytest.fixture
def photos(home: Path, tmp_path: Path) -> Path:
    """Three pictures of which none is another's copy, in a folder of their own."""
    folder = tmp_path / "photos"
    (folder / "best").mkdir(parents=True)
    for name, source in (("a", "disc/00"), ("b", "square/00"), ("c", "stripes/00")):
        shutil.copy(home / "shapes" / f"{source}.png", folder / f"{name}.png")
    return folder


def removed(photos: Path, curator: str, folder: Path | None = None) -> list[str]:
    """Index, curate, remove what is dropped; answers the reasons."""
    report = index(folder or photos, photos.parent / "photos.likewise")
    with Workspace(report.workspace) as place:
        selection = curate_workspace(place, [(curator, {})])
        removal = remove_files(place, selection.dropped, photos.parent / "gone.csv")
        assert not removal.files
        assert set(removal.shared) == set(selection.dropped)
        assert set(removal.shared.values()) <= set(selection.kept)
        assert all(place.collection.original(item).read() for item in selection.kept)
    return list(selection.reasons)


@pytest.mark.parametrize("curator", ["exact_duplicates", "near_duplicates"])
@pytest.mark.parametrize("linked", ["best/b.png", "zbest/b.png"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_and_its_file_both_stay(
    photos: Path, curator: str, linked: str, link: Callable[[Path, Path], None]
) -> None:
    (photos / linked).parent.mkdir(exist_ok=True)
    link(photos / "b.png", photos / linked)
    assert removed(photos, curator) == [SAME_FILE]
    assert (photos / "b.png").is_file()
    assert (photos / linked).is_file()


@pytest.mark.parametrize("curator", ["exact_duplicates", "near_duplicates"])
def test_a_file_named_through_a_linked_folder_stays(photos: Path, curator: str) -> None:
    (photos.parent / "alias").symlink_to("photos")
    table = photos.parent / "list.csv"
    table.write_text("path\nphotos/a.png\nphotos/b.png\nalias/b.png\n")
    assert removed(photos, curator, table) == [SAME_FILE]
    assert (photos / "b.png").is_file()


@pytest.fixture
def mounted(photos: Path) -> Iterator[Path]:
    (photos / "mounted").mkdir()
    (photos / "best" / "own.png").write_bytes((photos / "b.png").read_bytes())
    command = ["mount", "--bind", str(photos / "best"), str(photos / "mounted")]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a folder cannot be mounted under another name here")
    (photos / "b.png").unlink()
    yield photos
    subprocess.run(["umount", str(photos / "mounted")], check=True)


def test_a_file_in_a_mounted_folder_stays(mounted: Path) -> None:
    table = mounted.parent / "list.csv"
    table.write_text("path\nphotos/a.png\nphotos/best/own.png\nphotos/mounted/own.png\n")
    assert removed(mounted, "exact_duplicates", table) == [SAME_FILE]
    assert (mounted / "best" / "own.png").is_file()


def test_the_real_file_is_kept_and_the_link_is_dropped(photos: Path) -> None:
    (photos / "best" / "b.png").symlink_to("../b.png")
    with Workspace(index(photos, photos.parent / "photos.likewise").workspace) as place:
        selection = curate_workspace(place, [("exact_duplicates", {})])
    assert (selection.dropped, selection.because) == (("best/b.png",), ("b.png",))


def test_a_true_copy_is_deleted_still(photos: Path) -> None:
    shutil.copy(photos / "b.png", photos / "c2.png")
    with Workspace(index(photos, photos.parent / "photos.likewise").workspace) as place:
        selection = curate_workspace(place, [("exact_duplicates", {})])
        removal = remove_files(place, selection.dropped, photos.parent / "gone.csv")
    assert [path.name for path in removal.files] == ["c2.png"]
    assert not (photos / "c2.png").exists()


def test_nothing_is_deleted_through_a_folder_that_became_a_link_out(photos: Path) -> None:
    outside = photos.parent / "outside"
    shutil.copy2(photos / "b.png", photos / "best" / "b2.png")
    with Workspace(index(photos, photos.parent / "photos.likewise").workspace) as place:
        planned = remove_files(place, ["best/b2.png"], photos.parent / "gone.csv", dry_run=True)
        assert planned.ids == ("best/b2.png",)
        (photos / "best").rename(outside)
        (photos / "best").symlink_to(outside)
        removal = remove_files(place, ["best/b2.png"], photos.parent / "gone.csv")
    assert not removal.files
    assert removal.outside == {"best/b2.png": outside}
    assert (outside / "b2.png").is_file()


def test_a_root_that_was_moved_and_linked_is_no_way_out(photos: Path) -> None:
    with Workspace(index(photos, photos.parent / "photos.likewise").workspace) as place:
        photos.rename(photos.parent / "moved")
        photos.symlink_to("moved")
        removal = remove_files(place, ["b.png"], photos.parent / "gone.csv")
    assert removal.ids == ("b.png",)


def test_the_image_of_a_part_that_stays_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    Image.effect_noise((90, 90), 60).save(tmp_path / "images" / "a.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 .5 .5 .5 .5\n")
    (tmp_path / "data.yaml").write_text("train: images\nnames: [thing]\n")
    report = index(tmp_path, tmp_path / "w.likewise", options={"boxes": True})
    with Workspace(report.workspace) as place:
        removal = remove_files(place, ["images/a.png"], tmp_path / "gone.csv")
    assert removal.shared == {"images/a.png": "images/a.png#1"}
    assert (tmp_path / "images" / "a.png").is_file()
