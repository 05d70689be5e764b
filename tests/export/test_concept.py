"""From a workspace to a dataset: what is left out, what is resumed, what is written down."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from made_datasets import files_of

from likewise.concepts.labelling import fill_basket, record_labels
from likewise.core.file_names import MANIFEST, PROVENANCE
from likewise.curate.base import curate_all
from likewise.curate.workspace import pool_of, save_tag
from likewise.errors import BadInputError, BusyError, NotFoundError, StorageError
from likewise.export import writing as writing_module
from likewise.export.base import Dataset
from likewise.export.concept import export_concept, plan_concept
from likewise.export.formats.folder import Folder
from likewise.registry import names
from likewise.rules.learn import learn_concept
from likewise.search.collection import Collection
from likewise.workspace import Workspace


@pytest.fixture
def taught(workspace: Workspace) -> Workspace:
    fill_basket(workspace, "disc", like=["disc/00.png"], new=True)
    said = [(f"disc/{n:02d}.png", "yes") for n in range(1, 6)]
    said += [(f"stripes/{n:02d}.png", "no") for n in range(6)]
    record_labels(workspace, "disc", said)
    learn_concept(workspace, "disc", "contrast")
    return workspace


def split(workspace: Workspace, name: str = "parts", where: str | None = None) -> None:
    pool = pool_of(workspace, where=where, pictures=False)
    options = {"near": False, "parts": {"train": 0.5, "val": 0.25, "test": 0.25}}
    save_tag(workspace, curate_all(pool, [("split", options)]), name)


@pytest.mark.parametrize("form", names("export"))
def test_every_format_is_written_from_a_workspace(
    taught: Workspace, form: str, tmp_path: Path
) -> None:
    split(taught)
    report = export_concept(taught, "disc", tmp_path / "out", form, include_no=True, split="parts")
    assert report.written
    parts = [count.partition("/")[0] for count in report.counts]
    assert list(dict.fromkeys(parts)) == ["train", "val", "test"]
    about = json.loads((tmp_path / "out" / PROVENANCE).read_text())
    assert about["split"] == "parts"
    assert about["items"] == sum(report.counts.values()) == sum(about["counts"].values())
    assert {"rule", "threshold", "labels_upto", "encoder", "likewise", "python"} <= set(about)
    manifest = (tmp_path / "out" / MANIFEST).read_bytes()
    assert about["manifest"] == hashlib.sha256(manifest).hexdigest()


def test_the_manifest_is_what_sha256sum_checks(taught: Workspace, tmp_path: Path) -> None:
    export_concept(taught, "disc", tmp_path / "out", "coco")
    files = set(files_of(tmp_path / "out")) - {MANIFEST, PROVENANCE}
    lines = (tmp_path / "out" / MANIFEST).read_text().splitlines()
    assert {line.split("  ", 1)[1] for line in lines} == files
    check = ["sha256sum", "--check", "--quiet", MANIFEST]
    assert subprocess.run(check, cwd=tmp_path / "out").returncode == 0
    image = next((tmp_path / "out" / "images").iterdir())
    image.write_bytes(image.read_bytes() + b"x")
    ran = subprocess.run(check, cwd=tmp_path / "out", capture_output=True)
    assert ran.returncode == 1


def test_a_name_with_a_line_end_is_in_the_manifest(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Odd:
        """A file of an odd name."""

        def write(self, dataset: Dataset, folder: Path) -> None:
            for name in ("a\nb", "a\\b", " c"):
                (folder / name).write_text(name)

    writing_module.write_dataset(Odd(), Dataset.of([], "x"), tmp_path / "out", False, "digest")
    check = ["sha256sum", "--check", "--quiet", MANIFEST]
    assert subprocess.run(check, cwd=tmp_path / "out").returncode == 0


def test_what_is_gone_or_changed_is_left_out_and_told(
    taught: Workspace, home: Path, tmp_path: Path
) -> None:
    photos = home / "shapes" / "disc"
    (photos / "01.png").unlink()
    (photos / "02.png").write_bytes((photos / "03.png").read_bytes())
    same = photos / "04.png"
    os.utime(same, ns=(1, 1))  # another time and the same content, as after a copy
    plan = plan_concept(taught, "disc")
    assert plan.gone == ("disc/01.png",)
    assert plan.changed == ("disc/02.png",)
    kept = {row.id for row in plan}
    assert "disc/04.png" in kept
    assert not kept & {"disc/01.png", "disc/02.png"}
    report = export_concept(taught, "disc", tmp_path / "out")
    assert "disc/01.png: its file is gone, left out" in report.left_out
    assert any("not the one that was indexed" in line for line in report.left_out)


def test_what_no_part_holds_is_left_out_and_told(taught: Workspace, tmp_path: Path) -> None:
    split(taught, where="item_id <> 'disc/03.png'")
    report = export_concept(taught, "disc", tmp_path / "out", split="parts")
    assert report.unplaced == ("disc/03.png",)
    assert not list((tmp_path / "out").rglob("*disc__03.png"))
    with pytest.raises(NotFoundError, match="no selection is kept as 'none'"):
        export_concept(taught, "disc", tmp_path / "other", split="none")
    save_tag(taught, curate_all(pool_of(taught, pictures=False), [("diverse", {"k": 3})]), "few")
    with pytest.raises(BadInputError, match="has no parts"):
        export_concept(taught, "disc", tmp_path / "other", split="few")


def test_an_interrupted_export_goes_on(
    taught: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = export_concept(taught, "disc", tmp_path / "whole").target
    with pytest.raises(KeyboardInterrupt):
        export_concept(taught, "disc", tmp_path / "out", progress=_stop_at_the_end)
    left = tmp_path / ".out.partial"
    before = {path: path.stat().st_ino for path in left.rglob("*.png")}
    assert before
    for name in (MANIFEST, PROVENANCE):  # as a kill in the last moment leaves them
        (left / name).write_text("of a run before\n")
    export_concept(taught, "disc", tmp_path / "out")
    after = {path.name: path.stat().st_ino for path in (tmp_path / "out").rglob("*.png")}
    assert {path.name: node for path, node in before.items()}.items() <= after.items()
    assert not left.exists()
    made = files_of(tmp_path / "out")
    assert {**made, PROVENANCE: b""} == {**files_of(whole), PROVENANCE: b""}


def _stop_at_the_end(done: int, total: int | None) -> None:
    if done == total:
        raise KeyboardInterrupt


def test_another_export_begins_anew(taught: Workspace, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        export_concept(taught, "disc", tmp_path / "out", progress=_stop_at_the_end)
    export_concept(taught, "disc", tmp_path / "out", "csv")
    assert not list((tmp_path / "out").rglob("*.png"))


def test_a_full_disk_leaves_nothing(
    taught: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Folder.write

    def full(self: Folder, dataset: Dataset, folder: Path) -> None:
        real(self, dataset, folder)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Folder, "write", full)
    with pytest.raises(StorageError, match="No space left on device"):
        export_concept(taught, "disc", tmp_path / "out")
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


def test_files_that_cannot_be_listed_are_not_left_out_of_the_manifest(
    taught: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Folder.write
    (tmp_path / "closed").mkdir(0)
    if os.access(tmp_path / "closed", os.R_OK):
        pytest.skip("root may look into every folder")

    def lock(self: Folder, dataset: Dataset, folder: Path) -> None:
        real(self, dataset, folder)
        (folder / "disc").chmod(0)

    monkeypatch.setattr(Folder, "write", lock)
    try:
        with pytest.raises(StorageError, match="Permission denied"):
            export_concept(taught, "disc", tmp_path / "out")
    finally:
        (tmp_path / ".out.partial" / "disc").chmod(0o700)
    assert not (tmp_path / "out").exists()


def test_a_dry_run_counts_and_writes_nothing(taught: Workspace, tmp_path: Path) -> None:
    report = export_concept(taught, "disc", tmp_path / "out", "webdataset", dry_run=True)
    assert not report.written
    assert sum(report.counts.values()) > 5
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


def test_vectors_are_those_of_the_workspace(taught: Workspace, tmp_path: Path) -> None:
    export_concept(taught, "disc", tmp_path / "out", "embedding_atlas")
    rows = pq.read_table(tmp_path / "out" / "disc.parquet").to_pylist()
    vectors = taught.collection.vectors([row["id"] for row in rows])
    assert np.array_equal(np.array([row["vector"] for row in rows], np.float32), vectors)


def test_an_option_of_another_kind_is_told(taught: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="'images_per_shard' of the format 'webdataset' is 'x'"):
        export_concept(taught, "disc", tmp_path / "out", "webdataset", images_per_shard="x")
    with pytest.raises(BadInputError, match="copy, symlink or hardlink"):
        export_concept(taught, "disc", tmp_path / "out", link="move")


@pytest.mark.parametrize("form", ["csv", "folder", "coco", "huggingface"])
@pytest.mark.parametrize("in_memory", [3, 4096])
def test_facts_of_an_item_are_read_once(
    taught: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    in_memory: int,
) -> None:
    """Also where they do not fit into memory; each format goes through the rows several times."""
    monkeypatch.setattr("likewise.core.spool._BLOCK", in_memory)
    monkeypatch.setattr("likewise.export.plan._BLOCK", in_memory)
    split(taught)
    asked: list[str] = []
    real = Collection.facts

    def counted(self: Collection, ids: Sequence[str], columns: Sequence[str]) -> Any:
        asked.extend(ids)
        return real(self, ids, columns)

    monkeypatch.setattr(Collection, "facts", counted)
    options: dict[str, Any] = {"include_no": True, "split": "parts"}
    report = export_concept(taught, "disc", tmp_path / "out", form, **options)
    assert len(asked) == len(set(asked)) == sum(report.counts.values()) > 6


def test_folders_of_a_person_with_names_of_ours_are_kept(taught: Workspace, tmp_path: Path) -> None:
    for name in (".out.old", ".out.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "precious").write_text("mine")
    export_concept(taught, "disc", tmp_path / "out")
    export_concept(taught, "disc", tmp_path / "out", overwrite=True)
    for name in (".out.old", ".out.partial"):
        assert (tmp_path / name / "precious").read_text() == "mine"


def test_an_export_with_files_of_a_person_is_not_replaced(
    taught: Workspace, tmp_path: Path
) -> None:
    export_concept(taught, "disc", tmp_path / "out")
    (tmp_path / "out" / "disc" / "notes.txt").write_text("mine")
    with pytest.raises(BadInputError, match="notes.txt is no file of the export"):
        export_concept(taught, "disc", tmp_path / "out", overwrite=True)
    assert (tmp_path / "out" / "disc" / "notes.txt").read_text() == "mine"


def test_of_two_exports_into_one_folder_the_second_says_so(
    taught: Workspace, tmp_path: Path
) -> None:
    seen: list[int] = []

    def export_again(done: int, total: int | None) -> None:
        if not seen:
            seen.append(done)
            with pytest.raises(BusyError, match="another export is writing"):
                export_concept(taught, "disc", tmp_path / "out")

    export_concept(taught, "disc", tmp_path / "out", progress=export_again)
    assert seen
    assert (tmp_path / "out" / PROVENANCE).is_file()
