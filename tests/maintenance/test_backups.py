from __future__ import annotations

import io
import tarfile
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
from likewise.maintenance.backups import back_up_workspace, read_backup, restore_workspace
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace


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
