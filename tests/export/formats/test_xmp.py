"""XMP sidecars, read by an XML parser, and by exiv2 where its Python package is installed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from made_datasets import box_rows, dataset_of, odd_dataset, odd_rows

from likewise.export.formats.xmp import Xmp

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
LR = "{http://ns.adobe.com/lightroom/1.0/}"
DIGIKAM = "{http://www.digikam.org/ns/1.0/}"


def keywords(path: Path, name: str) -> list[str]:
    (found,) = ET.parse(path).getroot().iter(name)
    return [one.text or "" for one in found.iter(f"{RDF}li")]


def test_every_image_has_its_label_flat_and_in_a_tree(tmp_path: Path) -> None:
    rows = odd_rows(tmp_path / "photos")
    out = tmp_path / "out"
    out.mkdir()
    Xmp().write(odd_dataset(tmp_path / "photos"), out)
    sidecars = sorted(out.rglob("*.xmp"))
    assert len(sidecars) == len({row.id for row in rows})
    flat = sorted(keywords(path, f"{DC}subject") for path in sidecars)
    assert flat == sorted([row.label] for row in rows)
    name = odd_dataset(tmp_path / "photos").name
    for path in sidecars:
        (label,) = keywords(path, f"{DC}subject")
        assert keywords(path, f"{LR}hierarchicalSubject") == [f"{name}|{label}"]
        assert keywords(path, f"{DIGIKAM}TagsList") == [f"{name}/{label}"]


def test_an_image_with_several_labels_or_parts_has_one_sidecar(tmp_path: Path) -> None:
    row = replace(odd_rows(tmp_path / "photos")[0], id="a/b/one.jpg", label="crane")
    rows = [row, replace(row, label="drill | big"), replace(row, id="a/two.jpg", label="<&\x07>")]
    Xmp(root="site").write(dataset_of(rows), tmp_path)
    one = tmp_path / "a" / "b" / "one.jpg.xmp"
    assert keywords(one, f"{DC}subject") == ["crane", "drill | big"]
    assert keywords(one, f"{LR}hierarchicalSubject") == ["site|crane", "site|drill - big"]
    assert keywords(tmp_path / "a" / "two.jpg.xmp", f"{DC}subject") == ["<&>"]
    parts = box_rows(tmp_path / "boxes")
    (tmp_path / "out").mkdir()
    Xmp().write(dataset_of(parts), tmp_path / "out")
    images = {row.parent or row.id for row in parts}
    assert len(list((tmp_path / "out").rglob("*.xmp"))) == len(images)


def test_the_name_is_the_images_own_or_its_stem(tmp_path: Path) -> None:
    row = replace(odd_rows(tmp_path / "photos")[0], id="../2020/a.b.jpg")
    Xmp(naming="stem").write(dataset_of([row]), tmp_path / "out")
    (found,) = (tmp_path / "out").rglob("*.xmp")
    assert found == tmp_path / "out" / "2020" / "a.b.xmp"


def test_exiv2_reads_them(tmp_path: Path) -> None:
    exiv2 = pytest.importorskip("pyexiv2", reason="pip install pyexiv2 reads the sidecars with it")
    row = replace(odd_rows(tmp_path / "photos")[0], id="one.jpg", label="crâne")
    Xmp().write(dataset_of([row]), tmp_path)
    with exiv2.Image(str(tmp_path / "one.jpg.xmp")) as sidecar:
        found = sidecar.read_xmp()
    assert found["Xmp.dc.subject"] == ["crâne"]
    assert found["Xmp.lr.hierarchicalSubject"] == ["barn|crâne"]
