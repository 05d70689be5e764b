"""A folder of images, a Parquet table, and Croissant metadata that describes both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from likewise.export.base import Dataset
from likewise.export.formats._columns import Columns
from likewise.export.formats._images import Images, Link

_BLOCK = 4096
_NOT_SHARED = ("path", "box")  # the machine's own, and what the format has no type for
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The standard one of Croissant 1.0, which readers compare with."""


@dataclass(frozen=True)
class Croissant:
    """Croissant metadata ``croissant.json`` over ``images/``, which has a table of their labels.

    Attributes:
        license: its URL, such as https://creativecommons.org/licenses/by/4.0/.
        link: "copy" the files, or make a "symlink" or "hardlink" to each.
    """

    license: str = ""
    link: Link = "copy"

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        columns = Columns(dataset, without=_NOT_SHARED)
        table = folder / "images" / "metadata.parquet"  # where Hugging Face looks for it, too
        table.parent.mkdir(exist_ok=True)
        schema = pa.schema([("file_name", pa.string()), *columns.schema])
        images, suffixes = Images(self.link), set[str]()
        with pq.ParquetWriter(table, schema) as writer:
            for rows in _blocks(dataset):
                names = [images.put(row, folder / "images") for row in rows]
                suffixes |= {Path(name).suffix for name in names}
                records = pa.Table.from_pylist(list(map(columns.cells, rows)), columns.schema)
                writer.write_table(pa.table([pa.array(names), *records.columns], schema=schema))
        with table.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        about = self._metadata(dataset, schema, digest, sorted(suffixes))
        text = json.dumps(about, indent=2, ensure_ascii=False)
        (folder / "croissant.json").write_text(text + "\n", encoding="utf-8")

    def _metadata(
        self, dataset: Dataset, schema: pa.Schema, digest: str, suffixes: list[str]
    ) -> dict[str, Any]:
        licensed = {"license": self.license} if self.license else {}
        return {
            "@context": _CONTEXT,
            "@type": "sc:Dataset",
            "name": dataset.stem,
            "description": (
                f"{len(dataset.rows)} images of {', '.join(dataset.classes)}. "
                "Made with likewise; likewise.json says how."
            ),
            "conformsTo": "http://mlcommons.org/croissant/1.0",
            "version": "1.0.0",
            **licensed,
            "distribution": [
                {
                    "@type": "cr:FileObject",
                    "@id": "metadata",
                    "name": "metadata.parquet",
                    "contentUrl": "images/metadata.parquet",
                    "encodingFormat": "application/x-parquet",
                    "sha256": digest,
                },
                {
                    "@type": "cr:FileSet",
                    "@id": "image-files",
                    "name": "images",
                    "encodingFormat": sorted({_mime_type(suffix) for suffix in suffixes}),
                    "includes": [f"images/*{suffix}" for suffix in suffixes],
                },
            ],
            "recordSet": [
                {
                    "@type": "cr:RecordSet",
                    "@id": "images",
                    "name": "images",
                    "key": {"@id": "images/file_name"},
                    "field": _fields(schema),
                }
            ],
        }


def _blocks(dataset: Dataset) -> Iterator[list[Any]]:
    rest = iter(dataset.rows)
    while block := list(islice(rest, _BLOCK)):
        yield block


def _fields(schema: pa.Schema) -> list[dict[str, Any]]:
    """The picture and its file's name, which leads to the other columns."""
    files = {"fileSet": {"@id": "image-files"}}
    picture = {
        "@type": "cr:Field",
        "@id": "images/image",
        "dataType": "sc:ImageObject",
        "source": {**files, "extract": {"fileProperty": "content"}},
    }
    fields = []
    for column in schema:
        at = {"fileObject": {"@id": "metadata"}, "extract": {"column": column.name}}
        field = {
            "@type": "cr:Field",
            "@id": f"images/{column.name}",
            "dataType": _data_type(column.type),
            "source": at,
        }
        if column.name == "file_name":
            field |= {
                "source": {**files, "extract": {"fileProperty": "filename"}},
                "references": at,
            }
        fields.append(field)
    return [picture, *fields]


def _mime_type(suffix: str) -> str:
    return guess_type(f"image{suffix}")[0] or "image/jpeg"


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"
