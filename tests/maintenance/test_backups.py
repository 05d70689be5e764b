from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import draw_shapes

from likewise.concepts.evidence import verdicts
from likewise.concepts.labelling import fill_basket, record_labels
from likewise.core.rule_file import open_rule
from likewise.errors import BadInputError, CorruptError, LikewiseError, NotFoundError
from likewise.indexing.index import index
from likewise.maintenance.backups import back_up_workspace
from likewise.maintenance.restore import read_backup, restore_workspace, workspace_in
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace
from likewise.workspace.database import Database


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an outside example, answers and a rule, and its backup beside it."""
    home = tmp_path_factory.mktemp("taught")
    index(draw_shapes(home / "shapes"), home / "shapes.likewise")
    outside = home / "outside.png"
    outside.write_bytes((home / "shapes" / "disc" / "03.png").read_bytes())
    with Workspace(home / "shapes.likewise") as place:
        fill_basket(place, "disc", like=[str(outside)], new=True)
        record_labels(place, "disc", [("disc/00.png", "yes"), ("square/00.png", "no")])
        learn_concept(place, "disc", "mean")
    back_up_workspace(home / "shapes.likewise", home / "shapes.tar")
    return home


def test_what_was_decided_comes_back(taught: Path, tmp_path: Path) -> None:
    backup = restore_workspace(taught / "shapes.tar", tmp_path / "again.likewise")
    assert (backup.answers, backup.concepts) == (2, ("disc",))
    # The folder has moved, and a file in it, too: answers find their pictures by content.
    shapes = tmp_path / "shapes"
    for picture in sorted((taught / "shapes").rglob("*.png")):
        to = shapes / ("round" if picture.parent.name == "disc" else picture.parent.name)
        to.mkdir(parents=True, exist_ok=True)
        (to / picture.name).write_bytes(picture.read_bytes())
    index(shapes, tmp_path / "again.likewise", relocate=True)
    with (
        Workspace(tmp_path / "again.likewise") as place,
        Workspace(taught / "shapes.likewise") as before,
    ):
        assert place.labels.history("disc") == before.labels.history("disc")
        concept = place.concepts.get("disc")
        assert concept == before.concepts.get("disc")
        known = verdicts(place, concept)
        assert known["round/00.png"] == "yes"
        assert known["square/00.png"] == "no"
        (mine,), (its,) = place.rules.versions(), before.rules.versions()
        assert open_rule(mine.path).toward.tobytes() == open_rule(its.path).toward.tobytes()
        learn_concept(place, "disc", "mean")  # the outside example is there to learn from


def test_no_file_of_the_machine_is_in_it_but_what_was_decided(taught: Path) -> None:
    with tarfile.open(taught / "shapes.tar") as archive:
        names = [name.partition("/")[0] for name in archive.getnames()]
        owners = {(entry.uname, entry.mtime) for entry in archive}
    assert sorted(set(names)) == ["exemplars", "manifest.json", "rules", "workspace.sqlite"]
    assert owners == {("", 0)}


def test_nothing_is_written_over(taught: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="exists and is not written over"):
        back_up_workspace(taught / "shapes.likewise", taught / "shapes.tar")
    with pytest.raises(BadInputError, match="exists and is not written over"):
        restore_workspace(taught / "shapes.tar", tmp_path)
    with pytest.raises(NotFoundError, match="a file that likewise backup made"):
        restore_workspace(tmp_path / "none.tar", tmp_path / "w")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_changed_byte_or_a_cut_is_refused_and_makes_nothing(
    taught: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = (taught / "shapes.tar").read_bytes()
    end = len(whole.rstrip(b"\0"))
    at = data.draw(st.integers(0, end - 1))
    spoilt = bytearray(whole)
    spoilt[at] ^= 1 << data.draw(st.integers(0, 7))
    folder = tmp_path_factory.mktemp("spoilt")
    for name, content in (("flipped.tar", bytes(spoilt)), ("cut.tar", whole[:at])):
        (folder / name).write_bytes(content)
        try:
            restore_workspace(folder / name, folder / "w")
        except CorruptError:
            assert not (folder / "w").exists()
        else:  # in padding, or in a part of the manifest that a person would read
            read = read_backup(folder / name)
            assert read.files == read_backup(taught / "shapes.tar").files
            for member in read.files:
                assert (folder / "w" / member).is_file()
            return


@pytest.mark.parametrize(
    "name", ["../up", "/etc/up", "rules/../../up", "rules/a/b", "exemplars", "vectors/x"]
)
def test_members_that_have_no_place_in_one_are_refused(
    taught: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "b.tar").write_bytes((taught / "shapes.tar").read_bytes())
    with tarfile.open(tmp_path / "b.tar", "a") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = 4
        archive.addfile(entry, io.BytesIO(b"evil"))
    with pytest.raises(CorruptError, match="has no place in one"):
        restore_workspace(tmp_path / "b.tar", tmp_path / "w")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar"]


def test_links_are_refused(taught: Path, tmp_path: Path) -> None:
    (tmp_path / "b.tar").write_bytes((taught / "shapes.tar").read_bytes())
    with tarfile.open(tmp_path / "b.tar", "a") as archive:
        entry = tarfile.TarInfo("rules/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    with pytest.raises(LikewiseError, match="has no place in one"):
        read_backup(tmp_path / "b.tar")


def forged(to: Path, members: dict[str, bytes], more: dict[str, object] | None = None) -> Path:
    """A backup whose manifest fits its members."""
    files = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    said = {"format": 1, "workspace": "w.likewise", "made_at": "2026", "answers": 9}
    manifest = json.dumps({**said, "concepts": [], "files": files, **(more or {})}).encode()
    with tarfile.open(to, "w") as archive:
        for name, data in {"manifest.json": manifest, **members}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return to


def database_of(path: Path, *statements: str) -> bytes:
    Database(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path.read_bytes()


def test_a_backup_without_a_sound_database_is_refused(tmp_path: Path) -> None:
    good = database_of(tmp_path / "good.sqlite")
    trigger = "CREATE TRIGGER gone AFTER INSERT ON labels BEGIN DELETE FROM labels; END"
    cases = {
        "holds no database, so there is nothing to restore": {"rules/a-1.rule": b"x"},
        "the database in .* cannot be used": {"workspace.sqlite": b"junk" * 1000},
        "cannot be used": {"workspace.sqlite": good[: len(good) // 2]},
        "holds the trigger 'gone', which likewise did not make": {
            "workspace.sqlite": database_of(tmp_path / "trigger.sqlite", trigger)
        },
    }
    before = sorted(tmp_path.iterdir())
    for number, (message, members) in enumerate(cases.items()):
        path = forged(tmp_path / f"{number}.tar", members)
        for call in (read_backup, lambda path: restore_workspace(path, tmp_path / "new" / "w")):
            with pytest.raises(CorruptError, match=message):
                call(path)
        path.unlink()
    assert sorted(tmp_path.iterdir()) == before
    restore_workspace(forged(tmp_path / "a.tar", {"workspace.sqlite": good}), tmp_path / "w")


@pytest.mark.parametrize("name", ["../w.likewise", "/tmp/w.likewise", "..", ""])
def test_the_manifest_names_no_folder_elsewhere(tmp_path: Path, name: str) -> None:
    path = forged(tmp_path / "a.tar", {}, {"workspace": name})
    with pytest.raises(CorruptError, match="cannot name a workspace"):
        workspace_in(path)


def test_sizes_are_bounded_before_anything_is_read(tmp_path: Path) -> None:
    huge = 2**60
    manifest = json.loads(b'{"format": 1, "workspace": "w", "made_at": "2026", "answers": 0}')
    manifest |= {"concepts": [], "files": {"workspace.sqlite": "0" * 64}}
    for said, message in (({}, "there is no room for what"), ({"sizes": {"workspace.sqlite": 9}},
                          "is not what was put in")):  # fmt: skip
        data = json.dumps(manifest | said).encode()
        with (tmp_path / "a.tar").open("wb") as file:
            for member, size, content in (
                ("manifest.json", len(data), data), ("workspace.sqlite", huge, b"")
            ):  # fmt: skip
                entry = tarfile.TarInfo(member)
                entry.size = size
                file.write(entry.tobuf(tarfile.GNU_FORMAT))
                file.write(content.ljust(-(-len(content) // 512) * 512, b"\0"))
            file.truncate(2**40)  # a file of holes: it takes no room
        with pytest.raises(LikewiseError, match=message):
            read_backup(tmp_path / "a.tar")
        with pytest.raises(LikewiseError, match=message):
            restore_workspace(tmp_path / "a.tar", tmp_path / "w")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.tar"]


def test_a_member_of_holes_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(2**33)
    (tmp_path / "manifest.json").write_bytes(
        json.dumps({"format": 1, "workspace": "w", "made_at": "", "answers": 0, "concepts": [],
                    "files": {"workspace.sqlite": "0" * 64}}).encode()
    )  # fmt: skip
    command = [
        "tar",
        "--create",
        "--sparse",
        "--file=b.tar",
        "--transform=s/holes/workspace.sqlite/",
    ]
    for form in ("gnu", "posix"):
        made = [*command, f"--format={form}", "manifest.json", "holes"]
        subprocess.run(made, cwd=tmp_path, check=True)
        assert (tmp_path / "b.tar").stat().st_size < 2**20
        with pytest.raises(CorruptError, match=r"has no place in one|is not a backup"):
            read_backup(tmp_path / "b.tar")


def test_a_link_in_the_workspace_puts_no_other_file_into_a_backup(taught: Path) -> None:
    secret = taught / "secret.png"
    secret.write_bytes(b"private")
    link = taught / "shapes.likewise" / "exemplars" / "secret.png"
    link.symlink_to(secret)
    try:
        made = back_up_workspace(taught / "shapes.likewise", taught / "linked.tar")
    finally:
        link.unlink()
    assert not [name for name in made.files if "secret" in name]
