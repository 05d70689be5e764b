from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.errors import BadInputError, NotFoundError
from likewise.sources._files import SUFFIXES
from likewise.sources.base import Item, Refused
from likewise.sources.folder import Folder


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    return root


def ids(root: Path | str) -> list[str]:
    return [entry.id for entry in Folder(root).items() if isinstance(entry, Item)]


def refused(root: Path) -> dict[str, str]:
    return {x.id: x.reason for x in Folder(root).items() if isinstance(x, Refused)}


@contextmanager
def unprivileged() -> Iterator[Path]:
    """A folder, and not being root, whom permissions do not hold back."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o777)
        was = os.geteuid()
        if was == 0:
            os.seteuid(65_534)
        try:
            yield root
        finally:
            os.seteuid(was)
            for path, _, _ in os.walk(root):
                Path(path).chmod(0o700)


def test_an_item_says_where_it_is_and_which_folder_it_was_in(tmp_path: Path) -> None:
    make(tmp_path, "top.jpg", "cats/black/tom.png")
    os.utime(tmp_path / "top.jpg", ns=(1, 1_234_567_890_123_456_789))
    folder = Folder(tmp_path)
    tom, top = folder.items()
    assert isinstance(tom, Item)
    assert isinstance(top, Item)
    assert (tom.id, tom.metadata) == ("cats/black/tom.png", {"folder": "cats/black"})
    assert tom.uri == str(tmp_path / "cats" / "black" / "tom.png")
    assert (top.id, top.metadata, top.size) == ("top.jpg", {"folder": ""}, 5)
    assert top.modified == 1_234_567_890_123_456_789
    assert folder.root == str(tmp_path)


def test_names_decide_in_capitals_or_not_and_the_rest_is_counted(tmp_path: Path) -> None:
    images = [f"a{suffix}" for suffix in SUFFIXES] + ["B.JPG", "c.tar.png", "d..PnG"]
    others = ["note.txt", "jpg", "a.jpg.part", "a.jpg~", "movie.mp4", "raw.cr2", "a.jpg "]
    make(tmp_path, *images, *others, ".hidden.jpg", "._fork.jpg", ".cache/a.jpg", "x/.git/b.jpg")
    folder = Folder(tmp_path)
    assert [entry.id for entry in folder.items()] == sorted(images)
    assert folder.skipped == len(others)
    assert len(list(folder.items())) == len(images)
    assert folder.skipped == len(others)


def test_empty_and_without_images_can_be_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    texts = make(tmp_path / "texts", "a.txt", "b/c.txt")
    for root, skipped in [(tmp_path / "empty", 0), (texts, 2)]:
        folder = Folder(root)
        assert (list(folder.items()), folder.skipped) == ([], skipped)


names = st.text("ab.-/ é猫\n'", min_size=1, max_size=6).map(
    lambda s: "/".join(p for p in s.split("/") if p.strip(".")) or "a"
)


@given(st.sets(names, max_size=12))
@settings(max_examples=60, deadline=None)
def test_ids_come_sorted_once_each_and_lead_back_to_the_file(
    tmp_path_factory: pytest.TempPathFactory, wanted: set[str]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    files = {f"{name}.jpg" for name in wanted}
    make(root, *files)
    found = ids(root)
    visible = {name for name in files if not any(p.startswith(".") for p in name.split("/"))}
    assert found == sorted(visible)
    assert all((root / name).read_bytes() == b"12345" for name in found)


def test_two_walks_give_the_same(tmp_path: Path) -> None:
    make(tmp_path, *(f"{n % 7}/{n % 3}/{n}.jpg" for n in range(100)))
    assert list(Folder(tmp_path).items()) == list(Folder(tmp_path).items())


def test_a_name_that_is_no_text_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    make(tmp_path, "good.jpg", "two\nlines.jpg", "naïve ☃.jpg", "nai\u0308ve.jpg")
    root = os.fsencode(tmp_path)
    for name in (b"caf\xe9.jpg", b"caf\xe9.txt"):
        Path(os.fsdecode(root + b"/" + name)).write_bytes(b"")
    Path(os.fsdecode(root + b"/d\xff")).mkdir()
    Path(os.fsdecode(root + b"/d\xff/inside.jpg")).write_bytes(b"")
    assert ids(tmp_path) == ["good.jpg", "nai\u0308ve.jpg", "naïve ☃.jpg", "two\nlines.jpg"]
    why = "its name is not valid UTF-8; rename it"
    assert refused(tmp_path) == {r"caf\xe9.jpg": why, r"d\xff": why}


def test_links_to_files_are_followed_and_broken_ones_named(tmp_path: Path) -> None:
    make(tmp_path, "in/a.jpg", "outside.jpg")
    root = tmp_path / "in"
    (root / "link.jpg").symlink_to(tmp_path / "outside.jpg")
    (root / "nothing.jpg").symlink_to("gone")
    (root / "nothing.txt").symlink_to("gone")
    (root / "itself.jpg").symlink_to("itself.jpg")
    (root / "folder.jpg").symlink_to("/proc/self/fd")
    assert ids(root) == ["a.jpg", "link.jpg"]
    assert refused(root)["nothing.jpg"] == "a link to nothing"
    assert refused(root)["itself.jpg"].startswith("cannot be looked at (Too many levels")
    assert "nothing.txt" not in refused(root)


def test_links_to_folders_end_and_nothing_is_read_twice(tmp_path: Path) -> None:
    make(tmp_path, "in/a/1.jpg", "in/b/2.jpg", "in/.store/3.jpg", "out/deep/4.jpg", "beside.jpg")
    root = tmp_path / "in"
    links = {
        "a/loop": "..",
        "a/self": ".",
        "aa": "b",  # sorts before what it points to, whose own name still wins
        "hidden": ".store",
        "out1": "../out",
        "out2": "../out/deep",
        "up": "..",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    (tmp_path / "out" / "back").symlink_to("../in/a")
    assert ids(root) == [
        "a/1.jpg",
        "b/2.jpg",
        "hidden/3.jpg",
        "out1/deep/4.jpg",
        "up/beside.jpg",
    ]
    assert refused(root) == {
        "a/loop": "a link to '.', which is read under that name",
        "a/self": "a link to 'a', which is read under that name",
        "aa": "a link to 'b', which is read under that name",
        "out1/back": "a link to 'a', which is read under that name",
        "out2": "the same folder as one that was read already",
        "up/in": "the same folder as one that was read already",
        "up/out": "the same folder as one that was read already",
    }


def test_folders_that_all_link_to_one_another_do_not_explode(tmp_path: Path) -> None:
    for a in range(12):
        make(tmp_path, f"all/{a}/x.jpg")
        for b in range(12):
            (tmp_path / "all" / str(a) / f"to{b}").symlink_to(f"../{b}")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "way in").symlink_to("../all")
    assert len(ids(tmp_path / "root")) == 12


def test_what_is_no_file_is_named_and_never_opened(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "null.png").symlink_to("/dev/null")
    (tmp_path / "album.jpg").mkdir()
    make(tmp_path, "album.jpg/b.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(tmp_path)  # the path of a socket is at most 107 bytes long
        try:
            listener.bind("socket.jpg")
        finally:
            os.chdir(here)
        assert ids(tmp_path) == ["a.jpg", "album.jpg/b.jpg"]
        assert refused(tmp_path) == {
            "null.png": "a device, not a regular file",
            "pipe.jpg": "a FIFO, not a regular file",
            "socket.jpg": "a socket, not a regular file",
        }


def test_a_closed_door_is_named_and_the_rest_goes_on() -> None:
    with unprivileged() as root:
        make(root, "a.jpg", "shut/b.jpg", "unseen/c.jpg", "z.jpg")
        (root / "shut").chmod(0o000)
        (root / "unseen").chmod(stat.S_IRUSR)  # its names may be read, and nothing more
        assert ids(root) == ["a.jpg", "z.jpg"]
        assert refused(root) == {
            "shut": "cannot be listed (Permission denied)",
            "unseen/c.jpg": "cannot be looked at (Permission denied)",
        }
        with pytest.raises(BadInputError, match=r"shut' may not be listed by this user; change"):
            Folder(root / "shut")
        with pytest.raises(BadInputError, match="may not be listed"):
            Folder(root / "shut" / "below")


def test_what_vanishes_during_the_walk_does_not_stop_it(tmp_path: Path) -> None:
    make(tmp_path, "a/1.jpg", "b/2.jpg", "b/3.jpg", "c/4.jpg", "d/5.jpg", "e.jpg")
    walk = Folder(tmp_path).items()
    assert next(walk).id == "a/1.jpg"
    assert next(walk).id == "b/2.jpg"
    (tmp_path / "b" / "3.jpg").unlink()
    (tmp_path / "c" / "4.jpg").unlink()
    (tmp_path / "c").rmdir()
    (tmp_path / "d" / "5.jpg").unlink()
    assert [entry.id for entry in walk] == ["e.jpg"]


def test_a_tree_deeper_than_a_path_may_be_ends_with_a_reason(tmp_path: Path) -> None:
    here = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(30):
            Path("d" * 200).mkdir()
            os.chdir("d" * 200)
    finally:
        os.chdir(here)
    [(name, reason)] = refused(tmp_path).items()
    assert reason == "cannot be looked at (File name too long)"
    assert name.count("/") > 15


def test_a_root_that_cannot_serve_is_said_in_a_sentence(tmp_path: Path) -> None:
    file = make(tmp_path, "photo.jpg") / "photo.jpg"
    (tmp_path / "dangling").symlink_to("gone")
    cases: list[tuple[Path | str, type[Exception], str]] = [
        (tmp_path / "gone", NotFoundError, "gone' does not exist; check its spelling"),
        ("", BadInputError, "'' cannot be the path of a folder"),
        (
            file,
            BadInputError,
            f"is not a folder; give the folder that holds the images, '{tmp_path}",
        ),
        (file / "below", NotFoundError, "does not exist"),
        ("a\0b", BadInputError, r"'a\x00b' cannot be the path of a folder"),
        (tmp_path / "dangling", NotFoundError, "does not exist"),
    ]
    for root, kind, said in cases:
        with pytest.raises(kind) as caught:
            Folder(root)
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_root_that_goes_away_is_said_when_it_is_walked(tmp_path: Path) -> None:
    root = make(tmp_path / "here")
    root.mkdir()
    folder = Folder(root)
    root.rmdir()
    with pytest.raises(NotFoundError):
        list(folder.items())


def test_home_and_relative_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "photos/a.jpg")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for root in ("~/photos", "photos", "./photos/", "photos/../photos"):
        [item] = Folder(root).items()
        assert isinstance(item, Item)
        assert (item.id, item.uri) == ("a.jpg", str(tmp_path / "photos" / "a.jpg"))


def test_real_photos(shared_data: Path) -> None:
    folder = Folder(shared_data / "caltech101")
    items = list(folder.items())
    assert len(items) == 4009
    assert items[0].id.startswith("BACKGROUND_Google/")
    assert folder.skipped == 0


def test_a_root_whose_name_is_not_text_is_refused(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(odd)  # noqa: PTH102 - a path that pathlib would not print
    with pytest.raises(BadInputError, match=r"caf\\xe9' cannot be used: its name is not valid"):
        Folder(os.fsdecode(odd))
