"""What older versions wrote is opened and brought up to date; what newer ones wrote is refused."""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import shutil
import sqlite3
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from likewise.apply.watch import journal
from likewise.core import classifier_file, learned_file, projection_file, rule_file
from likewise.encoders import _network_file as network_file
from likewise.errors import LikewiseError, MismatchError
from likewise.images.thumbnails import ThumbnailPack
from likewise.maintenance import restore
from likewise.search.scan.files import Files
from likewise.workspace import schema
from likewise.workspace.audits import Audits
from likewise.workspace.concepts import Concepts
from likewise.workspace.consent import RemoteConsent
from likewise.workspace.database import Database
from likewise.workspace.labels import LabelLog
from likewise.workspace.machine_labels import MachineLabels
from likewise.workspace.source_roots import SourceRoots

FORMATS = Path(__file__).parent / "formats"
DATABASES = sorted(FORMATS.glob("workspace_*.sql"))


def number_of(name: str) -> int:
    return int(name.split(".")[0].split("_")[1])


def restored(name: str, folder: Path) -> Path:
    """A database again, of the SQL that it is kept as."""
    path = folder / "workspace.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript((FORMATS / name).read_text())
    connection.close()
    return path


def test_every_format_so_far_has_a_fixture() -> None:
    spec = importlib.util.spec_from_file_location(
        "make_format_fixtures", FORMATS.parent.parent / "scripts" / "make_format_fixtures.py"
    )
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = script  # dataclasses look their module up
    spec.loader.exec_module(script)
    assert {made.name for made in script.FIXTURES} == {path.name for path in FORMATS.iterdir()}
    newest = {
        "workspace": schema.FORMAT,
        "rule": rule_file.FORMAT,
        "classifier": classifier_file.FORMAT,
        "projection": projection_file.FORMAT,
        "network": network_file.FORMAT,
        "journal": journal.FORMAT,
    }
    for kind, last in newest.items():
        there = {number_of(path.name) for path in FORMATS.glob(f"{kind}_*")}
        assert there == set(range(1, last + 1)), kind


@pytest.mark.parametrize("name", [path.name for path in DATABASES])
def test_a_database_of_an_older_format_is_brought_up_to_date(name: str, tmp_path: Path) -> None:
    path = restored(name, tmp_path)
    with closing(Database(path)) as database:
        assert database.rows("PRAGMA user_version") == [(schema.FORMAT,)]
        log = LabelLog(database)
        history = log.history("barn")
        assert [label.event for label in history] == [f"event-{n}" for n in range(2, 12)]
        taken_back = [label.event for label in history if label.undone]
        assert taken_back == ([] if number_of(name) == 1 else ["event-10"])
        assert log.undo("barn", "ben") is not None
        assert Concepts(database).get("barn").hints == ("red barn",)
        consent = RemoteConsent(database, tmp_path)
        sources = SourceRoots(database, tmp_path, consent).all().values()
        assert [(one.kind, one.root, dict(one.options)) for one in sources] == [
            ("folder", "/photos", {})
        ]
        assert MachineLabels(database).rounds("barn") == []
        assert Audits(database).newest("barn") is None
        assert database.problems() == []


def test_all_come_to_the_same_tables(tmp_path: Path) -> None:
    found = []
    for place in [*DATABASES, None]:
        folder = tmp_path / (place.stem if place else "new")
        folder.mkdir()
        path = restored(place.name, folder) if place else folder / "workspace.sqlite"
        with closing(Database(path)) as database:
            tables = database.rows(
                "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
            )
            columns = "SELECT name, type, dflt_value FROM pragma_table_info(?)"
            found.append({table: database.rows(columns, (table,)) for (table,) in tables})
    assert all(one == found[-1] for one in found)


@pytest.mark.parametrize("name", ["workspace_3.sql", "journal_1.sql"])
def test_a_database_of_a_newer_format_is_refused(name: str, tmp_path: Path) -> None:
    path = restored(name, tmp_path)
    connection = sqlite3.connect(path)
    newest = journal.FORMAT if "journal" in name else schema.FORMAT
    connection.execute(f"PRAGMA user_version={newest + 1}")
    connection.close()
    with pytest.raises(MismatchError, match=f"has format {newest + 1} and this likewise reads up"):
        journal.Journal(path) if "journal" in name else Database(path)


def test_a_journal_is_read(tmp_path: Path) -> None:
    opened = journal.Journal(restored("journal_1.sql", tmp_path))
    assert opened.setting("action", "move") == "copy"
    assert opened.planned() == []
    opened.close()


def test_a_rule_is_read() -> None:
    rule = rule_file.open_rule(FORMATS / "rule_1.rule")
    assert (rule.learner, rule.encoder, rule.threshold) == ("mean", "demo-4", 0.5)
    assert rule.score(np.eye(4, dtype=np.float32)).tolist() == [1.0, -0.25, 0.0, 0.0]
    assert rule.calibration is not None
    assert (rule.calibration.labels, rule.provenance["concept"]) == (12, "barn")


def test_a_classifier_with_class_means_is_read() -> None:
    found = classifier_file.open_classifier(FORMATS / "classifier_2.classifier")
    assert found.abstention is not None
    assert found.abstention.means is not None
    assert found.predict(np.eye(4, dtype=np.float32)).tolist() == [
        "cat", "dog", "none of these", "none of these",
    ]  # fmt: skip


def test_a_classifier_is_read() -> None:
    found = classifier_file.open_classifier(FORMATS / "classifier_1.classifier")
    assert (found.classes, found.rows.shape) == (("cat", "dog"), (2, 4))


def test_a_projection_is_read() -> None:
    found = projection_file.open_projection(FORMATS / "projection_1.projection")
    assert found.apply(np.eye(4, dtype=np.float32)[:2]).tolist() == [[1, 0], [0, 1]]


def test_a_network_is_read() -> None:
    found = network_file.open_network_file(FORMATS / "network_1.network")
    assert (found.graph, found.dim, found.provenance) == (b"a graph", 2, {"epochs": 1})


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("rule_1.rule", rule_file.open_rule),
        ("classifier_2.classifier", classifier_file.open_classifier),
        ("projection_1.projection", projection_file.open_projection),
        ("network_1.network", network_file.open_network_file),
    ],
)
def test_a_learned_file_of_a_newer_format_is_refused(
    name: str, read: Callable[[Path], object], tmp_path: Path
) -> None:
    arrays = safetensors.numpy.load_file(FORMATS / name)
    with safetensors.safe_open(FORMATS / name, "np") as file:
        (entry,) = file.metadata()
        document = json.loads(file.metadata()[entry])["document"]
    document["format"] += 1
    sealed = {"document": document, "sha256": learned_file._digest(arrays, document)}
    path = tmp_path / name
    safetensors.numpy.save_file(arrays, path, {entry: json.dumps(sealed)})
    with pytest.raises(
        MismatchError, match=rf"is written in format {document['format']} .* upgrade"
    ):
        read(path)


def test_thumbnails_are_read(tmp_path: Path) -> None:
    shutil.copytree(FORMATS / "thumbnails_1", tmp_path, dirs_exist_ok=True)
    with ThumbnailPack(tmp_path) as pack:
        assert [pack.get(f"{n:02x}" * 32) for n in range(3)] == [
            b"picture %d" % n for n in range(3)
        ]
    for name in ("thumbs.pack", "thumbs.index"):
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[:7] + bytes([data[7] + 1]) + data[8:])
        with pytest.raises(LikewiseError, match="newer format"):
            ThumbnailPack(tmp_path)
        (tmp_path / name).write_bytes(data)


def test_codes_are_read_and_those_of_a_newer_format_are_as_if_not_there(tmp_path: Path) -> None:
    shutil.copytree(FORMATS / "codes_1", tmp_path, dirs_exist_ok=True)
    rows = Files(tmp_path, 4, "demo").rows
    assert rows.runs == (("a", 2), ("b", 2))
    assert rows.units(slice(None)).tolist() == np.eye(4).tolist()
    header = json.loads((tmp_path / "header.json").read_text())
    (tmp_path / "header.json").write_text(json.dumps({**header, "format": header["format"] + 1}))
    assert len(Files(tmp_path, 4, "demo").rows) == 0


def test_a_backup_is_put_back(tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    path.write_bytes(gzip.decompress((FORMATS / "backup_1.tar.gz").read_bytes()))
    read = restore.read_backup(path)
    assert (read.answers, read.concepts) == (5, ("barn",))
    restore.restore_workspace(path, tmp_path / "back.likewise")
    with closing(Database(tmp_path / "back.likewise" / "workspace.sqlite")) as database:
        assert LabelLog(database).count("barn") == 5


def test_a_backup_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    old = gzip.decompress((FORMATS / "backup_1.tar.gz").read_bytes())
    with tarfile.open(fileobj=io.BytesIO(old)) as before, tarfile.open(path, "w") as after:
        for member in before:
            file = before.extractfile(member)
            assert file is not None
            data = file.read()
            if member.name == "manifest.json":
                data = json.dumps({**json.loads(data), "format": 2}).encode()
                member.size = len(data)
            after.addfile(member, io.BytesIO(data))
    with pytest.raises(LikewiseError, match="has format 2 and this likewise reads up to 1"):
        restore.read_backup(path)
